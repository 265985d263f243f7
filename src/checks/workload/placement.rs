//! Where a pod runs: node, namespace, priority, runtime.

use std::collections::BTreeMap;

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, PodCase, Rule, Standard, World};
use crate::model::{Object, PodTemplate, Subject, template_of, value};
use crate::parse::Node;
use crate::text::Severity;

const DOC: &str = include_str!("placement.md");

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "control-plane-node-scheduling",
        Severity::Medium,
        "pod can be placed on a control-plane node",
        DOC,
        Rule::Pod(control_plane),
    )
    .aliases(&["restrict-controlplane-scheduling", "restrict-node-selection", "restrict-node-affinity"])
    .lessons(&[18, 34, 36])
    .technique("T1610"),
    Check::new(
        "default-namespace-used",
        Severity::Low,
        "object is placed in the namespace default",
        DOC,
        Rule::Document(
            &[Subject::Workload, Subject::Service, Subject::Secret, Subject::Ingress],
            default_namespace,
        ),
    )
    .aliases(&["use-namespace", "KSV-0110", "CKV_K8S_21", "disallow-default-namespace", "C-0061", "C-0212"])
    .lessons(&[36])
    .standards(&[Standard::Cis("5.6.4")]),
    Check::new(
        "priority-class-not-allowed",
        Severity::Low,
        "pod has the priority of the system's own",
        DOC,
        Rule::Pod(priority),
    )
    .aliases(&[
        "priority-class-name",
        "priorityClassNotSet",
        "allowed-podpriorities",
        "require-pod-priorityclassname",
    ])
    .lessons(&[36])
    .technique("T1496.001"),
    Check::new(
        "runtime-class-not-sandboxed",
        Severity::Medium,
        "pod that is meant for a sandbox runs without",
        DOC,
        Rule::World(unboxed),
    )
    .aliases(&["add-runtimeclassname", "restrict-runtimeclass", "C-0297"])
    .lessons(&[24, 36])
    .technique("T1611")
    .confidence(Confidence::Contextual),
    Check::new(
        "runtime-class-undefined",
        Severity::Low,
        "runtime class is not there",
        DOC,
        Rule::World(undefined),
    )
    .lessons(&[24])
    .confidence(Confidence::Contextual),
];

/// The label and the taint of nodes that hold the control plane; the second is from before 1.24.
const CONTROL_PLANE: &[&str] = &["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

const AWAY: &str = "remove it; let a label and a taint of the workload's own pool choose its nodes";

/// Not for a `DaemonSet`, whose work is each node.
fn control_plane(case: &PodCase<'_>) -> Faults {
    if case.object.kind() == Some("DaemonSet") {
        return Faults::new();
    }
    let spec = case.template.spec;
    let tolerations = spec.get("tolerations").and_then(value::list).into_iter().flat_map(Node::items);
    let mut faults: Faults = tolerations.filter_map(tolerated).collect();
    let selector = CONTROL_PLANE.iter().find_map(|key| spec.at(&["nodeSelector", key]));
    faults.extend(selector.map(|node| Fault::at(node, "selects the nodes of the control plane", AWAY)));
    faults
        .extend(required(spec).map(|node| Fault::at(node, "asks for the nodes of the control plane", AWAY)));
    // What was read back from a cluster has the scheduler's choice there.
    let live = case.object.node.at(&["metadata", "uid"]).is_some();
    let name =
        spec.get("nodeName").filter(|node| !live && value::string(*node).is_some_and(|n| !n.is_empty()));
    faults.extend(name.map(|node| {
        Fault::at(node, "names the node: the scheduler is not asked, nor are NoSchedule taints", AWAY)
    }));
    faults
}

/// A toleration of the control plane's taint, whose effect is `NoSchedule`.
fn tolerated(toleration: Node<'_>) -> Option<Fault> {
    let text = |key: &str| toleration.get(key).and_then(value::string).unwrap_or("");
    let (key, effect) = (text("key"), text("effect"));
    if !matches!(effect, "" | "NoSchedule") {
        return None;
    }
    if let Some(known) = CONTROL_PLANE.iter().find(|k| **k == key) {
        let says = format!("tolerates {known}");
        return toleration.get("key").map(|node| Fault::at(node, &says, AWAY));
    }
    let all = key.is_empty() && text("operator") == "Exists";
    let says = "has no key and the operator Exists: it tolerates every taint, the control plane's too";
    all.then(|| Fault::at(toleration, says, AWAY))
}

/// The key of a required node affinity that wants the control plane's label.
fn required(spec: Node<'_>) -> Option<Node<'_>> {
    let path =
        ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"];
    let terms = spec.at(&path).and_then(value::list)?;
    let rules =
        terms.items().filter_map(|t| t.get("matchExpressions").and_then(value::list)).flat_map(Node::items);
    let wants =
        |rule: &Node<'_>| matches!(rule.get("operator").and_then(value::string), Some("In" | "Exists"));
    let mut keys = rules.filter(wants).filter_map(|rule| rule.get("key"));
    keys.find(|key| value::string(*key).is_some_and(|k| CONTROL_PLANE.contains(&k)))
}

/// Only where it is said: without the field, whoever applies the file decides.
fn default_namespace(case: &DocumentCase<'_>) -> Faults {
    let node = case.node().at(&["metadata", "namespace"]);
    let Some(node) = node.filter(|n| value::string(*n) == Some("default")) else { return Faults::new() };
    // The cluster makes this one there by itself.
    if case.subject == Subject::Service && case.object.name() == Some("kubernetes") {
        return Faults::new();
    }
    let says = "is default, which everything without a namespace falls into";
    vec![Fault::at(node, says, "give the application a namespace of its own, and apply it there")]
}

/// The classes that Kubernetes brings; a namespace that is the system's may use them.
fn priority(case: &PodCase<'_>) -> Faults {
    let node = case.template.spec.get("priorityClassName");
    let system =
        |n: &Node<'_>| matches!(value::string(*n), Some("system-cluster-critical" | "system-node-critical"));
    let outside = case.object.namespace().filter(|n| *n != "kube-system" && !n.ends_with("-system"));
    let (Some(node), Some(namespace)) = (node.filter(system), outside) else { return Faults::new() };
    let class = value::string(node).unwrap_or("");
    let says =
        format!("is {class} in namespace {namespace}: to place it, the scheduler evicts the others' pods");
    vec![Fault::at(node, &says, "name a PriorityClass of your own with a value below 1000000000")]
}

/// A class of a sandbox, by what runtimes are called.
#[derive(Clone, Copy, Debug)]
struct Sandbox<'t> {
    name: &'t str,
    handler: &'t str,
    object: Object<'t>,
}

fn classes<'t>(world: &World<'t>) -> BTreeMap<&'t str, Object<'t>> {
    world.of(Subject::RuntimeClass).iter().filter_map(|o| Some((o.name()?, *o))).collect()
}

fn sandboxes<'t>(world: &World<'t>) -> Vec<Sandbox<'t>> {
    let known = |text: &str| ["runsc", "gvisor", "kata", "firecracker"].iter().any(|w| text.contains(w));
    let of = |(name, object): (&'t str, Object<'t>)| {
        let handler = object.node.get("handler").and_then(value::string)?;
        (known(handler) || known(name)).then_some(Sandbox { name, handler, object })
    };
    classes(world).into_iter().filter_map(of).collect()
}

/// A pod is meant for a sandbox when its labels or annotations name the class, or it asks for the class's nodes.
fn unboxed(world: &World<'_>) -> Faults {
    let sandboxes = sandboxes(world);
    if sandboxes.is_empty() {
        return Faults::new();
    }
    let pods = world.objects.iter().filter_map(|o| Some((*o, template_of(*o)?)));
    let pods = pods.filter(|(_, template)| template.spec.get("runtimeClassName").is_none());
    pods.filter_map(|(object, template)| {
        let (sandbox, sign) = sandboxes.iter().find_map(|s| Some((s, sign(*s, template)?)))?;
        let spec = template.spec;
        let detail = format!(
            "{}: {} is not set, so the node's usual runtime starts it, {sign}",
            object.title(),
            spec.missing("runtimeClassName").path
        );
        let span = spec.key().map_or(spec.own_span(), Node::own_span);
        let help = format!("set runtimeClassName: {}", sandbox.name);
        Some(Fault::new(span, detail, help).related(sandbox.object.kind_span(), "the class"))
    })
    .collect()
}

fn sign(sandbox: Sandbox<'_>, template: PodTemplate<'_>) -> Option<String> {
    let names = |value: &str| value == sandbox.name || value == sandbox.handler;
    let label = template.labels().into_iter().find(|(_, value)| names(value));
    if let Some((key, value)) = label {
        return Some(format!("whatever the label {key}: {value} says"));
    }
    let annotation = template.annotations().into_iter().find(|(_, value)| names(value));
    if let Some((key, value)) = annotation {
        return Some(format!("whatever the annotation {key}: {value} says"));
    }
    let nodes = sandbox.object.node.at(&["scheduling", "nodeSelector"]).and_then(value::mapping)?.entries();
    let asks = |key: Node<'_>, wanted: Node<'_>| {
        let own = key.scalar().and_then(|key| template.spec.at(&["nodeSelector", key]));
        own.and_then(Node::scalar).is_some_and(|own| Some(own) == wanted.scalar())
    };
    let all = !nodes.is_empty() && nodes.iter().all(|e| asks(e.key, e.value));
    all.then(|| format!("on the nodes that are kept for {}", sandbox.name))
}

/// Where no class was read, nothing is known.
fn undefined(world: &World<'_>) -> Faults {
    let classes = classes(world);
    if classes.is_empty() {
        return Faults::new();
    }
    let pods = world.objects.iter().filter_map(|o| Some((*o, template_of(*o)?)));
    pods.filter_map(|(object, template)| {
        let node = template.spec.get("runtimeClassName")?;
        let name =
            value::string(node).filter(|n| !n.is_empty() && !n.contains("{{") && !classes.contains_key(n))?;
        let detail = format!(
            "{}: {} names {name:?}, which is none of the {} that were read beside it",
            object.title(),
            node.path(),
            classes.len()
        );
        Some(Fault::new(
            node.own_span(),
            detail,
            "correct the name, or check the pod together with its RuntimeClass",
        ))
    })
    .collect()
}
