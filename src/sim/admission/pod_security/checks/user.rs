//! The user that containers run as: not root, and said so.

use super::super::Pod;
use super::super::violation::{Failure, Place, Setters};
use super::{has_user_namespace, own};

const NON_ROOT: &str = "runAsNonRoot != true";

/// Every container must be made to run as non-root.
///
/// Fields: `runAsNonRoot` of the pod and of every container. Allowed: true; unset on a container where the pod says
/// true, and on the pod where every container says true. A false is reported first and hides what is missing.
pub(in super::super) fn non_root(pod: Pod<'_>) -> Option<Failure> {
    let of_pod = pod.settings.run_as_non_root();
    let mut explicit = Setters::default();
    let mut implicit = Setters::default();
    if of_pod.value == Some(false) {
        explicit.pod(Place::of(&of_pod));
    }
    for (container, settings) in pod.members() {
        let setting = settings.run_as_non_root();
        match own(setting) {
            Some(true) => {}
            Some(false) => explicit.container(container.name, Place::of(&setting)),
            None if of_pod.value == Some(true) => {}
            None => implicit.container(container.name, Place::of(&setting)),
        }
    }
    if !explicit.is_empty() {
        return explicit.failure(NON_ROOT, |explicit| {
            format!("{} must not set securityContext.runAsNonRoot=false", explicit.phrase())
        });
    }
    implicit.failure(NON_ROOT, |implicit| {
        format!("pod or {} must set securityContext.runAsNonRoot=true", implicit.containers())
    })
}

/// From 1.35 pods with a user namespace need not: their root is nobody on the node.
pub(in super::super) fn non_root_1_35(pod: Pod<'_>) -> Option<Failure> {
    if has_user_namespace(pod) { None } else { non_root(pod) }
}

/// Nobody may ask for UID 0.
///
/// Fields: `runAsUser` of the pod and of every container. Allowed: unset, anything but 0. A container's other user does
/// not excuse the pod's 0.
pub(in super::super) fn not_zero(pod: Pod<'_>) -> Option<Failure> {
    let mut setters = Setters::default();
    let of_pod = pod.settings.run_as_user();
    if of_pod.value == Some(0) {
        setters.pod(Place::of(&of_pod));
    }
    for (container, settings) in pod.members() {
        let setting = settings.run_as_user();
        if own(setting) == Some(0) {
            setters.container(container.name, Place::of(&setting));
        }
    }
    setters.failure("runAsUser=0", |setters| format!("{} must not set runAsUser=0", setters.phrase()))
}

/// From 1.35 pods with a user namespace may.
pub(in super::super) fn not_zero_1_35(pod: Pod<'_>) -> Option<Failure> {
    if has_user_namespace(pod) { None } else { not_zero(pod) }
}
