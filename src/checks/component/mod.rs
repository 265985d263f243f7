//! Checks of control-plane components, etcd, kubelets and their files.

use super::Check;

mod api_servers;
mod apiserver;
mod apiserver_admission;
mod apiserver_anonymous_auth;
mod apiserver_audit;
mod apiserver_authorization;
mod apiserver_tls;
mod audit_policy;
mod controller_manager;
mod cve_node_kernel_vulnerable;
mod encryption;
mod encryption_identity_first;
mod etcd;
mod kube_proxy;
mod kubelet;
mod node_file;
mod psa_admission_exemption_broad;
mod scheduler;
mod setting;
mod setting_file;
mod setting_fix;
mod setting_flags;
mod value_rules;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] = &[
    apiserver::ROWS,
    apiserver_admission::ROWS,
    apiserver_audit::ROWS,
    apiserver_authorization::ROWS,
    apiserver_tls::ROWS,
    audit_policy::ROWS,
    controller_manager::ROWS,
    encryption::ROWS,
    etcd::ROWS,
    kube_proxy::ROWS,
    kubelet::ROWS,
    node_file::ROWS,
    scheduler::ROWS,
    &[
        apiserver_anonymous_auth::CHECK,
        cve_node_kernel_vulnerable::CHECK,
        encryption_identity_first::CHECK,
        psa_admission_exemption_broad::CHECK,
    ],
];
