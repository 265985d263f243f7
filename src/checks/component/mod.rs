//! Checks of control-plane components, etcd, kubelets and their files.

use super::Check;

mod apiserver;
mod encryption_identity_first;
mod etcd;
mod kubelet;
mod setting;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] =
    &[apiserver::ROWS, etcd::ROWS, kubelet::ROWS, &[encryption_identity_first::CHECK]];
