//! What a check looks at: its function, by granularity, and the case that the function is handed.

use std::collections::BTreeMap;
use std::fmt;

use super::{Fault, World};
use crate::model::flags::{CommandLine, Program};
use crate::model::kubeadm;
use crate::model::rbac::PolicyRule;
use crate::model::stage::{Stage, Stages};
use crate::model::structure::Misfits;
use crate::model::{
    Container, ContainerSettings, ImageReference, Mount, Object, PodSettings, PodTemplate, Subject,
};
use crate::parse::Node;
use crate::parse::dockerfile::{Dockerfile, Instruction, Keyword};
use crate::text::Source;

/// What a check answers.
pub type Faults = Vec<Fault>;

/// A check's function, by what it looks at.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// One container with its effective settings.
    Container(fn(&ContainerCase<'_>) -> Faults),
    /// One pod as a whole.
    Pod(fn(&PodCase<'_>) -> Faults),
    /// One object, or another document, of these subjects.
    Document(&'static [Subject], fn(&DocumentCase<'_>) -> Faults),
    /// One rule of a Role or `ClusterRole`.
    Role(fn(&RoleCase<'_>) -> Faults),
    /// A program's command line, or its configuration file.
    Component(Program, fn(&ComponentCase<'_>) -> Faults),
    /// A Dockerfile as a whole.
    Dockerfile(fn(&DockerfileCase<'_>) -> Faults),
    /// One instruction of these words, `FROM` among them.
    Instruction(&'static [Keyword], fn(&InstructionCase<'_>) -> Faults),
    /// A text that no tree holds.
    Text(Subject, fn(&TextCase<'_>) -> Faults),
    /// Everything that was read together.
    World(fn(&World<'_>) -> Faults),
    /// A row of a family: data, and the family's own evaluator.
    Row(&'static dyn Row),
}

/// A row of a family of checks that differ only in data.
pub trait Row: fmt::Debug + Sync {
    /// What it looks at.
    fn scope(&self) -> Scope;
    /// Judges a case; of another scope's it finds nothing.
    fn look(&self, case: &Case<'_>) -> Faults;
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the rule of that name")]
pub enum Scope {
    Container,
    Pod,
    Document(&'static [Subject]),
    Role,
    Component(Program),
    Dockerfile,
    Instruction(&'static [Keyword]),
    Text(Subject),
    World,
}

/// One thing to judge.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is the rule of that name")]
pub enum Case<'c> {
    Container(&'c ContainerCase<'c>),
    Pod(&'c PodCase<'c>),
    Document(&'c DocumentCase<'c>),
    Role(&'c RoleCase<'c>),
    Component(&'c ComponentCase<'c>),
    Dockerfile(&'c DockerfileCase<'c>),
    Instruction(&'c InstructionCase<'c>),
    Text(&'c TextCase<'c>),
    World(&'c World<'c>),
}

impl Rule {
    /// What it looks at.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Container(_) => Scope::Container,
            Self::Pod(_) => Scope::Pod,
            Self::Document(subjects, _) => Scope::Document(subjects),
            Self::Role(_) => Scope::Role,
            Self::Component(program, _) => Scope::Component(*program),
            Self::Dockerfile(_) => Scope::Dockerfile,
            Self::Instruction(keywords, _) => Scope::Instruction(keywords),
            Self::Text(subject, _) => Scope::Text(*subject),
            Self::World(_) => Scope::World,
            Self::Row(row) => row.scope(),
        }
    }

    /// Judges a case; of another scope's it finds nothing. A configuration of kubeadm is judged by what kubeadm makes of
    /// it: a command line for each program.
    pub fn look(&self, case: &Case<'_>) -> Faults {
        let Case::Document(document @ DocumentCase { subject: Subject::Kubeadm, .. }) = case else {
            return self.judge(case);
        };
        let (lines, world) = (kubeadm::command_lines(document.object), document.world);
        let Scope::Component(program) = self.scope() else {
            return self.judge(&Case::Document(&DocumentCase { commands: &lines, ..**document }));
        };
        let ours = lines.iter().filter(|line| line.program == program);
        let judge =
            |line| self.judge(&Case::Component(&ComponentCase { program, setup: Setup::Flags(line), world }));
        ours.flat_map(judge).collect()
    }

    fn judge(&self, case: &Case<'_>) -> Faults {
        match (self, case) {
            (Self::Container(rule), Case::Container(case)) => rule(case),
            (Self::Pod(rule), Case::Pod(case)) => rule(case),
            (Self::Document(_, rule), Case::Document(case)) => rule(case),
            (Self::Role(rule), Case::Role(case)) => rule(case),
            (Self::Component(_, rule), Case::Component(case)) => rule(case),
            (Self::Dockerfile(rule), Case::Dockerfile(case)) => rule(case),
            (Self::Instruction(_, rule), Case::Instruction(case)) => rule(case),
            (Self::Text(_, rule), Case::Text(case)) => rule(case),
            (Self::World(rule), Case::World(case)) => rule(case),
            (Self::Row(row), case) => row.look(case),
            _ => Faults::new(),
        }
    }
}

/// A pod, or the template of one, and what stands around it.
#[derive(Clone, Copy, Debug)]
pub struct PodCase<'t> {
    /// The Pod or workload.
    pub object: Object<'t>,
    /// Its pod template.
    pub template: PodTemplate<'t>,
    /// The settings of the pod as a whole.
    pub settings: PodSettings<'t>,
    /// Its containers, each with the settings that count for it.
    pub members: &'t [(Container<'t>, ContainerSettings<'t>)],
    /// What else was read.
    pub world: &'t World<'t>,
}

impl<'t> PodCase<'t> {
    /// Every container with its settings, for checks that report once what several containers share.
    pub fn containers(&self) -> impl Iterator<Item = (Container<'t>, ContainerSettings<'t>)> {
        self.members.iter().copied()
    }

    /// The mounts of each volume, by its name, each with its container; none where the pod has no volume.
    pub fn mounts(&self) -> BTreeMap<&'t str, Vec<(Container<'t>, Mount<'t>)>> {
        let mut out: BTreeMap<_, Vec<_>> = BTreeMap::new();
        if self.template.volumes().next().is_none() {
            return out;
        }
        for (container, _) in self.members {
            for mount in container.mounts() {
                out.entry(mount.name()).or_default().push((*container, mount));
            }
        }
        out
    }

    /// Whether the pod says that it is for Windows.
    pub fn is_windows(&self) -> bool {
        self.settings.os_name().value == Some("windows")
    }
}

/// A container of a pod.
#[derive(Clone, Copy, Debug)]
pub struct ContainerCase<'t> {
    /// Its pod.
    pub pod: PodCase<'t>,
    /// The container.
    pub container: Container<'t>,
    /// The settings that count for it.
    pub settings: ContainerSettings<'t>,
    /// Its image, where it is one and nothing that a template still fills in.
    pub image: Option<(Node<'t>, ImageReference<'t>)>,
}

/// An object, or a document that is none: a seccomp profile, a list of Falco's rules.
#[derive(Clone, Copy, Debug)]
pub struct DocumentCase<'t> {
    /// What it is about.
    pub subject: Subject,
    /// The object; of other documents only its `node` says something.
    pub object: Object<'t>,
    /// Of a workload, the command lines of its containers that run a program of Kubernetes; of a configuration of
    /// kubeadm, those that kubeadm writes.
    pub commands: &'t [CommandLine<'t>],
    /// What of it does not fit its kind, where somebody asks for that.
    pub misfits: &'t Misfits<'t>,
    /// What else was read.
    pub world: &'t World<'t>,
}

impl<'t> DocumentCase<'t> {
    /// The document.
    pub fn node(&self) -> Node<'t> {
        self.object.node
    }
}

/// One rule of a role.
#[derive(Clone, Copy, Debug)]
pub struct RoleCase<'t> {
    /// The Role or `ClusterRole`.
    pub object: Object<'t>,
    /// The rule.
    pub rule: PolicyRule<'t>,
    /// What else was read.
    pub world: &'t World<'t>,
}

/// A program of Kubernetes and what sets it up.
#[derive(Clone, Copy, Debug)]
pub struct ComponentCase<'t> {
    /// The program.
    pub program: Program,
    /// What sets it up.
    pub setup: Setup<'t>,
    /// What else was read.
    pub world: &'t World<'t>,
}

/// What sets a program up.
#[derive(Clone, Copy, Debug)]
pub enum Setup<'t> {
    /// A container's command line.
    Flags(&'t CommandLine<'t>),
    /// Its configuration file.
    File(Node<'t>),
}

/// A Dockerfile.
#[derive(Clone, Copy, Debug)]
pub struct DockerfileCase<'t> {
    /// The file.
    pub file: &'t Dockerfile,
    /// Its stages.
    pub stages: &'t Stages<'t>,
    /// What was read with it.
    pub world: &'t World<'t>,
}

/// One instruction of a Dockerfile.
#[derive(Clone, Copy, Debug)]
pub struct InstructionCase<'t> {
    /// The file.
    pub file: DockerfileCase<'t>,
    /// The stage; `None` before the first `FROM`.
    pub stage: Option<Stage<'t>>,
    /// The instruction; what `ONBUILD` holds back is handed in, too.
    pub instruction: &'t Instruction,
}

/// A text that no tree holds.
#[derive(Clone, Copy, Debug)]
pub struct TextCase<'t> {
    /// What it is about.
    pub subject: Subject,
    /// The text.
    pub source: &'t Source,
}
