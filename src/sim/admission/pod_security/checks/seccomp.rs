//! The system call filter must not be off; at restricted it must be on.

use std::collections::BTreeSet;

use super::super::Pod;
use super::super::violation::{Failure, Place, Setters, failure, joined, plural, quoted};
use super::lsm::profile_type;
use super::{is_windows, own};
use crate::model::value;
use crate::parse::Node;

const POD_ANNOTATION: &str = "seccomp.security.alpha.kubernetes.io/pod";
const CONTAINER_ANNOTATION: &str = "container.seccomp.security.alpha.kubernetes.io/";

fn is_valid(kind: &str) -> bool {
    matches!(kind, "RuntimeDefault" | "Localhost")
}

/// Up to 1.18: annotations, for the pod and for containers that exist.
///
/// Allowed: unset, `runtime/default`, `docker/default`, `localhost/*`; not empty.
pub(in super::super) fn annotations(pod: Pod<'_>) -> Option<Failure> {
    let keys = std::iter::once(POD_ANNOTATION.to_owned())
        .chain(pod.members().map(|(c, _)| format!("{CONTAINER_ANNOTATION}{}", c.name)));
    let all = pod.template.metadata.and_then(|metadata| metadata.get("annotations"));
    let mut bad = BTreeSet::new();
    let mut places: Vec<Place> = Vec::new();
    for key in keys {
        let Some(node) = all.and_then(|all| all.entry(&key)).map(|e| e.value) else { continue };
        // An annotation that is null decodes as the empty string, and is there.
        let Some(text) = value::string(node).or(node.is_null().then_some("")) else { continue };
        let valid = matches!(text, "runtime/default" | "docker/default") || text.starts_with("localhost/");
        if !valid && bad.insert(format!("{key}={text:?}")) {
            places.push(node.into());
        }
    }
    failure("seccompProfile", places, || {
        format!("forbidden {} {}", plural("annotation", "annotations", bad.len()), joined(&bad))
    })
}

/// From 1.19: fields.
///
/// Fields: `seccompProfile.type` of the pod and of every container. Allowed: `RuntimeDefault`, `Localhost`, no profile.
pub(in super::super) fn baseline(pod: Pod<'_>) -> Option<Failure> {
    let mut setters = Setters::default();
    let mut kinds = BTreeSet::new();
    if let Some(profile) = pod.settings.seccomp_profile().value {
        let (kind, place) = profile_type(profile);
        if !is_valid(kind) {
            kinds.insert(kind);
            setters.pod(place);
        }
    }
    for (container, settings) in pod.members() {
        let Some(profile) = own(settings.seccomp_profile()) else { continue };
        let (kind, place) = profile_type(profile);
        if !is_valid(kind) {
            kinds.insert(kind);
            setters.container(container.name, place);
        }
    }
    setters.failure("seccompProfile", |setters| {
        format!("{} must not set securityContext.seccompProfile.type to {}", setters.phrase(), quoted(&kinds))
    })
}

/// Every container must have a filter, its own or the pod's. A bad value is reported first and hides what is missing.
pub(in super::super) fn restricted(pod: Pod<'_>) -> Option<Failure> {
    if let Some(explicit) = baseline(pod) {
        return Some(explicit);
    }
    let valid = |profile: Node<'_>| is_valid(profile_type(profile).0);
    if pod.settings.seccomp_profile().value.is_some_and(valid) {
        return None;
    }
    let mut setters = Setters::default();
    for (container, settings) in pod.members() {
        let setting = settings.seccomp_profile();
        if own(setting).is_none() {
            setters.container(container.name, Place::of(&setting));
        }
    }
    setters.failure("seccompProfile", |setters| {
        format!(
            "pod or {} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"",
            setters.containers()
        )
    })
}

/// From 1.25 Windows pods need not.
pub(in super::super) fn restricted_1_25(pod: Pod<'_>) -> Option<Failure> {
    if is_windows(pod) { None } else { restricted(pod) }
}
