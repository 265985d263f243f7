//! What a file holds, and what of it nothing here can judge: said, never skipped in silence.

use std::collections::BTreeMap;

use crate::model::{Object, WORKLOAD_KINDS};
use crate::parse::{Kind, Node, Tree};
use crate::text::{Finding, Severity, Source};

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Documents, empty ones left out.
    pub documents: usize,
    /// Objects, lists flattened.
    pub objects: usize,
    /// Documents of other forms that were recognised: Dockerfiles, profiles, lists of rules.
    pub others: usize,
    /// Pods and pod templates.
    pub pods: usize,
    /// Their containers, init and ephemeral ones too.
    pub containers: usize,
    /// Objects of kinds that Kubernetes has and no check here looks at, by kind.
    pub unjudged: BTreeMap<String, usize>,
    /// Objects of kinds that are not known here, by kind.
    pub unknown: BTreeMap<String, usize>,
}

impl Counts {
    /// Adds the counts of another file.
    pub fn add(&mut self, other: &Self) {
        self.documents += other.documents;
        self.objects += other.objects;
        self.others += other.others;
        self.pods += other.pods;
        self.containers += other.containers;
        for (mine, theirs) in [(&mut self.unjudged, &other.unjudged), (&mut self.unknown, &other.unknown)] {
            for (kind, count) in theirs {
                *mine.entry(kind.clone()).or_default() += count;
            }
        }
    }
}

/// What is wrong with an object that holds no pod template and is of no known subject.
pub(super) fn unrecognised(object: Object<'_>, counts: &mut Counts) -> Finding {
    let Some(kind) = object.kind() else {
        return Finding::error("kind-missing", "document is no Kubernetes object", object.kind_span())
            .detail("it has no kind, so nothing was checked")
            .help("give apiVersion and kind, or leave the file out");
    };
    let workload = WORKLOAD_KINDS.iter().find(|(k, _)| *k == kind);
    if workload.is_some_and(|(_, groups)| object.group().is_none_or(|g| groups.contains(&g))) {
        return Finding::error("pod-spec-missing", "workload holds no pod spec", object.kind_span())
            .detail(format!("{}: nothing was checked", object.title()))
            .help("write the pod spec where this kind has it, for most under spec.template.spec");
    }
    *counts.unknown.entry(kind.to_owned()).or_default() += 1;
    let version = object.api_version().unwrap_or("no apiVersion");
    Finding::new("kind-unknown", Severity::Note, "kind is not known here", object.kind_span())
        .detail(format!("{} ({version}): nothing was checked", object.title()))
        .help("check by hand what pods it makes, or run this on those")
}

/// A document that is no object and of no known form.
pub(super) fn not_an_object(document: Node<'_>) -> Finding {
    Finding::error("not-an-object", "document is no Kubernetes object", document.own_span())
        .detail(format!("it is {}, so nothing was checked", document.kind().word()))
        .help("give a manifest with apiVersion and kind")
}

/// A text of no known form.
pub(super) fn no_subject(source: &Source) -> Finding {
    Finding::error("not-recognised", "file is of no known form", source.span(0, 0))
        .detail("nothing was checked")
        .help("name it by its form (Dockerfile, NAME.yaml, hosts.toml), or leave it out")
}

/// What can be said of a file of documents: templates that were not rendered; `empty`: no document at all.
pub(super) fn of_file(tree: &Tree, empty: bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = unrendered(tree).into_iter().collect();
    if empty && findings.is_empty() {
        let help = if tree.source().text().contains("{{") {
            "render the template first (helm template, kustomize build)"
        } else {
            "give a manifest with apiVersion and kind"
        };
        findings.push(
            Finding::error("no-object", "file holds no Kubernetes object", tree.source().span(0, 0))
                .detail("nothing was checked")
                .help(help),
        );
    }
    findings
}

/// `{{ .Values.x }}` outside quotes is a YAML mapping with a mapping for a key.
fn unrendered(tree: &Tree) -> Option<Finding> {
    let text = tree.source().text();
    if !text.contains("{{") {
        return None;
    }
    let nodes = (0..tree.len()).filter_map(|id| tree.node(id as u32));
    let templated = |node: &Node<'_>| {
        let slice = tree.source().slice(node.own_span());
        node.kind() == Kind::Map && slice.starts_with("{{")
    };
    let first = nodes.filter(templated).min_by_key(|n| n.own_span().start)?;
    Some(
        Finding::error("not-rendered", "template is not rendered", first.own_span())
            .detail(
                "what stands here is decided by the template's values, so findings of this file say little",
            )
            .help("render the template first (helm template, kustomize build)"),
    )
}
