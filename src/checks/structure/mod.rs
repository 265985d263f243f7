//! Checks of what every object and configuration file has: fields that exist, of the right type, and all it needs.

use super::{Check, DocumentCase, Fault};
use crate::model::Subject;
use crate::model::structure::Misfits;

mod api_version_deprecated;
mod field_required_missing;
mod schema_invalid;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] =
    &[&[api_version_deprecated::CHECK, field_required_missing::CHECK, schema_invalid::CHECK]];

/// What `model::schema` knows, by subject. Kinds of projects are not judged: their fields are not known here.
const KNOWN: &[Subject] = &[
    Subject::AdmissionConfiguration,
    Subject::AdmissionPolicy,
    Subject::AuditPolicy,
    Subject::AuthenticationConfiguration,
    Subject::AuthorizationConfiguration,
    Subject::Binding,
    Subject::BuiltIn,
    Subject::CertificateSigningRequest,
    Subject::ConfigMap,
    Subject::EncryptionConfiguration,
    Subject::Ingress,
    Subject::KubeProxyConfiguration,
    Subject::KubeSchedulerConfiguration,
    Subject::KubeletConfiguration,
    Subject::Namespace,
    Subject::NetworkPolicy,
    Subject::Node,
    Subject::PersistentVolume,
    Subject::PodSecurityConfiguration,
    Subject::Role,
    Subject::RuntimeClass,
    Subject::Secret,
    Subject::Service,
    Subject::ServiceAccount,
    Subject::Webhook,
    Subject::Workload,
];

/// Whether a check wants to know what does not fit in an object. Two do, and it is found once.
pub(super) fn wants_misfits(check: &Check) -> bool {
    [field_required_missing::CHECK, schema_invalid::CHECK].iter().any(|c| c.id == check.id)
}

/// Whether a program reads such a document from a file of its own, and not the API server from a request.
fn is_file(case: &DocumentCase<'_>) -> bool {
    matches!(
        case.subject,
        Subject::AdmissionConfiguration
            | Subject::AuditPolicy
            | Subject::AuthenticationConfiguration
            | Subject::AuthorizationConfiguration
            | Subject::EncryptionConfiguration
            | Subject::KubeProxyConfiguration
            | Subject::KubeSchedulerConfiguration
            | Subject::KubeletConfiguration
            | Subject::PodSecurityConfiguration
    )
}

/// Nothing is silent about what it leaves out: the last fault says how many there are beside it.
fn with_the_rest(mut faults: Vec<Fault>, all: &Misfits<'_>) -> Vec<Fault> {
    if let Some(last) = faults.last_mut().filter(|_| all.more > 0) {
        last.detail += &format!("; {} more places of this object do not fit and are not listed", all.more);
    }
    faults
}
