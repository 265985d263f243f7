//! Policies that nobody enforces.

use crate::checks::{Check, Confidence, Fault, Faults, Rule, Standard, World};
use crate::model::{Container, ImageReference, Object, template_of, value};
use crate::parse::Node;
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "network-plugin-without-network-policy",
    Severity::High,
    "network plugin enforces no policy",
    include_str!("network_plugin_without_network_policy.md"),
    Rule::World(look),
)
.aliases(&["C-0205"])
.lessons(&[16])
.standards(&[Standard::Cis("5.3.1")])
.technique("T1046")
.confidence(Confidence::Contextual);

/// Images of plugins that connect pods and do no more.
const PLUGINS: &[&str] = &["amazon-k8s-cni", "flannel"];

/// Parts of the names of images that enforce policies, as plugin or beside one.
const ENFORCERS: &[&str] = &[
    "antrea",
    "aws-network-policy-agent",
    "calico",
    "cilium",
    "kube-network-policies",
    "kube-ovn",
    "kube-router",
    "ovn-kubernetes",
    "weave-npc",
];

fn look(world: &World<'_>) -> Faults {
    if !world.objects.iter().any(|o| o.kind() == Some("DaemonSet")) {
        return Faults::new();
    }
    let mut plugins = Vec::new();
    let mut enforced = false;
    for object in &world.objects {
        let Some(template) = template_of(*object) else { continue };
        for container in template.containers() {
            let Some(image) = container.image() else { continue };
            let name = name_of(value::string(image).unwrap_or(""));
            if PLUGINS.contains(&name) && object.kind() == Some("DaemonSet") {
                plugins.push((object, image, name));
            }
            enforced |= ENFORCERS.iter().any(|part| name.contains(part)) && !is_off(container);
        }
    }
    if enforced {
        return Faults::new();
    }
    let help = "use a plugin that enforces them, or add its agent for policies";
    let fault = |(object, image, name): (&Object<'_>, Node<'_>, &str)| {
        let detail = format!(
            "{}: {} is {name}, and nothing that was read enforces NetworkPolicy beside it",
            object.title(),
            image.path()
        );
        Fault::new(image.own_span(), detail, help)
    };
    plugins.into_iter().map(fault).collect()
}

/// The last part of a repository's name.
fn name_of(image: &str) -> &str {
    ImageReference::parse(image).repository.rsplit('/').next().unwrap_or("")
}

/// Amazon's agent is there and idle unless its flag is set.
fn is_off(container: Container<'_>) -> bool {
    let args = container.node.get("args").and_then(value::list);
    args.is_some_and(|args| args.items().any(|a| value::string(a) == Some("--enable-network-policy=false")))
}
