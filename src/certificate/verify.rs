//! Whether bytes are a certificate as it was issued, as far as the file alone can show.
//!
//! The order is fixed and the first failure wins, so that outcomes are deterministic: size, bytes, parse, profile,
//! canonical form, version, shape, digest, claims, course.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::canonical;
use super::claims;
use super::document::{Certificate, FORMAT};
use crate::course::Manifest;

/// The largest file that is looked at: 8 MiB.
pub const MAX_BYTES: usize = 8 << 20;

/// What came out. The words of [`Outcome::word`] are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Outcome {
    /// Intact.
    #[serde(rename = "OK_INTEGRITY")]
    Intact,
    /// Not a certificate: too large, not JSON, outside the profile, a member too many or too few, a field of another form.
    #[serde(rename = "E_FORMAT")]
    Format,
    /// The bytes are not the canonical ones.
    #[serde(rename = "E_CANON")]
    Canon,
    /// The digest is not that of the content.
    #[serde(rename = "E_DIGEST")]
    Digest,
    /// A claim is untrue: totals, rule, dates, or what the course of that edition says otherwise.
    #[serde(rename = "E_CLAIM")]
    Claim,
    /// A newer format.
    #[serde(rename = "E_VERSION")]
    Version,
    /// Another course or edition than the one at hand.
    #[serde(rename = "E_EDITION")]
    Edition,
}

impl Outcome {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Intact => "OK_INTEGRITY",
            Self::Format => "E_FORMAT",
            Self::Canon => "E_CANON",
            Self::Digest => "E_DIGEST",
            Self::Claim => "E_CLAIM",
            Self::Version => "E_VERSION",
            Self::Edition => "E_EDITION",
        }
    }

    /// The exit code: 0 it holds, 1 something is wrong, 3 it cannot be decided.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Intact => 0,
            Self::Format | Self::Canon | Self::Digest | Self::Claim => 1,
            Self::Version | Self::Edition => 3,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How much was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing.
    None,
    /// The file was neither damaged nor edited by hand.
    Integrity,
}

/// Why a certificate is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong with it.
    pub outcome: Outcome,
    /// The same for people, with the field.
    pub detail: String,
}

impl Refusal {
    fn new(outcome: Outcome, detail: impl Into<String>) -> Self {
        Self { outcome, detail: detail.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.outcome, self.detail)
    }
}

impl std::error::Error for Refusal {}

/// What a verifier knows beyond the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// The course at hand. With it, lessons, counts, rule and questions must agree, and a certificate of another
    /// course or edition cannot be decided.
    pub course: Option<KnownCourse<'a>>,
    /// The learner's own certificates. With them, what was changed can be named.
    pub stored: &'a [Certificate],
}

/// A course that a verifier knows.
#[derive(Clone, Copy, Debug)]
pub struct KnownCourse<'a> {
    /// Its manifest.
    pub manifest: &'a Manifest,
    /// The digest of its questions: [`super::bank_digest`].
    pub content_digest: &'a str,
}

/// What verifying showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// What came out.
    pub outcome: Outcome,
    /// How much was shown.
    pub level: Level,
    /// The same for people.
    pub detail: String,
    /// The certificate, where the bytes have its shape: also where it is not intact.
    #[serde(skip)]
    pub certificate: Option<Certificate>,
}

/// Verifies the bytes of a `certificate.json`.
pub fn verify(bytes: &[u8], known: Option<&Known<'_>>) -> Verification {
    let known = known.copied().unwrap_or_default();
    let certificate = match read(bytes) {
        Ok(certificate) => certificate,
        Err(Refusal { outcome, detail }) => {
            return Verification { outcome, level: Level::None, detail, certificate: None };
        }
    };
    let (outcome, level, detail) = match judge(&certificate, known) {
        Ok(detail) => (Outcome::Intact, Level::Integrity, detail),
        // What cannot be decided about a course takes nothing from the file being intact.
        Err(Refusal { outcome: Outcome::Edition, detail }) => (Outcome::Edition, Level::Integrity, detail),
        Err(Refusal { outcome, detail }) => (outcome, Level::None, detail),
    };
    Verification { outcome, level, detail, certificate: Some(certificate) }
}

/// The certificate that bytes hold, its digest and its claims not looked at.
fn read(bytes: &[u8]) -> Result<Certificate, Refusal> {
    let malformed = |detail: String| Refusal::new(Outcome::Format, detail);
    if bytes.len() > MAX_BYTES {
        return Err(malformed(format!("the file has {} bytes; {MAX_BYTES} is the most", bytes.len())));
    }
    if bytes.is_empty() {
        return Err(malformed("the file is empty".to_owned()));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(malformed(
            "the file begins with a byte order mark, which an editor put there".to_owned(),
        ));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|e| malformed(format!("the file is not UTF-8 at byte {}", e.valid_up_to() + 1)))?;
    let value =
        canonical::parse(text).map_err(|why| malformed(format!("the file is not plain JSON: {why}")))?;
    canonical::profile(&value).map_err(malformed)?;
    let wanted = canonical::canonical(&value) + "\n";
    if text != wanted {
        return Err(Refusal::new(Outcome::Canon, reformatted(text, &wanted, &value)));
    }
    version(&value)?;
    let certificate: Certificate = serde_json::from_value(value).map_err(|e| malformed(e.to_string()))?;
    claims::shape(&certificate).map_err(malformed)?;
    Ok(certificate)
}

/// Says how the bytes differ from the canonical ones, and whether what they say is still the same.
fn reformatted(text: &str, wanted: &str, value: &Value) -> String {
    let how = if text.contains('\r') {
        "its line endings were changed"
    } else if wanted.strip_suffix('\n') == Some(text) {
        "the line feed at its end is missing"
    } else if text.starts_with(wanted) {
        "something follows its end"
    } else {
        "was it re-formatted by an editor?"
    };
    let mut rest = value.clone();
    let said = rest.as_object_mut().and_then(|members| members.remove("digest"));
    let holds = said.is_some_and(|said| said == canonical::digest(&rest));
    let content = if holds {
        "its digest holds, so what it says was not changed"
    } else {
        "its digest does not hold either"
    };
    format!("the bytes are not those that were issued: {how}; {content}")
}

fn version(value: &Value) -> Result<(), Refusal> {
    let format = value.get("format").and_then(Value::as_str).unwrap_or("");
    if format == FORMAT {
        return Ok(());
    }
    let number = format.strip_prefix("sealegs-certificate/").and_then(|n| n.parse::<u32>().ok());
    Err(match number {
        Some(n) => Refusal::new(
            Outcome::Version,
            format!("the certificate has format {n}, which this version does not know; get a newer one"),
        ),
        None => Refusal::new(Outcome::Format, "the file is JSON, but not a certificate of this program"),
    })
}

/// Digest, claims and course; in the end a sentence about what was found.
fn judge(certificate: &Certificate, known: Known<'_>) -> Result<String, Refusal> {
    let computed = certificate.computed_digest();
    let claims = claims(certificate, known.course);
    let difference = difference(certificate, known.stored);
    if certificate.digest != computed {
        let mut parts = vec![if canonical::is_digest(&certificate.digest) {
            format!(
                "changed since it was issued: its content has the digest {computed}, not the one it names"
            )
        } else {
            "changed since it was issued: its digest is not sha256: and 64 digits 0-9, a-f".to_owned()
        }];
        if let Err(Refusal { outcome: Outcome::Claim, detail: claim }) = claims {
            parts.push(format!("untrue is {claim}"));
        }
        if let Some(field) = difference {
            parts.push(format!("the first field that differs from your own certificate is {field}"));
        }
        return Err(Refusal::new(Outcome::Digest, parts.join("; ")));
    }
    claims?;
    Ok(match difference {
        Some(field) => {
            format!("its digest holds, but it is not the certificate in your own store: {field} differs")
        }
        None => "its digest holds and its claims agree with each other".to_owned(),
    })
}

fn claims(certificate: &Certificate, course: Option<KnownCourse<'_>>) -> Result<(), Refusal> {
    claims::claims(certificate).map_err(|claim| Refusal::new(Outcome::Claim, claim))?;
    let Some(KnownCourse { manifest, content_digest }) = course else { return Ok(()) };
    let named = &certificate.course;
    if (named.id.as_str(), named.edition.as_str()) != (manifest.id.as_str(), manifest.edition.as_str()) {
        return Err(Refusal::new(
            Outcome::Edition,
            format!(
                "intact, but made for edition {} of {}; at hand is edition {} of {}, so lessons and questions cannot be compared",
                named.edition, named.id, manifest.edition, manifest.id
            ),
        ));
    }
    claims::agrees(certificate, manifest, content_digest).map_err(|claim| Refusal::new(Outcome::Claim, claim))
}

/// The path of the first field that differs from the stored certificate that is most like it.
fn difference(certificate: &Certificate, stored: &[Certificate]) -> Option<String> {
    let fields = certificate.fields();
    let differing = |other: &Certificate| {
        let others = other.fields();
        let longest = fields.len().max(others.len());
        let paths = (0..longest).filter(|i| fields.get(*i) != others.get(*i));
        let path = |i: usize| fields.get(i).or(others.get(i)).map(|(path, _)| path.clone());
        paths.filter_map(path).collect::<Vec<_>>()
    };
    stored.iter().map(differing).min_by_key(Vec::len).and_then(|paths| paths.into_iter().next())
}

/// What [`super::issue`] asks of a certificate before it hands it out.
pub(super) fn check(
    certificate: &Certificate,
    course: &Manifest,
    content_digest: &str,
) -> Result<(), Refusal> {
    claims::shape(certificate).map_err(|why| Refusal::new(Outcome::Format, why))?;
    canonical::profile(&certificate.value()).map_err(|why| Refusal::new(Outcome::Format, why))?;
    claims(certificate, Some(KnownCourse { manifest: course, content_digest }))
}
