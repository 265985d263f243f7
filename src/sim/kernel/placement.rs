//! Whether a pod comes to a node at all: the API server's look-ups, the scheduler, the kubelet's own admission
//! (kubernetes `pkg/scheduler`, `pkg/kubelet/lifecycle/predicate.go`).

use super::pod::PodView;
use crate::parse::Node;
use crate::sim::world::{Host, World};
use crate::sim::{Reason, Verdict};

/// What keeps a pod from its node: the API server's look-ups, the scheduler, the kubelet's own admission.
pub(super) fn placed(world: &World, pod: &PodView<'_>, host: &Host) -> Result<(), Verdict> {
    let spec = pod.template.spec;
    let waits = |text: String, node: Node<'_>| {
        Err(Verdict::denied(Reason::at(text, node.own_span())).evidence("Pending"))
    };
    let text = |key: &str| spec.get(key).and_then(|n| Some((n.as_str()?, n)));
    if let Some((name, node)) =
        pod.settings().os_name().value.zip(spec.get("os")).filter(|(n, _)| *n != "linux")
    {
        return waits(
            format!("os.name is {name}, and the node runs Linux: the kubelet refuses the pod"),
            node,
        );
    }
    if let Some(gate) = spec.get("schedulingGates").and_then(|g| g.items().next()) {
        return waits(
            "schedulingGates keep the pod from every node until somebody lifts them".to_owned(),
            gate,
        );
    }
    if let Some((name, node)) = text("schedulerName").filter(|(n, _)| !["default-scheduler", ""].contains(n))
    {
        return waits(format!("there is no scheduler `{name}`, so that the pod waits for ever"), node);
    }
    let built_in = ["", "system-cluster-critical", "system-node-critical"];
    if let Some((name, node)) = text("priorityClassName")
        && !built_in.contains(&name)
        && world.object("PriorityClass", None, name).is_none()
    {
        return waits(format!("there is no PriorityClass `{name}`: the API server refuses the pod"), node);
    }
    for entry in spec.get("nodeSelector").into_iter().flat_map(Node::entries) {
        let (key, wanted) = (entry.key.scalar().unwrap_or(""), entry.value.as_str().unwrap_or(""));
        let known = match key {
            "kubernetes.io/os" => wanted == "linux",
            "kubernetes.io/hostname" => wanted == host.name,
            _ => false,
        };
        if !known {
            return waits(
                format!("the node has no label `{key}: {wanted}`, so that the pod waits for ever"),
                entry.value,
            );
        }
    }
    for kind in ["nodeAffinity", "podAffinity"] {
        if spec.at(&["affinity", kind, "requiredDuringSchedulingIgnoredDuringExecution"]).is_some() {
            return Err(Verdict::unmodelled(format!("what a required {kind} finds is not modelled")));
        }
    }
    if spec.get("resourceClaims").is_some_and(|n| n.items().len() > 0) {
        return Err(Verdict::unmodelled("resourceClaims are not modelled"));
    }
    if let Some(node) = spec.get("activeDeadlineSeconds").filter(|_| pod.key.kind == "Pod") {
        return waits(
            "activeDeadlineSeconds ends the pod after that time, and nobody starts it again".to_owned(),
            node,
        );
    }
    Ok(())
}
