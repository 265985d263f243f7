//! Does a signature satisfy what a policy demands of its signer? One rule for every engine, since each calls cosign.
//!
//! sigstore/cosign `pkg/cosign/verify.go`: `verifyInternal` (claims, then the certificate, then the log, then whether the
//! certificate was still good), `CheckCertificatePolicy` and `validateCertIdentity` (identities), `SimpleClaimVerifier`.

use regex::Regex;

use crate::parse::Node;
use crate::sim::Reason;
use crate::sim::cel::{go_pattern, pattern_weight};
use crate::sim::world::{Format, Signature, Signer};
use crate::text::Span;

/// The largest pattern of an identity, and the most identities of an authority.
const LARGEST: usize = 400;
const MOST: usize = 200;

/// What a class of Unicode takes, in letters: each is hundreds of ranges.
const CLASS: usize = 20;

/// How large a pattern is with its repetitions written out, where each part of it may be a class of Unicode.
fn weight(pattern: &str) -> usize {
    let classes = pattern.contains("\\p") || pattern.contains("\\P");
    pattern_weight(pattern).saturating_mul(if classes { CLASS } else { 1 })
}

/// A text that has to be met.
#[derive(Clone, Debug)]
enum Wanted<'t> {
    Exactly(&'t str, Node<'t>),
    Like(Regex, Node<'t>),
}

impl<'t> Wanted<'t> {
    /// The pattern counts over the plain text.
    fn read(identity: Node<'t>, plain: &str, pattern: &str) -> Result<Option<Self>, Broken> {
        for key in [plain, pattern] {
            if let Some(node) = identity.get(key).filter(|n| n.as_str().is_none()) {
                let text =
                    format!("`{key}` is {}, not a text: what follows is not modelled", node.kind().word());
                return Err(Broken::Mistyped(Reason::at(text, node.own_span())));
            }
        }
        let text =
            |key: &str| identity.get(key).and_then(|n| Some((n, n.as_str().filter(|t| !t.is_empty())?)));
        if let Some((node, text)) = text(pattern) {
            if weight(text) > LARGEST {
                let text =
                    format!("`{pattern}` is larger than {LARGEST} letters with its repetitions written out");
                return Err(Broken::Mistyped(Reason::at(text, node.own_span())));
            }
            let regex =
                go_pattern(text).map_err(|error| Broken::Pattern(Reason::at(error, node.own_span())))?;
            return Ok(Some(Self::Like(regex, node)));
        }
        Ok(text(plain).map(|(node, text)| Self::Exactly(text, node)))
    }

    fn fits(&self, text: &str) -> bool {
        match self {
            Self::Exactly(wanted, _) => *wanted == text,
            // As Go's MatchString: anywhere in the text.
            Self::Like(regex, _) => regex.is_match(text),
        }
    }

    fn span(&self) -> Span {
        match self {
            Self::Exactly(_, node) | Self::Like(_, node) => node.own_span(),
        }
    }
}

/// Why an identity cannot be compared.
#[derive(Clone, Debug)]
pub enum Broken {
    /// A pattern that Go does not take: no signature satisfies it.
    Pattern(Reason),
    /// What the API server would not take, or an expression.
    Mistyped(Reason),
}

/// Whom a policy believes: an issuer and a subject, either of which may be left open.
#[derive(Clone, Debug)]
pub struct Identity<'t> {
    issuer: Option<Wanted<'t>>,
    subject: Option<Wanted<'t>>,
}

impl<'t> Identity<'t> {
    /// Reads `issuer`, `issuerRegExp`, `subject` and `subjectRegExp`.
    pub fn read(node: Node<'t>) -> Result<Self, Broken> {
        Ok(Self {
            issuer: Wanted::read(node, "issuer", "issuerRegExp")?,
            subject: Wanted::read(node, "subject", "subjectRegExp")?,
        })
    }

    /// Reads the same fields where the plain ones are wildcards, as Kyverno's old kinds have them.
    pub fn wild(node: Node<'t>) -> Result<Self, Broken> {
        let mut identity = Self::read(node)?;
        for want in [&mut identity.issuer, &mut identity.subject].into_iter().flatten() {
            if let Wanted::Exactly(text, node) = want {
                let pattern = regex::escape(text).replace("\\*", ".*").replace("\\?", ".");
                if let Ok(regex) = Regex::new(&format!("(?s)^{pattern}$")) {
                    *want = Wanted::Like(regex, *node);
                }
            }
        }
        Ok(identity)
    }

    /// Those of a list.
    pub fn list(node: Option<Node<'t>>) -> Result<Vec<Self>, Broken> {
        if let Some(node) = node.filter(|n| n.items().len() > MOST) {
            let text = format!("more than {MOST} identities are not modelled");
            return Err(Broken::Mistyped(Reason::at(text, node.own_span())));
        }
        node.into_iter().flat_map(Node::items).map(Self::read).collect()
    }
}

/// Who has to have signed.
#[derive(Clone, Debug)]
pub enum Who<'t> {
    /// A key, in PEM or by its address.
    Key(&'t str),
    /// One of these; anybody where there are none.
    Identities(Vec<Identity<'t>>),
}

/// What a policy demands of a signature.
#[derive(Clone, Debug)]
pub struct Demand<'t> {
    /// Who made it.
    pub who: Who<'t>,
    /// Whether the log has to have it.
    pub logged: bool,
    /// How it has to be stored; `None` for either.
    pub format: Option<Format>,
    /// What the signer has to have added.
    pub annotations: Vec<(&'t str, &'t str)>,
    /// Where the policy demands it.
    pub span: Span,
}

/// How near a signature came, and what is wrong with it.
#[derive(Clone, Debug)]
struct Miss {
    /// How far it came: what came farthest is the best explanation.
    reached: u8,
    reason: Reason,
}

impl Demand<'_> {
    /// The first of these signatures that satisfies it; otherwise why the one that came nearest does not.
    pub fn met<'s>(
        &self,
        signatures: impl Iterator<Item = &'s Signature>,
        digest: &str,
        what: &str,
    ) -> Result<&'s Signature, Reason> {
        let mut nearest: Option<Miss> = None;
        for signature in signatures {
            match self.miss(signature, digest, what) {
                None => return Ok(signature),
                Some(miss) if nearest.as_ref().is_none_or(|n| n.reached < miss.reached) => {
                    nearest = Some(miss);
                }
                Some(_) => {}
            }
        }
        Err(nearest
            .map_or_else(|| Reason::at(format!("there is no {what} beside it"), self.span), |n| n.reason))
    }

    /// All of these that satisfy it.
    pub fn all<'s, T>(&self, all: &'s [T], of: impl Fn(&T) -> &Signature, digest: &str) -> Vec<&'s T> {
        all.iter().filter(|one| self.miss(of(one), digest, "").is_none()).collect()
    }

    fn miss(&self, signature: &Signature, digest: &str, what: &str) -> Option<Miss> {
        let miss =
            |reached: u8, text: String, span: Span| Some(Miss { reached, reason: Reason::at(text, span) });
        if let Some(format) = self.format.filter(|f| *f != signature.format) {
            let text = format!(
                "its {what} is stored as {}, and this looks for {}",
                signature.format.word(),
                format.word()
            );
            return miss(0, text, self.span);
        }
        match (&self.who, &signature.signer) {
            (Who::Key(wanted), Signer::Key(key)) => {
                if bare(wanted) != bare(key) {
                    return miss(1, format!("its {what} was made with another key"), self.span);
                }
            }
            (Who::Key(_), Signer::Certificate { subject, .. }) => {
                return miss(
                    1,
                    format!("its {what} is by {subject}, without the key that is wanted"),
                    self.span,
                );
            }
            (Who::Identities(_), Signer::Key(_)) => {
                return miss(
                    1,
                    format!("its {what} was made with a key, and nobody vouches for a name"),
                    self.span,
                );
            }
            (Who::Identities(wanted), Signer::Certificate { subject, issuer }) => {
                if let Some((reached, text, span)) = stranger(wanted, subject, issuer, what) {
                    return miss(reached, text, span);
                }
            }
        }
        if let Some(other) = signature.of.as_deref().filter(|of| *of != digest) {
            let text = format!("its {what} is a copy: it speaks of {}, not of this digest", short(other));
            return miss(5, text, signature.span);
        }
        if self.logged && !signature.logged {
            return miss(6, format!("its {what} has no entry in the transparency log"), self.span);
        }
        if !self.logged && matches!(self.who, Who::Identities(_)) {
            let text = format!(
                "the certificate of its {what} lived for ten minutes, and without the log nobody knows that it was made in them"
            );
            return miss(6, text, self.span);
        }
        let lacks = self
            .annotations
            .iter()
            .find(|(k, v)| signature.annotations.get(*k).map(String::as_str) != Some(v));
        if let Some((key, value)) = lacks {
            return miss(7, format!("its {what} does not carry the annotation {key}={value}"), self.span);
        }
        None
    }
}

/// What keeps every identity from fitting: of those whose issuer fits, the subject.
fn stranger(wanted: &[Identity<'_>], subject: &str, issuer: &str, what: &str) -> Option<(u8, String, Span)> {
    let fits = |want: &Option<Wanted<'_>>, text: &str| want.as_ref().is_none_or(|w| w.fits(text));
    let mut out: Option<(u8, String, Span)> = None;
    for identity in wanted {
        let (by, who) = (fits(&identity.issuer, issuer), fits(&identity.subject, subject));
        let (reached, text, want) = match (by, who) {
            (true, true) => return None,
            (true, false) => (
                4,
                format!("its {what} is by {subject}, who is not the subject that is wanted"),
                &identity.subject,
            ),
            (false, true) => (
                4,
                format!("{issuer} vouches for the signer {subject}, and is not the issuer that is wanted"),
                &identity.issuer,
            ),
            (false, false) => {
                (3, format!("its {what} is by {subject}, whom {issuer} vouches for"), &identity.subject)
            }
        };
        let span = want.as_ref().map(Wanted::span);
        if let Some(span) = span
            && out.as_ref().is_none_or(|(before, ..)| *before < reached)
        {
            out = Some((reached, text, span));
        }
    }
    out
}

/// A key in PEM without its line ends.
fn bare(key: &str) -> String {
    key.split_whitespace().collect()
}

/// The keys of a text that may hold several in PEM.
pub fn split(text: &str) -> Vec<&str> {
    const END: &str = "-----END PUBLIC KEY-----";
    let keys: Vec<&str> = text.split_inclusive(END).filter(|k| k.contains(END)).collect();
    if keys.is_empty() { vec![text] } else { keys }
}

/// A signer for people.
pub fn told(signer: &Signer) -> String {
    match signer {
        Signer::Key(_) => "its key".to_owned(),
        Signer::Certificate { subject, issuer } => format!("{subject} (for whom {issuer} vouches)"),
    }
}

/// The beginning of a digest.
pub fn short(digest: &str) -> String {
    let kept: String = digest.chars().take(19).collect();
    if kept.len() < digest.len() { format!("{kept}…") } else { kept }
}
