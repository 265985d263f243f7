//! Namespace labels to policies, and what the three modes say of an object.
//!
//! After `api/helpers.go` (`PolicyToEvaluate`) and `admission/admission.go`. Labels fail closed for enforce, open for
//! audit and warn. Enforce judges Pods only; a workload whose pods would be refused is stored, with a warning.

use super::{Evaluation, Level, LevelVersion, Version, evaluate};
use crate::model::{Object, PodTemplate, template_of};
use crate::parse::Node;
use crate::sim::{Reason, Verdict};
use crate::text::near;

/// The policy of a namespace: what each mode evaluates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Refuses pods.
    pub enforce: LevelVersion,
    /// Notes in the audit log.
    pub audit: LevelVersion,
    /// Warns the user.
    pub warn: LevelVersion,
}

impl Default for Policy {
    fn default() -> Self {
        let open = LevelVersion::new(Level::Privileged, Version::Latest);
        Self { enforce: open, audit: open, warn: open }
    }
}

/// A label that says nothing the plugin knows. Creating a namespace with such a label is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelError {
    /// The label.
    pub label: String,
    /// Its value.
    pub value: String,
    /// What it must be.
    pub wanted: &'static str,
}

const PREFIX: &str = "pod-security.kubernetes.io/";

/// What a namespace does with what a level refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Refuses it.
    Enforce,
    /// Notes it in the audit log.
    Audit,
    /// Tells whoever asked.
    Warn,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Enforce, Self::Audit, Self::Warn];

    /// Its word in labels.
    pub fn word(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Audit => "audit",
            Self::Warn => "warn",
        }
    }

    /// The label with its level.
    pub fn label(self) -> String {
        format!("{PREFIX}{}", self.word())
    }

    /// The label with its version.
    pub fn version_label(self) -> String {
        format!("{PREFIX}{}-version", self.word())
    }
}

/// Keys of labels, and of annotations, that look like Pod Security's and are none, each with the nearest one that is.
pub fn strangers(namespace: Object<'_>) -> Vec<(Node<'_>, String)> {
    let known: Vec<String> = Mode::ALL.into_iter().flat_map(|m| [m.label(), m.version_label()]).collect();
    let metadata = namespace.metadata();
    let mut out = Vec::new();
    for holder in ["labels", "annotations"] {
        for entry in metadata.and_then(|m| m.get(holder)).map(Node::entries).unwrap_or_default() {
            let Some(key) = entry.key.scalar() else { continue };
            let is_one = holder == "labels" && known.iter().any(|k| k == key);
            if is_one || !is_meant(key) {
                continue;
            }
            let nearest = near::nearest(key, known.iter().map(String::as_str)).unwrap_or(&known[0]);
            out.push((entry.key, nearest.to_owned()));
        }
    }
    out
}

/// Whether a key speaks of Pod Security: in its domain, or in one that is nearly that. Other domains' keys are their own,
/// `security.openshift.io/scc.podSecurityLabelSync` among them.
fn is_meant(key: &str) -> bool {
    let (domain, name) = key.split_once('/').unwrap_or((key, ""));
    let domain = domain.to_ascii_lowercase();
    if domain == PREFIX.trim_end_matches('/') {
        return true;
    }
    let words = Mode::ALL.into_iter().flat_map(|m| [m.word().to_owned(), format!("{}-version", m.word())]);
    let names_a_mode = || words.clone().any(|word| near::nearest(name, [word.as_str()]).is_some());
    let letters: String = domain.chars().filter(char::is_ascii_alphabetic).collect();
    let near =
        letters.contains("podsecurity") || near::nearest(&domain, [PREFIX.trim_end_matches('/')]).is_some();
    // Without a slash the mode may stand in the name itself.
    near && domain.len() >= "pod-security".len() && (names_a_mode() || !key.contains('/'))
}

/// Why the API server refuses to store a namespace: a label's value that the plugin does not know.
pub fn refusals(namespace: Object<'_>) -> Vec<Reason> {
    let (_, errors) = Policy::of_labels(&namespace.labels(), Policy::default());
    let told = errors.into_iter().map(|e| {
        let at = namespace.label(&e.label).map_or(namespace.kind_span(), Node::own_span);
        Reason::at(format!("`{}` cannot be `{}`: it {}", e.label, e.value, e.wanted), at)
    });
    told.collect()
}

impl Policy {
    /// What a mode evaluates.
    pub fn of(&self, mode: Mode) -> LevelVersion {
        match mode {
            Mode::Enforce => self.enforce,
            Mode::Audit => self.audit,
            Mode::Warn => self.warn,
        }
    }

    /// The policy that a namespace's labels give, over the cluster's `defaults`.
    pub fn of_labels(labels: &[(&str, &str)], defaults: Policy) -> (Self, Vec<LabelError>) {
        let mut policy = defaults;
        let mut errors = Vec::new();
        let mut level = |mode: Mode, slot: &mut Level, otherwise: Level| {
            let label = mode.label();
            let value = find(labels, &label)?;
            let parsed = Level::from_word(value);
            if parsed.is_none() {
                let wanted = "must be one of privileged, baseline, restricted";
                errors.push(LabelError { label, value: value.to_owned(), wanted });
            }
            *slot = parsed.unwrap_or(otherwise);
            Some(parsed.is_some())
        };
        let enforced = level(Mode::Enforce, &mut policy.enforce.level, Level::Restricted) == Some(true);
        level(Mode::Audit, &mut policy.audit.level, Level::Privileged);
        let warned = level(Mode::Warn, &mut policy.warn.level, Level::Privileged).is_some();
        let mut version = |mode: Mode, slot: &mut Version| {
            let label = mode.version_label();
            let Some(value) = find(labels, &label) else { return false };
            let parsed = Version::parse(value);
            if parsed.is_none() {
                let wanted = "must be \"latest\" or \"v1.x\"";
                errors.push(LabelError { label, value: value.to_owned(), wanted });
            }
            *slot = parsed.unwrap_or(Version::Latest);
            true
        };
        version(Mode::Enforce, &mut policy.enforce.version);
        version(Mode::Audit, &mut policy.audit.version);
        let warn_version = version(Mode::Warn, &mut policy.warn.version);
        // A valid enforce level that is stricter than the default warning warns as well.
        if enforced && !warned && policy.enforce.level > policy.warn.level {
            policy.warn.level = policy.enforce.level;
            if !warn_version {
                policy.warn.version = policy.enforce.version;
            }
        }
        (policy, errors)
    }
}

/// What a level says of a pod in a cluster of this minor version: `latest`, and what is newer, are that one.
pub fn evaluate_at(by: LevelVersion, newest: u32, template: PodTemplate<'_>) -> Evaluation {
    evaluate(by.level, Version::Minor(by.version.minor().min(newest)), template)
}

fn find<'a>(labels: &[(&str, &'a str)], key: &str) -> Option<&'a str> {
    labels.iter().find(|(k, _)| *k == key).map(|(_, value)| *value)
}

/// What the plugin says of one object: each mode that ran, with what it evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Enforce; `None` for workloads, whose pods are judged when they are created.
    pub enforce: Option<(LevelVersion, Evaluation)>,
    /// Audit.
    pub audit: (LevelVersion, Evaluation),
    /// Warn; `None` where enforce refuses already.
    pub warn: Option<(LevelVersion, Evaluation)>,
}

/// Reviews the creation of a Pod or a workload; `None` for objects that the plugin does not look at.
pub fn review(policy: Policy, object: Object<'_>) -> Option<Review> {
    let template = template_of(object)?;
    Some(Review::new(policy, template))
}

impl Review {
    fn new(policy: Policy, template: PodTemplate<'_>) -> Self {
        let judge = |by: LevelVersion| (by, evaluate(by.level, by.version, template));
        let enforce = template.of_pod.then(|| judge(policy.enforce));
        let refused = enforce.as_ref().is_some_and(|(_, e)| !e.allowed());
        Self { audit: judge(policy.audit), warn: (!refused).then(|| judge(policy.warn)), enforce }
    }

    /// Whether the object is stored.
    pub fn allowed(&self) -> bool {
        self.enforce.as_ref().is_none_or(|(_, e)| e.allowed())
    }

    /// The refusal: `violates PodSecurity "restricted:latest": …`.
    pub fn denial(&self) -> Option<String> {
        let (by, evaluation) = self.enforce.as_ref().filter(|(_, e)| !e.allowed())?;
        Some(format!("violates PodSecurity \"{by}\": {}", evaluation.message()))
    }

    /// The warning that the user sees: `would violate PodSecurity "restricted:latest": …`.
    pub fn warning(&self) -> Option<String> {
        self.warn.as_ref().and_then(would_violate)
    }

    /// The audit annotation.
    pub fn audit_annotation(&self) -> Option<String> {
        would_violate(&self.audit)
    }

    /// The answer with its reasons: every place that a failing enforce check points at.
    pub fn verdict(&self) -> Verdict {
        let Some((by, evaluation)) = &self.enforce else {
            return Verdict::allowed(Reason::fact(
                "pod security enforces on pods, not on the workloads that make them",
            ));
        };
        let mut reasons = evaluation.violations.iter().flat_map(|violation| {
            let text = format!("{by} refuses {}", violation.message());
            violation.places.iter().map(move |place| Reason::at(text.clone(), place.span))
        });
        match reasons.next() {
            None => Verdict::allowed(Reason::fact(format!("no check of {by} fails"))),
            Some(first) => {
                let verdict = reasons.fold(Verdict::denied(first), Verdict::and);
                match self.denial() {
                    Some(line) => verdict.evidence(line),
                    None => verdict,
                }
            }
        }
    }
}

fn would_violate((by, evaluation): &(LevelVersion, Evaluation)) -> Option<String> {
    (!evaluation.allowed()).then(|| format!("would violate PodSecurity \"{by}\": {}", evaluation.message()))
}
