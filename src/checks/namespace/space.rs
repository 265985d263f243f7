//! Namespaces: their labels for Pod Security, and what should lie in each.

use std::collections::BTreeMap;

use serde_json::json;

use super::label;
use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule, Standard, World};
use crate::model::cluster_network_policy::may_close;
use crate::model::network_policy::{Direction, NetworkPolicy, Peer, PolicyRule};
use crate::model::{Object, Subject, value};
use crate::parse::{Node, edit};
use crate::sim::admission::pod_security::Mode;
use crate::text::{Severity, near};

const DOC: &str = include_str!("space.md");

/// The checks, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "mesh-injection-missing",
        Severity::Medium,
        "namespace joins no mesh",
        DOC,
        Rule::World(no_mesh),
    )
    .aliases(&[
        "enforce-sidecar-injection-namespace",
        "enforce-ambient-mode-namespace",
        "require-linkerd-mesh-injection",
        "add-sidecar-injection-namespace",
        "add-ambient-mode-namespace",
        "add-linkerd-mesh-injection",
    ])
    .lessons(&[32])
    .technique("T1040")
    .confidence(Confidence::Contextual),
    Check::new(
        "namespace-default-deny-missing",
        Severity::High,
        "namespace has no default-deny",
        DOC,
        Rule::World(no_default_deny),
    )
    .aliases(&[
        "add-networkpolicy",
        "add-networkpolicy-dns",
        "generate-networkpolicy-existing",
        "C-0054",
        "C-0206",
    ])
    .lessons(&[16])
    .standards(&[Standard::Cis("5.3.2")])
    .technique("T1046")
    .confidence(Confidence::Contextual),
    Check::new(
        "namespace-limit-range-missing",
        Severity::Low,
        "namespace has no limit range",
        DOC,
        Rule::World(no_limits),
    )
    .aliases(&["KSV-0039", "add-ns-quota"])
    .lessons(&[36])
    .technique("T1496.001")
    .confidence(Confidence::Contextual),
    Check::new(
        "namespace-psa-label-invalid",
        Severity::High,
        "pod security label is not valid",
        DOC,
        Rule::Document(&[Subject::Namespace], invalid),
    )
    .lessons(&[15])
    .technique("T1685"),
    Check::new(
        "namespace-psa-label-missing",
        Severity::Medium,
        "namespace has no level of Pod Security",
        DOC,
        Rule::Document(&[Subject::Namespace], missing),
    )
    .aliases(&["add-psa-labels", "add-psa-namespace-reporting", "C-0192"])
    .lessons(&[15])
    .standards(&[Standard::Cis("5.2.1")])
    .yields_here_to(&["namespace-psa-label-misspelled"])
    .technique("T1611"),
    Check::new(
        "namespace-psa-label-privileged",
        Severity::High,
        "namespace refuses no pod",
        DOC,
        Rule::Document(&[Subject::Namespace], privileged),
    )
    .aliases(&["deny-privileged-profile"])
    .lessons(&[15])
    .technique("T1611"),
    Check::new(
        "namespace-psa-version-unpinned",
        Severity::Info,
        "level of Pod Security has no version",
        DOC,
        Rule::Document(&[Subject::Namespace], unpinned),
    )
    .lessons(&[15, 37]),
    Check::new(
        "namespace-psa-warn-weaker-than-enforce",
        Severity::Low,
        "warnings are weaker than what is enforced",
        DOC,
        Rule::Document(&[Subject::Namespace], weaker),
    )
    .lessons(&[15]),
    Check::new(
        "namespace-resource-quota-missing",
        Severity::Low,
        "namespace has no quota",
        DOC,
        Rule::World(no_quota),
    )
    .aliases(&["KSV-0040", "add-ns-quota"])
    .lessons(&[36])
    .technique("T1496.001")
    .confidence(Confidence::Contextual),
];

/// A mode of Pod Security's admission.
const MODES: [&str; 3] = ["enforce", "audit", "warn"];

/// The levels, the weakest first.
const LEVELS: [&str; 3] = ["privileged", "baseline", "restricted"];

fn label<'t>(case: &DocumentCase<'t>, mode: &str) -> Option<Node<'t>> {
    case.object.label(&format!("pod-security.kubernetes.io/{mode}"))
}

fn version<'t>(case: &DocumentCase<'t>, mode: &str) -> Option<Node<'t>> {
    case.object.label(&format!("pod-security.kubernetes.io/{mode}-version"))
}

/// How strict a mode is, where its level is one.
fn level(case: &DocumentCase<'_>, mode: &str) -> Option<usize> {
    let word = value::string(label(case, mode)?)?;
    LEVELS.iter().position(|l| *l == word)
}

fn missing(case: &DocumentCase<'_>) -> Faults {
    if label(case, "enforce").is_some() {
        return Faults::new();
    }
    let help = "add pod-security.kubernetes.io/enforce: restricted, or baseline";
    let meant = label::misspelled(case.object).into_iter().find(|(_, right)| *right == Mode::Enforce.label());
    if let Some((key, _)) = meant {
        let detail = "the label pod-security.kubernetes.io/enforce is not set: this is not how it is written";
        return vec![Fault::new(key.own_span(), detail, help)];
    }
    let node = case.object.metadata().and_then(|m| m.get("labels").or(Some(m))).unwrap_or(case.node());
    let detail = "the label pod-security.kubernetes.io/enforce is not set: what the API server was set up with counts, \
                  and without that privileged";
    vec![
        Fault::new(node.missing("pod-security.kubernetes.io/enforce").span, detail, help)
            .label("belongs here")
            .suggest([edit::set(
                case.node(),
                &["metadata", "labels", "pod-security.kubernetes.io/enforce"],
                &json!("restricted"),
            )]),
    ]
}

fn privileged(case: &DocumentCase<'_>) -> Faults {
    let node = label(case, "enforce").filter(|_| level(case, "enforce") == Some(0));
    let help = "set baseline or restricted, and keep programs that need more in a namespace of their own";
    node.map(|n| Fault::at(n, "is privileged: no pod is refused", help)).into_iter().collect()
}

/// k8s.io/pod-security-admission `api/helpers.go`: an unknown level of enforce is restricted, of the others
/// privileged; an unknown version is latest.
fn invalid(case: &DocumentCase<'_>) -> Faults {
    MODES.iter().flat_map(|mode| bad_level(case, mode).into_iter().chain(bad_version(case, mode))).collect()
}

fn bad_level(case: &DocumentCase<'_>, mode: &str) -> Option<Fault> {
    let node = label(case, mode).filter(|_| level(case, mode).is_none())?;
    let counts = if mode == "enforce" { "restricted" } else { "privileged" };
    let says = format!("is {:?}, which is no level: {counts} counts", node.scalar().unwrap_or(""));
    let word = node.scalar().unwrap_or("").trim();
    let meant = near::nearest(word, LEVELS).filter(|_| !word.is_empty());
    let help = match meant {
        Some(level) => format!("did you mean {level}?"),
        None => "write privileged, baseline or restricted".to_owned(),
    };
    Some(Fault::at(node, &says, help).suggest([meant.and_then(|level| edit::replace(node, &json!(level)))]))
}

fn bad_version(case: &DocumentCase<'_>, mode: &str) -> Option<Fault> {
    let node = version(case, mode).filter(|n| !value::string(*n).is_some_and(is_version))?;
    let says = format!("is {:?}, which is no version: latest counts", node.scalar().unwrap_or(""));
    let help = "write latest or a version such as v1.34, without a patch number";
    let meant = meant_version(node.scalar().unwrap_or(""));
    Some(Fault::at(node, &says, help).suggest([meant.and_then(|v| edit::replace(node, &json!(v)))]))
}

/// The version that something nearly says: without its letter, with a patch number.
fn meant_version(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let rest = text.strip_prefix('v').unwrap_or(&text);
    let minor = rest.strip_prefix("1.")?.split('.').next()?;
    let version = format!("v1.{minor}");
    is_version(&version).then_some(version)
}

/// `latest`, or `v1.N` without leading zeros.
fn is_version(text: &str) -> bool {
    let minor = text.strip_prefix("v1.").unwrap_or("");
    let digits = !minor.is_empty() && minor.bytes().all(|b| b.is_ascii_digit());
    text == "latest" || (digits && (minor == "0" || !minor.starts_with('0')))
}

/// Without a label for warnings, those of enforce count for them (checks.md 4), so nothing is weaker then.
fn weaker(case: &DocumentCase<'_>) -> Faults {
    let Some(enforce) = level(case, "enforce") else { return Faults::new() };
    let strict = LEVELS.get(enforce).copied().unwrap_or("restricted");
    let weaker = ["audit", "warn"].into_iter().filter(|mode| level(case, mode).is_some_and(|l| l < enforce));
    let says = "is weaker than enforce: a workload is accepted without a word and its pods are refused";
    weaker
        .filter_map(|m| label(case, m))
        .map(|n| {
            let fault = Fault::at(n, says, "set it to the level of enforce, or above");
            fault.fix([edit::replace(n, &json!(strict))])
        })
        .collect()
}

fn unpinned(case: &DocumentCase<'_>) -> Faults {
    let loose = |mode: &&&str| level(case, mode).is_some_and(|l| l > 0) && version(case, mode).is_none();
    let fault = |mode: &str| {
        let node = label(case, mode)?;
        let key = format!("pod-security.kubernetes.io/{mode}-version");
        let detail = format!(
            "{key} is not set: latest counts, and an upgrade of the cluster may refuse what ran before"
        );
        Some(Fault::new(node.own_span(), detail, format!("add {key} with the version of the cluster")))
    };
    MODES.iter().filter(loose).take(1).filter_map(|m| fault(m)).collect()
}

/// Namespaces that were read together with something that lies in them, of which nothing is `wanted`. Of a namespace
/// alone nothing is said: the rest may lie in another file.
fn lacking(world: &World<'_>, says: &str, help: &'static str, wanted: fn(Object<'_>) -> bool) -> Faults {
    let spaces = world.of(Subject::Namespace);
    if spaces.is_empty() {
        return Faults::new();
    }
    let mut has: BTreeMap<&str, bool> = BTreeMap::new();
    for object in &world.objects {
        if let Some(namespace) = object.namespace() {
            *has.entry(namespace).or_default() |= wanted(*object);
        }
    }
    let bare = spaces.iter().filter_map(|space| {
        let name = space.node.at(&["metadata", "name"])?;
        (has.get(value::string(name)?) == Some(&false)).then_some((space, name))
    });
    bare.map(|(space, name)| Fault::new(name.own_span(), format!("{}: {says}", space.title()), help))
        .collect()
}

fn core(object: Object<'_>, kind: &str) -> bool {
    object.kind() == Some(kind) && object.group().is_none_or(str::is_empty)
}

fn no_limits(world: &World<'_>) -> Faults {
    let says = "no LimitRange of it was read, so a container that asks for nothing has no limit";
    lacking(world, says, "add a LimitRange with defaults and a maximum for containers", |o| {
        core(o, "LimitRange") && o.node.at(&["spec", "limits"]).is_some_and(|l| l.items().len() > 0)
    })
}

fn no_quota(world: &World<'_>) -> Faults {
    let says = "no ResourceQuota of it was read that holds for all pods";
    lacking(world, says, "add a ResourceQuota with cpu, memory, pods and counts of objects", |o| {
        let scoped =
            o.node.at(&["spec", "scopeSelector"]).or_else(|| o.node.at(&["spec", "scopes"])).is_some();
        let hard = o.node.at(&["spec", "hard"]).is_some_and(|h| !h.entries().is_empty());
        core(o, "ResourceQuota") && hard && !scoped
    })
}

/// Policies of the cluster that deny, and those that are not modelled, may close it: then nothing is known. Rules do not open what they do not name: a policy
/// for every pod closes whatever its rules leave out.
fn no_default_deny(world: &World<'_>) -> Faults {
    let foreign = world.objects.iter().copied().find(|o| may_close(*o, Direction::Ingress));
    let says = "no NetworkPolicy of it was read that selects every pod and closes ingress";
    let faults = lacking(
        world,
        says,
        "add a NetworkPolicy with an empty podSelector, both policyTypes and no rule",
        |o| {
            let open = |rule: &PolicyRule<'_>| {
                let all = |peer: &Peer<'_>| peer.is_everywhere() || peer.is_every_pod();
                rule.peers().is_empty() || rule.peers().iter().any(all)
            };
            let closes = |p: NetworkPolicy<'_>| {
                let rules = p.rules(Direction::Ingress);
                p.selects_all() && p.covers(Direction::Ingress) && !rules.iter().any(open)
            };
            NetworkPolicy::new(o).is_some_and(closes)
        },
    );
    let Some(foreign) = foreign else { return faults };
    let unknown = |fault: Fault| {
        let detail = format!("{}; whether {} closes it is not judged here", fault.detail, foreign.title());
        Fault::unknown(fault.span, detail, fault.help)
            .related(foreign.kind_span(), "this policy may close it")
    };
    faults.into_iter().map(unknown).collect()
}

/// Labels that take a namespace into a mesh or out of it, said so.
const MESH: [&str; 4] = ["istio-injection", "istio.io/rev", "istio.io/dataplane-mode", "linkerd.io/inject"];

/// Said only where another namespace that was read has joined one.
fn no_mesh(world: &World<'_>) -> Faults {
    let spaces = || world.of(Subject::Namespace).iter();
    let says_so = |o: &Object<'_>| MESH.iter().any(|k| o.label(k).or_else(|| o.annotation(k)).is_some());
    let joined = |o: &Object<'_>| {
        let value = |k: &str| o.label(k).or_else(|| o.annotation(k)).and_then(value::string);
        MESH.iter().filter_map(|k| value(k)).any(|v| !matches!(v, "disabled" | "none" | "false"))
    };
    let system = |o: &Object<'_>| o.name().is_some_and(|n| n.starts_with("kube-") || n.ends_with("-system"));
    if !spaces().any(joined) {
        return Faults::new();
    }
    let bare = spaces()
        .filter(|o| !says_so(o) && !system(o))
        .filter_map(|o| Some((o, o.node.at(&["metadata", "name"])?)));
    let help = "add the label of the mesh that the other namespaces have, or say disabled";
    bare.map(|(o, n)| {
        Fault::new(n.own_span(), format!("{}: it joins no mesh, and others beside it do", o.title()), help)
    })
    .collect()
}
