//! What is asked for, and what the policies of images say of it, by how much it weighs.

use serde_json::{Value, json};

use super::used::Used;
use crate::model::{Class, Object};
use crate::sim::{Reason, Verdict};

/// What is done with the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It is made.
    Create,
    /// It replaces another, or itself.
    Update,
    /// It is taken away.
    Delete,
    /// It was made; a tag was moved since; now a node pulls. Does anything run that was not judged?
    Pull,
}

/// The operations by their words.
pub const OPERATIONS: &[(&str, Operation)] = &[
    ("create", Operation::Create),
    ("update", Operation::Update),
    ("delete", Operation::Delete),
    ("pull", Operation::Pull),
];

impl Operation {
    /// The verb that admission sees.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Create | Self::Pull => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct Asked<'t> {
    /// The object.
    pub object: Object<'t>,
    /// What it replaces; itself where nobody says.
    pub old: Object<'t>,
    /// What is done.
    pub operation: Operation,
    /// The namespace's name.
    pub namespace: String,
    /// The namespace's object.
    pub home: Option<Object<'t>>,
    /// Whether nobody says who sends it: what reads that is not judged.
    pub unnamed: bool,
    /// Whether it is `pods/ephemeralcontainers` that is written, as by `kubectl debug`.
    pub ephemeral: bool,
}

impl Asked<'_> {
    /// Whether the API server keeps what a webhook writes into this image: of a write to `pods/ephemeralcontainers`, the
    /// ephemeral containers alone. kubernetes `pkg/registry/core/pod/strategy.go` (`dropNonEphemeralContainerUpdates`).
    pub fn keeps(&self, image: &Used<'_>) -> bool {
        !self.ephemeral || image.container.class == Class::Ephemeral
    }
}

/// Whether a question with this `subresource` is about ephemeral containers.
pub fn is_ephemeral(word: Option<&str>, operation: Operation, kind: &str) -> Result<bool, String> {
    match word {
        None | Some("") => Ok(false),
        Some("ephemeralcontainers") if operation == Operation::Update && kind.eq_ignore_ascii_case("Pod") => {
            Ok(true)
        }
        Some("ephemeralcontainers") => {
            Err("`subresource` ephemeralcontainers goes with the update of a Pod".to_owned())
        }
        Some(word) => {
            Err(format!("`subresource` cannot be {word}: images are read from ephemeralcontainers alone"))
        }
    }
}

/// The labels of a namespace. The API server gives each its name.
pub fn labels<'t>(name: &'t str, home: Option<Object<'t>>) -> Vec<(&'t str, &'t str)> {
    let mut labels = home.map(Object::labels).unwrap_or_default();
    labels.push(("kubernetes.io/metadata.name", name));
    labels
}

/// What was said.
#[derive(Clone, Debug, Default)]
pub struct Said {
    refusals: Vec<Reason>,
    /// What people read of the refusals.
    lines: Vec<String>,
    /// What webhooks say of theirs: the reason's word, where there is one, and the sentence.
    denials: Vec<(&'static str, String)>,
    /// What else helps to understand a refusal, or that there is none.
    pub later: Vec<Reason>,
    /// Found, and let through.
    pub tolerated: Vec<Reason>,
    /// Verified.
    pub passed: Vec<Reason>,
    /// Who was not asked, and why.
    pub notes: Vec<Reason>,
    /// What nobody can say here.
    pub unknown: Vec<Reason>,
    /// What the client reads though it is let in.
    pub warnings: Vec<String>,
    /// Which policies were about which image.
    named: Vec<(String, String)>,
}

impl Said {
    /// Refuses.
    pub fn refuse(&mut self, reason: Reason, line: String) {
        if !self.refusals.contains(&reason) {
            self.refusals.push(reason);
        }
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }

    /// Refuses as a webhook does.
    pub fn deny(&mut self, reason: Reason, word: &'static str, text: String) {
        let shown = if word.is_empty() { String::new() } else { format!(" ({word})") };
        self.refuse(reason, format!("Error from server{shown}: {text}"));
        if !self.denials.iter().any(|(_, known)| *known == text) {
            self.denials.push((word, text));
        }
    }

    /// Why it is refused, and in which words.
    pub fn denied(&self) -> (&[Reason], &[(&'static str, String)]) {
        (&self.refusals, &self.denials)
    }

    /// Whether anything refuses.
    pub fn refuses(&self) -> bool {
        !self.refusals.is_empty()
    }

    /// Notes that a policy is about an image.
    pub fn named(&mut self, image: &Used<'_>, policy: &str) {
        let pair = (image.field.clone(), policy.to_owned());
        if !self.named.contains(&pair) {
            self.named.push(pair);
        }
    }

    /// All of it as one answer.
    pub fn verdict(self, object: Object<'_>) -> Verdict {
        let mut refusals = self.refusals.into_iter();
        if let Some(first) = refusals.next() {
            let verdict = refusals.chain(self.later).fold(Verdict::denied(first), Verdict::and);
            return verdict.evidence(self.lines.join("\n"));
        }
        let mut unknown = self.unknown.into_iter();
        if let Some(first) = unknown.next() {
            let mut verdict = Verdict::unmodelled("");
            verdict.because = std::iter::once(first).chain(unknown).collect();
            return verdict;
        }
        let mut reasons = self.tolerated.into_iter().chain(self.passed).chain(self.notes).chain(self.later);
        let first = reasons.next().unwrap_or_else(|| {
            Reason::at(
                format!("no policy of images stands in the way of {}", object.title()),
                object.kind_span(),
            )
        });
        let verdict = reasons.fold(Verdict::allowed(first), Verdict::and);
        match self.warnings.first() {
            Some(line) => verdict.evidence(line),
            None => verdict,
        }
    }

    /// All of it for machines; an error where nobody can say.
    pub fn json(&self, images: &[Used<'_>]) -> Result<Value, String> {
        if self.refusals.is_empty() && !self.unknown.is_empty() {
            return Err(texts(&self.unknown).join("; "));
        }
        let one = |image: &Used<'_>| {
            let policies: Vec<&str> = self
                .named
                .iter()
                .filter(|(field, _)| *field == image.field)
                .map(|(_, policy)| policy.as_str())
                .collect();
            json!({
                "image": image.written,
                "digest": image.now.split_once('@').map(|(_, digest)| digest),
                "policies": policies,
            })
        };
        let because = [&self.refusals, &self.later, &self.tolerated, &self.passed, &self.notes];
        Ok(json!({
            "allowed": self.refusals.is_empty(),
            "images": images.iter().map(one).collect::<Vec<_>>(),
            "violations": texts(&self.refusals),
            "message": self.lines.join("\n"),
            "warnings": self.warnings,
            "because": because.into_iter().flat_map(|r| texts(r)).collect::<Vec<_>>(),
        }))
    }
}

fn texts(reasons: &[Reason]) -> Vec<&str> {
    reasons.iter().map(|r| r.text.as_str()).collect()
}
