//! Network policies: whom they select, which directions they cover, what their rules let through.
//!
//! kubernetes `pkg/apis/networking/v1/defaults.go` and the API's own comments. Rules add up, peers of a rule are
//! alternatives, selectors of one peer count together. checks.md 3, trap 13.

use std::net::IpAddr;

use super::cidr::Cidr;
use super::selector::Selector;
use super::{Object, value};
use crate::parse::{Kind, Node};

/// Which way traffic goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the pods.
    Ingress,
    /// From the pods.
    Egress,
}

impl Direction {
    /// As `policyTypes` says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::Egress => "Egress",
        }
    }

    fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Ingress => ("ingress", "from"),
            Self::Egress => ("egress", "to"),
        }
    }
}

/// A `NetworkPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct NetworkPolicy<'t> {
    /// The object.
    pub object: Object<'t>,
    /// Its `spec`.
    pub spec: Node<'t>,
}

impl<'t> NetworkPolicy<'t> {
    /// The policy that an object is, where it has a spec.
    pub fn new(object: Object<'t>) -> Option<Self> {
        let ours = object.group().is_some_and(|g| g == "networking.k8s.io" || g == "extensions");
        let spec = object.node.get("spec").and_then(value::mapping)?;
        (ours && object.kind() == Some("NetworkPolicy")).then_some(Self { object, spec })
    }

    /// Whom it selects; `None` selects every pod of the namespace, as an empty selector does.
    pub fn selector(self) -> Option<Selector<'t>> {
        self.spec.get("podSelector").map(|node| Selector { node })
    }

    /// Whether it selects every pod of its namespace.
    pub fn selects_all(self) -> bool {
        self.selector().is_none_or(Selector::is_empty)
    }

    /// Whether it selects a pod with these labels; `None` where its selector cannot be read.
    pub fn selects(self, labels: &[(&str, &str)]) -> Option<bool> {
        self.selector().map_or(Some(true), |s| s.matches(labels))
    }

    /// Whether pods that it selects are closed in a direction but for its rules. Without `policyTypes` it is ingress,
    /// and egress only where a rule of it stands there.
    pub fn covers(self, direction: Direction) -> bool {
        let types = self.spec.get("policyTypes").and_then(value::list).filter(|t| t.items().len() > 0);
        match (types, direction) {
            (Some(types), _) => types.items().any(|t| value::string(t) == Some(direction.word())),
            (None, Direction::Ingress) => true,
            (None, Direction::Egress) => self.list(direction).next().is_some(),
        }
    }

    fn list(self, direction: Direction) -> impl Iterator<Item = Node<'t>> {
        items(self.spec.get(direction.keys().0))
    }

    /// The rules that count in a direction.
    pub fn rules(self, direction: Direction) -> Vec<PolicyRule<'t>> {
        let rules = self.list(direction).map(|node| PolicyRule { node, peers: direction.keys().1 });
        if self.covers(direction) { rules.collect() } else { Vec::new() }
    }

    /// The rules of both directions.
    pub fn all_rules(self) -> Vec<PolicyRule<'t>> {
        let mut rules = self.rules(Direction::Ingress);
        rules.extend(self.rules(Direction::Egress));
        rules
    }
}

/// The items of a list of mappings. One that is null is an empty one: JSON's null leaves the zero value.
fn items(list: Option<Node<'_>>) -> impl Iterator<Item = Node<'_>> {
    let items = list.and_then(value::list).into_iter().flat_map(Node::items);
    items.filter(|n| matches!(n.kind(), Kind::Map | Kind::Null))
}

/// Whether an object is a policy of another sort: of the administrator (`policy.networking.k8s.io`), or of a network
/// plugin (Cilium, Calico, Antrea). They count beside those of namespaces. Of these, `cluster_network_policy` models
/// `ClusterNetworkPolicy`, and nobody the others.
pub fn is_foreign(object: Object<'_>) -> bool {
    let ours = || object.group().is_none_or(|g| g == "networking.k8s.io" || g == "extensions");
    object.kind().is_some_and(|kind| kind.ends_with("NetworkPolicy")) && !ours()
}

/// A rule of `ingress` or `egress`.
#[derive(Clone, Copy, Debug)]
pub struct PolicyRule<'t> {
    /// Its mapping.
    pub node: Node<'t>,
    peers: &'static str,
}

impl<'t> PolicyRule<'t> {
    /// Its peers, one of which has to fit. None at all means everybody.
    pub fn peers(self) -> Vec<Peer<'t>> {
        items(self.node.get(self.peers)).map(|node| Peer { node }).collect()
    }

    /// Its ports. None at all means every port.
    pub fn ports(self) -> Vec<Node<'t>> {
        items(self.node.get("ports")).collect()
    }

    /// Whether it lets every port of TCP through: it names none, or one without a number, or all of them.
    pub fn lets_every_port(self) -> bool {
        let ports = self.ports();
        let every = |port: &Node<'_>| lets(*port, "TCP", 1) && lets(*port, "TCP", 65_535);
        let number = |port: &Node<'_>| port.get("port").is_none_or(|n| value::integer(n).is_some());
        ports.is_empty() || ports.iter().any(|port| every(port) && number(port))
    }

    /// Whether it lets names be asked: port 53, or 5353, at which the DNS pods of `OpenShift` listen.
    pub fn lets_dns(self) -> bool {
        self.lets("UDP", 53) || self.lets("TCP", 53) || self.lets("UDP", 5353)
    }

    /// Whether it lets a port through. A port by its name may be any.
    pub fn lets(self, protocol: &str, number: i64) -> bool {
        let ports = self.ports();
        ports.is_empty() || ports.into_iter().any(|port| lets(port, protocol, number))
    }
}

fn lets(port: Node<'_>, protocol: &str, number: i64) -> bool {
    if port.get("protocol").map_or(Some("TCP"), value::string) != Some(protocol) {
        return false;
    }
    let Some(from) = port.get("port") else { return true };
    let Some(from) = value::integer(from) else { return true };
    let to = port.get("endPort").and_then(value::integer).unwrap_or(from);
    (from..=to).contains(&number)
}

/// A peer of a rule.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'t> {
    /// Its mapping.
    pub node: Node<'t>,
}

impl<'t> Peer<'t> {
    /// Pods; of the policy's own namespace, where no namespace is selected.
    pub fn pods(self) -> Option<Selector<'t>> {
        self.node.get("podSelector").map(|node| Selector { node })
    }

    /// Namespaces.
    pub fn namespaces(self) -> Option<Selector<'t>> {
        self.node.get("namespaceSelector").map(|node| Selector { node })
    }

    /// The node of its block's `cidr`.
    pub fn cidr(self) -> Option<Node<'t>> {
        self.node.at(&["ipBlock", "cidr"])
    }

    /// What is cut out of its block.
    pub fn except(self) -> impl Iterator<Item = &'t str> {
        let list = self.node.at(&["ipBlock", "except"]).and_then(value::list);
        list.into_iter().flat_map(Node::items).filter_map(value::string)
    }

    /// Whether its block holds an address, and no exception takes it out.
    pub fn holds(self, address: IpAddr) -> bool {
        let within = |cidr: &str| Cidr::parse(cidr).is_some_and(|block| block.holds(address));
        self.cidr().and_then(value::string).is_some_and(within) && !self.except().any(within)
    }

    /// Whether it is every pod of every namespace.
    pub fn is_every_pod(self) -> bool {
        self.namespaces().is_some_and(Selector::is_empty) && self.pods().is_none_or(Selector::is_empty)
    }

    /// Whether its block is every address of IPv4 or IPv6, whole.
    pub fn is_everywhere(self) -> bool {
        let cidr = self.cidr().and_then(value::string);
        let zero = |c: &str| c.rsplit_once('/').is_some_and(|(_, bits)| bits == "0");
        cidr.is_some_and(zero) && self.except().next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::objects;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    fn with<T>(spec: &str, ask: impl Fn(NetworkPolicy<'_>) -> T) -> T {
        let text = format!("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: {spec}\n");
        let source = Source::lone("t", text);
        let (tree, _) = yaml::parse(&source, Limits::default());
        ask(objects(&tree).into_iter().find_map(NetworkPolicy::new).unwrap())
    }

    #[test]
    fn trap_13_egress_is_covered_by_its_name_or_by_a_rule() {
        let covers = |spec: &str| with(spec, |p| (p.covers(Direction::Ingress), p.covers(Direction::Egress)));
        assert_eq!(covers("{podSelector: {}}"), (true, false));
        assert_eq!(covers("{egress: []}"), (true, false));
        assert_eq!(covers("{egress: [{}]}"), (true, true));
        assert_eq!(covers("{policyTypes: [], egress: [{}]}"), (true, true));
        assert_eq!(covers("{policyTypes: [Egress], ingress: [{}]}"), (false, true));
        assert_eq!(with("{ingress: [null]}", |p| p.rules(Direction::Ingress).len()), 1);
    }

    #[test]
    fn trap_13_all_of_a_selector_has_to_fit() {
        let selects = |selector: &str, labels: &[(&str, &str)]| {
            with(&format!("{{podSelector: {selector}}}"), |p| p.selects(labels))
        };
        let web = [("app", "web"), ("tier", "front")];
        assert_eq!(selects("{}", &[]), Some(true));
        assert_eq!(selects("null", &[]), Some(true));
        assert_eq!(selects("{matchLabels: {app: web, tier: back}}", &web), Some(false));
        let one = |e: &str| selects(&format!("{{matchExpressions: [{{key: app, {e}}}]}}"), &web);
        assert_eq!(one("operator: In, values: [api, web]"), Some(true));
        assert_eq!(one("operator: NotIn, values: [web]"), Some(false));
        assert_eq!(one("operator: Exists"), Some(true));
        assert_eq!(one("operator: DoesNotExist"), Some(false));
        assert_eq!(one("operator: Like"), None);
        assert_eq!(selects("{matchExpressions: [{key: x, operator: NotIn, values: [y]}]}", &web), Some(true));
    }

    #[test]
    fn blocks_hold_addresses_and_ports_have_ranges() {
        let metadata = IpAddr::from([169, 254, 169, 254]);
        let holds = |block: &str| {
            let spec = format!("{{egress: [{{to: [{{ipBlock: {block}}}]}}]}}");
            with(&spec, |p| p.rules(Direction::Egress)[0].peers()[0].holds(metadata))
        };
        assert!(holds("{cidr: 0.0.0.0/0}"));
        assert!(holds("{cidr: 169.254.0.0/16, except: [169.254.0.0/24]}"));
        assert!(!holds("{cidr: 0.0.0.0/0, except: [169.254.0.0/16]}"));
        assert!(!holds("{cidr: 10.0.0.0/8}"));
        assert!(!holds("{cidr: 0.0.0.0/33}"));
        let lets = |port: &str, protocol: &str, number: i64| {
            let spec = format!("{{ingress: [{{ports: [{port}]}}]}}");
            with(&spec, |p| p.rules(Direction::Ingress)[0].lets(protocol, number))
        };
        assert!(lets("{port: 80, endPort: 90}", "TCP", 85));
        assert!(!lets("{port: 80}", "TCP", 85));
        assert!(!lets("{port: 53}", "UDP", 53));
        assert!(lets("{port: dns, protocol: UDP}", "UDP", 53));
        let every = |ports: &str| {
            let spec = format!("{{ingress: [{{ports: {ports}}}]}}");
            with(&spec, |p| p.rules(Direction::Ingress)[0].lets_every_port())
        };
        assert!(every("[]") && every("[{protocol: TCP}]") && every("[{port: 1, endPort: 65535}]"));
        assert!(
            !every("[{port: web}]") && !every("[{protocol: UDP}]") && !every("[{port: 1, endPort: 1024}]")
        );
    }
}
