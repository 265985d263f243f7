//! Pod templates and what is in them: containers in one order, volumes, mounts.

use crate::parse::Node;
use crate::text::quoted;

use super::object::pairs;
use super::{Object, value};

/// The kinds that hold a pod template, `Pod` itself first, each with its API groups.
///
/// `extensions` is where workloads lived before `apps`; another group's `Job` is not ours to read.
pub const WORKLOAD_KINDS: &[(&str, &[&str])] = &[
    ("Pod", &[""]),
    ("PodTemplate", &[""]),
    ("ReplicationController", &[""]),
    ("Deployment", &["apps", "extensions"]),
    ("ReplicaSet", &["apps", "extensions"]),
    ("StatefulSet", &["apps"]),
    ("DaemonSet", &["apps", "extensions"]),
    ("Job", &["batch"]),
    ("CronJob", &["batch"]),
];

/// The metadata and the spec that a pod gets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PodTemplate<'t> {
    /// The template's metadata (for a Pod its own), where it has one, of whatever type.
    pub metadata: Option<Node<'t>>,
    /// The pod's spec.
    pub spec: Node<'t>,
    /// Whether it stands in a Pod itself. The API server defaults some fields in Pods only, not in templates.
    pub of_pod: bool,
    /// The templates of a `StatefulSet`'s claims: each of its pods gets a volume by the name of each.
    pub claims: Option<Node<'t>>,
}

/// The pod template of a workload; `None` for other kinds, and where there is no pod spec.
pub fn template_of(object: Object<'_>) -> Option<PodTemplate<'_>> {
    let kind = object.kind()?;
    let (_, groups) = WORKLOAD_KINDS.iter().find(|(k, _)| *k == kind)?;
    if object.group().is_some_and(|g| !groups.contains(&g)) {
        return None;
    }
    let path: &[&str] = match kind {
        "Pod" => &[],
        "PodTemplate" => &["template"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template"],
        _ => &["spec", "template"],
    };
    let template = PodTemplate::new(object.node.at(path)?)?;
    Some(match kind {
        "Pod" => template.as_pod(),
        "StatefulSet" => {
            PodTemplate { claims: object.node.at(&["spec", "volumeClaimTemplates"]), ..template }
        }
        _ => template,
    })
}

impl<'t> PodTemplate<'t> {
    /// The template that `holder` (a `template`, or something shaped like one) holds, where it holds a spec.
    pub fn new(holder: Node<'t>) -> Option<Self> {
        let spec = holder.get("spec").and_then(value::mapping)?;
        Some(Self { metadata: holder.get("metadata"), spec, of_pod: false, claims: None })
    }

    /// The pod that a controller would create from this template.
    #[must_use]
    pub fn as_pod(self) -> Self {
        Self { of_pod: true, ..self }
    }

    /// Every container: init, then main, then ephemeral. The one visitor, so that none can be forgotten.
    pub fn containers(self) -> impl Iterator<Item = Container<'t>> {
        ["initContainers", "containers", "ephemeralContainers"].into_iter().flat_map(move |list| {
            let items = self.spec.get(list).and_then(value::list);
            items.into_iter().flat_map(Node::items).filter_map(move |n| Container::new(n, list))
        })
    }

    /// The container of that name.
    pub fn container(self, name: &str) -> Option<Container<'t>> {
        self.containers().find(|c| c.name == name)
    }

    /// The volumes.
    pub fn volumes(self) -> impl Iterator<Item = Volume<'t>> {
        let items = self.spec.get("volumes").and_then(value::list);
        items.into_iter().flat_map(Node::items).filter_map(value::mapping).map(|node| Volume { node })
    }

    /// The volume of that name.
    pub fn volume(self, name: &str) -> Option<Volume<'t>> {
        self.volumes().find(|v| v.name() == name)
    }

    /// What a pod's volumes are called: those that it defines, and its claims.
    pub fn volume_names(self) -> impl Iterator<Item = &'t str> {
        let claims = self.claims.and_then(value::list).into_iter().flat_map(Node::items);
        let of_claim = |claim: Node<'t>| claim.at(&["metadata", "name"]).and_then(Node::as_str);
        self.volumes().map(Volume::name).chain(claims.filter_map(of_claim))
    }

    /// The annotations that are strings, in the order of the file.
    pub fn annotations(self) -> Vec<(&'t str, &'t str)> {
        pairs(self.metadata, "annotations")
    }

    /// The node of an annotation's value.
    pub fn annotation(self, key: &str) -> Option<Node<'t>> {
        self.metadata?.at(&["annotations", key])
    }

    /// The labels that are strings, in the order of the file.
    pub fn labels(self) -> Vec<(&'t str, &'t str)> {
        pairs(self.metadata, "labels")
    }
}

/// When a container runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Before the others, to its end.
    Init,
    /// An init container with `restartPolicy: Always`: beside the others, from before them.
    Sidecar,
    /// As the pod's own work.
    Main,
    /// Added to a running pod, to look at it.
    Ephemeral,
}

impl Class {
    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Init => "init container",
            Self::Sidecar => "sidecar container",
            Self::Main => "container",
            Self::Ephemeral => "ephemeral container",
        }
    }
}

/// A container of a pod.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Container<'t> {
    /// Its mapping.
    pub node: Node<'t>,
    /// Its name; empty where it has none.
    pub name: &'t str,
    /// When it runs.
    pub class: Class,
}

impl<'t> Container<'t> {
    fn new(node: Node<'t>, list: &str) -> Option<Self> {
        let node = value::mapping(node)?;
        let restarts = node.get("restartPolicy").and_then(value::string) == Some("Always");
        let class = match list {
            "initContainers" if restarts => Class::Sidecar,
            "initContainers" => Class::Init,
            "containers" => Class::Main,
            _ => Class::Ephemeral,
        };
        Some(Self { node, name: node.get("name").and_then(value::string).unwrap_or(""), class })
    }

    /// What people call it: `init container "setup"`.
    pub fn title(self) -> String {
        [self.class.word(), " ", &quoted(self.name)].concat()
    }

    /// `image`.
    pub fn image(self) -> Option<Node<'t>> {
        self.node.get("image")
    }

    /// Its volume mounts.
    pub fn mounts(self) -> impl Iterator<Item = Mount<'t>> {
        let items = self.node.get("volumeMounts").and_then(value::list);
        items.into_iter().flat_map(Node::items).filter_map(value::mapping).map(|node| Mount { node })
    }
}

/// A volume mount of a container.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mount<'t> {
    /// Its mapping.
    pub node: Node<'t>,
}

impl<'t> Mount<'t> {
    /// The volume's name; empty where it has none.
    pub fn name(self) -> &'t str {
        self.node.get("name").and_then(value::string).unwrap_or("")
    }

    /// Where in the container it appears.
    pub fn path(self) -> Option<&'t str> {
        self.node.get("mountPath").and_then(value::string)
    }

    /// Whether it says `readOnly: true`.
    pub fn read_only(self) -> bool {
        self.node.get("readOnly").and_then(value::boolean) == Some(true)
    }
}

/// A volume of a pod.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Volume<'t> {
    /// Its mapping.
    pub node: Node<'t>,
}

impl<'t> Volume<'t> {
    /// Its name; empty where it has none.
    pub fn name(self) -> &'t str {
        self.node.get("name").and_then(value::string).unwrap_or("")
    }

    /// The names of the sources that are set, in the order of the file. A valid volume has at most one.
    pub fn sources(self) -> impl Iterator<Item = (&'t str, Node<'t>)> {
        let entries = self.node.entries().into_iter();
        entries
            .filter_map(|e| Some((e.key.scalar()?, e.value)))
            .filter(|(key, node)| *key != "name" && !node.is_null())
    }

    /// The type of its source. A volume with only a name is an `emptyDir`: the API server's default.
    pub fn kind(self) -> &'t str {
        self.sources().next().map_or("emptyDir", |(key, _)| key)
    }

    /// The `hostPath` source.
    pub fn host_path(self) -> Option<Node<'t>> {
        self.node.get("hostPath")
    }
}

#[cfg(test)]
mod tests {
    use super::super::objects;
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    fn templates(text: &str) -> Vec<String> {
        let source = Source::lone("t", text);
        let (tree, _) = yaml::parse(&source, Limits::default());
        let found = objects(&tree).into_iter().filter_map(template_of);
        found
            .map(|t| {
                t.containers().map(|c| format!("{}={:?}", c.name, c.class)).collect::<Vec<_>>().join(" ")
            })
            .collect()
    }

    #[test]
    fn every_kind_gives_its_template() {
        let spec = "spec: {containers: [{name: m}]}";
        for (kind, groups) in WORKLOAD_KINDS {
            let body = match *kind {
                "Pod" => spec.to_owned(),
                "PodTemplate" => format!("template: {{{spec}}}"),
                "CronJob" => format!("spec: {{jobTemplate: {{spec: {{template: {{{spec}}}}}}}}}"),
                _ => format!("spec: {{template: {{{spec}}}}}"),
            };
            for group in *groups {
                let version = if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") };
                let text = format!("{{apiVersion: {version}, kind: {kind}, {body}}}");
                assert_eq!(templates(&text), ["m=Main"], "{text}");
            }
            assert!(templates(&format!("{{apiVersion: example.com/v1, kind: {kind}, {body}}}")).is_empty());
        }
        assert!(templates("kind: Pod\n").is_empty());
        assert!(templates("{kind: Service, spec: {template: {spec: {containers: [{name: m}]}}}}").is_empty());
    }

    #[test]
    fn containers_come_in_the_order_init_main_ephemeral() {
        let text = "kind: Pod\nspec:\n  ephemeralContainers: [{name: e}]\n  containers: [{name: a}, wrong, {}]\n  initContainers: [{name: s, restartPolicy: Always}, {name: i}]\n";
        assert_eq!(templates(text), ["s=Sidecar i=Init a=Main =Main e=Ephemeral"]);
    }

    #[test]
    fn a_bare_volume_is_an_empty_dir() {
        let text = "kind: Pod\nspec:\n  volumes: [{name: a}, {name: b, hostPath: {path: /}}, {name: c, nfs: null}]\n";
        let source = Source::lone("t", text);
        let (tree, _) = yaml::parse(&source, Limits::default());
        let template = template_of(objects(&tree)[0]).unwrap();
        let kinds: Vec<_> = template.volumes().map(Volume::kind).collect();
        assert_eq!(kinds, ["emptyDir", "hostPath", "emptyDir"]);
    }
}
