//! What travels with an image: VEX, ignore files, reports of scans.

use super::vex::{class, graph, loose, unjustified};
use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, value};
use crate::parse::Node;
use crate::text::Severity;

const DOC: &str = include_str!("papers.md");

/// The family, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "sbom-minimum-elements",
        Severity::Low,
        "SBOM lacks what makes it one",
        DOC,
        Rule::Document(&[Subject::CycloneDx, Subject::Spdx], elements),
    )
    .lessons(&[13, 30])
    .technique("T1190"),
    Check::new(
        "scan-ignore-unbounded",
        Severity::Medium,
        "finding is ignored without reason or end",
        DOC,
        Rule::Document(&[Subject::TrivyIgnore], unbounded),
    )
    .lessons(&[10, 30])
    .technique("T1190"),
    Check::new(
        "scan-report-fixable-critical",
        Severity::High,
        "critical flaw has a fixed version",
        DOC,
        Rule::Document(&[Subject::TrivyReport], fixable),
    )
    .lessons(&[10, 37])
    .technique("T1190"),
    Check::new(
        "vex-justification-missing",
        Severity::Medium,
        "statement of not affected gives no reason",
        DOC,
        Rule::Document(&[Subject::OpenVex, Subject::CsafVex, Subject::Spdx], unjustified),
    )
    .lessons(&[30])
    .technique("T1190"),
    Check::new(
        "vex-product-mismatch",
        Severity::Medium,
        "statement names no one product",
        DOC,
        Rule::Document(&[Subject::OpenVex, Subject::CsafVex], loose),
    )
    .lessons(&[30])
    .technique("T1190"),
];

pub(super) fn text<'t>(node: Node<'t>, key: &str) -> Option<&'t str> {
    node.get(key).and_then(value::string).filter(|t| !t.trim().is_empty())
}

/// trivy.dev, docs/configuration/filtering: the YAML form's `statement` and `expired_at`.
fn unbounded(case: &DocumentCase<'_>) -> Faults {
    let entries = case.node().entries().into_iter().flat_map(|e| e.value.items());
    let fault = |entry: Node<'_>| {
        let missing: Vec<_> =
            ["statement", "expired_at"].into_iter().filter(|k| entry.get(k).is_none()).collect();
        if missing.is_empty() {
            return None;
        }
        let name = text(entry, "id").unwrap_or("an entry without id");
        let detail = format!(
            "{name} has no {}: it is ignored for good, and nobody says why",
            missing.join(" and no ")
        );
        let span = entry.entries().first().map_or(entry.own_span(), |e| e.key.own_span());
        Some(Fault::new(span, detail, "add statement with reason and owner, and expired_at with a day"))
    };
    entries.filter_map(fault).collect()
}

fn fixable(case: &DocumentCase<'_>) -> Faults {
    let results = case.node().get("Results").into_iter().flat_map(Node::items);
    let flaws = results.filter_map(|r| r.get("Vulnerabilities")).flat_map(Node::items);
    let fault = |flaw: Node<'_>| {
        let severity = flaw.get("Severity").filter(|s| value::string(*s) == Some("CRITICAL"))?;
        let fixed = text(flaw, "FixedVersion")?;
        let id = text(flaw, "VulnerabilityID").unwrap_or("a flaw");
        let package = text(flaw, "PkgName").unwrap_or("a package");
        let detail = format!("{id} in {package} is CRITICAL, and {fixed} mends it");
        Some(Fault::new(severity.own_span(), detail, format!("build anew with {package} {fixed}")))
    };
    flaws.filter_map(fault).collect()
}

/// NTIA, "The Minimum Elements for a Software Bill of Materials", 2021: seven fields.
fn elements(case: &DocumentCase<'_>) -> Faults {
    let root = case.node();
    let (key, missing) = match case.subject {
        Subject::Spdx if root.get("@graph").is_some() => ("@context", of_spdx_graph(root)),
        Subject::Spdx => ("spdxVersion", of_spdx(root)),
        _ => ("bomFormat", of_cyclonedx(root)),
    };
    let Some(place) = root.entry(key).filter(|_| !missing.is_empty()) else { return Faults::new() };
    let detail = format!("it lacks {}", missing.join(", "));
    vec![Fault::new(place.key.own_span(), detail, "make it in the build, where names and versions are known")]
}

/// What of `all` has not what `has` asks for, in words.
fn lacking(all: &[Node<'_>], what: &str, of: &str, has: &dyn Fn(Node<'_>) -> bool) -> Option<String> {
    let count = all.iter().filter(|one| !has(**one)).count();
    (count > 0).then(|| format!("{what} ({count} of {} {of})", all.len()))
}

/// SPDX 2.3, clauses 6, 7 and 11. What is said to be unknown (`NOASSERTION`) is said.
fn of_spdx(root: Node<'_>) -> Vec<String> {
    let packages: Vec<_> = root.get("packages").into_iter().flat_map(Node::items).collect();
    let lacks = |what: &str, has: &dyn Fn(Node<'_>) -> bool| lacking(&packages, what, "packages", has);
    let listed = |node: Node<'_>, key: &str| node.get(key).is_some_and(|list| list.items().len() > 0);
    let described = packages.is_empty() && !listed(root, "files");
    let info = root.get("creationInfo");
    let whole = [
        described.then(|| "packages".to_owned()),
        lacks("name", &|p| text(p, "name").is_some()),
        lacks("versionInfo", &|p| text(p, "versionInfo").is_some()),
        lacks("identifier such as purl in externalRefs", &|p| listed(p, "externalRefs")),
        lacks("supplier", &|p| text(p, "supplier").or_else(|| text(p, "originator")).is_some()),
        (!listed(root, "relationships")).then(|| "relationships".to_owned()),
        (!info.is_some_and(|i| listed(i, "creators"))).then(|| "creationInfo.creators".to_owned()),
        info.is_none_or(|i| i.get("created").is_none()).then(|| "creationInfo.created".to_owned()),
    ];
    whole.into_iter().flatten().collect()
}

/// SPDX 3.0.1, profiles Core and Software: elements of one graph.
fn of_spdx_graph(root: Node<'_>) -> Vec<String> {
    let of_class = |wanted: &'static str| graph(root).filter(move |e| class(*e) == wanted);
    let packages: Vec<_> = of_class("software_Package").collect();
    let lacks = |what: &str, has: &dyn Fn(Node<'_>) -> bool| lacking(&packages, what, "packages", has);
    let made: Vec<_> = of_class("CreationInfo").collect();
    let lacks_of_making = |key: &str| {
        let missing = made.is_empty() || made.iter().any(|info| info.get(key).is_none());
        missing.then(|| format!("CreationInfo.{key}"))
    };
    let described = packages.is_empty() && of_class("software_File").next().is_none();
    // A VEX alone lists flaws and statements, and no parts.
    if described && graph(root).any(|e| class(e).starts_with("security_")) {
        return Vec::new();
    }
    let unique =
        |p: Node<'_>| ["software_packageUrl", "externalIdentifier"].iter().any(|k| p.get(k).is_some());
    let supplier = |p: Node<'_>| ["suppliedBy", "originatedBy"].iter().any(|k| p.get(k).is_some());
    let related = graph(root).any(|e| matches!(class(e), "Relationship" | "LifecycleScopedRelationship"));
    let whole = [
        described.then(|| "packages".to_owned()),
        lacks("name", &|p| text(p, "name").is_some()),
        lacks("software_packageVersion", &|p| text(p, "software_packageVersion").is_some()),
        lacks("identifier such as software_packageUrl", &unique),
        lacks("suppliedBy", &supplier),
        (!related).then(|| "relationships".to_owned()),
        lacks_of_making("createdBy"),
        lacks_of_making("created"),
    ];
    whole.into_iter().flatten().collect()
}

fn of_cyclonedx(root: Node<'_>) -> Vec<String> {
    let components: Vec<_> = root.get("components").into_iter().flat_map(Node::items).collect();
    let lacks = |what: &str, has: &dyn Fn(Node<'_>) -> bool| lacking(&components, what, "components", has);
    let supplier =
        |c: Node<'_>| ["supplier", "publisher", "manufacturer", "authors"].iter().any(|k| c.get(k).is_some());
    let unique =
        |c: Node<'_>| ["purl", "cpe", "swid", "omniborId", "swhid"].iter().any(|k| c.get(k).is_some());
    let version = |c: Node<'_>| c.get("version").is_some() || text(c, "type") == Some("file");
    let author = ["authors", "author", "tools", "manufacture", "manufacturer", "supplier"];
    let metadata = root.get("metadata");
    let missing = |key: &str| metadata.is_none_or(|m| m.get(key).is_none());
    let related = root.get("dependencies").is_some_and(|d| d.items().len() > 0);
    let whole = [
        lacks("name", &|c| text(c, "name").is_some()),
        lacks("version", &version),
        lacks("identifier such as purl", &|c| unique(c) || text(c, "type") == Some("file")),
        lacks("supplier", &supplier),
        (!related).then(|| "dependencies".to_owned()),
        author.iter().all(|key| missing(key)).then(|| "metadata.authors or tools".to_owned()),
        missing("timestamp").then(|| "metadata.timestamp".to_owned()),
    ];
    whole.into_iter().flatten().collect()
}
