//! Services that open the cluster, or draw traffic that is not theirs.

use std::collections::BTreeMap;

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule, Standard, World};
use crate::model::{Object, Subject, value};
use crate::parse::Node;
use crate::text::Severity;

const DOC: &str = include_str!("service.md");

/// The checks, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "service-external-ip",
        Severity::High,
        "service takes over external addresses",
        DOC,
        Rule::Document(&[Subject::Service], external_ip),
    )
    .aliases(&["KSV-0108", "restrict-external-ips", "k8sexternalips"])
    .lessons(&[16, 18])
    .standards(&[Standard::Cis("1.2.3")])
    .technique("T1557"),
    Check::new(
        "service-external-name-localhost",
        Severity::Medium,
        "external name is the caller itself",
        DOC,
        Rule::Document(&[Subject::Service], external_name),
    )
    .aliases(&["no-localhost-service"])
    .lessons(&[16])
    .technique("T1090"),
    Check::new(
        "service-selector-not-unique",
        Severity::Medium,
        "two services share a selector",
        DOC,
        Rule::World(selector_shared),
    )
    .aliases(&["require-unique-service-selector", "k8suniqueserviceselector"])
    .lessons(&[16, 36])
    .technique("T1557")
    .confidence(Confidence::Contextual),
    Check::new(
        "service-type-load-balancer",
        Severity::Medium,
        "service is open to the outside",
        DOC,
        Rule::Document(&[Subject::Service], load_balancer),
    )
    .aliases(&["exposed-services", "no-loadbalancer-service", "k8sblockloadbalancer", "C-0256"])
    .lessons(&[16])
    .technique("T1133"),
    Check::new(
        "service-type-node-port",
        Severity::Medium,
        "service opens a port on every node",
        DOC,
        Rule::Document(&[Subject::Service], node_port),
    )
    .aliases(&["exposed-services", "service-type", "restrict-nodeport", "k8sblocknodeport"])
    .lessons(&[16])
    .technique("T1133"),
    Check::new(
        "service-unauthenticated",
        Severity::High,
        "service exposes a port that asks for no login",
        DOC,
        Rule::Document(&[Subject::Service], unauthenticated),
    )
    .aliases(&["C-0021", "C-0274"])
    .lessons(&[16, 32])
    .technique("T1133")
    .confidence(Confidence::Likely),
];

fn field<'t>(case: &DocumentCase<'t>, key: &str) -> Option<Node<'t>> {
    case.node().get("spec")?.get(key)
}

/// The node of `spec.type`, where it is this one.
fn of_type<'t>(case: &DocumentCase<'t>, wanted: &str) -> Option<Node<'t>> {
    field(case, "type").filter(|n| value::string(*n) == Some(wanted))
}

fn node_port(case: &DocumentCase<'_>) -> Faults {
    let help = "use ClusterIP, and let an ingress or a gateway answer for the outside";
    of_type(case, "NodePort")
        .map(|n| Fault::at(n, "is NodePort: the port opens on every node", help))
        .into_iter()
        .collect()
}

/// Annotations by which clouds keep a load balancer inside, with the values that say so.
const INTERNAL: &[(&str, &[&str])] = &[
    ("service.beta.kubernetes.io/aws-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", &["internal"]),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", &["true"]),
    ("networking.gke.io/load-balancer-type", &["Internal"]),
    ("cloud.google.com/load-balancer-type", &["Internal"]),
];

fn load_balancer(case: &DocumentCase<'_>) -> Faults {
    let says = |(key, values): &(&str, &[&str])| {
        case.object.annotation(key).and_then(value::string).is_some_and(|v| values.contains(&v))
    };
    let ranges = field(case, "loadBalancerSourceRanges").and_then(value::list);
    let ranges: Vec<_> = ranges.into_iter().flat_map(Node::items).filter_map(value::string).collect();
    let narrowed = !ranges.is_empty() && ranges.iter().all(|r| !r.ends_with("/0"));
    if narrowed || INTERNAL.iter().any(says) {
        return Faults::new();
    }
    let help = "keep it inside by the cloud's annotation, or list the callers in loadBalancerSourceRanges";
    of_type(case, "LoadBalancer")
        .map(|n| {
            Fault::at(
                n,
                "is LoadBalancer, and neither an annotation nor a range keeps the internet out",
                help,
            )
        })
        .into_iter()
        .collect()
}

fn external_ip(case: &DocumentCase<'_>) -> Faults {
    let list = field(case, "externalIPs").and_then(value::list).filter(|l| l.items().len() > 0);
    let help = "remove the field; use a load balancer or a gateway";
    let says = "makes every node send what goes to these addresses to this service";
    list.map(|l| {
        Fault::new(l.key().map_or(l.own_span(), Node::own_span), format!("{} {says}", l.path()), help)
    })
    .into_iter()
    .collect()
}

fn external_name(case: &DocumentCase<'_>) -> Faults {
    if of_type(case, "ExternalName").is_none() {
        return Faults::new();
    }
    let local = |n: &Node<'_>| value::string(*n).is_some_and(is_local);
    let help = "name a host outside of the pod that asks";
    field(case, "externalName")
        .filter(local)
        .map(|n| Fault::at(n, "is the caller itself: an ingress controller would serve its own ports", help))
        .into_iter()
        .collect()
}

fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name == "localhost.localdomain"
        || name.starts_with("127.")
}

/// What a service draws: namespace, labels, ports.
type Traffic<'t> = (&'t str, Vec<(&'t str, &'t str)>, Vec<&'t str>);

fn selector_shared(world: &World<'_>) -> Faults {
    let mut seen: BTreeMap<Traffic<'_>, Object<'_>> = BTreeMap::new();
    let mut faults = Faults::new();
    for service in world.objects.iter().copied().filter(|o| Subject::of_object(*o) == Some(Subject::Service))
    {
        let Some(selector) = service.node.at(&["spec", "selector"]).and_then(value::mapping) else {
            continue;
        };
        let mut pairs: Vec<_> = selector
            .entries()
            .iter()
            .filter_map(|e| Some((e.key.scalar()?, value::string(e.value)?)))
            .collect();
        pairs.sort_unstable();
        let key = (service.namespace().unwrap_or("default"), pairs, ports(service));
        if key.1.is_empty() {
            continue;
        }
        if let Some(other) = seen.get(&key) {
            let detail = format!("{}: has the selector and ports of {}", service.title(), other.title());
            let help = "give each service labels of its own, or remove one of the two";
            faults.push(
                Fault::new(selector.key().map_or(selector.own_span(), Node::own_span), detail, help)
                    .related(other.kind_span(), "the first with this selector"),
            );
        } else {
            seen.insert(key, service);
        }
    }
    faults
}

/// Where a service sends its traffic. Two of one selector are usual where their ports differ, and where one of them is
/// headless for a `StatefulSet`.
fn ports(service: Object<'_>) -> Vec<&str> {
    let list = service.node.at(&["spec", "ports"]).and_then(value::list);
    let mut ports: Vec<_> = list
        .into_iter()
        .flat_map(Node::items)
        .filter_map(|p| p.get("targetPort").or_else(|| p.get("port")))
        .filter_map(Node::scalar)
        .collect();
    if service.node.at(&["spec", "clusterIP"]).and_then(value::string) == Some("None") {
        ports.push("headless");
    }
    ports.sort_unstable();
    ports
}

/// Ports at which a program answers everybody unless it was told otherwise, with the program.
const BARE: &[(i64, &str)] = &[
    (2375, "the Docker daemon without TLS"),
    (2379, "etcd"),
    (4194, "cAdvisor"),
    (6379, "Redis"),
    (9200, "Elasticsearch"),
    (10255, "the kubelet's read-only port"),
    (11211, "memcached"),
    (27017, "MongoDB"),
];

fn unauthenticated(case: &DocumentCase<'_>) -> Faults {
    if of_type(case, "NodePort").or_else(|| of_type(case, "LoadBalancer")).is_none() {
        return Faults::new();
    }
    let list = field(case, "ports").and_then(value::list);
    let bare = |port: Node<'_>| {
        let node = port.get("targetPort").or_else(|| port.get("port"))?;
        let (_, program) = BARE.iter().find(|(number, _)| value::integer(node) == Some(*number))?;
        let says = format!("is the port of {program}, which asks nobody who they are unless told to");
        Some(Fault::at(node, &says, "use ClusterIP, and put a login in front of it"))
    };
    list.into_iter().flat_map(Node::items).filter_map(bare).collect()
}
