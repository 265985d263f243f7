//! The table of checks, and how they are found.

use super::Check;
use super::workload as w;

/// Every check, by id.
const CHECKS: &[Check] = &[
    w::capabilities_drop_all_missing::CHECK,
    w::capability_dangerous_added::CHECK,
    w::capability_misspelled::CHECK,
    w::capability_sys_admin_added::CHECK,
    w::container_runtime_socket_mount::CHECK,
    w::host_ipc::CHECK,
    w::host_network::CHECK,
    w::host_pid::CHECK,
    w::hostpath_volume::CHECK,
    w::image_tag_latest::CHECK,
    w::privilege_escalation_not_denied::CHECK,
    w::privileged_container::CHECK,
    w::root_filesystem_writable::CHECK,
    w::run_as_non_root_contradiction::CHECK,
    w::run_as_non_root_missing::CHECK,
    w::run_as_user_zero::CHECK,
    w::seccomp_profile_missing::CHECK,
    w::seccomp_unconfined::CHECK,
    w::security_context_field_misplaced::CHECK,
    w::security_context_type_mismatch::CHECK,
    w::service_account_token_automounted::CHECK,
];

/// Every check, by id.
pub fn all() -> &'static [Check] {
    CHECKS
}

/// The check of this id; otherwise the first that another tool calls so (`KSV-0017`, `CKV_K8S_16`, `CIS-5.2.2`).
pub fn find(text: &str) -> Option<&'static Check> {
    find_all(text).into_iter().next()
}

/// The check of this id; otherwise all that another tool calls so.
pub fn find_all(text: &str) -> Vec<&'static Check> {
    let text = text.trim();
    if let Some(check) = CHECKS.iter().find(|c| c.id.eq_ignore_ascii_case(text)) {
        return vec![check];
    }
    CHECKS.iter().filter(|c| c.aliases.iter().any(|a| a.eq_ignore_ascii_case(text))).collect()
}

/// What people should know of a check: its document.
pub fn explain(check: &Check) -> &'static str {
    check.doc
}
