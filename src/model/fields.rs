//! The types and places of the fields that security hangs on, as the API server decodes them.
//!
//! After kubernetes `staging/src/k8s.io/api/core/v1/types.go`. A file with a mistyped field never becomes an object:
//! the API server refuses it before any admission plugin sees it.

use crate::parse::{Entry, Kind, Node};
use crate::text::Span;

use super::{PodTemplate, value};

/// A field of a `securityContext` that stands where no such field is.
#[derive(Clone, Copy, Debug)]
pub struct Misplaced<'t> {
    /// The field and its value.
    pub entry: Entry<'t>,
    /// Where it belongs.
    pub home: Home,
}

/// Where a misplaced field belongs, seen from where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// In every container's context, and it stands in the pod's.
    EveryContainer,
    /// In a container's context, and it stands beside the pod's.
    AContainer,
    /// In the context of the container that it stands in.
    ThisContainer,
    /// In the pod's context, and it stands in a container's.
    PodAlone,
    /// In the pod's context, and it stands beside it or beside a container's.
    Pod,
    /// In the pod's context or in a container's, and it stands beside the pod's.
    Any,
}

/// Fields of a container's `securityContext` that a pod's lacks.
const OF_CONTAINER: &[&str] =
    &["allowPrivilegeEscalation", "capabilities", "privileged", "procMount", "readOnlyRootFilesystem"];

/// Fields that both have.
const OF_BOTH: &[&str] = &[
    "appArmorProfile",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "seLinuxOptions",
    "seccompProfile",
    "windowsOptions",
];

/// Fields of a pod's `securityContext` that a container's lacks.
const OF_POD: &[&str] = &[
    "fsGroup",
    "fsGroupChangePolicy",
    "seLinuxChangePolicy",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "sysctls",
];

/// Every field of a `securityContext` that stands elsewhere in the pod, or in the other context.
pub fn misplaced<'t>(template: PodTemplate<'t>) -> Vec<Misplaced<'t>> {
    let spec = template.spec;
    let mut out = Vec::new();
    let merges = spec.tree().merges();
    let mut judge = |holder: Node<'t>, keys: &[&str], home: Home| {
        let known = |e: Entry<'_>| e.key.scalar().is_some_and(|key| keys.contains(&key));
        if !merges && !holder.own_entries().any(known) {
            return;
        }
        let set = keys.iter().filter_map(|key| holder.entry(key)).filter(|e| !e.value.is_null());
        out.extend(set.map(|entry| Misplaced { entry, home }));
    };
    if let Some(context) = spec.get("securityContext") {
        judge(context, OF_CONTAINER, Home::EveryContainer);
    }
    judge(spec, OF_CONTAINER, Home::AContainer);
    judge(spec, OF_BOTH, Home::Any);
    judge(spec, OF_POD, Home::Pod);
    for container in template.containers() {
        if let Some(context) = container.node.get("securityContext") {
            judge(context, OF_POD, Home::PodAlone);
        }
        judge(container.node, OF_CONTAINER, Home::ThisContainer);
        judge(container.node, OF_BOTH, Home::ThisContainer);
        judge(container.node, OF_POD, Home::Pod);
    }
    out
}

/// A value of the wrong type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistyped {
    /// Where it stands.
    pub span: Span,
    /// Its path in the manifest's own terms.
    pub path: String,
    /// What it is, with its article.
    pub found: &'static str,
    /// What the API server wants, with its article.
    pub wanted: &'static str,
}

impl Mistyped {
    /// It in one sentence without full stop.
    pub fn sentence(&self) -> String {
        format!("{} is {}, and the API server wants {}", self.path, self.found, self.wanted)
    }
}

/// What a field holds.
#[derive(Clone, Copy)]
enum Type {
    Bool,
    Int,
    /// 0 to 65535; the API server decodes 32 bits and takes no more than these.
    Port,
    Text,
    Texts,
    Ints,
    Fields(&'static [(&'static str, Type)]),
    Items(&'static [(&'static str, Type)]),
    /// Any keys, each with text.
    Map,
}

use Type::{Bool, Fields, Int, Ints, Items, Map, Port, Text, Texts};

const PROFILE: Type = Fields(&[("type", Text), ("localhostProfile", Text)]);
const SE_LINUX: Type = Fields(&[("level", Text), ("role", Text), ("type", Text), ("user", Text)]);
const WINDOWS: Type = Fields(&[
    ("gmsaCredentialSpec", Text),
    ("gmsaCredentialSpecName", Text),
    ("hostProcess", Bool),
    ("runAsUserName", Text),
]);

const HANDLER: &[(&str, Type)] = &[
    ("exec", Fields(&[("command", Texts)])),
    ("httpGet", Fields(&[("host", Text), ("path", Text)])),
    ("tcpSocket", Fields(&[("host", Text)])),
];

const CONTAINER: &[(&str, Type)] = &[
    ("name", Text),
    ("image", Text),
    ("command", Texts),
    ("args", Texts),
    ("restartPolicy", Text),
    (
        "securityContext",
        Fields(&[
            ("allowPrivilegeEscalation", Bool),
            ("appArmorProfile", PROFILE),
            ("capabilities", Fields(&[("add", Texts), ("drop", Texts)])),
            ("privileged", Bool),
            ("procMount", Text),
            ("readOnlyRootFilesystem", Bool),
            ("runAsGroup", Int),
            ("runAsNonRoot", Bool),
            ("runAsUser", Int),
            ("seLinuxOptions", SE_LINUX),
            ("seccompProfile", PROFILE),
            ("windowsOptions", WINDOWS),
        ]),
    ),
    ("ports", Items(&[("containerPort", Port), ("hostPort", Port), ("hostIP", Text), ("name", Text)])),
    ("volumeMounts", Items(&[("name", Text), ("mountPath", Text), ("subPath", Text), ("readOnly", Bool)])),
    ("livenessProbe", Fields(HANDLER)),
    ("readinessProbe", Fields(HANDLER)),
    ("startupProbe", Fields(HANDLER)),
    ("lifecycle", Fields(&[("postStart", Fields(HANDLER)), ("preStop", Fields(HANDLER))])),
];

const SPEC: &[(&str, Type)] = &[
    ("automountServiceAccountToken", Bool),
    ("containers", Items(CONTAINER)),
    ("ephemeralContainers", Items(CONTAINER)),
    ("hostIPC", Bool),
    ("hostNetwork", Bool),
    ("hostPID", Bool),
    ("hostUsers", Bool),
    ("initContainers", Items(CONTAINER)),
    ("os", Fields(&[("name", Text)])),
    (
        "securityContext",
        Fields(&[
            ("appArmorProfile", PROFILE),
            ("fsGroup", Int),
            ("runAsGroup", Int),
            ("runAsNonRoot", Bool),
            ("runAsUser", Int),
            ("seLinuxOptions", SE_LINUX),
            ("seccompProfile", PROFILE),
            ("supplementalGroups", Ints),
            ("supplementalGroupsPolicy", Text),
            ("sysctls", Items(&[("name", Text), ("value", Text)])),
            ("windowsOptions", WINDOWS),
        ]),
    ),
    ("serviceAccount", Text),
    ("serviceAccountName", Text),
    ("shareProcessNamespace", Bool),
    ("volumes", Items(VOLUME)),
];

/// A volume and its sources, each a mapping of which only `hostPath` is read further.
const VOLUME: &[(&str, Type)] = &[
    ("name", Text),
    ("awsElasticBlockStore", Fields(&[])),
    ("azureDisk", Fields(&[])),
    ("azureFile", Fields(&[])),
    ("cephfs", Fields(&[])),
    ("cinder", Fields(&[])),
    ("configMap", Fields(&[])),
    ("csi", Fields(&[])),
    ("downwardAPI", Fields(&[])),
    ("emptyDir", Fields(&[])),
    ("ephemeral", Fields(&[])),
    ("fc", Fields(&[])),
    ("flexVolume", Fields(&[])),
    ("flocker", Fields(&[])),
    ("gcePersistentDisk", Fields(&[])),
    ("gitRepo", Fields(&[])),
    ("glusterfs", Fields(&[])),
    ("hostPath", Fields(&[("path", Text), ("type", Text)])),
    ("image", Fields(&[])),
    ("iscsi", Fields(&[])),
    ("nfs", Fields(&[])),
    ("persistentVolumeClaim", Fields(&[])),
    ("photonPersistentDisk", Fields(&[])),
    ("portworxVolume", Fields(&[])),
    ("projected", Fields(&[])),
    ("quobyte", Fields(&[])),
    ("rbd", Fields(&[])),
    ("scaleIO", Fields(&[])),
    ("secret", Fields(&[])),
    ("storageos", Fields(&[])),
    ("vsphereVolume", Fields(&[])),
];

const METADATA: &[(&str, Type)] =
    &[("annotations", Map), ("labels", Map), ("name", Text), ("namespace", Text)];

/// Every mistyped field of a pod template that anything here reads, in the order of the file.
pub fn mistyped(template: PodTemplate<'_>) -> Vec<Mistyped> {
    let mut out = Vec::new();
    template.metadata.into_iter().for_each(|m| judge(m, Fields(METADATA), &mut out));
    fields(template.spec, SPEC, &mut out);
    out.sort_by_key(|m| m.span.start);
    out
}

fn fields(node: Node<'_>, known: &[(&str, Type)], out: &mut Vec<Mistyped>) {
    if !node.tree().merges() {
        for entry in node.own_entries().filter(|e| !e.value.is_null()) {
            let key = entry.key.scalar();
            if let Some((_, wanted)) = known.iter().find(|(known, _)| Some(*known) == key) {
                judge(entry.value, *wanted, out);
            }
        }
        return;
    }
    for (key, wanted) in known {
        if let Some(child) = node.get(key) {
            judge(child, *wanted, out);
        }
    }
}

fn judge(node: Node<'_>, wanted: Type, out: &mut Vec<Mistyped>) {
    let fits = match wanted {
        Bool => value::boolean(node).is_some(),
        Int => value::integer(node).is_some(),
        Port => value::integer(node).is_some_and(|n| (0..=65535).contains(&n)),
        Text => value::string(node).is_some(),
        Texts | Ints | Items(_) => node.kind() == Kind::Seq,
        Fields(_) | Map => node.kind() == Kind::Map,
    };
    if !fits {
        let wanted = match wanted {
            Bool => "a boolean",
            Int => "an integer",
            Port => "a port number",
            Text => "a string",
            Texts | Ints | Items(_) => "a list",
            Fields(_) | Map => "a mapping",
        };
        let found = if node.kind() == Kind::Float { "a fraction" } else { node.kind().word() };
        out.push(Mistyped { span: node.own_span(), path: node.path(), found, wanted });
        return;
    }
    match wanted {
        Bool | Int | Port | Text => {}
        Texts => node.items().filter(|n| !n.is_null()).for_each(|n| judge(n, Text, out)),
        Ints => node.items().filter(|n| !n.is_null()).for_each(|n| judge(n, Int, out)),
        // A null among strings decodes as the empty one; a null item has no name, which validation refuses.
        Items(known) => node.items().for_each(|n| judge(n, Fields(known), out)),
        Fields(known) => fields(node, known, out),
        Map => {
            let values = node.entries().into_iter().map(|e| e.value);
            values.filter(|v| !v.is_null()).for_each(|v| judge(v, Text, out));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{objects, template_of};
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    #[test]
    fn metadata_ports_sources_and_null_items_are_judged_too() {
        let text = "\
kind: Pod
metadata: none
spec:
  containers:
  -
  - name: a
    ports: [{hostPort: 0}, {hostPort: 65536}, {containerPort: -1}]
    securityContext: {capabilities: {drop: [null]}}
  volumes: [{name: a, emptyDir: here}, {name: b, nfs: {}}, {name: c, unheard-of: of}, null]
";
        let (tree, _) = yaml::parse(&Source::lone("t", text), Limits::default());
        let found = mistyped(template_of(objects(&tree)[0]).unwrap());
        let said: Vec<_> = found.iter().map(|m| format!("{} wants {}", m.path, m.wanted)).collect();
        assert_eq!(
            said,
            [
                "metadata wants a mapping",
                "spec.containers[0] wants a mapping",
                "spec.containers[1].ports[1].hostPort wants a port number",
                "spec.containers[1].ports[2].containerPort wants a port number",
                "spec.volumes[0].emptyDir wants a mapping",
                "spec.volumes[3] wants a mapping",
            ]
        );
    }

    #[test]
    fn quoted_booleans_and_unquoted_text_are_named_with_their_path() {
        let text = "\
kind: Pod
metadata: {annotations: {a: 1}}
spec:
  hostPID: \"true\"
  hostIPC: null
  securityContext: {runAsUser: \"0\", fsGroup: 1.5, supplementalGroups: [1, x]}
  containers:
  - name: a
    securityContext: {capabilities: {drop: ALL, add: [1]}, runAsUser: 0.0}
  - b
";
        let source = Source::lone("t", text);
        let (tree, _) = yaml::parse(&source, Limits::default());
        let found = mistyped(template_of(objects(&tree)[0]).unwrap());
        let said: Vec<_> =
            found.iter().map(|m| format!("{}: {} for {}", m.path, m.found, m.wanted)).collect();
        assert_eq!(
            said,
            [
                "metadata.annotations.a: an integer for a string",
                "spec.hostPID: a string for a boolean",
                "spec.securityContext.runAsUser: a string for an integer",
                "spec.securityContext.fsGroup: a fraction for an integer",
                "spec.securityContext.supplementalGroups[1]: a string for an integer",
                "spec.containers[0].securityContext.capabilities.drop: a string for a list",
                "spec.containers[0].securityContext.capabilities.add[0]: an integer for a string",
                "spec.containers[1]: a string for a mapping",
            ]
        );
    }
}
