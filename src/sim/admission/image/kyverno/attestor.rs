//! What the attestors of an `ImageValidatingPolicy` say of the images of one object, and what a policy learned from them.
//!
//! kyverno `pkg/cel/libs/imageverify/impl.go` (the functions, and what is recorded),
//! `pkg/image/verifiers/ivpol/cosign/{verifier,opts}.go` (bundles before legacy signatures; the log is asked unless
//! `ctlog` says otherwise), kyverno/sdk `extensions/imagedataloader` (`GetPayload`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value as Json;

use super::super::predicate;
use super::super::signer::{Broken, Demand, Identity, Who};
use crate::model::image_policy_kyverno::ImageValidatingPolicy;
use crate::model::value;
use crate::parse::{Node, json};
use crate::sim::Reason;
use crate::sim::cel::{ImageName, Images, Key, Outcome, Trouble, Value};
use crate::sim::world::{Format, Image};

/// What one request's policies found out: shared, since one policy may rely on what another verified.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Whether a signature or an attestation of an image was verified; a missing image was never looked at.
    verified: BTreeMap<String, bool>,
    /// Verified statements, by image and kind.
    payloads: BTreeMap<(String, String), Json>,
    /// Why attestors said no.
    pub misses: Vec<Reason>,
}

impl Ledger {
    fn record(&mut self, image: &str, good: bool) {
        *self.verified.entry(image.to_owned()).or_default() |= good;
    }

    /// `EnforceRequired`: what is wrong with an image that has to be verified.
    pub fn lacks(&self, image: &str) -> Option<String> {
        match self.verified.get(image) {
            Some(true) => None,
            Some(false) => Some(format!("image {image} failed signature or attestation verification")),
            None => Some(format!(
                "image {image} is not verified: no policy performed a signature or attestation check on it"
            )),
        }
    }
}

/// The keys that expressions give, by the names of their attestors; the error where one gives none.
pub type Keys = BTreeMap<String, Result<String, String>>;

/// What an attestor found.
#[derive(Clone, Debug)]
enum Found {
    Good,
    Bad(Reason),
    Unknown(String),
    /// Whoever asks gets an error.
    Fault(String),
}

/// One image as a policy sees it.
#[derive(Clone, Debug)]
struct Seen {
    /// Whether the policy is about it.
    matched: bool,
    /// What each attestor says of its signature.
    signatures: BTreeMap<String, Found>,
    /// By attestation and attestor; the statement where it is good.
    attestations: BTreeMap<(String, String), (Found, Option<Json>)>,
}

/// All that the functions of one policy answer.
#[derive(Debug)]
pub struct Answers {
    images: BTreeMap<String, Seen>,
    /// The kind of statement that each attestation of the policy means; `None` for what is not modelled.
    kinds: BTreeMap<String, Option<String>>,
    ledger: Arc<Mutex<Ledger>>,
}

impl Answers {
    /// Looks at each image: as the object names it, whether the policy is about it, and what the world says of it.
    pub fn of<'w>(
        policy: ImageValidatingPolicy<'_>,
        keys: &Keys,
        images: impl Iterator<Item = (String, bool, Option<&'w Image>)>,
        ledger: Arc<Mutex<Ledger>>,
    ) -> Self {
        let name = |node: &Node<'_>| node.get("name").and_then(value::string).unwrap_or("").to_owned();
        let (attestors, attestations) = (policy.list("attestors"), policy.list("attestations"));
        let kinds: BTreeMap<_, _> = attestations
            .iter()
            .map(|a| (name(a), a.at(&["intoto", "type"]).and_then(value::string).map(str::to_owned)))
            .collect();
        let mut seen = BTreeMap::new();
        for (text, matched, image) in images {
            let mut one = Seen { matched, signatures: BTreeMap::new(), attestations: BTreeMap::new() };
            for attestor in attestors.iter().filter(|_| matched) {
                let who = name(attestor);
                let demand =
                    image.ok_or_else(|| Found::Unknown(format!("the world does not say what {text} is")));
                let demand =
                    demand.and_then(|image| Ok((image, demand_of(*attestor, keys.get(&who), image)?)));
                let signature = match &demand {
                    Ok((image, demand)) => signed(image, demand, &who),
                    Err(found) => found.clone(),
                };
                one.signatures.insert(who.clone(), signature);
                for (attestation, kind) in &kinds {
                    let found = match (&demand, kind) {
                        (Ok((image, demand)), Some(kind)) => attested(image, demand, kind, &text, &who),
                        (Ok(_), None) => (
                            Found::Unknown("attestations other than in-toto are not modelled".to_owned()),
                            None,
                        ),
                        (Err(found), _) => (found.clone(), None),
                    };
                    one.attestations.insert((attestation.clone(), who.clone()), found);
                }
            }
            seen.insert(text, one);
        }
        Self { images: seen, kinds, ledger }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self, image: &str) -> Outcome<&Seen> {
        let unknown = || Trouble::Unmodelled(format!("{image}, which is not an image of the object"));
        self.images.get(image).ok_or_else(unknown)
    }

    fn count<'f>(&self, image: &str, found: impl Iterator<Item = Option<&'f Found>>) -> Outcome<Value> {
        let (mut asked, mut good) = (false, 0);
        let mut misses = Vec::new();
        for one in found {
            asked = true;
            match one {
                Some(Found::Good) => good += 1,
                Some(Found::Bad(reason)) => misses.push(reason.clone()),
                Some(Found::Unknown(text)) => return Err(Trouble::Unmodelled(text.clone())),
                Some(Found::Fault(text)) => return Err(Trouble::error(text.clone())),
                None => return Err(Trouble::error("no such attestor")),
            }
        }
        let mut ledger = self.ledger();
        for miss in misses {
            if !ledger.misses.contains(&miss) {
                ledger.misses.push(miss);
            }
        }
        if asked {
            ledger.record(image, good > 0);
        }
        Ok(Value::Int(good))
    }
}

impl Images for Answers {
    fn call(&self, name: &str, args: &[Value]) -> Outcome<Value> {
        let attestors = |value: &Value| -> Outcome<Vec<String>> {
            let Value::List(items) = value else { return Err(Trouble::overload()) };
            items.iter().map(|item| name_of(item).ok_or_else(Trouble::overload)).collect()
        };
        match (name, args) {
            ("verifyImageSignatures", [Value::Text(image), list]) => {
                let (seen, names) = (self.seen(image)?, attestors(list)?);
                if !seen.matched {
                    return Ok(Value::Int(0));
                }
                self.count(image, names.iter().map(|n| seen.signatures.get(n)))
            }
            ("verifyAttestationSignatures", [Value::Text(image), Value::Text(attestation), list]) => {
                let (seen, names) = (self.seen(image)?, attestors(list)?);
                if !seen.matched {
                    return Ok(Value::Int(0));
                }
                if !self.kinds.contains_key(attestation.as_ref()) {
                    return Err(Trouble::error(format!("attestation not found in policy: {attestation}")));
                }
                let found = |n: &String| seen.attestations.get(&(attestation.to_string(), n.clone()));
                for name in &names {
                    if let Some((Found::Good, Some(payload))) = found(name) {
                        let kind =
                            payload.get("predicateType").and_then(Json::as_str).unwrap_or("").to_owned();
                        self.ledger().payloads.insert((image.to_string(), kind), payload.clone());
                    }
                }
                self.count(image, names.iter().map(|n| found(n).map(|(found, _)| found)))
            }
            ("extractPayload", [Value::Text(image), Value::Text(attestation)]) => {
                let missing = || Trouble::error(format!("attestation not found in policy: {attestation}"));
                let kind = self.kinds.get(attestation.as_ref()).ok_or_else(missing)?;
                let Some(kind) = kind else {
                    return Err(Trouble::Unmodelled("attestations other than in-toto".to_owned()));
                };
                if predicate::is_short(kind) {
                    let text = format!("the payload of the type `{kind}`: write it as a URI");
                    return Err(Trouble::Unmodelled(text));
                }
                self.seen(image)?;
                let ledger = self.ledger();
                let payload = ledger.payloads.get(&(image.to_string(), kind.clone()));
                let payload = payload.ok_or_else(|| {
                    Trouble::error(
                        "intoto attestation payload cannot be fetch before verifying intoto attestation",
                    )
                })?;
                Ok(json::from_value(payload).root().map_or(Value::Null, Value::of))
            }
            _ => Err(Trouble::Unmodelled(format!("{name}()"))),
        }
    }
}

/// The name of an attestor, as `attestors.NAME` gives it.
fn name_of(value: &Value) -> Option<String> {
    let Value::Map(map) = value else { return None };
    match map.get(&Key::Text(Arc::from("name"))) {
        Some(Value::Text(name)) => Some(name.to_string()),
        _ => None,
    }
}

/// What an attestor demands of an image's signatures.
fn demand_of<'t>(
    attestor: Node<'t>,
    made: Option<&'t Result<String, String>>,
    image: &Image,
) -> Result<Demand<'t>, Found> {
    let unknown = |text: &str| Err(Found::Unknown(text.to_owned()));
    let Some(cosign) = attestor.get("cosign") else {
        return unknown("attestors other than cosign are not modelled");
    };
    for key in ["certificate", "source", "tuf", "trustedRoot"] {
        if cosign.get(key).is_some() {
            return unknown(&format!("`{key}` of an attestor is not modelled"));
        }
    }
    let mut logged = true;
    if let Some(log) = cosign.get("ctlog") {
        for key in ["rekorPubKey", "ctLogPubKey", "tsaCertChain"] {
            if log.get(key).is_some() {
                return unknown(&format!("`ctlog.{key}` is not modelled"));
            }
        }
        if log.get("url").and_then(value::string).is_none_or(str::is_empty) {
            return unknown("what `ctlog` without `url` does differs from release to release");
        }
        logged = log.get("insecureIgnoreTlog").and_then(value::boolean) != Some(true);
    }
    let (who, span) = if let Some(keyless) = cosign.get("keyless") {
        if keyless.get("roots").is_some() {
            return unknown("roots of one's own are not modelled");
        }
        let identities = keyless.get("identities");
        let list = Identity::list(identities).map_err(|broken| match broken {
            Broken::Pattern(reason) => Found::Bad(reason),
            Broken::Mistyped(reason) => Found::Unknown(reason.text),
        })?;
        (Who::Identities(list), identities.and_then(Node::key).unwrap_or(keyless).own_span())
    } else if let Some(key) = cosign.get("key") {
        let written = key.get("data").or_else(|| key.get("kms")).and_then(|n| Some((n, n.as_str()?)));
        // What an expression gives takes the place of what is written.
        let text = match made {
            Some(Ok(text)) => Some((key.get("expression").unwrap_or(key), text.as_str())),
            Some(Err(text)) => return Err(Found::Fault(text.clone())),
            None => written,
        };
        let Some((node, text)) = text else { return unknown("an attestor with no key is not modelled") };
        if key.get("hashAlgorithm").and_then(value::string).is_some_and(|h| h != "sha256") {
            return unknown("hashes other than sha256 are not modelled");
        }
        (Who::Key(text), node.own_span())
    } else {
        return unknown("an attestor without `key` and `keyless` is not modelled");
    };
    let annotations = cosign.get("annotations").map(Node::entries).unwrap_or_default();
    let annotations = annotations.iter().filter_map(|e| Some((e.key.scalar()?, e.value.as_str()?))).collect();
    // Where there is one bundle, bundles alone are looked at.
    let mut all = image.signatures.iter().chain(image.attestations.iter().map(|a| &a.signature));
    let format = if all.any(|s| s.format == Format::Bundle) { Format::Bundle } else { Format::Legacy };
    Ok(Demand { who, logged, format: Some(format), annotations, span })
}

fn told(who: &str, Reason { text, span }: Reason) -> Reason {
    Reason { text: format!("attestor `{who}`: {text}"), span }
}

fn signed(image: &Image, demand: &Demand<'_>, who: &str) -> Found {
    let digest = image.digest.as_deref().unwrap_or("");
    match demand.met(image.signatures.iter(), digest, "signature") {
        Ok(_) => Found::Good,
        Err(reason) => {
            let other = demand.all(&image.attestations, |a| &a.signature, digest);
            if demand.format == Some(Format::Bundle) && !other.is_empty() {
                let text = "whether a signed attestation counts as a signature of the image differs from release to release";
                return Found::Unknown(text.to_owned());
            }
            Found::Bad(told(who, reason))
        }
    }
}

fn attested(image: &Image, demand: &Demand<'_>, kind: &str, text: &str, who: &str) -> (Found, Option<Json>) {
    let digest = image.digest.as_deref().unwrap_or("");
    let verified = demand.all(&image.attestations, |a| &a.signature, digest);
    // A later statement of a kind takes an earlier one's place.
    if let Some(found) = verified.iter().rev().find(|a| a.predicate_type == predicate::uri(kind)) {
        let repository = ImageName::parse(text).map(|n| n.context()).unwrap_or_default();
        return (Found::Good, Some(predicate::statement(found, &repository, digest)));
    }
    let of_kind = image.attestations.iter().filter(|a| a.predicate_type == predicate::uri(kind));
    let reason = match demand.met(of_kind.map(|a| &a.signature), digest, "attestation") {
        Err(reason) => Reason { text: format!("{} (of the type {kind})", reason.text), span: reason.span },
        Ok(_) => Reason::at(format!("it finds no attestation of the type {kind}"), demand.span),
    };
    (Found::Bad(told(who, reason)), None)
}
