//! The checks' functions, by family. Each takes a pod and answers what is wrong with it, if anything.
//!
//! A function looks at what the pod and each container say themselves, not at what counts in the end: a bad value on
//! the pod is refused even where every container overrides it.

pub(super) mod host;
pub(super) mod kernel;
pub(super) mod lsm;
pub(super) mod privilege;
pub(super) mod seccomp;
pub(super) mod user;
pub(super) mod volumes;

use super::Pod;
use crate::model::{Effective, Origin};

/// The value that the container sets itself.
fn own<T>(setting: Effective<'_, T>) -> Option<T> {
    setting.value.filter(|_| setting.origin == Origin::Container)
}

/// Whether the pod says `os.name: windows`, which exempts from checks that make no sense there.
fn is_windows(pod: Pod<'_>) -> bool {
    pod.settings.os_name().value == Some("windows")
}

/// Whether the pod has a user namespace of its own: only a literal `hostUsers: false` counts.
fn has_user_namespace(pod: Pod<'_>) -> bool {
    pod.settings.host_users().value == Some(false)
}
