//! What a file holds, and what of it nothing here can judge: said, never skipped in silence.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::{Check, Scope, World, all};
use crate::model::{Object, Subject, WORKLOAD_KINDS};
use crate::parse::{Kind, Node, Tree};
use crate::text::{Finding, Severity, Source, Span};

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
    /// Documents whose form is known and at which no check looks, by kind.
    pub unjudged: BTreeMap<String, usize>,
    /// Objects of kinds that are not known here, by kind; those without one by the empty name.
    pub unknown: BTreeMap<String, usize>,
}

impl Counts {
    /// How many documents nothing was said of.
    pub fn passed_over(&self) -> usize {
        self.unjudged.values().chain(self.unknown.values()).sum()
    }

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

/// How what is read is told of: where it comes from, and what lies beside it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'w> {
    /// Whether nobody named the file. A repository holds files of other tools, too, and that is no mistake.
    pub(super) found: bool,
    /// What was read with it.
    pub(super) world: &'w World<'w>,
}

impl Reading<'_> {
    /// What is wrong with an object that holds no pod template and is of no known subject.
    pub(super) fn unrecognised(self, object: Object<'_>, counts: &mut Counts) -> Finding {
        let Some(kind) = object.kind() else {
            *counts.unknown.entry(String::new()).or_default() += 1;
            // Whoever writes these means an object.
            let meant = ["metadata", "spec"].iter().any(|key| object.node.get(key).is_some());
            let finding =
                Finding::error("kind-missing", "document is no Kubernetes object", object.kind_span())
                    .detail("it has no kind, so nothing was checked")
                    .help("give apiVersion and kind, or leave the file out");
            return if meant { finding } else { self.perhaps_foreign(finding) };
        };
        *counts.unknown.entry(kind.to_owned()).or_default() += 1;
        let workload = WORKLOAD_KINDS.iter().find(|(k, _)| *k == kind);
        if workload.is_some_and(|(_, groups)| object.group().is_none_or(|g| groups.contains(&g))) {
            let finding =
                Finding::error("pod-spec-missing", "workload holds no pod spec", object.kind_span())
                    .detail(format!("{}: nothing was checked", object.title()));
            if self.found && self.is_kustomized() {
                let help = "it is a patch; judge what it makes: kustomize build DIR | sealegs check -";
                return as_note(finding, help);
            }
            return finding
                .help("write the pod spec where this kind has it, for most under spec.template.spec");
        }
        let version = object.api_version().unwrap_or("no apiVersion");
        let help = if object.group() == Some(KUSTOMIZE) {
            "judge what it makes: kustomize build DIR | sealegs check -"
        } else {
            "check by hand what pods it makes, or run this on those"
        };
        Finding::new("kind-unknown", Severity::Note, "kind is not known here", object.kind_span())
            .detail(format!("{} ({version}): nothing was checked", object.title()))
            .help(help)
    }

    /// A document that is no object and of no known form.
    pub(super) fn not_an_object(self, document: Node<'_>) -> Finding {
        self.perhaps_foreign(
            Finding::error("not-an-object", "document is no Kubernetes object", document.own_span())
                .detail(format!("it is {}, so nothing was checked", document.kind().word()))
                .help("give a manifest with apiVersion and kind"),
        )
    }

    /// A text of no known form.
    pub(super) fn no_subject(self, source: &Source) -> Finding {
        self.perhaps_foreign(
            Finding::error("not-recognised", "file is of no known form", source.span(0, 0))
                .detail("nothing was checked")
                .help("name it by its form (Dockerfile, NAME.yaml, hosts.toml), or leave it out"),
        )
    }

    /// What can be said of a file of documents: templates that were not rendered; `empty`: no document at all.
    pub(super) fn of_file(self, tree: &Tree, empty: bool) -> Vec<Finding> {
        let mut findings: Vec<Finding> = unrendered(tree).into_iter().collect();
        if empty && findings.is_empty() {
            let template = tree.source().text().contains("{{");
            let help = if template {
                "render the template first (helm template, kustomize build)"
            } else {
                "give a manifest with apiVersion and kind"
            };
            let finding =
                Finding::error("no-object", "file holds no Kubernetes object", tree.source().span(0, 0))
                    .detail("nothing was checked")
                    .help(help);
            findings.push(if template { finding } else { self.perhaps_foreign(finding) });
        }
        findings
    }

    /// The same as a note, where nobody named the file.
    fn perhaps_foreign(self, finding: Finding) -> Finding {
        if self.found {
            as_note(finding, "leave its path out with `exclude`, or name the file")
        } else {
            finding
        }
    }

    /// Whether a kustomization lies beside it: what it patches is no whole object.
    fn is_kustomized(self) -> bool {
        let file = |object: &Object<'_>| {
            let name = object.node.tree().source().name();
            ["kustomization.yaml", "kustomization.yml"].iter().any(|known| name.ends_with(known))
        };
        self.world.objects.iter().any(|o| o.group() == Some(KUSTOMIZE) || o.kind().is_none() && file(o))
    }
}

const KUSTOMIZE: &str = "kustomize.config.k8s.io";

fn as_note(finding: Finding, help: &'static str) -> Finding {
    Finding { severity: Severity::Note, ..finding }.help(help)
}

/// Whether any check looks at documents of this subject.
pub(super) fn is_looked_at(subject: Subject) -> bool {
    static LOOKED_AT: LazyLock<BTreeSet<Subject>> = LazyLock::new(|| {
        let documents = |check: &&'static Check| match check.rule.scope() {
            Scope::Document(subjects) => Some(subjects),
            _ => None,
        };
        all().iter().filter_map(|check| documents(&check)).flatten().copied().collect()
    });
    subject == Subject::Role || LOOKED_AT.contains(&subject)
}

/// A document whose form is known, and nothing more.
pub(super) fn unlooked(at: Span, what: &str) -> Finding {
    Finding::new("kind-unjudged", Severity::Note, "no check looks at this kind", at)
        .detail(format!("{what}: nothing was checked"))
        .help("check by hand what it says")
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
