//! Checks of pods and of what makes them.

use crate::parse::Node;

pub(super) mod capabilities_drop_all_missing;
pub(super) mod capability_dangerous_added;
pub(super) mod capability_misspelled;
pub(super) mod capability_sys_admin_added;
pub(super) mod container_runtime_socket_mount;
pub(super) mod host_ipc;
pub(super) mod host_network;
pub(super) mod host_pid;
pub(super) mod hostpath_volume;
pub(super) mod image_tag_latest;
pub(super) mod privilege_escalation_not_denied;
pub(super) mod privileged_container;
pub(super) mod root_filesystem_writable;
pub(super) mod run_as_non_root_contradiction;
pub(super) mod run_as_non_root_missing;
pub(super) mod run_as_user_zero;
pub(super) mod seccomp_profile_missing;
pub(super) mod seccomp_unconfined;
pub(super) mod security_context_field_misplaced;
pub(super) mod security_context_type_mismatch;
pub(super) mod service_account_token_automounted;

/// A capability's name as some runtime would read it: upper case, without `CAP_`.
fn capability(node: Node<'_>) -> Option<String> {
    let name = node.as_str()?.to_ascii_uppercase();
    Some(name.strip_prefix("CAP_").map_or_else(|| name.clone(), str::to_owned))
}
