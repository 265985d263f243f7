//! What is there to go by: accounts, pods with the tokens in them, Secrets with tokens, levels of namespaces, nodes.

use std::collections::{BTreeMap, BTreeSet};

use super::spot::Spot;
use crate::model::rbac::{Grantee, account_of};
use crate::model::{Class, Object, value};
use crate::parse::Node;
use crate::sim::Reason;
use crate::sim::admission::pod_security::{Level, Mode, Policy};
use crate::sim::kernel::PodView;
use crate::sim::rbac::grants::Grants;
use crate::sim::rbac::token::{Keepers, tokens};
use crate::sim::world::{Key, World};

/// The label of nodes that run the control plane.
const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";

/// The account of pods that name none.
const DEFAULT: &str = "default";
/// The group of the accounts of a namespace, before its name.
const ACCOUNTS_OF: &str = "system:serviceaccounts:";

/// What a world holds beside roles and bindings.
#[derive(Debug, Default)]
pub(super) struct Places<'w> {
    /// The service accounts by namespace: those that are there, `default`, and those that a binding or a pod names.
    pub(super) accounts: BTreeMap<String, BTreeSet<String>>,
    /// The pods.
    pub(super) pods: Vec<PodPlace>,
    /// The pods in which one is root on every node, by their indices, and why.
    pub(super) rooted: Vec<(usize, Reason)>,
    /// The workloads that make pods: by kind, then by namespace, their names.
    pub(super) workloads: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// The Secrets that hold a token.
    pub(super) secrets: Vec<Kept<'w>>,
    /// What each namespace that was read enforces, and where it says so.
    pub(super) levels: BTreeMap<&'w str, (Level, Reason)>,
    /// A node of the control plane.
    pub(super) control_plane: Option<Reason>,
}

/// A pod, or the pods of a workload.
#[derive(Debug)]
pub(super) struct PodPlace {
    pub(super) namespace: String,
    pub(super) kind: String,
    pub(super) name: String,
    /// The node that it names.
    pub(super) node: Option<String>,
    /// Whether a container of it listens to whoever attaches.
    pub(super) attended: bool,
    /// The accounts whose tokens are in it, and why.
    pub(super) tokens: Vec<(Spot, Reason)>,
}

/// A Secret with a token.
#[derive(Debug)]
pub(super) struct Kept<'w> {
    pub(super) namespace: &'w str,
    pub(super) name: &'w str,
    pub(super) account: Spot,
    pub(super) because: Reason,
}

impl<'w> Places<'w> {
    pub(super) fn new(world: &'w World, grants: &Grants<'w>) -> Self {
        let objects = world.objects();
        let keepers = Keepers::trusting(&objects);
        let mut places = Self::default();
        for (namespace, name) in keepers.accounts() {
            places.account(namespace, name);
        }
        for binding in grants.bindings() {
            for spot in binding.subjects().filter_map(Grantee::principal).map(Spot::of) {
                match &spot {
                    Spot::Account(namespace, name) => places.account(namespace, name),
                    Spot::Group(group) => {
                        if let Some(namespace) = group.strip_prefix(ACCOUNTS_OF) {
                            places.account(namespace, DEFAULT);
                        }
                    }
                    _ => {}
                }
            }
        }
        for object in &objects {
            places.look(*object);
        }
        let ended: BTreeSet<Key> =
            objects.iter().filter(|o| has_ended(**o)).filter_map(|o| Key::of(*o)).collect();
        for pod in PodView::all(world).into_iter().filter(|pod| !ended.contains(&pod.key)) {
            places.pod(&pod, &keepers);
        }
        for (namespace, name, account, span) in keepers.kept() {
            places.account(namespace, account);
            let because = Reason::at(format!("Secret {namespace}/{name} holds the token of {account}"), span);
            places.secrets.push(Kept {
                namespace,
                name,
                account: Spot::account(namespace, account),
                because,
            });
        }
        places
    }

    fn account(&mut self, namespace: &str, name: &str) {
        let all = self.accounts.entry(namespace.to_owned()).or_default();
        // The controller makes it with the namespace.
        all.insert(DEFAULT.to_owned());
        all.insert(name.to_owned());
    }

    fn look(&mut self, object: Object<'w>) {
        let Some(name) = object.name() else { return };
        // What has a namespace stands in one that is there.
        if let Some(namespace) = object.namespace() {
            self.account(namespace, DEFAULT);
        }
        match (object.kind(), object.group()) {
            (Some("Namespace"), Some("")) => {
                self.account(name, DEFAULT);
                let labels = object.labels();
                let level = Policy::of_labels(&labels, Policy::default()).0.enforce.level;
                let key = Mode::Enforce.label();
                let because = match object.label(&key) {
                    Some(label) => {
                        Reason::at(format!("namespace {name} enforces {}", level.word()), label.own_span())
                    }
                    None => Reason::at(format!("namespace {name} has no label {key}"), object.kind_span()),
                };
                self.levels.insert(name, (level, because));
            }
            (Some("Node"), Some("")) => {
                if let Some(label) = object.label(CONTROL_PLANE).filter(|_| self.control_plane.is_none()) {
                    let text = format!("node {name} runs the control plane, whose keys lie on it");
                    self.control_plane = Some(Reason::at(text, label.own_span()));
                }
            }
            _ => {}
        }
    }

    fn pod(&mut self, pod: &PodView<'w>, keepers: &Keepers<'w>) {
        if pod.key.kind == "PodTemplate" {
            return;
        }
        let (kind, namespace) = (pod.key.kind.clone(), pod.key.namespace.clone());
        self.account(&namespace, DEFAULT);
        // Whoever changes a workload that makes no pod makes it make one.
        self.workloads.entry(kind).or_default().entry(namespace).or_default().push(pod.key.name.clone());
        if pod.idle.is_some() {
            return;
        }
        let held = tokens(keepers, pod).unwrap_or_default().into_iter().filter_map(|token| {
            let (namespace, name) = account_of(&token.caller.user)?;
            Some((Spot::account(namespace, name), token.because))
        });
        let tokens: Vec<(Spot, Reason)> = held.collect();
        for (spot, _) in &tokens {
            if let Spot::Account(namespace, name) = spot {
                self.account(namespace, name);
            }
        }
        let attended = pod.containers().any(|c| c.node.get("stdin").and_then(value::boolean) == Some(true));
        let node = pod.template.spec.get("nodeName").and_then(value::string);
        self.pods.push(PodPlace {
            namespace: pod.key.namespace.clone(),
            kind: pod.key.kind.clone(),
            name: pod.key.name.clone(),
            node: node.map(str::to_owned),
            attended,
            tokens,
        });
        if let Some(because) = root_everywhere(pod) {
            self.rooted.push((self.pods.len() - 1, because));
        }
    }

    /// The namespaces in which there is something.
    pub(super) fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.accounts.keys().map(String::as_str)
    }
}

/// Whether a pod runs no more.
fn has_ended(object: Object<'_>) -> bool {
    let phase = object.node.at(&["status", "phase"]).and_then(value::string);
    object.kind() == Some("Pod") && matches!(phase, Some("Succeeded" | "Failed"))
}

/// A privileged container of a DaemonSet that no node and no taint keeps out.
fn root_everywhere(pod: &PodView<'_>) -> Option<Reason> {
    let spec = pod.template.spec;
    let chooses = ["nodeSelector", "affinity", "nodeName"].iter().any(|key| spec.get(key).is_some());
    let tolerates = |node: Node<'_>| {
        node.get("operator").and_then(value::string) == Some("Exists")
            && ["key", "effect"].iter().all(|key| node.get(key).is_none())
    };
    let all = spec.get("tolerations").into_iter().flat_map(Node::items).any(tolerates);
    if pod.key.kind != "DaemonSet" || chooses || !all {
        return None;
    }
    let privileged = pod.containers().filter(|c| c.class == Class::Main).find_map(|container| {
        let node = container.node.at(&["securityContext", "privileged"])?;
        (value::boolean(node) == Some(true)).then_some((container, node))
    });
    let (container, node) = privileged?;
    let text = format!("{} runs on every node, and its {} is privileged", pod.key, container.title());
    Some(Reason::at(text, node.own_span()))
}

impl PodPlace {
    /// Whether a permission for these names is one for it: of a workload's pods nobody knows the names.
    pub(super) fn is_named(&self, names: &[&str]) -> bool {
        names.is_empty() || self.kind == "Pod" && names.contains(&self.name.as_str())
    }

    /// `Pod shop/web`.
    pub(super) fn title(&self) -> String {
        format!("{} {}/{}", self.kind, self.namespace, self.name)
    }
}
