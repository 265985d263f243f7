//! What one authority of a `ClusterImagePolicy` says of one image.
//!
//! policy-controller `pkg/webhook/validator.go`: `ValidatePolicy` (static, attestations, or signatures),
//! `ValidatePolicySignaturesForAuthority`, `ValidatePolicyAttestationsForAuthority`, `checkOptsFromAuthority` and
//! `rekorClientAndKeysFromAuthority` (whether the log is asked).

use serde_json::{Value as Json, json};

use super::signer::{Broken, Demand, Identity, Who};
use super::{cue, predicate, rego, signer};
use crate::model::image_policy::{Authority, Goes};
use crate::model::value;
use crate::parse::{Kind, Node};
use crate::sim::Reason;
use crate::sim::cel::ImageName;
use crate::sim::world::{Attestation, Format, Image, Signature, Signer};

/// Three answers to one question.
#[derive(Clone, Debug)]
pub enum Held {
    /// It holds; what was found, as a policy over authorities sees it.
    Yes(Reason, Json),
    /// It does not.
    No(Reason),
    /// Nobody can say here.
    Unknown(Reason),
}

/// An image whose digest is known.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'w, 's> {
    /// Its full name.
    pub name: &'s ImageName,
    /// Its digest.
    pub digest: &'s str,
    /// What the world says of it, where it does.
    pub image: Option<&'w Image>,
}

/// Asks an authority.
pub fn ask(authority: Authority<'_>, subject: Subject<'_, '_>) -> Held {
    let name = authority.name();
    let told =
        |reason: Reason| Reason { text: format!("authority `{name}`: {}", reason.text), span: reason.span };
    if let Goes::Static(node) = authority.goes() {
        let action = node.get("action").unwrap_or(node);
        return if value::string(action) == Some("pass") {
            let found = json!({ "static": true });
            Held::Yes(told(Reason::at("static, it passes every image", action.own_span())), found)
        } else {
            Held::No(told(Reason::at("static, it refuses every image", action.own_span())))
        };
    }
    for key in ["source", "rfc3161timestamp"] {
        if let Some(node) = authority.node.get(key) {
            return Held::Unknown(told(Reason::at(format!("`{key}` is not modelled"), node.own_span())));
        }
    }
    let demand = match demand(authority) {
        Ok(demand) => demand,
        Err(held) => {
            return match held {
                Held::Yes(reason, found) => Held::Yes(told(reason), found),
                Held::No(reason) => Held::No(told(reason)),
                Held::Unknown(reason) => Held::Unknown(told(reason)),
            };
        }
    };
    let Some(image) = subject.image else {
        let text = format!("the world does not say what lies beside {}", subject.name);
        return Held::Unknown(told(Reason::at(text, demand.span)));
    };
    let wanted: Vec<_> = authority.attestations().collect();
    if wanted.is_empty() {
        return match demand.met(image.signatures.iter(), subject.digest, "signature") {
            Ok(signature) => {
                let text = format!("it takes the signature by {}", signer::told(&signature.signer));
                let all = demand.all(&image.signatures, |s| s, subject.digest);
                let all: Vec<_> = all.into_iter().map(shown).collect();
                Held::Yes(told(Reason::at(text, demand.span)), json!({ "signatures": all }))
            }
            Err(reason) => {
                let others = demand.all(&image.attestations, |a| &a.signature, subject.digest);
                if demand.format == Some(Format::Bundle) && !others.is_empty() {
                    let text = "whether the bundle of an attestation counts as a signature of the image is not modelled";
                    return Held::Unknown(told(Reason::at(text, demand.span)));
                }
                Held::No(told(reason))
            }
        };
    }
    // Those that are signed as they should be; then each that is asked for has to be among them.
    let verified = demand.all(&image.attestations, |a| &a.signature, subject.digest);
    if verified.is_empty() {
        let nearest =
            demand.met(image.attestations.iter().map(|a| &a.signature), subject.digest, "attestation");
        let reason = nearest.err().unwrap_or_else(|| Reason::at("it finds no attestation", demand.span));
        return Held::No(told(reason));
    }
    let mut yes = Reason::at("it asks for no attestation", demand.span);
    let mut found = serde_json::Map::new();
    for attestation in wanted {
        match one(attestation, &verified, subject) {
            Held::Yes(reason, all) => {
                yes = reason;
                let name = attestation.get("name").and_then(value::string).unwrap_or("");
                found.insert(name.to_owned(), all);
            }
            Held::No(reason) => return Held::No(told(reason)),
            Held::Unknown(reason) => return Held::Unknown(told(reason)),
        }
    }
    Held::Yes(told(yes), json!({ "attestations": found }))
}

/// A signature as `PolicySignature` shows it. Its id is a hash that nobody can know here.
fn shown(signature: &Signature) -> Json {
    match &signature.signer {
        Signer::Key(_) => json!({}),
        Signer::Certificate { subject, issuer } => json!({ "subject": subject, "issuer": issuer }),
    }
}

/// A policy over what the authorities found: `authorityMatches`, by their names.
pub fn over(rule: Node<'_>, found: &serde_json::Map<String, Json>) -> Held {
    let unknown = |text: &str| Held::Unknown(Reason::at(text, rule.own_span()));
    let switches = ["fetchConfigFile", "includeSpec", "includeObjectMeta", "includeTypeMeta"];
    if switches.iter().any(|key| rule.get(key).and_then(value::boolean) == Some(true)) {
        return unknown("what else a policy over authorities is shown is not modelled");
    }
    let Some((data, text)) = rule.get("data").and_then(|n| Some((n, n.as_str()?))) else {
        return unknown("a policy from elsewhere is not modelled");
    };
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    if words.any(|w| w == "id" || w == "digest" || w.starts_with("github")) {
        return unknown("ids and extensions of certificates are not modelled");
    }
    match complies(rule, text, &json!({ "authorityMatches": found })) {
        Ok(Ok(())) => {
            Held::Yes(Reason::at("what its authorities found is enough", data.own_span()), Json::Null)
        }
        Ok(Err(why)) => {
            Held::No(Reason::at(format!("what its authorities found is not enough: {why}"), data.own_span()))
        }
        Err(text) => Held::Unknown(Reason::at(text, data.own_span())),
    }
}

/// Whether a document is what a policy in one of the two languages wants.
fn complies(policy: Node<'_>, text: &str, document: &Json) -> Result<Result<(), String>, String> {
    match policy.get("type").and_then(value::string) {
        Some("cue") => cue::complies(text, document),
        Some("rego") => rego::complies(text, document),
        _ => Err("such a policy is not modelled".to_owned()),
    }
}

/// What an authority demands of whoever signed; otherwise what it says without looking.
fn demand(authority: Authority<'_>) -> Result<Demand<'_>, Held> {
    let node = authority.node;
    let format = match node.get("signatureFormat").and_then(value::string) {
        None | Some("" | "legacy") => Format::Legacy,
        Some("bundle") => Format::Bundle,
        Some(other) => {
            let span = node.get("signatureFormat").map_or(node.own_span(), Node::own_span);
            return Err(Held::Unknown(Reason::at(format!("the format `{other}` is not modelled"), span)));
        }
    };
    let log = node.get("ctlog");
    if let Some(root) = log.and_then(|l| l.get("trustRootRef")) {
        return Err(Held::Unknown(Reason::at("trust roots of one's own are not modelled", root.own_span())));
    }
    let asks_log = log.is_some_and(|l| l.get("url").is_some());
    match authority.goes() {
        Goes::Key(key) => {
            let text = key.get("data").or_else(|| key.get("kms")).and_then(|n| Some((n, n.as_str()?)));
            let Some((at, text)) = text else {
                return Err(Held::Unknown(Reason::at("a key in a Secret is not modelled", key.own_span())));
            };
            if format == Format::Bundle {
                let span = node.get("signatureFormat").map_or(key.own_span(), Node::own_span);
                return Err(Held::No(Reason::at("the format bundle goes with keyless alone", span)));
            }
            // Of several keys in one text the first one counts.
            let text = signer::split(text).first().copied().unwrap_or(text);
            if key.get("hashAlgorithm").and_then(value::string).is_some_and(|h| h != "sha256") {
                return Err(Held::Unknown(Reason::at(
                    "hashes other than sha256 are not modelled",
                    key.own_span(),
                )));
            }
            Ok(Demand {
                who: Who::Key(text),
                // Without `ctlog` a key needs no log.
                logged: asks_log,
                format: Some(format),
                annotations: Vec::new(),
                span: at.own_span(),
            })
        }
        Goes::Keyless(keyless) => {
            if let Some(root) = keyless.get("trustRootRef") {
                return Err(Held::Unknown(Reason::at(
                    "trust roots of one's own are not modelled",
                    root.own_span(),
                )));
            }
            if keyless.get("ca-cert").is_some() && keyless.get("url").is_none() {
                return Err(Held::No(Reason::at(
                    "keyless without a `url` verifies nothing",
                    keyless.own_span(),
                )));
            }
            let identities = keyless.get("identities");
            let who = Identity::list(identities).map_err(|broken| match broken {
                Broken::Pattern(reason) => Held::No(reason),
                Broken::Mistyped(reason) => Held::Unknown(reason),
            })?;
            let span = identities.and_then(Node::key).or_else(|| keyless.key()).unwrap_or(keyless).own_span();
            // Without `ctlog` the public log is asked; with an empty one it is not, but for bundles.
            let logged = log.is_none() || asks_log || format == Format::Bundle;
            Ok(Demand {
                who: Who::Identities(who),
                logged,
                format: Some(format),
                annotations: Vec::new(),
                span,
            })
        }
        Goes::Timestamp(node) => {
            Err(Held::Unknown(Reason::at("time stamps are not modelled", node.own_span())))
        }
        Goes::Static(node) => Err(Held::Unknown(Reason::at("static", node.own_span()))),
        Goes::Missing => {
            Err(Held::No(Reason::at("it has neither `key`, `keyless` nor `static`", node.own_span())))
        }
    }
}

/// Whether one of the verified statements is of this kind, and says what its policy wants.
fn one(wanted: Node<'_>, verified: &[&Attestation], subject: Subject<'_, '_>) -> Held {
    let kind_node = wanted.get("predicateType").unwrap_or(wanted);
    let kind = value::string(kind_node).unwrap_or("");
    let mut of_kind = verified.iter().filter(|a| a.predicate_type == predicate::uri(kind)).peekable();
    if of_kind.peek().is_none() {
        let others: Vec<_> = verified.iter().map(|a| a.predicate_type.as_str()).collect();
        let text =
            format!("no attestation of the type {kind}, of those that it trusts: {}", others.join(", "));
        return Held::No(Reason::at(text, kind_node.own_span()));
    }
    let Some(policy) = wanted.get("policy").filter(|p| p.kind() == Kind::Map) else {
        let by = of_kind.peek().map(|a| signer::told(&a.signature.signer)).unwrap_or_default();
        let text =
            format!("it takes the attestation by {by}, and without a `policy` nobody reads what it says");
        let found = of_kind.copied().map(typed).collect();
        return Held::Yes(Reason::at(text, kind_node.own_span()), found);
    };
    let Some((data, text)) = policy.get("data").and_then(|n| Some((n, n.as_str()?))) else {
        return Held::Unknown(Reason::at("a policy from elsewhere is not modelled", policy.own_span()));
    };
    if predicate::is_narrowed(kind) {
        let text = format!("what of `{kind}` a policy sees is not modelled: write the type as a URI");
        return Held::Unknown(Reason::at(text, kind_node.own_span()));
    }
    let (mut no, mut by, mut found) = (None, None, Vec::new());
    for attestation in of_kind {
        let statement = predicate::statement(attestation, &subject.name.context(), subject.digest);
        match complies(policy, text, &statement) {
            Ok(Ok(())) => {
                by = by.or_else(|| Some(signer::told(&attestation.signature.signer)));
                found.push(typed(attestation));
            }
            Ok(Err(why)) => no = no.or(Some(why)),
            Err(unknown) => return Held::Unknown(Reason::at(unknown, data.own_span())),
        }
    }
    if let Some(by) = by {
        let says = match policy.get("type").and_then(value::string) {
            Some("cue") => "which does not contradict the policy (CUE fills in what it lacks)",
            _ => "which says what the policy wants",
        };
        let text = format!("it takes the attestation by {by}, {says}");
        return Held::Yes(Reason::at(text, data.own_span()), Json::Array(found));
    }
    let why = no.unwrap_or_default();
    Held::No(Reason::at(format!("the attestation does not say what it should: {why}"), data.own_span()))
}

/// An attestation as `PolicyAttestation` shows it.
fn typed(attestation: &Attestation) -> Json {
    let mut out = shown(&attestation.signature);
    out["predicateType"] = json!(attestation.predicate_type);
    out
}
