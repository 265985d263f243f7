//! A vault whose secret is copied back.

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::Subject;
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "secret-provider-sync-enabled",
    Severity::Medium,
    "secret of the vault is copied into the cluster",
    include_str!("secret_provider_sync_enabled.md"),
    Rule::Document(&[Subject::SecretProviderClass], look),
)
.lessons(&[33])
.technique("T1552.007");

/// secrets-store-csi-driver, docs "Sync as Kubernetes Secret".
fn look(case: &DocumentCase<'_>) -> Faults {
    let entry = case.node().get("spec").and_then(|s| s.entry("secretObjects"));
    let fault = entry.filter(|e| e.value.items().len() > 0).map(|e| {
        let count = e.value.items().len();
        let detail = format!(
            "spec.secretObjects makes {count} Secret of it: etcd and whoever reads Secrets have it, too"
        );
        Fault::new(e.key.own_span(), detail, "remove secretObjects, and read the mounted file")
    });
    fault.into_iter().collect()
}
