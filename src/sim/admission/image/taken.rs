//! What the engines' own webhooks and CRDs refuse of a policy, before it is ever asked.
//!
//! policy-controller `pkg/apis/policy/v1beta1/clusterimagepolicy_validation.go`; kyverno/api
//! `api/policies.kyverno.io/v1beta1/imagevalidating_policy.go` and Kyverno's compiler.

use super::kyverno::Definition;
use super::{glob, predicate};
use crate::model::image_policy::{self, ClusterImagePolicy};
use crate::model::image_policy_kyverno::ImageValidatingPolicy;
use crate::model::{Object, keys, value};
use crate::parse::{Kind, Node};
use crate::sim::cel::go_pattern;
use crate::text::{Finding, Span};

/// Whether an object is of a kind that is judged here.
pub fn is_ours(object: Object<'_>) -> bool {
    object.group() == Some(image_policy::GROUP) || ImageValidatingPolicy::new(object).is_some()
}

/// What is wrong with the policies among these objects.
pub fn faults(objects: &[Object<'_>]) -> Vec<Finding> {
    let mut reader = Reader::default();
    for object in objects.iter().copied().filter(|o| is_ours(*o)) {
        if object.name().is_none_or(str::is_empty) {
            reader.say(object.node.missing("metadata").span, "metadata.name is missing", "name the object");
        }
        reader.only(object.node, &["apiVersion", "kind", "metadata", "spec", "status"]);
        if let Some(policy) = ClusterImagePolicy::new(object) {
            reader.sigstore(policy);
        } else if let Some(policy) = ImageValidatingPolicy::new(object) {
            reader.kyverno(policy);
        } else {
            let title = format!("{} is not one that this lab takes", object.title());
            reader.say(object.kind_span(), &title, "leave it out: nothing here knows what it would do");
        }
    }
    reader.findings
}

/// The fields of each mapping, by its path; a star stands for the items of a list.
const SIGSTORE: &[(&str, &[&str])] = &[
    ("spec", &["images", "authorities", "policy", "mode", "match"]),
    ("spec.images.*", &["glob"]),
    ("spec.match.*", &["group", "version", "resource", "selector"]),
    (
        "spec.authorities.*",
        &[
            "name",
            "key",
            "keyless",
            "static",
            "source",
            "ctlog",
            "attestations",
            "rfc3161timestamp",
            "signatureFormat",
        ],
    ),
    ("spec.authorities.*.key", &["secretRef", "data", "kms", "hashAlgorithm"]),
    ("spec.authorities.*.keyless", &["url", "identities", "ca-cert", "trustRootRef", "insecureIgnoreSCT"]),
    ("spec.authorities.*.keyless.identities.*", IDENTITY),
    ("spec.authorities.*.static", &["action", "message"]),
    ("spec.authorities.*.ctlog", &["url", "trustRootRef"]),
    ("spec.authorities.*.attestations.*", &["name", "predicateType", "policy"]),
    ("spec.authorities.*.attestations.*.policy", &["type", "data", "remote", "configMapRef"]),
];

const IDENTITY: &[&str] = &["issuer", "issuerRegExp", "subject", "subjectRegExp"];

const KYVERNO: &[(&str, &[&str])] = &[
    (
        "spec",
        &[
            "matchConstraints",
            "failurePolicy",
            "auditAnnotations",
            "validationActions",
            "matchConditions",
            "variables",
            "validationConfigurations",
            "matchImageReferences",
            "credentials",
            "images",
            "attestors",
            "attestations",
            "validations",
            "webhookConfiguration",
            "evaluation",
            "autogen",
        ],
    ),
    (
        "spec.matchConstraints",
        &["resourceRules", "excludeResourceRules", "namespaceSelector", "objectSelector", "matchPolicy"],
    ),
    (
        "spec.matchConstraints.resourceRules.*",
        &["apiGroups", "apiVersions", "operations", "resources", "resourceNames", "scope"],
    ),
    ("spec.validationConfigurations", &["mutateDigest", "verifyDigest", "required"]),
    ("spec.matchImageReferences.*", &["glob", "expression"]),
    ("spec.attestors.*", &["name", "cosign", "notary"]),
    (
        "spec.attestors.*.cosign",
        &["key", "keyless", "certificate", "source", "ctlog", "tuf", "annotations", "trustedRoot"],
    ),
    ("spec.attestors.*.cosign.key", &["data", "kms", "hashAlgorithm", "expression"]),
    ("spec.attestors.*.cosign.keyless", &["identities", "roots"]),
    ("spec.attestors.*.cosign.keyless.identities.*", IDENTITY),
    (
        "spec.attestors.*.cosign.ctlog",
        &["url", "rekorPubKey", "ctLogPubKey", "tsaCertChain", "insecureIgnoreTlog", "insecureIgnoreSCT"],
    ),
    ("spec.attestations.*", &["name", "intoto", "referrer"]),
    ("spec.validations.*", &["expression", "message", "messageExpression", "reason"]),
    ("spec.variables.*", &["name", "expression"]),
    ("spec.matchConditions.*", &["name", "expression"]),
    ("spec.images.*", &["name", "expression"]),
];

/// The nodes at a path with stars.
fn nodes<'t>(root: Node<'t>, path: &str) -> Vec<Node<'t>> {
    let mut out = vec![root];
    for key in path.split('.') {
        out = out
            .into_iter()
            .flat_map(|node| -> Vec<Node<'t>> {
                if key == "*" { node.items().collect() } else { node.get(key).into_iter().collect() }
            })
            .collect();
    }
    out
}

#[derive(Default)]
struct Reader {
    findings: Vec<Finding>,
}

impl Reader {
    fn say(&mut self, at: Span, title: &str, help: &str) {
        self.findings.push(Finding::error("refused", title.to_owned(), at).help(help.to_owned()));
    }

    fn only(&mut self, node: Node<'_>, known: &[&str]) {
        if node.kind() != Kind::Map {
            let title = format!("`{}` is {}, not a mapping", node.path(), node.kind().word());
            return self.say(node.own_span(), &title, "write a mapping");
        }
        self.findings.extend(keys::unknown(node, known));
    }

    fn fields(&mut self, object: Object<'_>, table: &[(&str, &[&str])]) {
        for (path, known) in table {
            for node in nodes(object.node, path) {
                self.only(node, known);
            }
        }
    }

    fn version(&mut self, object: Object<'_>, versions: &[&str]) {
        let version = object.api_version().and_then(|v| v.split_once('/')).map_or("", |(_, v)| v);
        if !versions.contains(&version) {
            let at = object.node.get("apiVersion").map_or(object.kind_span(), Node::own_span);
            let title = format!("there is no version `{version}` of {}", object.kind().unwrap_or(""));
            self.say(at, &title, &format!("write {}", versions[0]));
        }
    }

    /// A list that has to hold something.
    fn filled<'t>(&mut self, holder: Node<'t>, key: &str) -> Vec<Node<'t>> {
        let items: Vec<_> =
            holder.get(key).and_then(value::list).map(|l| l.items().collect()).unwrap_or_default();
        if items.is_empty() {
            let at = holder.get(key).map_or_else(|| holder.place_of(key), Node::own_span);
            self.say(at, &format!("`{key}` is missing, or empty"), &format!("add an item to `{key}`"));
        }
        items
    }

    /// A text among others.
    fn word(&mut self, holder: Node<'_>, key: &str, words: &[&str]) {
        if let Some(node) = holder.get(key)
            && !value::string(node).is_some_and(|w| words.contains(&w))
        {
            let title = format!("`{}` cannot be `{}`", node.path(), node.scalar().unwrap_or(""));
            self.say(node.own_span(), &title, &format!("write {}", words.join(" or ")));
        }
    }

    fn identities(&mut self, keyless: Node<'_>, names_both: bool) {
        for identity in self.filled(keyless, "identities") {
            for (plain, pattern) in [("issuer", "issuerRegExp"), ("subject", "subjectRegExp")] {
                let set = |key: &str| identity.get(key).is_some_and(|n| value::string(n) != Some(""));
                match (set(plain), set(pattern)) {
                    (true, true) if names_both => {
                        let at = identity.get(pattern).map_or(identity.own_span(), Node::own_span);
                        self.say(
                            at,
                            &format!("`{plain}` and `{pattern}` exclude each other"),
                            "keep one of the two",
                        );
                    }
                    (false, false) if names_both => {
                        let title = format!("an identity without `{plain}` and `{pattern}` is anybody's");
                        self.say(identity.place_of(plain), &title, &format!("add `{plain}` or `{pattern}`"));
                    }
                    _ => {}
                }
                if let Some((node, Err(error))) =
                    identity.get(pattern).and_then(|n| Some((n, go_pattern(n.as_str()?))))
                    && !error.contains("not modelled")
                {
                    self.say(node.own_span(), &error, "write a pattern that Go takes");
                }
            }
        }
    }

    fn key(&mut self, key: Node<'_>) {
        let sources = ["data", "kms", "secretRef"].into_iter().filter(|k| key.get(k).is_some()).count();
        if sources != 1 {
            let title = "a key has one of `data`, `kms` and `secretRef`";
            self.say(key.own_span(), title, "name one source of the key");
        }
        if let Some(data) = key.get("data")
            && !data
                .as_str()
                .is_some_and(|t| t.trim_start().starts_with("-----BEGIN") && t.contains("PUBLIC KEY-----"))
        {
            self.say(
                data.own_span(),
                "`data` is no public key in PEM",
                "paste the public key as cosign wrote it",
            );
        }
    }

    fn sigstore(&mut self, policy: ClusterImagePolicy<'_>) {
        let object = policy.object;
        self.version(object, &["v1beta1", "v1alpha1"]);
        self.fields(object, SIGSTORE);
        let Some(spec) = object.node.get("spec").and_then(value::mapping) else {
            return self.say(object.node.missing("spec").span, "`spec` is missing", "add `spec`");
        };
        for image in self.filled(spec, "images") {
            match image.get("glob").and_then(value::string).map(glob::sigstore) {
                None => self.say(image.own_span(), "an image has a `glob`", "add `glob`"),
                Some(Err(error)) => {
                    let at = image.get("glob").map_or(image.own_span(), Node::own_span);
                    self.say(at, &error, "take letters, digits, `-`, `_`, `:`, `/`, `.`, `@` and stars");
                }
                Some(Ok(_)) => {}
            }
        }
        self.word(spec, "mode", &["enforce", "warn"]);
        for rule in policy.matches() {
            let named = |key: &str| rule.get(key).and_then(value::string).is_some_and(|w| !w.is_empty());
            if named("resource") {
                self.word(
                    rule,
                    "resource",
                    &["pods", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs"],
                );
            }
            if let Some(selector) = rule.get("selector")
                && !["resource", "version", "group"].iter().any(|key| named(key))
            {
                let at = selector.key().unwrap_or(selector).own_span();
                self.say(at, "a `selector` goes with a `resource`", "say whose labels they are");
            }
        }
        for authority in self.filled(spec, "authorities") {
            self.authority(authority);
        }
        if let Some(rule) = policy.rule() {
            self.rule(rule);
        }
    }

    fn authority(&mut self, node: Node<'_>) {
        let kinds: Vec<_> =
            ["key", "keyless", "static"].into_iter().filter(|k| node.get(k).is_some()).collect();
        if kinds.is_empty() && node.get("rfc3161timestamp").is_none() {
            let title = "an authority has one of `key`, `keyless` and `static`";
            return self.say(node.own_span(), title, "say by what it goes");
        }
        if kinds.len() > 1 {
            let title = format!(
                "an authority has one of `key`, `keyless` and `static`, and this has {}",
                kinds.join(" and ")
            );
            return self.say(node.own_span(), &title, "make two authorities of it");
        }
        if let Some(fixed) = node.get("static") {
            if fixed.get("action").is_none() {
                self.say(fixed.own_span(), "`static` has an `action`", "add `action`");
            }
            self.word(fixed, "action", &["pass", "fail"]);
            for other in ["attestations", "source", "ctlog", "rfc3161timestamp"] {
                if let Some(node) = node.get(other) {
                    let title = format!("`static` and `{other}` exclude each other");
                    self.say(node.key().unwrap_or(node).own_span(), &title, "keep one of the two");
                }
            }
        }
        node.get("key").into_iter().for_each(|key| self.key(key));
        if let Some(keyless) = node.get("keyless") {
            if keyless.get("url").is_some() && keyless.get("ca-cert").is_some() {
                self.say(keyless.own_span(), "`url` and `ca-cert` exclude each other", "keep one of the two");
            }
            self.identities(keyless, true);
        }
        self.word(node, "signatureFormat", &["legacy", "bundle"]);
        for attestation in node.get("attestations").into_iter().flat_map(Node::items) {
            if attestation.get("name").and_then(value::string).is_none_or(str::is_empty) {
                self.say(attestation.place_of("name"), "an attestation has a `name`", "name it");
            }
            match attestation.get("predicateType").map(|n| (n, value::string(n).unwrap_or(""))) {
                None => {
                    let at = attestation.place_of("predicateType");
                    self.say(at, "an attestation has a `predicateType`", "say which kind of statement");
                }
                Some((node, kind)) if !predicate::is_short(kind) && !is_uri(kind) => {
                    let title = format!("`{kind}` is no type of statement");
                    self.say(node.own_span(), &title, "write its URI, or one of cosign's short words");
                }
                Some(_) => {}
            }
            attestation.get("policy").into_iter().for_each(|rule| self.rule(rule));
        }
    }

    fn rule(&mut self, rule: Node<'_>) {
        if rule.get("type").is_none() {
            self.say(rule.place_of("type"), "a policy has a `type`", "write cue or rego");
        }
        self.word(rule, "type", &["cue", "rego"]);
        let text = rule.get("data").is_some_and(|n| value::string(n) != Some(""));
        if text == rule.get("configMapRef").is_some() {
            let title = "a policy has one of `data` and `configMapRef`";
            self.say(rule.own_span(), title, "write the policy under `data`");
        }
    }

    fn kyverno(&mut self, policy: ImageValidatingPolicy<'_>) {
        let object = policy.object;
        self.version(object, &["v1", "v1beta1", "v1alpha1"]);
        self.fields(object, KYVERNO);
        let Some(spec) = object.node.get("spec").and_then(value::mapping) else {
            return self.say(object.node.missing("spec").span, "`spec` is missing", "add `spec`");
        };
        self.word(spec, "failurePolicy", &["Fail", "Ignore"]);
        for action in policy.list("validationActions") {
            if !["Deny", "Audit", "Warn"].contains(&value::string(action).unwrap_or("")) {
                let title = format!("there is no action `{}`", action.scalar().unwrap_or(""));
                self.say(action.own_span(), &title, "write Deny, Warn or Audit");
            }
        }
        for key in ["mutateDigest", "verifyDigest", "required"] {
            if let Some(node) = spec.at(&["validationConfigurations", key])
                && value::boolean(node).is_none()
            {
                self.say(node.own_span(), &format!("`{key}` is no truth value"), "write true or false");
            }
        }
        for attestor in self.filled(spec, "attestors") {
            if attestor.get("cosign").is_some() == attestor.get("notary").is_some() {
                let title = "an attestor has one of `cosign` and `notary`";
                self.say(attestor.own_span(), title, "say by what it goes");
            }
            if let Some(keyless) = attestor.at(&["cosign", "keyless"]) {
                self.identities(keyless, false);
            }
        }
        if let Err(findings) = Definition::compile(policy) {
            self.findings.extend(findings);
        }
    }
}

/// `url.ParseRequestURI`, as far as kinds of statements need it.
fn is_uri(text: &str) -> bool {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    text.starts_with('/')
        || !scheme.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            && !text.contains(' ')
}
