//! What the API server refuses of a pod's volumes, and of the mounts of its containers.
//!
//! kubernetes `pkg/apis/core/validation/validation.go`. Upstream's paths of a mount's
//! faults stand below the list.

use std::collections::BTreeSet;

use super::fields;
use crate::model::{Container, ContainerSettings, Mount, PodTemplate, value};
use crate::parse::Node;
use crate::sim::{Field, Invalid};

/// What is refused of a pod's volumes.
pub(super) fn volumes(template: PodTemplate<'_>, out: &mut Vec<Invalid>) {
    let mut names = BTreeSet::new();
    for volume in template.volumes() {
        if !names.insert(volume.name()) {
            out.push(
                Invalid::duplicate(Field::of(volume.node, "name"), volume.name())
                    .told(format!("two volumes are named `{}`", volume.name()))
                    .at(volume.node.own_span()),
            );
        }
        if let Some(path) = volume.host_path().and_then(|h| h.get("path"))
            && path.as_str().is_some_and(climbs)
        {
            let text = format!("hostPath of the volume `{}` must not contain '..'", volume.name());
            out.push(Invalid::value(path, "must not contain '..'").told(text));
        }
        if let Some(node) = volume.host_path() {
            fields::one_of(node, fields::HOST_PATH, out);
        }
        let projected = volume.node.at(&["projected", "sources"]);
        let tokens = projected.into_iter().flat_map(Node::items);
        for seconds in tokens.filter_map(|t| t.at(&["serviceAccountToken", "expirationSeconds"])) {
            let said = match value::integer(seconds) {
                Some(..600) => "may not specify a duration less than 10 minutes",
                Some(4_294_967_297..) => "may not specify a duration larger than 2^32 seconds",
                _ => continue,
            };
            let text = format!("{} is not between 600 and 2^32", seconds.path());
            out.push(Invalid::value(seconds, said).told(text));
        }
        if let Some(second) = volume.sources().nth(1) {
            let at = Field::of(volume.node, second.0).at(volume.node.own_span());
            out.push(
                Invalid::forbidden(at, "may not specify more than 1 volume type")
                    .told(format!("the volume `{}` has more than one source", volume.name())),
            );
        }
    }
}

/// What is refused of a container's mounts, in a pod that has volumes of these names.
pub(super) fn mounts(
    container: Container<'_>,
    settings: ContainerSettings<'_>,
    volumes: &BTreeSet<&str>,
    out: &mut Vec<Invalid>,
) {
    let title = container.title();
    let mut paths = BTreeSet::new();
    for mount in container.mounts() {
        if let Some(name) = mount.node.get("name").filter(|_| !volumes.contains(mount.name())) {
            let text = format!("{title} mounts the volume `{}`, which the pod does not define", mount.name());
            out.push(Invalid::not_found(name).told(text));
        }
        if let Some(path) = mount.path().filter(|path| !paths.insert(*path)) {
            let text = format!("{title} mounts two volumes at {path}");
            let at = Field::of(mount.node, "mountPath").at(mount.node.own_span());
            out.push(Invalid::of(at, path, "must be unique").told(text));
        }
        mounted(&title, settings, container.node, mount, out);
    }
}

/// What is refused of one mount, whatever volumes and other mounts there are.
fn mounted(
    title: &str,
    settings: ContainerSettings<'_>,
    container: Node<'_>,
    mount: Mount<'_>,
    out: &mut Vec<Invalid>,
) {
    let node = mount.node;
    let below = |node: Node<'_>, key: &str| {
        Field::from(container.missing("volumeMounts")).child(key).at(node.own_span())
    };
    if let Some(deep) = node.get("recursiveReadOnly")
        && deep.as_str() != Some("Disabled")
        && !mount.read_only()
    {
        let text = format!("{title} asks for recursiveReadOnly, which takes readOnly: true");
        let at = below(deep, "recursiveReadOnly");
        out.push(Invalid::forbidden(at, "may only be specified when readOnly is true").told(text));
    }
    if let Some(expression) = node.get("subPath").and(node.get("subPathExpr")) {
        let text = format!("{title} cannot set subPath and subPathExpr on one mount");
        out.push(Invalid::value(expression, "subPathExpr and subPath are mutually exclusive").told(text));
    }
    if let Some(way) = node.get("mountPropagation")
        && way.as_str() == Some("Bidirectional")
        && settings.privileged().value != Some(true)
    {
        let text = format!("{title} asks for mountPropagation Bidirectional, which takes privileged");
        let said = "Bidirectional mount propagation is available only to privileged containers";
        out.push(Invalid::forbidden(below(way, "mountPropagation"), said).told(text));
    }
    for key in ["subPath", "subPathExpr"] {
        if let Some(sub) = node.get(key)
            && let Some(path) = sub.as_str()
            && let Some(said) = leads_out(path)
        {
            let fault = Invalid::of(below(sub, key), path, said);
            out.push(fault.told(format!("subPath of {title} must stay within its volume")));
        }
    }
}

/// `validateLocalDescendingPath`: why a path is none that stays below a directory.
pub(super) fn leads_out(path: &str) -> Option<&'static str> {
    if path.starts_with('/') {
        return Some("must be a relative path");
    }
    climbs(path).then_some("must not contain '..'")
}

/// Whether a path leads out of its directory.
fn climbs(path: &str) -> bool {
    path.split('/').any(|part| part == "..")
}
