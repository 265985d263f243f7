//! Checks of pods and of what makes them.

use super::Check;
use crate::model::bare_capability;
use crate::parse::Node;

mod credential;
mod csi_secret_volume_writable;
mod environment;
mod mesh;
mod opinion;
mod placement;
mod program;
mod site;

mod capabilities_drop_all_missing;
mod capability_dangerous_added;
mod capability_misspelled;
mod capability_sys_admin_added;
mod container_runtime_socket_mount;
mod ephemeral_container_blocked;
mod host_ipc;
mod host_network;
mod host_pid;
mod hostpath_volume;
mod image_tag_latest;
mod privilege_escalation_explicit;
mod privilege_escalation_not_denied;
mod privileged_container;
mod resource_quantity_invalid;
mod root_filesystem_writable;
mod run_as_non_root_contradiction;
mod run_as_non_root_missing;
mod run_as_user_zero;
mod seccomp_profile_missing;
mod seccomp_unconfined;
mod security_context_field_misplaced;
mod security_context_type_mismatch;
mod service_account_token_automounted;
mod windows_run_as_container_user;

mod added;
mod hostpath_sensitive_directory;
mod hostpath_writable_mount;
mod identity;
mod pod_security_level;
mod seccomp_localhost_path;
mod standard;
mod sysctl_value_injection;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] = &[
    environment::ROWS,
    mesh::ROWS,
    opinion::ROWS,
    placement::ROWS,
    program::ROWS,
    site::ROWS,
    &[csi_secret_volume_writable::CHECK],
    added::ROWS,
    identity::ROWS,
    pod_security_level::ROWS,
    standard::ROWS,
    &[
        hostpath_sensitive_directory::CHECK,
        hostpath_writable_mount::CHECK,
        seccomp_localhost_path::CHECK,
        sysctl_value_injection::CHECK,
    ],
    &[
        capabilities_drop_all_missing::CHECK,
        capability_dangerous_added::CHECK,
        capability_misspelled::CHECK,
        capability_sys_admin_added::CHECK,
        container_runtime_socket_mount::CHECK,
        ephemeral_container_blocked::CHECK,
        host_ipc::CHECK,
        host_network::CHECK,
        host_pid::CHECK,
        hostpath_volume::CHECK,
        image_tag_latest::CHECK,
        privilege_escalation_explicit::CHECK,
        privilege_escalation_not_denied::CHECK,
        privileged_container::CHECK,
        resource_quantity_invalid::CHECK,
        root_filesystem_writable::CHECK,
        run_as_non_root_contradiction::CHECK,
        run_as_non_root_missing::CHECK,
        run_as_user_zero::CHECK,
        seccomp_profile_missing::CHECK,
        seccomp_unconfined::CHECK,
        security_context_field_misplaced::CHECK,
        security_context_type_mismatch::CHECK,
        service_account_token_automounted::CHECK,
        windows_run_as_container_user::CHECK,
    ],
];

/// A capability's name as some runtime would read it.
fn capability(node: Node<'_>) -> Option<String> {
    node.as_str().map(bare_capability)
}
