//! `verifyImages` of a rule of Kyverno's old kinds, asked about one object.
//!
//! kyverno `pkg/engine/internal/imageverifier.go` (`Verify`, `verifyAttestorSet`, `ExpandStaticKeys`,
//! `handleMutateDigest`), `api/kyverno/v1/image_verification_types.go` (what is unset), `pkg/cosign/cosign.go` (subject and
//! issuer are wildcards, the log is asked unless `ignoreTlog`). Of what an update leaves as it was, the note of the first time
//! is read (`HasChanged`; `pkg/engine/handlers/validation/validate_image.go`). Conditions over attestations need the rule's
//! context, and are not modelled here; nor are Notary, bundles, certificates, and keys in Secrets.

use serde_json::Value;

use super::registry::Registry;
use super::signer::{Broken, Demand, Identity, Who};
use super::used::{Used, used};
use super::{predicate, signer};
use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::Reason;
use crate::sim::admission::wildcard;
use crate::sim::cel::ImageName;
use crate::sim::world::{Format, Image, Signature};

/// How deep sets of attestors may stand in each other.
const DEPTH: usize = 8;
/// The annotation in which Kyverno notes what it verified.
const NOTE: &str = "kyverno.io/verify-images";

/// What a rule says of one image.
#[derive(Clone, Debug)]
pub struct ImageSays {
    /// The field: `spec.containers[0].image`.
    pub field: String,
    /// The image, with registry and tag.
    pub image: String,
    /// Whether it holds.
    pub passes: bool,
    /// The message of the rule's result.
    pub message: String,
    /// What the field holds after `mutateDigest`, where that changes it.
    pub pinned: Option<String>,
    /// Why, at its place.
    pub because: Reason,
}

/// Asks the `verifyImages` of a rule about the images of an object; `old` is what an update replaces. An error is what is
/// not modelled.
pub fn kyverno_rule(
    rule: Node<'_>,
    object: Object<'_>,
    old: Option<Object<'_>>,
    images: &[Image],
) -> Result<Vec<ImageSays>, String> {
    let registry = Registry::new(images);
    let note = |o: Object<'_>| o.annotation(NOTE).and_then(value::string).map(str::to_owned);
    let forged = old.is_some_and(|old| note(old) != note(object));
    let before = old.map(used).unwrap_or_default();
    let (mut out, mut unknown) = (Vec::new(), None);
    for verify in rule.get("verifyImages").into_iter().flat_map(Node::items) {
        let verify = Verify::read(verify)?;
        for image in used(object) {
            let same = |b: &Used<'_>| b.field == image.field && b.written == image.written;
            let said = match (forged, before.iter().any(same)) {
                (true, _) => verify.forged(&image),
                (false, true) => verify.remembers(&image, note(object).as_deref()),
                (false, false) => verify.ask(&image, registry),
            };
            match said {
                Ok(said) => out.extend(said),
                Err(text) => unknown = unknown.or(Some(text)),
            }
        }
    }
    // One image that does not hold decides, whatever is not known of the others.
    match unknown {
        Some(text) if out.iter().all(|s: &ImageSays| s.passes) => Err(text),
        _ => Ok(out),
    }
}

/// Whether an item of `verifyImages` is about an image.
pub(super) fn is_about(verify: Node<'_>, image: &Used<'_>) -> bool {
    full(image.written).is_ok_and(|text| Verify { node: verify }.covers(&text))
}

/// One item of `verifyImages`.
struct Verify<'t> {
    node: Node<'t>,
}

/// An image and what the registry has of it.
#[derive(Clone, Copy)]
struct Subject<'s> {
    text: &'s str,
    digest: &'s str,
    image: &'s Image,
}

impl<'t> Verify<'t> {
    fn read(node: Node<'t>) -> Result<Self, String> {
        if let Some(kind) = node.get("type").and_then(value::string).filter(|t| *t != "Cosign") {
            return Err(format!("verifyImages of the type {kind} are not modelled"));
        }
        for key in [
            "image",
            "key",
            "roots",
            "subject",
            "issuer",
            "additionalExtensions",
            "repository",
            "annotations",
            "validate",
        ] {
            if node.get(key).is_some() {
                return Err(format!("`verifyImages.{key}` is not modelled"));
            }
        }
        Ok(Self { node })
    }

    fn list(&self, key: &str) -> impl Iterator<Item = Node<'t>> {
        self.node.get(key).and_then(value::list).into_iter().flat_map(Node::items)
    }

    fn is_on(&self, key: &str) -> bool {
        self.node.get(key).and_then(value::boolean).unwrap_or(true)
    }

    fn covers(&self, text: &str) -> bool {
        let fits = |key: &str| self.list(key).any(|r| r.as_str().is_some_and(|p| wildcard::fits(p, text)));
        fits("imageReferences") && !fits("skipImageReferences")
    }

    /// The note of what was verified may not be changed.
    fn forged(&self, used: &Used<'_>) -> Result<Option<ImageSays>, String> {
        let image = full(used.written)?;
        let message = format!("{NOTE} annotation cannot be changed");
        let because = Reason::at(message.clone(), self.node.own_span());
        let field = used.field.clone();
        let says = ImageSays { field, image, passes: false, message, pinned: None, because };
        Ok(self.covers(&says.image).then_some(says))
    }

    /// What is said of an image that an update leaves as it was: by its digest, and by the note of what was verified.
    fn remembers(&self, used: &Used<'_>, note: Option<&str>) -> Result<Option<ImageSays>, String> {
        let image = full(used.written)?;
        if !self.covers(&image) {
            return Ok(None);
        }
        let at = self.node.get("imageReferences").unwrap_or(self.node).own_span();
        let (passes, message) = if self.is_on("verifyDigest") && !image.contains('@') {
            (false, format!("missing digest for {image}"))
        } else if !self.is_on("required") {
            (true, format!("{image} is as it was, and need not be verified"))
        } else {
            let text = note.ok_or_else(|| format!("nothing says whether {image} was verified: it is as it was, and the annotation {NOTE} is missing"))?;
            let noted = serde_json::from_str::<Value>(text).ok();
            match noted.as_ref().and_then(|n| n.get(&image)) {
                Some(Value::Bool(true)) => (true, format!("{image} was verified before")),
                Some(Value::String(word)) if ["pass", "skip"].contains(&word.as_str()) => {
                    (true, format!("{image} was verified before"))
                }
                _ => (false, format!("unverified image {image}")),
            }
        };
        let because = Reason::at(message.clone(), at);
        Ok(Some(ImageSays { field: used.field.clone(), image, passes, message, pinned: None, because }))
    }

    fn ask(&self, used: &Used<'_>, registry: Registry<'_>) -> Result<Option<ImageSays>, String> {
        let text = full(used.written)?;
        if !self.covers(&text) {
            return Ok(None);
        }
        let name = ImageName::parse(&text)?;
        let image = registry.find(&name).ok_or_else(|| format!("the world does not say what {text} is"))?;
        let digest = image.digest.as_deref().ok_or_else(|| format!("the world gives {text} no digest"))?;
        let subject = Subject { text: &text, digest, image };
        let pinned =
            (self.is_on("mutateDigest") && name.digest().is_none()).then(|| format!("{text}@{digest}"));
        let says = |passes: bool, message: String, because: Reason| ImageSays {
            field: used.field.clone(),
            image: text.clone(),
            passes,
            message,
            pinned: pinned.clone(),
            because,
        };
        if self.list("attestors").next().is_none() && self.list("attestations").next().is_none() {
            return Err("verifyImages without attestors and attestations is not modelled".to_owned());
        }
        if let Some((path, why)) = self.refuses(subject)? {
            let message = format!("failed to verify image {text}: {path}: {}", why.text);
            return Ok(Some(says(false, message, why)));
        }
        let at = self.node.get("imageReferences").unwrap_or(self.node).own_span();
        if self.is_on("verifyDigest") && pinned.is_none() && name.digest().is_none() {
            let message = format!("missing digest for {text}");
            return Ok(Some(says(false, message.clone(), Reason::at(message, at))));
        }
        let what = if self.list("attestations").next().is_some() { "attestations" } else { "signatures" };
        let message = format!("verified image {what} for {text}");
        Ok(Some(says(true, message.clone(), Reason::at(message, at))))
    }

    /// The path of what refuses, and why: every set of attestors, then every attestation.
    fn refuses(&self, subject: Subject<'_>) -> Result<Option<(String, Reason)>, String> {
        let signatures: Vec<&Signature> = subject.image.signatures.iter().collect();
        for (i, set) in self.list("attestors").enumerate() {
            let refused = set_refuses(set, &signatures, subject, &format!(".attestors[{i}]"), 0)?;
            if refused.is_some() {
                return Ok(refused);
            }
        }
        for (i, attestation) in self.list("attestations").enumerate() {
            let path = format!(".attestations[{i}]");
            if attestation.get("conditions").is_some_and(|c| c.items().len() > 0) {
                return Err(format!("`{path}.conditions` are not modelled"));
            }
            let kind = attestation.get("type").or_else(|| attestation.get("predicateType"));
            let Some((node, kind)) = kind.and_then(|n| Some((n, n.as_str()?))) else {
                let why = Reason::at("missing predicateType", attestation.own_span());
                return Ok(Some((path, why)));
            };
            let of_kind =
                subject.image.attestations.iter().filter(|a| a.predicate_type == predicate::uri(kind));
            let signatures: Vec<&Signature> = of_kind.map(|a| &a.signature).collect();
            if signatures.is_empty() {
                let text = format!("attestions not found for predicate type {kind}");
                return Ok(Some((path, Reason::at(text, node.own_span()))));
            }
            let sets: Vec<_> = attestation.get("attestors").into_iter().flat_map(Node::items).collect();
            if sets.is_empty() {
                return Err(format!("`{path}` without attestors is not modelled"));
            }
            for (j, set) in sets.into_iter().enumerate() {
                let refused = set_refuses(set, &signatures, subject, &format!("{path}.attestors[{j}]"), 0)?;
                if refused.is_some() {
                    return Ok(refused);
                }
            }
        }
        Ok(None)
    }
}

/// A set of attestors: all of them, or as many as `count` says.
fn set_refuses(
    set: Node<'_>,
    signatures: &[&Signature],
    subject: Subject<'_>,
    path: &str,
    depth: usize,
) -> Result<Option<(String, Reason)>, String> {
    if depth > DEPTH {
        return Err("attestors are nested too deeply".to_owned());
    }
    let (mut asked, mut good, mut first) = (0i64, 0i64, None);
    for (i, entry) in set.get("entries").into_iter().flat_map(Node::items).enumerate() {
        let path = format!("{path}.entries[{i}]");
        if let Some(nested) = entry.get("attestor") {
            asked += 1;
            match set_refuses(nested, signatures, subject, &format!("{path}.attestor"), depth + 1)? {
                None => good += 1,
                refused => first = first.or(refused),
            }
            continue;
        }
        for (key, demand) in demands(entry)? {
            asked += 1;
            let what = if key.is_empty() { "entry" } else { key };
            match demand.met(signatures.iter().copied(), subject.digest, "signature") {
                Ok(_) => good += 1,
                Err(why) => {
                    let text = format!("{}: {}", subject.text, why.text);
                    first = first.or(Some((format!("{path}.{what}"), Reason { text, span: why.span })));
                }
            }
        }
    }
    let wanted = set.get("count").and_then(value::integer).filter(|n| *n > 0).unwrap_or(asked);
    if asked == 0 {
        return Err(format!("`{path}` without entries is not modelled"));
    }
    Ok(if good >= wanted { None } else { first })
}

/// What an entry demands: one thing, or one for each of its keys.
fn demands(entry: Node<'_>) -> Result<Vec<(&'static str, Demand<'_>)>, String> {
    for key in ["certificates", "repository"] {
        if entry.get(key).is_some() {
            return Err(format!("`{key}` of an attestor is not modelled"));
        }
    }
    let annotations: Vec<_> = entry.get("annotations").map(Node::entries).unwrap_or_default();
    let annotations: Vec<_> =
        annotations.iter().filter_map(|e| Some((e.key.scalar()?, e.value.as_str()?))).collect();
    if annotations.iter().any(|(_, v)| v.contains(['*', '?'])) {
        return Err("patterns in annotations are not modelled".to_owned());
    }
    let logged =
        |holder: Node<'_>| holder.at(&["rekor", "ignoreTlog"]).and_then(value::boolean) != Some(true);
    let demand = |who, holder: Node<'_>, span| Demand {
        who,
        logged: logged(holder),
        format: Some(Format::Legacy),
        annotations: annotations.clone(),
        span,
    };
    if let Some(keys) = entry.get("keys") {
        if keys.get("signatureAlgorithm").and_then(value::string).is_some_and(|a| a != "sha256") {
            return Err("hashes other than sha256 are not modelled".to_owned());
        }
        let source = keys.get("publicKeys").or_else(|| keys.get("kms"));
        let Some((node, text)) = source.and_then(|n| Some((n, n.as_str()?))) else {
            return Err("keys in Secrets are not modelled".to_owned());
        };
        if text.starts_with("k8s://") {
            return Err("keys in Secrets are not modelled".to_owned());
        }
        let one = |key| ("keys", demand(Who::Key(key), keys, node.own_span()));
        return Ok(signer::split(text).into_iter().map(one).collect());
    }
    let Some(keyless) = entry.get("keyless") else {
        return Err("an attestor without keys and keyless is not modelled".to_owned());
    };
    for key in ["additionalExtensions", "roots"] {
        if keyless.get(key).is_some() {
            return Err(format!("`keyless.{key}` is not modelled"));
        }
    }
    let identity = Identity::wild(keyless).map_err(|broken| match broken {
        Broken::Pattern(reason) | Broken::Mistyped(reason) => reason.text,
    })?;
    let span = keyless.key().unwrap_or(keyless).own_span();
    Ok(vec![("keyless", demand(Who::Identities(vec![identity]), keyless, span))])
}

/// An image with registry, and with the tag or the digest that it names.
fn full(image: &str) -> Result<String, String> {
    let (base, digest) = image.split_once('@').map_or((image, None), |(b, d)| (b, Some(d)));
    let has_tag = base.rsplit('/').next().is_some_and(|last| last.contains(':'));
    let hosted =
        base.split_once('/').is_some_and(|(host, _)| host.contains(['.', ':']) || host == "localhost");
    let registry = if hosted { "" } else { "docker.io/" };
    match (digest, has_tag) {
        (Some(_), true) => Err(format!("{image}: a tag beside a digest is not modelled")),
        (Some(digest), false) => Ok(format!("{registry}{base}@{digest}")),
        (None, true) => Ok(format!("{registry}{base}")),
        (None, false) => Ok(format!("{registry}{base}:latest")),
    }
}
