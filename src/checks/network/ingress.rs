//! Ingresses that take too many names, lack TLS or write into their controller.

use std::collections::BTreeMap;

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule, World};
use crate::model::{Object, Subject, value};
use crate::parse::Node;
use crate::text::Severity;

const DOC: &str = include_str!("ingress.md");

/// The checks, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "ingress-default-backend",
        Severity::Medium,
        "ingress takes what nobody claims",
        DOC,
        Rule::Document(&[Subject::Ingress], default_backend),
    )
    .aliases(&["restrict-ingress-defaultbackend"])
    .lessons(&[16])
    .technique("T1557"),
    Check::new(
        "ingress-host-empty",
        Severity::Medium,
        "ingress rule has no host",
        DOC,
        Rule::Document(&[Subject::Ingress], host_empty),
    )
    .aliases(&["disallow-empty-ingress-host", "k8sblockwildcardingress"])
    .lessons(&[16, 36])
    .technique("T1557"),
    Check::new(
        "ingress-host-not-unique",
        Severity::Medium,
        "two ingresses claim the same host and path",
        DOC,
        Rule::World(host_shared),
    )
    .aliases(&[
        "unique-ingress-host",
        "unique-ingress-host-and-path",
        "unique-ingress-path",
        "unique-routes",
        "k8suniqueingresshost",
    ])
    .lessons(&[36])
    .technique("T1557")
    .confidence(Confidence::Contextual),
    Check::new(
        "ingress-host-wildcard",
        Severity::Medium,
        "ingress host is a wildcard",
        DOC,
        Rule::Document(&[Subject::Ingress], host_wildcard),
    )
    .aliases(&["restrict-ingress-wildcard", "k8sblockwildcardingress"])
    .lessons(&[16, 36])
    .technique("T1557"),
    Check::new(
        "ingress-nginx-annotation-injection",
        Severity::Critical,
        "ingress writes into the configuration of nginx",
        DOC,
        Rule::Document(&[Subject::Ingress], injection),
    )
    .aliases(&[
        "KCV-0093",
        "nginx-ingress/restrict-annotations",
        "restrict-ingress-paths",
        "check-ingress-nginx-controller-version-and-annotation-policy",
    ])
    .lessons(&[16, 37])
    .technique("T1190")
    .confidence(Confidence::Likely),
    Check::new(
        "ingress-nginx-snippet",
        Severity::High,
        "ingress brings configuration of its own",
        DOC,
        Rule::Document(&[Subject::Ingress], snippet),
    )
    .aliases(&[
        "CKV_K8S_152",
        "CKV_K8S_153",
        "CKV_K8S_154",
        "disallow-ingress-nginx-custom-snippets",
        "C-0059",
    ])
    .lessons(&[16, 37])
    .technique("T1190"),
    Check::new(
        "ingress-tls-missing",
        Severity::Medium,
        "ingress has no TLS",
        DOC,
        Rule::Document(&[Subject::Ingress], tls_missing),
    )
    .aliases(&[
        "tlsSettingsMissing",
        "require-ingress-https",
        "ingress-host-match-tls",
        "check-routes",
        "k8shttpsonly",
        "C-0263",
    ])
    .lessons(&[31, 32])
    .technique("T1040"),
];

fn spec<'t>(case: &DocumentCase<'t>) -> Option<Node<'t>> {
    case.node().get("spec").and_then(value::mapping)
}

fn rules(object: Object<'_>) -> impl Iterator<Item = Node<'_>> {
    let list = object.node.at(&["spec", "rules"]).and_then(value::list);
    list.into_iter().flat_map(Node::items).filter_map(value::mapping)
}

/// Whether the host of a certificate covers a name; `*` stands for one label.
fn covers(host: &str, name: &str) -> bool {
    let one_label = |rest: &str| name.split_once('.').is_some_and(|(_, after)| after == rest);
    host == name || host.strip_prefix("*.").is_some_and(one_label)
}

fn tls_missing(case: &DocumentCase<'_>) -> Faults {
    let Some(spec) = spec(case) else { return Faults::new() };
    let items = spec.get("tls").and_then(value::list).filter(|t| t.items().len() > 0);
    let Some(items) = items else {
        let detail = format!("{} is not set: names and passwords go in clear text", spec.missing("tls").path);
        let help = "add tls with the hosts and the Secret of their certificate";
        return vec![Fault::new(spec.missing("tls").span, detail, help).label("belongs here")];
    };
    let lists = || items.items().filter_map(|i| i.get("hosts").and_then(value::list));
    let hosts: Vec<_> = lists().flat_map(Node::items).filter_map(value::string).collect();
    if lists().count() < items.items().len() {
        return Faults::new();
    }
    let bare = |n: &Node<'_>| value::string(*n).is_some_and(|name| !hosts.iter().any(|h| covers(h, name)));
    let names = rules(case.object).filter_map(|r| r.get("host")).filter(bare);
    let says = "stands under no hosts of spec.tls, so it has no certificate of its own";
    names.map(|n| Fault::at(n, says, "add the host to spec.tls")).collect()
}

fn host_wildcard(case: &DocumentCase<'_>) -> Faults {
    let stars = rules(case.object).filter_map(|r| r.get("host"));
    let stars = stars.filter(|h| value::string(*h).is_some_and(|h| h.starts_with('*')));
    let says = "takes every name of that domain that no other ingress claims";
    stars.map(|h| Fault::at(h, says, "write the names that are served")).collect()
}

fn host_empty(case: &DocumentCase<'_>) -> Faults {
    let none = |rule: &Node<'_>| rule.get("host").is_none_or(|h| value::string(h) == Some(""));
    let fault = |rule: Node<'_>| {
        let missing = rule.missing("host");
        let detail =
            format!("{} is not set: the rule takes every name that no other ingress claims", missing.path);
        Fault::new(missing.span, detail, "write the name that is served in host").label("belongs here")
    };
    rules(case.object).filter(none).map(fault).collect()
}

fn default_backend(case: &DocumentCase<'_>) -> Faults {
    let spec = spec(case);
    let node = spec.and_then(|s| s.get("defaultBackend").or_else(|| s.get("backend")));
    let fault = |n: Node<'_>| {
        let at = n.key().map_or(n.own_span(), Node::own_span);
        let detail = format!("{} takes whatever no rule of any ingress claims", n.path());
        Fault::new(at, detail, "remove it, and write rules with hosts")
    };
    node.map(fault).into_iter().collect()
}

fn host_shared(world: &World<'_>) -> Faults {
    let mut seen: BTreeMap<(&str, &str, &str), Object<'_>> = BTreeMap::new();
    let mut faults = Faults::new();
    for object in world.objects.iter().copied().filter(|o| Subject::of_object(*o) == Some(Subject::Ingress)) {
        let class = object.node.at(&["spec", "ingressClassName"]).and_then(value::string).unwrap_or("");
        for rule in rules(object) {
            let Some(host) = rule.get("host") else { continue };
            let taken = paths(rule).into_iter().find_map(|path| {
                let key = (class, value::string(host)?, path);
                let first = *seen.entry(key).or_insert(object);
                (first.node != object.node).then_some((path, first))
            });
            let Some((path, first)) = taken else { continue };
            let detail = format!(
                "{}: {} and path {path} are claimed by {}, too",
                object.title(),
                host.path(),
                first.title()
            );
            let fault = Fault::new(host.own_span(), detail, "give each name and path to one ingress");
            faults.push(fault.related(first.kind_span(), "claims it first"));
        }
    }
    faults
}

fn paths(rule: Node<'_>) -> Vec<&str> {
    let list = rule.at(&["http", "paths"]).and_then(value::list);
    list.into_iter()
        .flat_map(Node::items)
        .filter_map(|p| p.get("path").map_or(Some("/"), value::string))
        .collect()
}

/// The annotations of ingress-nginx, each with its name behind the slash.
fn nginx<'t>(case: &DocumentCase<'t>) -> Vec<(&'t str, Node<'t>)> {
    let entries = case.object.metadata().and_then(|m| m.get("annotations")).map(Node::entries);
    let name = |key: &'t str| {
        key.strip_prefix("nginx.ingress.kubernetes.io/").or_else(|| key.strip_prefix("nginx.org/"))
    };
    let entries = entries.unwrap_or_default().into_iter();
    entries.filter_map(|e| Some((name(e.key.scalar()?)?, e.value))).collect()
}

fn snippet(case: &DocumentCase<'_>) -> Faults {
    let snippets = nginx(case).into_iter().filter(|(name, n)| {
        (name.ends_with("-snippet") || name.ends_with("-snippets"))
            && value::string(*n).is_some_and(|v| !v.is_empty())
    });
    let help = "remove it, and set allow-snippet-annotations to false in the controller";
    let fault = |(_, n): (&str, Node<'_>)| {
        let at = n.key().map_or(n.own_span(), Node::own_span);
        Fault::new(at, format!("{} is configuration that the controller runs as its own", n.path()), help)
    };
    snippets.map(fault).collect()
}

/// Annotations of which a value with `{`, `}` or `;` is no use.
const PLAIN: &[&str] = &[
    "app-root",
    "auth-method",
    "auth-proxy-set-headers",
    "auth-realm",
    "auth-secret",
    "auth-signin",
    "auth-tls-match-cn",
    "auth-tls-secret",
    "auth-url",
    "mirror-host",
    "mirror-target",
    "permanent-redirect",
    "proxy-redirect-from",
    "proxy-redirect-to",
    "secure-backends",
    "temporal-redirect",
    "upstream-vhost",
    "x-forwarded-prefix",
];

fn injection(case: &DocumentCase<'_>) -> Faults {
    let ours = nginx(case);
    let values = ours.iter().filter(|(name, _)| PLAIN.contains(name)).map(|(_, n)| *n);
    let paths = rules(case.object).filter_map(|r| r.at(&["http", "paths"]).and_then(value::list));
    let paths = paths
        .flat_map(Node::items)
        .filter(|p| p.get("pathType").and_then(value::string) != Some("ImplementationSpecific"));
    let paths = paths.filter_map(|p| p.get("path"));
    let says = "holds characters that end a directive of nginx, so the rest becomes configuration";
    let help = "remove them, and refuse them at admission for all";
    values
        .filter(|n| breaks_out(*n, &['\n', '\r', ';', '{', '}', '#']))
        .chain(paths.filter(|n| breaks_out(*n, &['\n', '\r', ';', '{', '}'])))
        .map(|n| Fault::at(n, says, help))
        .collect()
}

fn breaks_out(node: Node<'_>, marks: &[char]) -> bool {
    value::string(node).is_some_and(|text| text.contains(marks))
}
