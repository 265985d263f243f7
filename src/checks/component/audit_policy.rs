//! Audit policies: what they keep, what they lose, and what they should not keep; a row each.

use serde_json::json;

use super::api_servers::api_servers;
use crate::checks::{Check, DocumentCase, Fault, Faults, Rule, Standard};
use crate::model::audit_policy::{Asked, AuditPolicy, AuditRule, Level, Takes};
use crate::model::{Subject, value};
use crate::parse::{Node, edit};
use crate::text::{Severity, Span};

const DOC: &str = include_str!("audit_policy.md");
const CATCH_ALL: &str = "audit-policy-catch-all-none";

const fn row(
    id: &'static str,
    severity: Severity,
    title: &'static str,
    look: fn(&DocumentCase<'_>) -> Faults,
) -> Check {
    Check::new(id, severity, title, DOC, Rule::Document(&[Subject::AuditPolicy], look)).lessons(&[35])
}

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "audit-policy-absent",
        Severity::High,
        "API server has no audit policy",
        DOC,
        Rule::Document(&[Subject::Workload, Subject::AuditPolicy, Subject::Kubeadm], absent),
    )
    .aliases(&["C-0160"])
    .lessons(&[35, 20])
    .standards(&[Standard::Cis("3.2.1")])
    .technique("T1685.002"),
    row(CATCH_ALL, Severity::High, "audit policy drops all that no rule names", catch_all_none)
        .technique("T1685.002"),
    row("audit-policy-coverage", Severity::Medium, "audit policy leaves out what matters", coverage)
        .aliases(&["C-0161"])
        .lessons(&[35, 20])
        .standards(&[Standard::Cis("3.2.2")])
        .technique("T1685.002")
        .yields_to(&[CATCH_ALL]),
    row(
        "audit-policy-exec-not-logged",
        Severity::High,
        "audit policy leaves out shells in pods",
        exec_not_logged,
    )
    .lessons(&[35, 39])
    .technique("T1609")
    .yields_to(&[CATCH_ALL]),
    row(
        "audit-policy-request-received-stage",
        Severity::Info,
        "audit policy logs every request twice",
        request_received,
    ),
    row("audit-policy-rule-shadowed", Severity::Medium, "audit rule is never reached", shadowed)
        .technique("T1685.002"),
    row("audit-policy-secret-body", Severity::Critical, "audit log holds secrets in clear text", secret_body)
        .lessons(&[35, 17])
        .technique("T1552.001"),
];

/// Kinds of requests: group, resource, verbs.
type Kinds = &'static [(&'static str, &'static str, &'static [&'static str])];

/// Rules that are compared with later ones: more than any policy has, and a bound for a hostile file.
const COMPARED: usize = 200;

const WRITES: &[&str] = &["create", "update", "patch", "delete"];

/// What CIS 3.2.2 asks for beside the doors into processes, which have a row of their own.
const COVERED: Kinds = &[
    ("", "secrets", &["get", "list", "create", "update", "patch", "delete"]),
    ("", "configmaps", WRITES),
    ("authentication.k8s.io", "tokenreviews", &["create"]),
    ("", "pods", WRITES),
    ("apps", "deployments", WRITES),
    ("", "services/proxy", &["create", "get"]),
];

/// An exec is a `create`, and over a WebSocket a `get`.
const DOORS: Kinds = &[
    ("", "pods/exec", &["create", "get"]),
    ("", "pods/attach", &["create", "get"]),
    ("", "pods/portforward", &["create", "get"]),
    ("", "pods/proxy", &["create", "get"]),
];

/// What carries a credential in its body: in what is sent, and in what comes back.
const SENT: Kinds = &[
    ("", "secrets", &["create", "update", "patch"]),
    ("", "configmaps", &["create", "update", "patch"]),
    ("authentication.k8s.io", "tokenreviews", &["create"]),
];
const RETURNED: Kinds = &[
    ("", "secrets", &["get", "list", "create", "update", "patch"]),
    ("", "configmaps", &["get", "list", "create", "update", "patch"]),
    ("authentication.k8s.io", "tokenreviews", &["create"]),
    ("", "serviceaccounts/token", &["create"]),
];

fn policy<'t>(case: &DocumentCase<'t>) -> AuditPolicy<'t> {
    AuditPolicy { node: case.node() }
}

fn each(of: Kinds) -> impl Iterator<Item = Asked> {
    let kinds = of.iter().copied();
    kinds.flat_map(|(group, resource, verbs)| {
        verbs.iter().copied().map(move |verb| Asked { verb, group, resource })
    })
}

/// Where a rule would be, or the rules are.
fn rules_span(policy: AuditPolicy<'_>) -> Span {
    policy.node.entry("rules").map_or(policy.node.own_span(), |e| e.key.own_span())
}

fn absent(case: &DocumentCase<'_>) -> Faults {
    if case.subject == Subject::AuditPolicy {
        let policy = policy(case);
        let rules = policy.node.get("rules");
        let none = rules.is_none_or(|r| value::list(r).is_some_and(|r| r.items().len() == 0));
        let help = "add rules, the last of them with level: Metadata and nothing else";
        let place = if rules.is_none() { policy.node.missing("rules").span } else { rules_span(policy) };
        return none
            .then(|| Fault::new(place, "rules is empty: no request is logged", help))
            .into_iter()
            .collect();
    }
    let name = "audit-policy-file";
    let without = api_servers(case).filter(|l| l.flag(name).is_none_or(|f| f.text().trim().is_empty()));
    let detail = "--audit-policy-file is not set: no request is logged, whatever the other audit flags say";
    let help = "write an audit policy, mount it, and name it in --audit-policy-file";
    without
        .map(|line| {
            let at = line.flag(name).map_or(line.start, |f| f.node);
            Fault::new(at.own_span(), detail, help).label("--audit-policy-file belongs here")
        })
        .collect()
}

fn catch_all_none(case: &DocumentCase<'_>) -> Faults {
    let open = policy(case).rules().find(|rule| rule.is_open());
    let none = open.filter(|rule| rule.level() == Some(Level::None));
    let says = "is None, and the rule has no condition: what no rule before it names leaves no trace";
    none.map(|rule| Fault::at(rule.place(), says, "set level: Metadata")).into_iter().collect()
}

/// What of these is not logged, each with its verbs, and the rule that says so first.
fn lost(policy: AuditPolicy<'_>, of: Kinds) -> Option<(Vec<String>, Option<AuditRule<'_>>)> {
    policy.rules().next()?;
    let mut names: Vec<String> = Vec::new();
    let mut first = None;
    for (group, resource, verbs) in of.iter().copied() {
        let mut left: Vec<&str> = Vec::new();
        for verb in verbs.iter().copied() {
            let decided = policy.decides(Asked { verb, group, resource });
            if decided.is_none_or(|rule| policy.drops(rule)) {
                left.push(verb);
                first = first.or(decided);
            }
        }
        if !left.is_empty() {
            names.push(format!("{resource} ({})", left.join(", ")));
        }
    }
    (!names.is_empty()).then_some((names, first))
}

fn told_lost(case: &DocumentCase<'_>, of: Kinds, follows: &str) -> Faults {
    let policy = policy(case);
    let Some((names, rule)) = lost(policy, of) else { return Faults::new() };
    let place = rule.map_or(rules_span(policy), |r| r.place().own_span());
    let why = if rule.is_some() { "this rule drops" } else { "no rule logs" };
    let help = "add a rule with level: Metadata for them before that, or as the last one without a condition";
    vec![Fault::new(place, format!("{why} {}: {follows}", names.join(", ")), help)]
}

fn coverage(case: &DocumentCase<'_>) -> Faults {
    told_lost(case, COVERED, "what an attacker reads and changes there leaves no trace")
}

fn exec_not_logged(case: &DocumentCase<'_>) -> Faults {
    told_lost(case, DOORS, "who opened a shell or a tunnel into a pod cannot be told")
}

fn request_received(case: &DocumentCase<'_>) -> Faults {
    let policy = policy(case);
    let stage = "RequestReceived";
    let twice = |rule: &AuditRule<'_>| rule.level() != Some(Level::None) && !rule.omits(stage);
    if policy.omits(stage) || policy.rules().find(twice).is_none() {
        return Faults::new();
    }
    let given = policy.node.get("omitStages").map(Node::own_span);
    let place = given.unwrap_or_else(|| policy.node.missing("omitStages").span);
    let detail =
        "omitStages does not hold RequestReceived: each request makes a second event that knows less";
    let given = policy.node.get("omitStages").and_then(value::list).into_iter().flat_map(Node::items);
    let stages: Vec<_> = given.filter_map(value::string).chain([stage]).collect();
    let fault = Fault::new(place, detail, "set omitStages: [RequestReceived]").label("belongs here");
    vec![fault.fix([edit::set(policy.node, &["omitStages"], &json!(stages))])]
}

fn shadowed(case: &DocumentCase<'_>) -> Faults {
    let rules: Vec<_> = policy(case).rules().collect();
    let mut faults = Faults::new();
    for (index, rule) in rules.iter().enumerate() {
        let Some(first) = rules.iter().take(index.min(COMPARED)).find(|first| first.covers(*rule)) else {
            continue;
        };
        let says = format!("is never reached: {} takes all that it would take", first.node.path());
        let help = "put the narrower rule first, or remove it";
        faults.push(Fault::at(rule.node, &says, help).related(first.place().own_span(), "takes them first"));
        if first.is_open() {
            break; // So is everything below, by the same cause.
        }
    }
    faults
}

fn secret_body(case: &DocumentCase<'_>) -> Faults {
    let policy = policy(case);
    let mut found: Vec<(AuditRule<'_>, Vec<&str>)> = Vec::new();
    for (level, of) in [(Level::Request, SENT), (Level::RequestResponse, RETURNED)] {
        for asked in each(of) {
            // A ConfigMap is no secret by itself: whoever names a namespace or a name of his own may know that.
            let known = |takes| asked.resource == "configmaps" && takes == Takes::Some;
            let met = policy.met(asked).into_iter().filter(|(rule, _)| rule.level() == Some(level));
            for (rule, _) in met.filter(|(_, takes)| !known(*takes)) {
                match found.iter_mut().find(|(known, _)| known.node == rule.node) {
                    Some((_, names)) if names.contains(&asked.resource) => {}
                    Some((_, names)) => names.push(asked.resource),
                    None => found.push((rule, vec![asked.resource])),
                }
            }
        }
    }
    let fault = |(rule, names): (AuditRule<'_>, Vec<&str>)| {
        let level = rule.place().scalar().unwrap_or("set");
        let says = format!("is {level} for {}: their bodies are written into the log", names.join(", "));
        Fault::at(rule.place(), &says, "log them with level: Metadata, by a rule before this one")
    };
    let mut faults: Vec<_> = found.into_iter().map(fault).collect();
    faults.sort_by_key(|f| f.span.start);
    faults
}
