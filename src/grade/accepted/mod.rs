//! The implicit first step: does the API server take each object, and is everything there that the lab needs?

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{schema, size};
use crate::model::network_policy::NetworkPolicy;
use crate::model::{Object, WORKLOAD_KINDS, names, objects, template_of};
use crate::parse::{Kind, Limits, Node, Tree, yaml};
use crate::sim::admission::{self, gatekeeper, image, kyverno, pod_security};
use crate::sim::kernel::{object_refusals, refusals};
use crate::sim::rbac;
use crate::sim::world::{Key, World};
use crate::sim::{network, scheduling};
use crate::text::{Finding, Source, Span};

/// What a lab asks of every submission.
#[derive(Clone, Debug)]
pub(super) struct Needs {
    /// The objects of the starter, and whether each has to stay: what runs, and what the core group holds. Policies,
    /// roles, accounts and shares may be replaced by others; what they do is asked.
    pub(super) objects: Vec<(Key, Span, bool)>,
}

impl Needs {
    /// The namespaces that the starter's objects are in, and those that it makes.
    fn namespaces(&self) -> BTreeSet<&str> {
        let names = self.objects.iter().map(|(key, ..)| {
            if key.kind == "Namespace" { key.name.as_str() } else { key.namespace.as_str() }
        });
        names.filter(|n| !n.is_empty()).collect()
    }

    /// Adds what a starter's file holds.
    pub(super) fn add(&mut self, tree: &Tree) {
        let need = |object: Object<'_>| {
            let replaced = matches!(object.kind(), Some("ServiceAccount" | "ResourceQuota" | "LimitRange"));
            let is_core = object.group().is_none_or(str::is_empty);
            let stays = is_core && !replaced || template_of(object).is_some();
            Some((Key::of(object)?, object.kind_span(), stays))
        };
        self.objects.extend(objects(tree).into_iter().filter_map(need));
    }
}

/// The submission as trees, or what is wrong with it.
pub(super) enum Taken {
    /// Parsed, and taken.
    Yes(Vec<Arc<Tree>>),
    /// Parsed, and refused.
    Refused(Vec<Finding>),
    /// Some file does not parse.
    Unparsed(Vec<Finding>),
}

/// Reads and judges the files of a submission.
pub(super) fn judge(files: &[(String, Arc<Source>)], needs: &Needs, world: &World) -> Taken {
    let mut trees = Vec::new();
    let mut syntax = Vec::new();
    for (_, source) in files.iter().filter(|(path, _)| is_manifest(path)) {
        let (tree, findings) = yaml::parse(source, Limits::submission());
        syntax.extend(findings.into_iter().filter(Finding::blocks).take(1));
        trees.push(Arc::new(tree));
    }
    // One finding, not a wall: what follows a syntax error is guesswork.
    if let Some(first) = syntax.into_iter().next() {
        return Taken::Unparsed(vec![first]);
    }
    let mut findings = Vec::new();
    size::check(&trees, &mut findings);
    if !findings.is_empty() {
        return Taken::Refused(findings);
    }
    let mut seen: BTreeSet<Key> = BTreeSet::new();
    for tree in &trees {
        for document in tree.documents().filter(|d| !d.is_null() && d.kind() != Kind::Map) {
            findings.push(
                Finding::error(
                    "not-an-object",
                    format!("this is {}, not a Kubernetes object", document.kind().word()),
                    document.own_span(),
                )
                .help("write a mapping with apiVersion, kind and metadata"),
            );
        }
        for object in objects(tree) {
            let known = findings.len();
            if !gatekeeper::is_ours(object) && !image::is_ours(object) && !kyverno::is_ours(object) {
                schema::check(object, &mut findings);
            }
            // What the decoder refuses is never validated.
            let decoded = findings.len() == known;
            one(object, needs, world, &mut seen, &mut findings);
            if decoded {
                policy(object, &mut findings);
                findings.extend(admission::policy::faults(object));
            }
        }
    }
    let all: Vec<_> = trees.iter().flat_map(|t| objects(t)).collect();
    findings.extend(gatekeeper::faults(&all, world));
    findings.extend(image::faults(&all));
    findings.extend(kyverno::faults(&all));
    let whole = world.with(trees.clone());
    for object in all {
        let pod = template_of(object).filter(|t| t.of_pod);
        let homeless = pod.and_then(|t| rbac::homeless(&whole, object.namespace().unwrap_or("default"), t));
        findings.extend(homeless.map(|reason| {
            Finding::error("refused", reason.text, reason.span.unwrap_or(object.kind_span()))
                .help("name a ServiceAccount of the namespace, or add it")
        }));
    }
    for (key, span, _) in needs.objects.iter().filter(|(key, _, stays)| *stays && !seen.contains(key)) {
        let at = trees.first().map_or(*span, |t| t.source().span(0, 0));
        findings.push(
            Finding::error("object-missing", format!("{key} is gone"), at)
                .help("keep the object, its name and its namespace: the lab asks about it"),
        );
    }
    if findings.is_empty() { Taken::Yes(trees) } else { Taken::Refused(findings) }
}

/// Whether a file of a lab holds Kubernetes objects.
pub(super) fn is_manifest(path: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending))
}

fn one(
    object: Object<'_>,
    needs: &Needs,
    world: &World,
    seen: &mut BTreeSet<Key>,
    findings: &mut Vec<Finding>,
) {
    if let Some(key) = Key::of(object) {
        let name = object.node.at(&["metadata", "name"]).map_or(object.kind_span(), Node::own_span);
        let own = needs.objects.iter().any(|(k, ..)| *k == key);
        let is_node = key.kind == "Node" && world.host(Some(&key.name)).is_some();
        let worlds = !own && (is_node || world.object(&key.kind, Some(&key.namespace), &key.name).is_some());
        if worlds {
            findings.push(
                Finding::error("not-yours", format!("{key} belongs to the world of this lab"), name)
                    .help("leave it out: you may not change it here"),
            );
        }
        if !worlds {
            namespace(object, &key, needs, world, findings);
        }
        // Otherwise the pods that are asked about could stand still while others, never asked about, do the work.
        if !own && !worlds && template_of(object).is_some() {
            findings.push(
                Finding::error("not-asked-for", format!("{key} is not part of this lab"), name)
                    .help("mend the workloads that are there instead of adding others"),
            );
        }
        if !seen.insert(key.clone()) {
            findings.push(
                Finding::error("object-twice", format!("{key} is there twice"), name)
                    .help("keep one of the two: the second would replace the first"),
            );
        }
    }
    if let Some(template) = template_of(object) {
        findings.extend(refusals(template).into_iter().map(|reason| {
            Finding::error("refused", reason.text, reason.span.unwrap_or(object.kind_span()))
                .help("mend it: the API server refuses the object as it stands")
        }));
        selector(object, &template.labels(), findings);
        findings.extend(object_refusals(object).into_iter().map(|reason| {
            Finding::error("refused", reason.text, reason.span.unwrap_or(object.kind_span()))
                .help("mend it: the API server refuses the object as it stands")
        }));
    }
    findings.extend(scheduling::class_refusals(object).into_iter().map(|reason| {
        Finding::error("refused", reason.text, reason.span.unwrap_or(object.kind_span()))
            .help("mend it: the API server refuses the object as it stands")
    }));
    if object.kind() == Some("Namespace") {
        findings.extend(pod_security::refusals(object).into_iter().map(|reason| {
            Finding::error("refused", reason.text, reason.span.unwrap_or(object.kind_span()))
                .help("write a value that Pod Security knows: the API server refuses the namespace")
        }));
    }
    findings.extend(rbac::refusals(object).into_iter().map(|reason| {
        Finding::error("refused", reason.text, reason.span.unwrap_or(object.kind_span()))
            .help("mend it: the API server refuses the object as it stands")
    }));
    service(object, findings);
    counts(object, findings);
}

/// An object's namespace: one that is there, and one of those that the starter's objects are in. With policies in others
/// a lab could be solved by closing the attacker's own doors.
fn namespace(object: Object<'_>, key: &Key, needs: &Needs, world: &World, findings: &mut Vec<Finding>) {
    let said = object.node.at(&["metadata", "namespace"]);
    let at =
        said.or_else(|| object.node.at(&["metadata", "name"])).map_or(object.kind_span(), Node::own_span);
    let yours = needs.namespaces();
    if key.namespace.is_empty() || yours.contains(key.namespace.as_str()) {
        return;
    }
    let list = yours.iter().copied().collect::<Vec<_>>().join(" or ");
    let default = key.namespace == "default";
    if !default && world.object("Namespace", None, &key.namespace).is_none() {
        findings.push(
            Finding::error("no-namespace", format!("there is no namespace `{}`", key.namespace), at)
                .help("use a namespace of this lab"),
        );
    } else if said.is_none() && !yours.is_empty() {
        let title = format!("{key} names no namespace, and so goes to `{}`", key.namespace);
        let finding = Finding::error("not-your-namespace", title, at);
        findings.push(finding.help(format!("say in its metadata which one it is for: {list}")));
    } else if !yours.is_empty() {
        let title = format!("the namespace `{}` is not yours to edit", key.namespace);
        let finding = Finding::error("not-your-namespace", title, at);
        findings.push(finding.help(format!("solve it in {list}: what others have stays as it is")));
    }
}

/// A network policy: its name (`ValidateNetworkPolicyName`) and what its rules hold.
fn policy(object: Object<'_>, findings: &mut Vec<Finding>) {
    if object.kind() != Some("NetworkPolicy") {
        return;
    }
    if let Some(name) = object.node.at(&["metadata", "name"])
        && !name.as_str().is_some_and(names::is_subdomain)
    {
        let title = format!("`{}` is no name of a policy", name.scalar().unwrap_or(""));
        findings.push(
            Finding::error("refused", title, name.own_span())
                .help("take small letters, digits, `-` and `.`, with a letter or digit at both ends"),
        );
    }
    if let Some(reason) = NetworkPolicy::new(object).and_then(network::refused) {
        findings.push(
            Finding::error("refused", reason.text, reason.span.unwrap_or(object.kind_span()))
                .help("mend it: the API server refuses the policy as it stands"),
        );
    }
}

/// Numbers of a workload that are never negative, and how it replaces its pods.
fn counts(object: Object<'_>, findings: &mut Vec<Finding>) {
    let refuse = |node: Node<'_>, title: String, help: &str| {
        Finding::error("refused", title, node.own_span()).help(help.to_owned())
    };
    for key in ["replicas", "minReadySeconds", "revisionHistoryLimit", "parallelism", "completions"] {
        if let Some(node) = object.node.at(&["spec", key])
            && node.as_int().is_some_and(|n| n < 0)
        {
            findings.push(refuse(node, format!("`{}` is negative", node.path()), "write a number from 0"));
        }
    }
    if let Some(node) =
        object.node.at(&["spec", "strategy", "type"]).filter(|_| object.kind() == Some("Deployment"))
        && !matches!(node.as_str(), Some("RollingUpdate" | "Recreate"))
    {
        let title = format!("`{}` cannot be `{}`", node.path(), node.scalar().unwrap_or(""));
        findings.push(refuse(node, title, "write RollingUpdate or Recreate"));
    }
}

/// A workload's selector must find its own pods.
fn selector(object: Object<'_>, labels: &[(&str, &str)], findings: &mut Vec<Finding>) {
    let kind = object.kind().unwrap_or("");
    if kind == "Pod" || !WORKLOAD_KINDS.iter().any(|(k, _)| *k == kind) {
        return;
    }
    let Some(wanted) = object.node.at(&["spec", "selector", "matchLabels"]) else { return };
    for entry in wanted.entries() {
        let pair = (entry.key.scalar().unwrap_or(""), entry.value.as_str().unwrap_or(""));
        if !labels.contains(&pair) {
            findings.push(
                Finding::error(
                    "selector-misses",
                    format!("the selector of {kind} misses its own pods"),
                    entry.key.own_span(),
                )
                .detail(format!("the template has no label `{}: {}`", pair.0, pair.1))
                .help("give selector and template the same labels"),
            );
        }
    }
}

/// Ports of a Service: at least one, between 1 and 65535, named where there are several.
fn service(object: Object<'_>, findings: &mut Vec<Finding>) {
    if object.kind() != Some("Service") {
        return;
    }
    let Some(spec) = object.node.get("spec") else { return };
    let ports: Vec<_> = spec.get("ports").map(|p| p.items().collect()).unwrap_or_default();
    let headless = spec.get("clusterIP").and_then(Node::as_str) == Some("None");
    let external = spec.get("type").and_then(Node::as_str) == Some("ExternalName");
    if ports.is_empty() && !headless && !external {
        findings.push(
            Finding::error("refused", "the Service has no port", spec.missing("ports").span)
                .help("add `ports`"),
        );
    }
    for port in &ports {
        for key in ["port", "targetPort", "nodePort"] {
            if let Some(node) = port.get(key)
                && node.as_int().is_some_and(|n| !(1..=65_535).contains(&n))
            {
                findings.push(
                    Finding::error(
                        "refused",
                        format!("`{}` is not between 1 and 65535", node.path()),
                        node.own_span(),
                    )
                    .help("write a port"),
                );
            }
        }
        if ports.len() > 1 && port.get("name").is_none() {
            findings.push(
                Finding::error(
                    "refused",
                    "a Service with several ports names each",
                    port.missing("name").span,
                )
                .help("add `name` to the port"),
            );
        }
    }
}
