//! API versions that no current API server serves any more.

use serde_json::json;

use super::KNOWN;
use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::api_version::{Served, served};
use crate::model::value;
use crate::parse::edit;
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "api-version-deprecated",
    Severity::Low,
    "API version is gone",
    include_str!("api_version_deprecated.md"),
    Rule::Document(KNOWN, look),
)
.aliases(&[
    "no-extensions-v1beta",
    "stable-version",
    "KSV-0107",
    "check-deprecated-apis",
    "disallow-deprecated-apis",
    "verifydeprecatedapi",
])
.lessons(&[20, 37]);

fn look(case: &DocumentCase<'_>) -> Faults {
    let Some((node, version)) = case.node().get("apiVersion").and_then(|n| Some((n, value::string(n)?)))
    else {
        return Faults::new();
    };
    let Served::No(instead) = served(version, case.object.kind().unwrap_or("")) else { return Faults::new() };
    let says = format!(
        "is {version}, which was removed: nothing takes the object, and what it should do is not done"
    );
    let help =
        format!("write {instead}, and look through its fields: kubectl convert, or the deprecation guide");
    vec![Fault::at(node, &says, help).suggest([edit::replace(node, &json!(instead))])]
}
