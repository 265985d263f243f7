//! The runner: walks files, objects, pods, containers, rules and instructions, asks every check, and makes findings of
//! their faults.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::accepted;
use super::asked::Asked;
use super::file::{File, Parsed};
use super::judged::{self, Judged};
use super::reading::{Reading, is_looked_at, unlooked};
use super::suppress::{self, Suppressed};
use super::{
    Case, Check, ComponentCase, ContainerCase, Counts, DockerfileCase, DocumentCase, Fault, InstructionCase,
    Options, PodCase, RoleCase, Setup, TextCase, World,
};
use crate::model::flags::{CommandLine, Program};
use crate::model::rbac::PolicyRule;
use crate::model::stage::Stages;
use crate::model::structure::{Misfits, misfits};
use crate::model::{
    ImageReference, Object, PodSettings, PodTemplate, Subject, WORKLOAD_KINDS, objects, template_of, value,
};
use crate::parse::dockerfile::{Dockerfile, Instruction};
use crate::parse::{Kind, Node, Tree};
use crate::sim::admission::pod_security::Pod;
use crate::text::{Finding, Label, Severity, Span};

/// What came of the files.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// What was found, by file and place.
    pub findings: Vec<Finding>,
    /// What was found and is accepted, by file and place.
    pub suppressed: Vec<Suppressed>,
    /// What was read.
    pub read: Counts,
    /// What a level says of each pod and workload, in the order of the files; empty where none is asked for.
    pub judged: Vec<Judged>,
}

impl Checked {
    /// Whether something could not be judged, so that "no finding" would say nothing.
    pub fn is_incomplete(&self) -> bool {
        self.findings.iter().any(Finding::blocks)
    }
}

/// Checks files that belong together. Of a file that could not be read in full only that is said.
pub fn run(files: &[File], options: &Options) -> Checked {
    let asked = Asked::new(options.clone());
    let together = Together::new(files, &asked);
    let mut all = Checked::default();
    for index in 0..files.len() {
        let one = together.judge(index);
        all.findings.extend(one.findings);
        all.suppressed.extend(one.suppressed);
        all.judged.extend(one.judged);
        all.read.add(&one.read);
    }
    all.findings.sort_by(by_place);
    all.suppressed.sort_by_key(|s| s.finding.primary.span);
    all
}

/// Files that belong together, to be judged one by one, in any order: what they say of each other is gathered once.
///
/// What is found by walking a file has its place in that file. Checks of the world are asked at the beginning; what
/// they find is told with the file where it stands.
pub struct Together<'f> {
    files: &'f [File],
    asked: &'f Asked,
    world: World<'f>,
    /// Where the objects of each file begin among the world's.
    first: Vec<usize>,
    /// What the checks of the world found, by the number of the file.
    beyond: BTreeMap<usize, Vec<Finding>>,
}

impl<'f> Together<'f> {
    /// Makes these files ready.
    pub fn new(files: &'f [File], asked: &'f Asked) -> Self {
        let (mut all, mut first) = (Vec::new(), Vec::with_capacity(files.len()));
        for file in files {
            first.push(all.len());
            if !file.is_broken() {
                all.extend(file.tree().into_iter().flat_map(objects));
            }
        }
        let mut world = World::new(all);
        world.parameters = Arc::clone(&asked.options.parameters);
        let mut runner = Runner::new(asked, &world, 0);
        runner.ask(&Case::World(&world), &String::new);
        let found = runner.findings;
        let mut beyond: BTreeMap<usize, Vec<Finding>> = BTreeMap::new();
        if !found.is_empty() {
            let mut numbers = HashMap::with_capacity(files.len());
            for (number, file) in files.iter().enumerate().filter(|(_, f)| !f.is_broken()) {
                numbers.entry(file.source.id()).or_insert(number);
            }
            for finding in found {
                let number = numbers.get(&finding.primary.span.file).copied().unwrap_or(0);
                beyond.entry(number).or_default().push(finding);
            }
        }
        Self { files, asked, world, first, beyond }
    }

    /// What is found in the file of this number. Of one that could not be read in full only that is said.
    pub fn judge(&self, number: usize) -> Checked {
        let Some(file) = self.files.get(number) else { return Checked::default() };
        if file.is_broken() {
            let mut findings = file.syntax.clone();
            findings.sort_by(by_place);
            return Checked { findings, ..Checked::default() };
        }
        let first = self.first.get(number).copied().unwrap_or_default();
        let mut runner = Runner::new(self.asked, &self.world, first);
        runner.file(file);
        let Runner { mut findings, read, judged, .. } = runner;
        findings.extend(self.beyond.get(&number).into_iter().flatten().cloned());
        let options = &self.asked.options;
        let mut suppressed = Vec::new();
        // The API server reads no comments.
        if options.level.is_none() {
            suppressed = suppress::take(file, &mut findings, options);
            suppressed.extend(accepted::take(&file.source, &mut findings, &options.accepted, options.today));
        }
        findings.sort_by(by_place);
        suppressed.sort_by_key(|s| s.finding.primary.span);
        Checked { findings, suppressed, read, judged }
    }
}

fn by_place(a: &Finding, b: &Finding) -> Ordering {
    let key = |f: &Finding| f.primary.span;
    key(a).cmp(&key(b)).then_with(|| a.code.cmp(&b.code)).then_with(|| a.detail.cmp(&b.detail))
}

/// How many findings a file may have before there is need of more room.
const USUAL: usize = 16;

struct Runner<'w> {
    asked: &'w Asked,
    world: &'w World<'w>,
    /// The next object of the world: its objects stand in the order of the files.
    next: usize,
    reading: Reading<'w>,
    findings: Vec<Finding>,
    read: Counts,
    judged: Vec<Judged>,
}

impl<'w> Runner<'w> {
    fn new(asked: &'w Asked, world: &'w World<'w>, next: usize) -> Self {
        let (findings, judged) = (Vec::with_capacity(USUAL), Vec::new());
        let reading = Reading { found: false, world };
        Self { asked, world, next, reading, findings, read: Counts::default(), judged }
    }

    fn file(&mut self, file: &'w File) {
        self.reading.found = file.found;
        match &file.parsed {
            Parsed::Tree(tree) => self.tree(file, tree),
            Parsed::Dockerfile(dockerfile) => self.dockerfile(dockerfile),
            Parsed::Text => match Subject::of_text(file.source.text()) {
                Some(subject) => {
                    self.read.documents += 1;
                    self.read.others += 1;
                    let case = TextCase { subject, source: &file.source };
                    self.ask(&Case::Text(&case), &|| subject.word().to_owned());
                }
                None => self.findings.push(self.reading.no_subject(&file.source)),
            },
        }
    }

    /// Asks every check that looks at such a case. `title` is asked for only where there is a fault.
    fn ask(&mut self, case: &Case<'_>, title: &dyn Fn() -> String) {
        self.ask_beside(&Misfits::default(), case, title);
    }

    /// The same beside what does not fit in the object: of a field that is missing because its name is written wrong,
    /// that alone is told.
    fn ask_beside(&mut self, misfits: &Misfits<'_>, case: &Case<'_>, title: &dyn Fn() -> String) {
        let from = self.findings.len();
        let mut told: Vec<&'static Check> = Vec::new();
        let mut subject: Option<String> = None;
        for check in self.asked.of(case) {
            for fault in check.rule.look(case) {
                if fault.missing.as_ref().is_some_and(|path| misfits.explain(path)) {
                    continue;
                }
                told.push(check);
                let subject = subject.get_or_insert_with(title);
                let severity = self.asked.options.severity(check);
                self.findings.push(finding(check, severity, subject, fault));
            }
        }
        if told.iter().any(|check| !check.yields_to.is_empty() || !check.yields_here_to.is_empty()) {
            let ours = &self.findings[from..];
            let yields = |check: &Check, at: Span| {
                let here = |(f, other): (&Finding, &&Check)| {
                    f.primary.span == at && check.yields_here_to.contains(&other.id)
                };
                told.iter().any(|other| check.yields_to.contains(&other.id))
                    || ours.iter().zip(&told).any(here)
            };
            let stays: Vec<bool> =
                ours.iter().zip(&told).map(|(f, check)| !yields(check, f.primary.span)).collect();
            let mut kept = from;
            for (at, _) in stays.into_iter().enumerate().filter(|(_, stays)| *stays) {
                self.findings.swap(kept, from + at);
                kept += 1;
            }
            self.findings.truncate(kept);
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
        self.findings.extend(self.reading.of_file(tree, empty));
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
                None => self.findings.push(self.reading.not_an_object(document)),
            }
        }
    }

    /// An object, or another document, as a whole.
    fn whole(
        &mut self,
        subject: Subject,
        object: Object<'w>,
        commands: &[CommandLine<'w>],
        title: &dyn Fn() -> String,
    ) -> Misfits<'w> {
        let strict = self.asked.is_strict(subject);
        let misfits = if strict { misfits(object) } else { Misfits::default() };
        let case = DocumentCase { subject, object, commands, misfits: &misfits, world: self.world };
        self.ask_beside(&misfits, &Case::Document(&case), title);
        misfits
    }

    fn other(&mut self, subject: Subject, document: Node<'w>) {
        self.read.others += 1;
        let program = configured(subject);
        if program.is_none() {
            self.unlooked(subject, document.own_span(), subject.word());
        }
        let title = || subject.word().to_owned();
        self.whole(subject, Object::new(document), &[], &title);
        if let Some(program) = program {
            let case = ComponentCase { program, setup: Setup::File(document), world: self.world };
            self.ask(&Case::Component(&case), &title);
        }
    }

    fn object(&mut self, object: Object<'w>) {
        self.read.objects += 1;
        if let Some(template) = template_of(object) {
            return self.pod(object, template);
        }
        let Some(subject) = Subject::of_object(object) else {
            let said = self.reading.unrecognised(object, &mut self.read);
            self.findings.push(said);
            return;
        };
        // A workload whose pod spec was not found: what else is wrong with it may say why.
        if subject == Subject::BuiltIn && WORKLOAD_KINDS.iter().any(|(k, _)| object.kind() == Some(k)) {
            let said = self.reading.unrecognised(object, &mut self.read);
            self.findings.push(said);
        }
        let world = self.world;
        let title = || object.title();
        let program = configured(subject);
        if program.is_none() {
            self.unlooked(subject, object.kind_span(), object.kind().unwrap_or(""));
        }
        self.whole(subject, object, &[], &title);
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

    /// Says so where no check at all looks at what was recognised.
    fn unlooked(&mut self, subject: Subject, at: Span, what: &str) {
        if self.asked.options.level.is_none() && !is_looked_at(subject) {
            *self.read.unjudged.entry(what.to_owned()).or_default() += 1;
            self.findings.push(unlooked(at, what));
        }
    }

    fn pod(&mut self, object: Object<'w>, template: PodTemplate<'w>) {
        let world = self.world;
        self.read.pods += 1;
        if let Some(by) = self.asked.options.level {
            self.read.containers += template.containers().count();
            let (judged, findings) = judged::judge(by, object, template);
            self.judged.push(judged);
            return self.findings.extend(findings);
        }
        let members = Pod::members_of(template);
        let pod = PodCase { object, template, settings: PodSettings::of(template), members: &members, world };
        let title = OnceCell::new();
        let title = || title.get_or_init(|| object.title()).clone();
        let commands: Vec<_> = template.containers().filter_map(CommandLine::of).collect();
        let misfits = self.whole(Subject::Workload, object, &commands, &title);
        self.ask_beside(&misfits, &Case::Pod(&pod), &title);
        let mut commands = commands.iter().peekable();
        for (container, settings) in pod.containers() {
            self.read.containers += 1;
            let title = || [&container.title(), " of ", &title()].concat();
            let image = container.image();
            let image = image.and_then(|node| Some((node, ImageReference::read(value::string(node)?)?)));
            let case = ContainerCase { pod, container, settings, image };
            self.ask_beside(&misfits, &Case::Container(&case), &title);
            if let Some(line) = commands.next_if(|line| line.container == container.node) {
                let case = ComponentCase { program: line.program, setup: Setup::Flags(line), world };
                self.ask(&Case::Component(&case), &title);
            }
        }
    }

    fn dockerfile(&mut self, file: &Dockerfile) {
        self.read.documents += 1;
        self.read.others += 1;
        let stages = Stages::of(file);
        let case = DockerfileCase { file, stages: &stages, world: self.world };
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
        Subject::EtcdConfig => Some(Program::Etcd),
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

fn finding(check: &Check, severity: Severity, subject: &str, fault: Fault) -> Finding {
    let mut detail = fault.detail;
    if !subject.is_empty() {
        detail.insert_str(0, ": ");
        detail.insert_str(0, subject);
    }
    let severity = if fault.certain { severity } else { Severity::Unknown };
    Finding {
        code: Cow::Borrowed(check.id),
        severity,
        title: Cow::Borrowed(check.title),
        detail,
        primary: Label { span: fault.span, text: fault.label },
        related: fault.related,
        help: fault.help,
        fix: fault.fix,
    }
}
