//! The runner: walks files, objects, pods, containers, rules and instructions, asks every check, and makes findings of
//! their faults.

use super::file::{File, Parsed};
use super::reading::{no_subject, not_an_object, of_file, unrecognised};
use super::suppress::{self, Suppressed};
use super::{
    Case, Check, ComponentCase, ContainerCase, Counts, DockerfileCase, DocumentCase, Fault, InstructionCase,
    Options, PodCase, RoleCase, Scope, Setup, TextCase, World, all,
};
use crate::model::flags::{CommandLine, Program};
use crate::model::rbac::PolicyRule;
use crate::model::stage::Stages;
use crate::model::{
    ContainerSettings, Object, PodSettings, PodTemplate, Subject, WORKLOAD_KINDS, objects, template_of,
};
use crate::parse::dockerfile::{Dockerfile, Instruction};
use crate::parse::{Kind, Node, Tree};
use crate::text::Finding;

/// What came of the files.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What was found, by file and place.
    pub findings: Vec<Finding>,
    /// What was found and is accepted, by file and place.
    pub suppressed: Vec<Suppressed>,
    /// What was read.
    pub read: Counts,
}

impl Checked {
    /// Whether something could not be judged, so that "no finding" would say nothing.
    pub fn is_incomplete(&self) -> bool {
        self.findings.iter().any(Finding::blocks)
    }
}

/// Checks files that belong together. Of a file that could not be read in full only that is said.
pub fn run(files: &[File], options: &Options) -> Checked {
    let whole = || files.iter().filter(|f| !f.is_broken());
    let world = World::new(whole().filter_map(File::tree).flat_map(objects).collect());
    let mut runner = Runner::new(options, &world);
    for file in whole() {
        match &file.parsed {
            Parsed::Tree(tree) => runner.tree(file, tree),
            Parsed::Dockerfile(dockerfile) => runner.dockerfile(dockerfile),
            Parsed::Text => match Subject::of_text(file.source.text()) {
                Some(subject) => {
                    runner.read.documents += 1;
                    runner.read.others += 1;
                    let case = TextCase { subject, source: &file.source };
                    runner.ask(&Case::Text(&case), &|| subject.word().to_owned());
                }
                None => runner.findings.push(no_subject(&file.source)),
            },
        }
    }
    runner.ask(&Case::World(&world), &String::new);
    let Runner { mut findings, read, .. } = runner;
    let mut suppressed = Vec::new();
    for file in whole() {
        suppressed.extend(suppress::take(file, &mut findings, options));
    }
    findings.extend(files.iter().flat_map(|f| f.syntax.iter().cloned()));
    findings.sort_by(|a, b| {
        let key = |f: &Finding| (f.primary.span, f.code.clone());
        key(a).cmp(&key(b)).then_with(|| a.detail.cmp(&b.detail))
    });
    suppressed.sort_by_key(|s| s.finding.primary.span);
    Checked { findings, suppressed, read }
}

/// The checks that are asked, by what they look at, so that nobody is asked in vain a thousand times.
#[derive(Default)]
struct Asked {
    container: Vec<&'static Check>,
    pod: Vec<&'static Check>,
    document: Vec<&'static Check>,
    role: Vec<&'static Check>,
    component: Vec<&'static Check>,
    dockerfile: Vec<&'static Check>,
    instruction: Vec<&'static Check>,
    text: Vec<&'static Check>,
    world: Vec<&'static Check>,
}

impl Asked {
    fn new(options: &Options) -> Self {
        let mut asked = Self::default();
        for check in all().iter().filter(|c| options.wants(c)) {
            let list = match check.rule.scope() {
                Scope::Container => &mut asked.container,
                Scope::Pod => &mut asked.pod,
                Scope::Document(_) => &mut asked.document,
                Scope::Role => &mut asked.role,
                Scope::Component(_) => &mut asked.component,
                Scope::Dockerfile => &mut asked.dockerfile,
                Scope::Instruction(_) => &mut asked.instruction,
                Scope::Text(_) => &mut asked.text,
                Scope::World => &mut asked.world,
            };
            list.push(check);
        }
        asked
    }

    fn of(&self, case: &Case<'_>) -> &[&'static Check] {
        match case {
            Case::Container(_) => &self.container,
            Case::Pod(_) => &self.pod,
            Case::Document(_) => &self.document,
            Case::Role(_) => &self.role,
            Case::Component(_) => &self.component,
            Case::Dockerfile(_) => &self.dockerfile,
            Case::Instruction(_) => &self.instruction,
            Case::Text(_) => &self.text,
            Case::World(_) => &self.world,
        }
    }
}

struct Runner<'w> {
    asked: Asked,
    world: &'w World<'w>,
    /// The next object of the world: its objects stand in the order of the files.
    next: usize,
    findings: Vec<Finding>,
    read: Counts,
}

impl<'w> Runner<'w> {
    fn new(options: &Options, world: &'w World<'w>) -> Self {
        Self { asked: Asked::new(options), world, next: 0, findings: Vec::new(), read: Counts::default() }
    }

    /// Asks every check that looks at such a case. `title` is asked for only where there is a fault.
    fn ask(&mut self, case: &Case<'_>, title: &dyn Fn() -> String) {
        let from = self.findings.len();
        let mut yields = false;
        for check in self.asked.of(case) {
            if check.rule.scope().holds(case) {
                for fault in check.rule.look(case) {
                    yields |= !check.yields_to.is_empty();
                    self.findings.push(finding(check, &title(), fault));
                }
            }
        }
        if yields {
            let mut ours = self.findings.split_off(from);
            let codes: Vec<_> = ours.iter().map(|f| f.code.clone()).collect();
            ours.retain(|f| {
                let check = self.asked.of(case).iter().find(|c| f.code == c.id);
                !check.is_some_and(|c| c.yields_to.iter().any(|id| codes.iter().any(|code| code == id)))
            });
            self.findings.append(&mut ours);
        }
    }

    fn tree(&mut self, file: &File, tree: &'w Tree) {
        let before = self.read.objects + self.read.others;
        let said = self.findings.len();
        for document in tree.documents().filter(|d| d.kind() != Kind::Null) {
            self.read.documents += 1;
            self.document(file, document);
        }
        let empty = self.read.objects + self.read.others == before && self.findings.len() == said;
        self.findings.extend(of_file(tree, empty));
    }

    fn document(&mut self, file: &File, document: Node<'w>) {
        // The world holds the objects of this document, flattened, from `next` on.
        let mut count = 0;
        while let Some(object) = self.world.objects.get(self.next) {
            if !within(object.node, document) {
                break;
            }
            self.next += 1;
            count += 1;
            let bare = object.node == document && object.api_version().is_none() && object.kind().is_none();
            let subject =
                if bare { Subject::of_document(document, file.source.name(), file.language) } else { None };
            match subject {
                Some(subject) => self.other(subject, document),
                None => self.object(*object),
            }
        }
        if count == 0 && document.kind() != Kind::Map {
            match Subject::of_document(document, file.source.name(), file.language) {
                Some(subject) => self.other(subject, document),
                None => self.findings.push(not_an_object(document)),
            }
        }
    }

    fn other(&mut self, subject: Subject, document: Node<'w>) {
        self.read.others += 1;
        let case = DocumentCase { subject, object: Object::new(document), world: self.world };
        self.ask(&Case::Document(&case), &|| subject.word().to_owned());
    }

    fn object(&mut self, object: Object<'w>) {
        self.read.objects += 1;
        if let Some(template) = template_of(object) {
            return self.pod(object, template);
        }
        let Some(subject) = Subject::of_object(object) else {
            let said = unrecognised(object, &mut self.read);
            self.findings.push(said);
            return;
        };
        // A workload whose pod spec was not found: what else is wrong with it may say why.
        if subject == Subject::BuiltIn && WORKLOAD_KINDS.iter().any(|(k, _)| object.kind() == Some(k)) {
            let said = unrecognised(object, &mut self.read);
            self.findings.push(said);
        }
        let world = self.world;
        let title = || object.title();
        let looked = |check: &&Check| match check.rule.scope() {
            Scope::Document(subjects) => subjects.contains(&subject),
            _ => false,
        };
        let program = configured(subject);
        if subject != Subject::Role
            && program.is_none()
            && !self.asked.document.iter().copied().any(|c| looked(&c))
        {
            *self.read.unjudged.entry(object.kind().unwrap_or("").to_owned()).or_default() += 1;
        }
        self.ask(&Case::Document(&DocumentCase { subject, object, world }), &title);
        if subject == Subject::Role {
            for rule in PolicyRule::of(object.node) {
                self.ask(&Case::Role(&RoleCase { object, rule, world }), &title);
            }
        }
        if let Some(program) = program {
            let case = ComponentCase { program, setup: Setup::File(object.node), world };
            self.ask(&Case::Component(&case), &|| object.kind().unwrap_or("file").to_owned());
        }
    }

    fn pod(&mut self, object: Object<'w>, template: PodTemplate<'w>) {
        let world = self.world;
        let pod = PodCase { object, template, settings: PodSettings::of(template), world };
        self.read.pods += 1;
        self.ask(&Case::Pod(&pod), &|| object.title());
        let subject = Subject::Workload;
        self.ask(&Case::Document(&DocumentCase { subject, object, world }), &|| object.title());
        for container in template.containers() {
            self.read.containers += 1;
            let title = || format!("{} of {}", container.title(), object.title());
            let case = ContainerCase { pod, container, settings: ContainerSettings::of(template, container) };
            self.ask(&Case::Container(&case), &title);
            if let Some(line) = CommandLine::of(container) {
                let case = ComponentCase { program: line.program, setup: Setup::Flags(&line), world };
                self.ask(&Case::Component(&case), &title);
            }
        }
    }

    fn dockerfile(&mut self, file: &Dockerfile) {
        self.read.documents += 1;
        self.read.others += 1;
        let stages = Stages::of(file);
        let case = DockerfileCase { file, stages: &stages };
        let title = || Subject::Dockerfile.word().to_owned();
        self.ask(&Case::Dockerfile(&case), &title);
        for instruction in stages.global {
            self.instruction(&InstructionCase { file: case, stage: None, instruction });
        }
        for stage in &stages.all {
            let mut each = |instruction: &Instruction| {
                self.instruction(&InstructionCase { file: case, stage: Some(*stage), instruction });
            };
            each(stage.from);
            stage.instructions.iter().for_each(each);
        }
    }

    fn instruction(&mut self, case: &InstructionCase<'_>) {
        let mut next = Some(case.instruction);
        while let Some(instruction) = next {
            let case = InstructionCase { instruction, ..*case };
            self.ask(&Case::Instruction(&case), &|| Subject::Dockerfile.word().to_owned());
            next = instruction.inner.as_deref();
        }
    }
}

/// The program that is set up by such a file.
fn configured(subject: Subject) -> Option<Program> {
    match subject {
        Subject::KubeletConfiguration => Some(Program::Kubelet),
        Subject::KubeProxyConfiguration => Some(Program::KubeProxy),
        Subject::KubeSchedulerConfiguration => Some(Program::Scheduler),
        _ => None,
    }
}

/// Whether `node` is `document`, or stands in it.
fn within(node: Node<'_>, document: Node<'_>) -> bool {
    std::iter::successors(Some(node), |n| n.parent()).any(|n| n == document)
}

fn finding(check: &Check, subject: &str, fault: Fault) -> Finding {
    let detail = if subject.is_empty() { fault.detail } else { format!("{subject}: {}", fault.detail) };
    let mut finding = Finding::new(check.id, check.severity, check.title, fault.span)
        .detail(detail)
        .label(fault.label)
        .help(fault.help);
    finding.related = fault.related;
    finding
}
