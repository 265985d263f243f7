//! What a policy of `policies.kyverno.io` says, as texts with their places.
//!
//! kyverno/api `policies.kyverno.io/v1{,beta1}`: `validating_policy.go`, `mutating_policy.go`, `generating_policy.go`.

use std::sync::Arc;

use crate::model::{Object, value};
use crate::parse::{Node, Tree, json};
use crate::text::Span;

/// The group of these policies.
pub const GROUP: &str = "policies.kyverno.io";

const VERSIONS: &[&str] = &["v1", "v1beta1", "v1alpha1"];

/// What a policy does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It refuses, or reports.
    Validating,
    /// It changes.
    Mutating,
    /// It makes.
    Generating,
}

impl Kind {
    /// The kind of a policy that is modelled here, and whether it is one of the namespaced.
    pub fn of(object: Object<'_>) -> Option<(Self, bool)> {
        let kind = object.kind().filter(|_| object.group() == Some(GROUP))?;
        let (bare, namespaced) = kind.strip_prefix("Namespaced").map_or((kind, false), |bare| (bare, true));
        Some(match bare {
            "ValidatingPolicy" => (Self::Validating, namespaced),
            "MutatingPolicy" => (Self::Mutating, namespaced),
            "GeneratingPolicy" => (Self::Generating, namespaced),
            _ => return None,
        })
    }
}

/// A text and where it stands.
#[derive(Clone, Debug)]
pub struct Text<'t> {
    /// The text; what autogen made of it, where it did.
    pub text: String,
    /// Its node in the file.
    pub node: Node<'t>,
}

/// A condition or a variable.
#[derive(Clone, Debug)]
pub struct Named<'t> {
    /// Its name.
    pub name: String,
    /// The expression.
    pub expression: Text<'t>,
}

/// One of `validations`.
#[derive(Clone, Debug)]
pub struct Validation<'t> {
    /// The expression.
    pub expression: Text<'t>,
    /// `message`.
    pub message: String,
    /// `messageExpression`.
    pub speaks: Option<Text<'t>>,
}

/// One of `mutations`.
#[derive(Clone, Debug)]
pub enum Mutation<'t> {
    /// `applyConfiguration`.
    Apply(Text<'t>),
    /// `jsonPatch`.
    Patch(Text<'t>),
}

/// One of `generate`.
#[derive(Clone, Debug)]
pub enum Generation<'t> {
    /// An expression that calls `generator.Apply`.
    Expression(Text<'t>),
    /// YAML; whether `((…))` in it is CEL.
    Template(Text<'t>, bool),
}

/// What a policy says.
#[derive(Clone, Debug)]
pub struct Spec<'t> {
    /// The policy.
    pub object: Object<'t>,
    /// What it does.
    pub kind: Kind,
    /// Its namespace, where it counts in one alone.
    pub namespace: Option<String>,
    /// `matchConstraints`, in a tree of their own; autogen puts others in their place.
    pub constraints: Option<Arc<Tree>>,
    /// `matchConditions`.
    pub conditions: Vec<Named<'t>>,
    /// `variables`.
    pub variables: Vec<Named<'t>>,
    /// `validations`.
    pub validations: Vec<Validation<'t>>,
    /// `mutations`.
    pub mutations: Vec<Mutation<'t>>,
    /// `generate`.
    pub generations: Vec<Generation<'t>>,
    /// `autogen.podControllers.controllers`, where it is there.
    pub controllers: Option<Vec<String>>,
    /// Whether Kyverno writes a `ValidatingAdmissionPolicy` in its place, which the API server asks itself; a list of
    /// controllers excludes that.
    pub handed_over: bool,
    /// Whether `failurePolicy` is Ignore.
    pub ignores: bool,
    /// Whether a failure refuses the request.
    pub denies: bool,
    /// Whether the client is told of a failure.
    pub warns: bool,
    /// Whether it is asked at admission.
    pub admission: bool,
    /// Whether it judges any JSON rather than Kubernetes' objects.
    pub json: bool,
    /// Whether a mutation may replace what is replaced as a whole.
    pub whole: bool,
}

/// What is wrong with a policy, and where.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What.
    pub text: String,
    /// Where.
    pub span: Span,
}

impl Fault {
    /// A fault at a node.
    pub fn at(node: Node<'_>, text: impl Into<String>) -> Self {
        Self { text: text.into(), span: node.own_span() }
    }
}

impl<'t> Spec<'t> {
    /// Reads a policy.
    pub fn read(object: Object<'t>) -> Result<Self, Fault> {
        let (kind, namespaced) =
            Kind::of(object).ok_or_else(|| Fault::at(object.node, "no policy that is modelled here"))?;
        let version = object.api_version().and_then(|v| v.split_once('/')).map_or("", |(_, v)| v);
        if !VERSIONS.contains(&version) {
            let text = format!("{GROUP} has no version `{version}`");
            return Err(Fault { text, span: object.kind_span() });
        }
        let spec = object.node.get("spec").and_then(value::mapping);
        let spec =
            spec.ok_or_else(|| Fault { text: "a policy needs `spec`".to_owned(), span: object.kind_span() })?;
        let given = |key: &str| spec.get(key).filter(|n| !n.is_null());
        let namespace = namespaced.then(|| object.namespace().unwrap_or("default").to_owned());
        let ignores = match given("failurePolicy").map(|n| (n, n.as_str())) {
            None | Some((_, Some("Fail"))) => false,
            Some((_, Some("Ignore"))) => true,
            Some((node, _)) => return Err(Fault::at(node, "`failurePolicy` is neither Fail nor Ignore")),
        };
        let actions = given("validationActions");
        let mut words = Vec::new();
        for node in list(actions, "validationActions")? {
            match node.as_str() {
                Some(word @ ("Audit" | "Deny" | "Warn")) => words.push(word),
                _ => return Err(Fault::at(node, "`validationActions` are Audit, Deny and Warn")),
            }
        }
        let flag = |path: &[&str]| spec.at(path).and_then(value::boolean);
        if flag(&["evaluation", "mutateExisting", "enabled"]) == Some(true)
            || given("targetMatchConstraints").is_some()
        {
            return Err(Fault::at(spec, "not modelled: a policy that changes what exists already"));
        }
        let mode = spec.at(&["evaluation", "mode"]).filter(|n| !n.is_null());
        if let Some(mode) = mode.filter(|m| !matches!(m.as_str(), Some("JSON" | "Kubernetes"))) {
            return Err(Fault::at(mode, "not modelled: a mode of evaluation other than Kubernetes and JSON"));
        }
        let controllers =
            match spec.at(&["autogen", "podControllers", "controllers"]).filter(|n| !n.is_null()) {
                None => None,
                some => Some(
                    list(some, "controllers")?.iter().filter_map(|n| n.as_str()).map(str::to_owned).collect(),
                ),
            };
        let constraints = match given("matchConstraints") {
            None => None,
            Some(node) => {
                let node = value::mapping(node)
                    .ok_or_else(|| Fault::at(node, "`matchConstraints` is not a mapping"))?;
                Some(Arc::new(json::from_value(&json::to_value(node))))
            }
        };
        let mut out = Self {
            object,
            kind,
            namespace,
            constraints,
            conditions: named(given("matchConditions"), "matchConditions")?,
            variables: named(given("variables"), "variables")?,
            validations: Vec::new(),
            mutations: Vec::new(),
            generations: Vec::new(),
            handed_over: controllers.is_none()
                && flag(&["autogen", "validatingAdmissionPolicy", "enabled"]) == Some(true),
            controllers,
            ignores,
            // `ValidationActions()`: Deny where none is given.
            denies: words.is_empty() || words.contains(&"Deny"),
            warns: words.contains(&"Warn"),
            admission: flag(&["evaluation", "admission", "enabled"]).unwrap_or(true),
            json: mode.and_then(value::string) == Some("JSON"),
            whole: flag(&["useServerSideApply"]).unwrap_or_default(),
        };
        match kind {
            Kind::Validating => out.validations = validations(given("validations"))?,
            Kind::Mutating => out.mutations = mutations(given("mutations"))?,
            Kind::Generating => out.generations = generations(given("generate"))?,
        }
        if out.validations.is_empty() && out.mutations.is_empty() && out.generations.is_empty() {
            return Err(Fault::at(
                spec,
                "the policy has no rule: no `validations`, `mutations` or `generate`",
            ));
        }
        Ok(out)
    }

    /// The same policy with each expression, message and constraint written anew.
    pub fn rewritten(&self, constraints: Arc<Tree>, rewrite: &dyn Fn(&str, Part) -> String) -> Self {
        let text = |old: &Text<'t>, part: Part| Text { text: rewrite(&old.text, part), node: old.node };
        let all = |old: &[Named<'t>], part: Part| {
            old.iter()
                .map(|n| Named { name: n.name.clone(), expression: text(&n.expression, part) })
                .collect::<Vec<_>>()
        };
        let validation = |v: &Validation<'t>| Validation {
            expression: text(&v.expression, Part::Validation),
            message: rewrite(&v.message, Part::Validation),
            speaks: v.speaks.as_ref().map(|s| text(s, Part::Validation)),
        };
        let mutation = |m: &Mutation<'t>| match m {
            Mutation::Apply(t) => Mutation::Apply(text(t, Part::Apply)),
            Mutation::Patch(t) => Mutation::Patch(text(t, Part::Patch)),
        };
        Self {
            constraints: Some(constraints),
            conditions: all(&self.conditions, Part::Condition),
            variables: all(&self.variables, Part::Variable),
            validations: self.validations.iter().map(validation).collect(),
            mutations: self.mutations.iter().map(mutation).collect(),
            ..self.clone()
        }
    }
}

/// Which part of a policy a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A match condition.
    Condition,
    /// A variable.
    Variable,
    /// An expression or message of a validation.
    Validation,
    /// An apply configuration.
    Apply,
    /// A JSON patch.
    Patch,
}

fn list<'t>(node: Option<Node<'t>>, key: &str) -> Result<Vec<Node<'t>>, Fault> {
    match node {
        None => Ok(Vec::new()),
        Some(node) => value::list(node)
            .map(|l| l.items().collect())
            .ok_or_else(|| Fault::at(node, format!("`{key}` is no list"))),
    }
}

fn text<'t>(node: Node<'t>, key: &str) -> Result<Text<'t>, Fault> {
    let found = node.get(key).and_then(|n| Some((n, value::string(n).filter(|t| !t.trim().is_empty())?)));
    match found {
        Some((node, text)) => Ok(Text { text: text.to_owned(), node }),
        None => Err(Fault { text: format!("`{key}` is missing, or no text"), span: node.missing(key).span }),
    }
}

fn named<'t>(node: Option<Node<'t>>, key: &str) -> Result<Vec<Named<'t>>, Fault> {
    let one = |node: &Node<'t>| {
        Ok(Named { name: text(*node, "name")?.text, expression: text(*node, "expression")? })
    };
    list(node, key)?.iter().map(one).collect()
}

fn validations(node: Option<Node<'_>>) -> Result<Vec<Validation<'_>>, Fault> {
    let mut out = Vec::new();
    for node in list(node, "validations")? {
        let spoken = node.get("messageExpression").and_then(value::string).is_some_and(|t| !t.is_empty());
        out.push(Validation {
            expression: text(node, "expression")?,
            message: node.get("message").and_then(value::string).unwrap_or_default().to_owned(),
            speaks: if spoken { Some(text(node, "messageExpression")?) } else { None },
        });
    }
    Ok(out)
}

fn mutations(node: Option<Node<'_>>) -> Result<Vec<Mutation<'_>>, Fault> {
    let mut out = Vec::new();
    for node in list(node, "mutations")? {
        let inner = |key: &str| {
            let inner = node.get(key).filter(|n| !n.is_null());
            inner.ok_or_else(|| Fault {
                text: format!("a mutation of this `patchType` needs `{key}`"),
                span: node.missing(key).span,
            })
        };
        out.push(match node.get("patchType").and_then(value::string) {
            Some("ApplyConfiguration") => Mutation::Apply(text(inner("applyConfiguration")?, "expression")?),
            Some("JSONPatch") => Mutation::Patch(text(inner("jsonPatch")?, "expression")?),
            _ => return Err(Fault::at(node, "`patchType` is ApplyConfiguration or JSONPatch")),
        });
    }
    Ok(out)
}

fn generations(node: Option<Node<'_>>) -> Result<Vec<Generation<'_>>, Fault> {
    let mut out = Vec::new();
    for node in list(node, "generate")? {
        out.push(match node.get("template").filter(|n| !n.is_null()) {
            None => Generation::Expression(text(node, "expression")?),
            Some(template) => {
                let cel = template.get("interpolate").and_then(value::string) == Some("cel");
                Generation::Template(text(template, "value")?, cel)
            }
        });
    }
    Ok(out)
}
