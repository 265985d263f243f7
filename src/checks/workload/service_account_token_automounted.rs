//! A credential for the API server in a pod that may not need one.

use serde_json::json;

use crate::checks::{Check, Fault, PodCase, Rule, Standard};
use crate::model::value;
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "service-account-token-automounted",
    Severity::Medium,
    "service account token is mounted",
    include_str!("service_account_token_automounted.md"),
    Rule::Pod(look),
)
.aliases(&[
    "AutomountServiceAccountToken",
    "automountServiceAccountToken",
    "KSV-0036",
    "CKV_K8S_38",
    "restrict-automount-sa-token",
    "remove-serviceaccount-token",
    "k8spspautomountserviceaccounttokenpod",
    "C-0034",
    "C-0190",
    "C-0261",
])
.lessons(&[14, 17])
.technique("T1528")
.standards(&[Standard::Cis("5.1.6")]);

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let setting = case.settings.automount_service_account_token();
    if setting.value == Some(false) || setting.is_mistyped() {
        return Vec::new();
    }
    let help = "set automountServiceAccountToken: false, unless the process calls the Kubernetes API";
    let off = setting.set_to(&json!(false));
    if setting.value == Some(true) {
        return vec![Fault::set(&setting, help).suggest([off])];
    }
    let account = case.settings.service_account_name().value.unwrap_or("default");
    if turned_off(case, account) {
        return Vec::new();
    }
    let follows = format!("the token of service account {account:?} is mounted");
    let fault = Fault::unset(&setting, &follows, help);
    // Whoever made an account of its own may well mean to use its token.
    vec![if account == "default" { fault.fix([off]) } else { fault.suggest([off]) }]
}

/// Whether the file holds that service account, and it turns the token off.
fn turned_off(case: &PodCase<'_>, account: &str) -> bool {
    let account = case.world.service_account(case.object, account);
    let setting = account.and_then(|a| a.node.get("automountServiceAccountToken"));
    setting.and_then(value::boolean) == Some(false)
}
