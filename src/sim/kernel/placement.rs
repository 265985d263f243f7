//! What keeps a pod from running beside the scheduler (`sim::scheduling`): the API server's look-ups and the kubelet's own
//! admission (kubernetes `pkg/kubelet/lifecycle/predicate.go`).

use super::pod::PodView;
use crate::parse::Node;
use crate::sim::world::World;
use crate::sim::{Reason, Verdict};

/// What keeps a pod from its node: the API server's look-ups, the kubelet's own admission.
pub(super) fn placed(world: &World, pod: &PodView<'_>) -> Result<(), Verdict> {
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
    let built_in = ["", "system-cluster-critical", "system-node-critical"];
    if let Some((name, node)) = text("priorityClassName")
        && !built_in.contains(&name)
        && world.object("PriorityClass", None, name).is_none()
    {
        return waits(format!("there is no PriorityClass `{name}`: the API server refuses the pod"), node);
    }
    if let Some(node) = spec.get("activeDeadlineSeconds").filter(|_| pod.key.kind == "Pod") {
        return waits(
            "activeDeadlineSeconds ends the pod after that time, and nobody starts it again".to_owned(),
            node,
        );
    }
    Ok(())
}
