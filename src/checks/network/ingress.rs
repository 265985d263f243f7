//! Ingresses that take too many names, lack TLS or write into their controller.

use std::collections::{BTreeMap, BTreeSet};

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

/// Whether one of the hosts of certificates covers a name; `*` stands for one label.
fn covers(hosts: &BTreeSet<&str>, name: &str) -> bool {
    let parent = name.split_once('.').map(|(_, parent)| format!("*.{parent}"));
    hosts.contains(name) || parent.is_some_and(|star| hosts.contains(star.as_str()))
}

/// Annotations by which a load balancer of a cloud, or another controller, brings a certificate without `spec.tls`.
const CERTIFICATES: &[&str] = &[
    "alb.ingress.kubernetes.io/certificate-arn",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "networking.gke.io/managed-certificates",
    "traefik.ingress.kubernetes.io/router.tls",
    "traefik.ingress.kubernetes.io/router.tls.certresolver",
];

/// The ports of AWS' load balancer: with HTTPS among them the certificate is found by the host.
const ALB_PORTS: &str = "alb.ingress.kubernetes.io/listen-ports";

fn ends_elsewhere(case: &DocumentCase<'_>) -> bool {
    let annotation = |key: &str| case.object.annotation(key).and_then(value::string);
    CERTIFICATES.iter().any(|key| annotation(key).is_some_and(|v| !matches!(v, "" | "false")))
        || annotation(ALB_PORTS).is_some_and(|ports| ports.contains("HTTPS"))
}

fn tls_missing(case: &DocumentCase<'_>) -> Faults {
    let Some(spec) = spec(case).filter(|_| !ends_elsewhere(case)) else { return Faults::new() };
    let items = spec.get("tls").and_then(value::list).filter(|t| t.items().len() > 0);
    let Some(items) = items else {
        let help = "add tls with the hosts and the Secret of their certificate";
        return vec![Fault::lacking(spec.missing("tls"), ": names and passwords go in clear text", help)];
    };
    let mut faults: Faults = plain_http(case).into_iter().collect();
    let lists = || items.items().filter_map(|i| i.get("hosts").and_then(value::list));
    let hosts: BTreeSet<_> = lists().flat_map(Node::items).filter_map(value::string).collect();
    if lists().count() < items.items().len() {
        return faults;
    }
    let bare = |n: &Node<'_>| value::string(*n).is_some_and(|name| !name.is_empty() && !covers(&hosts, name));
    let names = rules(case.object).filter_map(|r| r.get("host")).filter(bare);
    let says = "stands under no hosts of spec.tls, so it has no certificate of its own";
    faults.extend(names.map(|n| Fault::at(n, says, "add the host to spec.tls")));
    faults
}

/// ingress-nginx redirects to TLS where there is some, unless told not to.
fn plain_http(case: &DocumentCase<'_>) -> Option<Fault> {
    let redirect = case.object.annotation("nginx.ingress.kubernetes.io/ssl-redirect")?;
    let says = "is false: what is asked for in clear text is answered so, cookies and all";
    (value::string(redirect)? == "false")
        .then(|| Fault::at(redirect, says, "remove it: true counts where spec.tls is set"))
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
        let follows = ": the rule takes every name that no other ingress claims";
        Fault::lacking(rule.missing("host"), follows, "write the name that is served in host")
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

/// A name and path that an ingress takes.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Claim<'t> {
    class: &'t str,
    host: &'t str,
    path: &'t str,
    /// `Exact` and `Prefix` of one path stand beside each other: the exact one is preferred.
    path_type: &'t str,
}

/// The class of an ingress, by its field or by the annotation that came before it.
fn class(object: Object<'_>) -> &str {
    let field = object.node.at(&["spec", "ingressClassName"]);
    field.or_else(|| object.annotation("kubernetes.io/ingress.class")).and_then(value::string).unwrap_or("")
}

/// A canary shares host and path with its main ingress on purpose.
fn is_canary(object: Object<'_>) -> bool {
    let marked = object.annotation("nginx.ingress.kubernetes.io/canary");
    marked.and_then(value::string) == Some("true")
}

fn host_shared(world: &World<'_>) -> Faults {
    let mut seen: BTreeMap<Claim<'_>, Object<'_>> = BTreeMap::new();
    let ingresses = world.of(Subject::Ingress).iter().copied();
    let mut faults = Faults::new();
    for object in ingresses.filter(|o| !is_canary(*o)) {
        let rules = rules(object).filter_map(|r| Some((r, r.get("host")?)));
        faults.extend(rules.filter_map(|(rule, host)| taken(object, rule, host, &mut seen)));
    }
    faults
}

/// The first path of a rule that another ingress has; of the same name it is the same ingress, written twice.
fn taken<'t>(
    object: Object<'t>,
    rule: Node<'t>,
    host: Node<'t>,
    seen: &mut BTreeMap<Claim<'t>, Object<'t>>,
) -> Option<Fault> {
    let text = value::string(host).filter(|h| !h.is_empty())?;
    let same = |o: Object<'_>| (o.namespace(), o.name()) == (object.namespace(), object.name());
    let (path, first) = paths(rule).into_iter().find_map(|(path, path_type)| {
        let claim = Claim { class: class(object), host: text, path, path_type };
        let first = *seen.entry(claim).or_insert(object);
        (!same(first)).then_some((path, first))
    })?;
    let (title, other) = (object.title(), first.title());
    let detail = format!("{title}: {} and path {path} are claimed by {other}, too", host.path());
    let fault = Fault::new(host.own_span(), detail, "give each name and path to one ingress");
    Some(fault.related(first.kind_span(), "claims it first"))
}

/// The paths of a rule, each with its type.
fn paths(rule: Node<'_>) -> Vec<(&str, &str)> {
    let list = rule.at(&["http", "paths"]).and_then(value::list);
    list.into_iter().flat_map(Node::items).filter_map(claimed).collect()
}

fn claimed(path: Node<'_>) -> Option<(&str, &str)> {
    let kind = path.get("pathType").and_then(value::string).unwrap_or("");
    Some((path.get("path").map_or(Some("/"), value::string)?, kind))
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

/// Annotations of which a value with a brace is no use: ingress-nginx' own `annotations/parser/validators.go` refuses it
/// from version 1.12 on, where it is left on.
const PLAIN: &[&str] = &[
    "app-root",
    "auth-method",
    "auth-proxy-set-headers",
    "auth-realm",
    "auth-secret",
    "auth-signin",
    "auth-tls-secret",
    "auth-url",
    "mirror-host",
    "mirror-target",
    "permanent-redirect",
    "proxy-redirect-from",
    "proxy-redirect-to",
    "rewrite-target",
    "secure-backends",
    "temporal-redirect",
    "upstream-vhost",
    "x-forwarded-prefix",
];

/// Annotations that hold a regular expression, in which a brace counts repetitions.
const PATTERNS: &[&str] = &["auth-tls-match-cn", "server-alias"];

/// What ends a directive.
const ENDS: &[char] = &['\n', '\r', ';'];

/// What ends a directive, opens a block, or closes the quotes around it.
const BREAKS: &[char] = &['\n', '\r', ';', '{', '}', '"'];

fn injection(case: &DocumentCase<'_>) -> Faults {
    let says = "holds characters that end a directive of nginx, so the rest becomes configuration";
    let help = "remove them, and refuse them at admission for all";
    let values = nginx(case).into_iter().filter(|(name, node)| {
        (PLAIN.contains(name) && breaks_out(*node, BREAKS))
            || (PATTERNS.contains(name) && breaks_out(*node, ENDS))
    });
    let paths = rules(case.object).filter_map(|r| r.at(&["http", "paths"]).and_then(value::list));
    let paths = paths.flat_map(Node::items).filter_map(|p| {
        let pattern = p.get("pathType").and_then(value::string) == Some("ImplementationSpecific");
        let marks = if pattern { &['\n', '\r', ';', '"'][..] } else { BREAKS };
        p.get("path").filter(|path| breaks_out(*path, marks))
    });
    values.map(|(_, node)| node).chain(paths).map(|n| Fault::at(n, says, help)).collect()
}

/// A variable in braces, `${host}`, is no block.
fn breaks_out(node: Node<'_>, marks: &[char]) -> bool {
    let Some(text) = value::string(node) else { return false };
    let mut rest = text.trim_end();
    while let Some((before, after)) = rest.split_once("${") {
        let name = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        if before.contains(marks) {
            return true;
        }
        match after.get(name..).and_then(|tail| tail.strip_prefix('}')) {
            Some(tail) => rest = tail,
            None => return marks.contains(&'{') || after.contains(marks),
        }
    }
    rest.contains(marks)
}
