//! Services that open the cluster, or draw traffic that is not theirs.

use std::collections::BTreeMap;

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule, Standard, World, namespace};
use crate::model::selector::Labels;
use crate::model::{Object, Subject, value};
use crate::parse::{Entry, Node};
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
    .technique("T1133")
    .yields_to(&["service-unauthenticated"]),
    Check::new(
        "service-type-node-port",
        Severity::Medium,
        "service opens a port on every node",
        DOC,
        Rule::Document(&[Subject::Service], node_port),
    )
    .aliases(&["exposed-services", "service-type", "restrict-nodeport", "k8sblocknodeport"])
    .lessons(&[16])
    .technique("T1133")
    .yields_to(&["service-unauthenticated"]),
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

/// Annotations by which clouds keep a load balancer inside (Kubernetes' documentation of services, "Internal load
/// balancer", and the clouds' own), with the values that say so; none means any value.
const INTERNAL: &[(&str, &[&str])] = &[
    ("cloud.google.com/load-balancer-type", &["Internal"]),
    ("networking.gke.io/load-balancer-type", &["Internal"]),
    ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", &["intranet"]),
    ("service.beta.kubernetes.io/aws-load-balancer-internal", &["true", "0.0.0.0/0"]),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", &["internal"]),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/cce-load-balancer-internal-vpc", &["true"]),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", &["true"]),
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", &["private"]),
    ("service.kubernetes.io/qcloud-loadbalancer-internal-subnetid", &[]),
];

/// The class of load balancers that AWS keeps inside unless told otherwise, from version 2.2 of its controller on.
const AWS_CLASS: &str = "service.k8s.aws/nlb";

fn is_internal(case: &DocumentCase<'_>) -> bool {
    let annotation = |key: &str| case.object.annotation(key).and_then(value::string);
    let says = |(key, values): &(&str, &[&str])| {
        annotation(key).is_some_and(|v| values.is_empty() || values.contains(&v))
    };
    let class = field(case, "loadBalancerClass").and_then(value::string);
    let open = annotation("service.beta.kubernetes.io/aws-load-balancer-scheme") == Some("internet-facing");
    INTERNAL.iter().any(says) || (class == Some(AWS_CLASS) && !open)
}

/// Whether callers are listed, in the field or in the annotation that came before it, and none of them is everybody.
fn is_narrowed(case: &DocumentCase<'_>) -> bool {
    let list = field(case, "loadBalancerSourceRanges").and_then(value::list);
    let listed = list.into_iter().flat_map(Node::items).filter_map(value::string);
    let old = case.object.annotation("service.beta.kubernetes.io/load-balancer-source-ranges");
    let old = old.and_then(value::string).into_iter().flat_map(|text| text.split(',')).map(str::trim);
    let ranges: Vec<_> = listed.chain(old).filter(|range| !range.is_empty()).collect();
    !ranges.is_empty() && ranges.iter().all(|range| !range.ends_with("/0"))
}

fn load_balancer(case: &DocumentCase<'_>) -> Faults {
    if is_internal(case) || is_narrowed(case) {
        return Faults::new();
    }
    let help = "keep it inside by the cloud's annotation, or list the callers in loadBalancerSourceRanges";
    let says = "is LoadBalancer, and neither an annotation nor a range keeps the internet out";
    let class = field(case, "loadBalancerClass").filter(|c| value::string(*c) != Some(AWS_CLASS));
    let fault = |node: Node<'_>| match class {
        Some(class) => {
            let detail = format!("whether {} is open to the internet, its class decides", class.path());
            Fault::unknown(class.own_span(), detail, help)
        }
        None => Fault::at(node, says, help),
    };
    of_type(case, "LoadBalancer").map(fault).into_iter().collect()
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

/// What a service draws: two that agree in all of it draw the same.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Traffic<'t> {
    namespace: &'t str,
    labels: Labels<'t>,
    /// Where it sends the traffic, by protocol.
    ports: Vec<(&'t str, &'t str)>,
    /// `ClusterIP`, `NodePort` and `LoadBalancer` of one program stand beside each other for different callers.
    kind: &'t str,
    /// The one of a `StatefulSet` stands beside the one for its callers.
    headless: bool,
}

impl<'t> Traffic<'t> {
    /// Of a service without a selector nothing: it draws what somebody else writes.
    fn of(service: Object<'t>) -> Option<Self> {
        let spec = service.node.get("spec")?;
        let text = |key: &str| spec.get(key).and_then(value::string);
        let selector = spec.get("selector").and_then(value::mapping)?.entries();
        let pair = |e: &Entry<'t>| Some((e.key.scalar()?, value::string(e.value)?));
        let mut labels: Labels<'t> = selector.iter().filter_map(pair).collect();
        labels.sort_unstable();
        let mut ports: Vec<_> = spec.get("ports").and_then(value::list).map(ports).unwrap_or_default();
        ports.sort_unstable();
        let headless = text("clusterIP") == Some("None");
        let namespace = namespace(service);
        let kind = text("type").unwrap_or("ClusterIP");
        (!labels.is_empty()).then_some(Self { namespace, labels, ports, kind, headless })
    }
}

fn ports(list: Node<'_>) -> Vec<(&str, &str)> {
    list.items().filter_map(port).collect()
}

fn port(port: Node<'_>) -> Option<(&str, &str)> {
    let target = port.get("targetPort").or_else(|| port.get("port")).and_then(Node::scalar)?;
    Some((port.get("protocol").and_then(value::string).unwrap_or("TCP"), target))
}

/// An object of the same name is the same one, written twice: a base and its overlay.
fn selector_shared(world: &World<'_>) -> Faults {
    let mut seen: BTreeMap<Traffic<'_>, Object<'_>> = BTreeMap::new();
    let mut faults = Faults::new();
    for service in world.of(Subject::Service).iter().copied() {
        let Some(traffic) = Traffic::of(service) else { continue };
        let other = *seen.entry(traffic).or_insert(service);
        let selector = service.node.at(&["spec", "selector"]);
        if let Some(selector) = selector.filter(|_| other.name() != service.name()) {
            let detail = format!("{}: has the selector and ports of {}", service.title(), other.title());
            let help = "give each service labels of its own, or remove one of the two";
            let at = selector.key().map_or(selector.own_span(), Node::own_span);
            faults.push(
                Fault::new(at, detail, help).related(other.kind_span(), "the first with this selector"),
            );
        }
    }
    faults
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
    let external = field(case, "externalIPs").is_some_and(|l| l.items().len() > 0);
    if of_type(case, "NodePort").or_else(|| of_type(case, "LoadBalancer")).is_none() && !external {
        return Faults::new();
    }
    let list = field(case, "ports").and_then(value::list);
    let bare = |port: Node<'_>| {
        // A name is looked up in the pods; the number beside it is the better guess.
        let target = port.get("targetPort").filter(|n| value::integer(*n).is_some());
        let node = target.or_else(|| port.get("port"))?;
        let (_, program) = BARE.iter().find(|(number, _)| value::integer(node) == Some(*number))?;
        let says = format!("is the port of {program}, which asks nobody who they are unless told to");
        Some(Fault::at(node, &says, "use ClusterIP, and put a login in front of it"))
    };
    list.into_iter().flat_map(Node::items).filter_map(bare).collect()
}
