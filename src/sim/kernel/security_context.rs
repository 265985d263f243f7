//! What the API server refuses of a security context: of a pod, and of a container.
//!
//! kubernetes `pkg/apis/core/validation/validation.go`.

use super::fields::{self, ID};
use super::mounts::leads_out;
use crate::model::{Container, ContainerSettings};
use crate::parse::Node;
use crate::sim::{Field, Invalid};

/// What is refused of the security context of a pod's spec, or of a container.
pub(super) fn of(holder: Node<'_>, out: &mut Vec<Invalid>) {
    let Some(context) = holder.get("securityContext") else { return };
    for node in ["runAsUser", "runAsGroup", "fsGroup"].iter().filter_map(|key| context.get(key)) {
        fields::between(node, &ID, &node.path(), out);
    }
    fields::one_of(context, fields::SECURITY_CONTEXT, out);
    profiles(context, out);
}

/// What does not go together in a container's.
pub(super) fn together(container: Container<'_>, settings: ContainerSettings<'_>, out: &mut Vec<Invalid>) {
    let title = container.title();
    if settings.allow_privilege_escalation().value == Some(false) {
        let privileged = settings.privileged();
        if privileged.value == Some(true) {
            let text = format!("{title} cannot set allowPrivilegeEscalation to false and privileged to true");
            let said = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            out.push(whole(container.node, said).told(text).at(privileged.span()));
        }
        // The API server compares with this very text; SYS_ADMIN, which runtimes understand, passes.
        if let Some(node) = settings.capabilities_add().find(|n| n.as_str() == Some("CAP_SYS_ADMIN")) {
            let text = format!("{title} cannot set allowPrivilegeEscalation to false and add CAP_SYS_ADMIN");
            let said = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
            out.push(whole(container.node, said).told(text).at(node.own_span()));
        }
    }
    let unmasked = settings.proc_mount();
    if unmasked.value == Some("Unmasked") && settings.pod.host_users().value != Some(false) {
        let at = Field::of(container.node, "securityContext").child("procMount").at(unmasked.span());
        out.push(
            Invalid::of(at, "Unmasked", "`hostUsers` must be false to use `Unmasked`")
                .told(format!("{title} asks for procMount Unmasked, which takes hostUsers: false")),
        );
    }
}

/// A fault of a container's whole security context.
fn whole(container: Node<'_>, said: &str) -> Invalid {
    Invalid::structure(Field::of(container, "securityContext"), "core.SecurityContext", said)
}

fn profiles(context: Node<'_>, out: &mut Vec<Invalid>) {
    // A profile of the node is named, by a path below the kubelet's directory; the others name none.
    for (key, word) in [("seccompProfile", "seccomp"), ("appArmorProfile", "AppArmor")] {
        let Some(profile) = context.get(key) else { continue };
        let local = profile.get("type").and_then(Node::as_str) == Some("Localhost");
        match profile.get("localhostProfile") {
            None if local => {
                let at = profile.missing("localhostProfile");
                let text = format!("{} is required where the type is Localhost", at.path);
                let said = format!("must be set when {word} type is Localhost");
                out.push(Invalid::required(at, &said).told(text));
            }
            Some(node) if !local => {
                let said = format!("can only be set when {word} type is Localhost");
                let fault = match key {
                    "seccompProfile" => Invalid::structure(node, "core.SeccompProfile", &said),
                    _ => Invalid::value(node, &said),
                };
                out.push(fault.told(format!("{} goes with the type Localhost alone", node.path())));
            }
            Some(node)
                if key == "seccompProfile"
                    && let Some(said) = node.as_str().and_then(leads_out) =>
            {
                out.push(
                    Invalid::value(node, said)
                        .told(format!("{} must be a path below the kubelet's profiles", node.path())),
                );
            }
            _ => {}
        }
    }
}
