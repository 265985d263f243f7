//! What a check is, what it is handed, and what it answers.

use std::collections::BTreeMap;

use crate::model::{
    Container, ContainerSettings, Effective, Mount, Object, Origin, PodSettings, PodTemplate,
};
use crate::parse::Node;
use crate::text::{Label, Severity, Span};

/// A check: what it is called, what it weighs, what it says, and the function that looks.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Kebab-case, names the fault, never renamed.
    pub id: &'static str,
    /// Impact if exploited, times how little else is needed; fixed per id.
    pub severity: Severity,
    /// The fault in a few words: lower case, no full stop.
    pub title: &'static str,
    /// The document: what it looks for, why it matters, fields, fix, examples.
    pub doc: &'static str,
    /// What other tools and benchmarks call it.
    pub aliases: &'static [&'static str],
    /// The numbers of the lessons that teach it, the main one first.
    pub lessons: &'static [u8],
    /// The function, by what it looks at.
    pub rule: Rule,
}

/// A check's function, by granularity.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Looks at one container with its effective settings.
    Container(fn(&ContainerCase<'_>) -> Vec<Fault>),
    /// Looks at one pod as a whole.
    Pod(fn(&PodCase<'_>) -> Vec<Fault>),
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
    /// What else the file holds.
    pub world: &'t World<'t>,
}

/// What a file holds, for checks that look beyond one object.
#[derive(Clone, Debug)]
pub struct World<'t> {
    /// Every object, in the order of the file.
    pub objects: Vec<Object<'t>>,
    /// The service accounts by namespace and name.
    accounts: BTreeMap<(&'t str, &'t str), Object<'t>>,
}

impl<'t> World<'t> {
    /// The world of these objects.
    pub fn new(objects: Vec<Object<'t>>) -> Self {
        let accounts = objects.iter().filter(|o| o.kind() == Some("ServiceAccount"));
        let accounts = accounts.filter_map(|o| Some(((namespace(*o), o.name()?), *o))).collect();
        Self { objects, accounts }
    }

    /// The service account of that name in the namespace of `user`.
    pub fn service_account(&self, user: Object<'t>, name: &str) -> Option<Object<'t>> {
        self.accounts.get(&(namespace(user), name)).copied()
    }
}

fn namespace(object: Object<'_>) -> &str {
    object.namespace().unwrap_or("default")
}

impl<'t> PodCase<'t> {
    /// Every container with its settings, for checks that report once what several containers share.
    pub fn containers(&self) -> impl Iterator<Item = (Container<'t>, ContainerSettings<'t>)> {
        let template = self.template;
        template.containers().map(move |c| (c, ContainerSettings::of(template, c)))
    }

    /// The mounts of each volume, by its name, each with its container.
    pub fn mounts(&self) -> BTreeMap<&'t str, Vec<(Container<'t>, Mount<'t>)>> {
        let mut out: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for container in self.template.containers() {
            for mount in container.mounts() {
                out.entry(mount.name()).or_default().push((container, mount));
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
}

/// A fault that a check found. The runner makes a finding of it: id, severity, title and the names of object and
/// container are its to add.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Where.
    pub span: Span,
    /// A few words beside the caret; may be empty.
    pub label: String,
    /// The field's path, its effective value, where that comes from.
    pub detail: String,
    /// Other places that explain it.
    pub related: Vec<Label>,
    /// The smallest change that mends it.
    pub help: String,
}

impl Fault {
    /// A fault at `span`.
    pub fn new(span: Span, detail: impl Into<String>, help: impl Into<String>) -> Self {
        Self { span, label: String::new(), detail: detail.into(), related: Vec::new(), help: help.into() }
    }

    /// A fault at a node; the detail begins with the node's path.
    pub fn at(node: Node<'_>, says: &str, help: impl Into<String>) -> Self {
        Self::new(node.own_span(), format!("{} {says}", node.path()), help)
    }

    /// A setting has a bad value: says which, and who set it.
    pub fn set<T>(setting: &Effective<'_, T>, help: impl Into<String>) -> Self {
        let value = setting.node.and_then(Node::scalar).unwrap_or("set");
        let by = setting.origin.word();
        let detail = format!("{} is {value}, {by}", setting.path());
        Self::new(setting.span(), detail, help).label(by)
    }

    /// A setting is missing: says what follows, and points at where it would go.
    pub fn unset<T>(setting: &Effective<'_, T>, follows: &str, help: impl Into<String>) -> Self {
        let detail = format!("{} is not set: {follows}", setting.path());
        Self::new(setting.span(), detail, help).label("belongs here")
    }

    /// A setting has a bad value, or none.
    pub fn set_or_unset<T>(setting: &Effective<'_, T>, follows: &str, help: impl Into<String>) -> Self {
        if setting.origin == Origin::Default {
            Self::unset(setting, follows, help)
        } else {
            Self::set(setting, help)
        }
    }

    /// Puts words beside the caret.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label::new(span, text));
        self
    }
}
