//! An `ImageValidatingPolicy` with its expressions compiled, or what is wrong with it, and where.
//!
//! kyverno `pkg/image/verification/evaluator/compiler.go` (the variables of each expression), `pkg/cel/compiler`.

use std::borrow::Cow;

use std::sync::Arc;

use regex::Regex;

use super::super::glob;
use crate::model::image_policy_kyverno::ImageValidatingPolicy;
use crate::model::value;
use crate::parse::Node;
use crate::sim::admission::kyverno::{KYVERNO, libraries};
use crate::sim::admission::policy::definition::Named;
use crate::sim::admission::policy::place_of;
use crate::sim::cel::{Budget, Machine, Program, Shape, Trouble, Ty, Value};
use crate::text::{Finding, Span};

/// One of `validations`.
#[derive(Clone, Debug)]
pub struct Validation {
    /// The expression as it is written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// The expression.
    pub program: Arc<Program>,
    /// `message`.
    pub message: Option<String>,
    /// `messageExpression`.
    pub speaks: Option<Arc<Program>>,
}

/// One of `matchImageReferences`.
#[derive(Clone, Debug)]
enum Pattern {
    Glob(Regex),
    Cel(Arc<Program>),
}

/// A policy that can be asked.
#[derive(Clone, Debug)]
pub struct Definition<'t> {
    /// The policy.
    pub policy: ImageValidatingPolicy<'t>,
    /// `matchConstraints`.
    pub rules: Node<'t>,
    /// `matchConditions`.
    pub conditions: Vec<Named>,
    /// `variables`.
    pub variables: Vec<Named>,
    /// `images`: where else an object names images.
    pub extractors: Vec<Named>,
    /// `validations`.
    pub validations: Vec<Validation>,
    /// `attestors[].cosign.key.expression`, by the attestor's name.
    pub keys: Vec<Named>,
    patterns: Vec<Pattern>,
}

impl<'t> Definition<'t> {
    /// Compiles a policy; what Kyverno would refuse in it is said in findings.
    pub fn compile(policy: ImageValidatingPolicy<'t>) -> Result<Self, Vec<Finding>> {
        let names = NAMES.iter().map(|name| ((*name).to_owned(), Ty::Dyn)).collect();
        let mut reader = Reader { names, ..Reader::default() };
        for (name, ty) in [
            ("images", Ty::Map(Ty::STRING.into(), Ty::list(Ty::STRING).into())),
            ("attestors", Ty::Map(Ty::STRING.into(), Ty::Dyn.into())),
            ("attestations", Ty::Map(Ty::STRING.into(), Ty::STRING.into())),
        ] {
            reader.names.push((name.to_owned(), ty));
        }
        reader.names.extend(libraries());
        let mut patterns = Vec::new();
        for node in policy.list("matchImageReferences") {
            if let Some(glob) = node.get("glob") {
                match glob::kyverno(glob.as_str().unwrap_or("")) {
                    Ok(regex) => patterns.push(Pattern::Glob(regex)),
                    Err(error) => reader.refuse(glob.own_span(), error),
                }
            } else if let Some(expression) = node.get("expression") {
                let names = vec![("ref".to_owned(), Ty::STRING)];
                let all = std::mem::replace(&mut reader.names, names);
                patterns.extend(reader.compile(expression, Some(&Ty::BOOL)).map(Pattern::Cel));
                reader.names = all;
            } else {
                reader.refuse(node.own_span(), "an image reference needs `glob` or `expression`");
            }
        }
        let conditions = reader.named(&policy.list("matchConditions"), Some(&Ty::BOOL));
        let extractors = reader.named(&policy.list("images"), None);
        let variables = reader.variables(&policy.list("variables"));
        let mut keys = Vec::new();
        for (name, expression) in keys_of(policy) {
            let program = reader.compile(expression, Some(&Ty::STRING));
            keys.extend(program.map(|program| Named { name: name.to_owned(), program }));
        }
        let mut validations = Vec::new();
        for node in policy.list("validations") {
            let Some(expression) = reader.text(node, "expression") else { continue };
            let speaks = node.get("messageExpression").and_then(|n| reader.compile(n, Some(&Ty::STRING)));
            let Some(program) = reader.compile(expression, Some(&Ty::BOOL)) else { continue };
            validations.push(Validation {
                text: expression.as_str().unwrap_or_default().trim().to_owned(),
                span: expression.own_span(),
                program,
                message: node.get("message").and_then(value::string).map(str::to_owned),
                speaks,
            });
        }
        let spec = policy.object.node.get("spec").unwrap_or(policy.object.node);
        if validations.is_empty() && reader.findings.is_empty() {
            reader.refuse(spec.place_of("validations"), "the policy needs `validations`");
        }
        match policy.spec("matchConstraints").and_then(value::mapping) {
            Some(rules) if reader.findings.is_empty() => {
                Ok(Self { policy, rules, conditions, variables, extractors, validations, keys, patterns })
            }
            Some(_) => Err(reader.findings),
            None => {
                reader.refuse(spec.place_of("matchConstraints"), "the policy needs `matchConstraints`");
                Err(reader.findings)
            }
        }
    }

    /// Whether the policy is about an image, by the text that the object holds. All images share a budget.
    pub fn is_about(&self, image: &str, budget: &Budget) -> Result<bool, Trouble> {
        if self.patterns.is_empty() {
            return Ok(true);
        }
        for pattern in &self.patterns {
            let fits = match pattern {
                Pattern::Glob(regex) => regex.is_match(image),
                Pattern::Cel(program) => {
                    let names = vec![("ref".to_owned(), Value::text(image))];
                    let mut machine = Machine::new(names, Vec::new()).within(budget);
                    let found = machine.run(program);
                    machine.settle(budget);
                    matches!(found?, Value::Bool(true))
                }
            };
            if fits {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether an expression names the object itself, which Kyverno rewrites for workloads.
    pub fn names_object(&self) -> bool {
        let of = |key: &str| self.policy.list(key);
        let holders = ["validations", "matchConditions", "variables", "images"].into_iter().flat_map(of);
        holders
            .flat_map(|n| [n.get("expression"), n.get("messageExpression")])
            .flatten()
            .chain(keys_of(self.policy).into_iter().map(|(_, expression)| expression))
            .any(|n| n.as_str().is_some_and(|text| text.to_ascii_lowercase().contains("object")))
    }
}

/// The expressions that give keys, by the names of their attestors.
fn keys_of(policy: ImageValidatingPolicy<'_>) -> Vec<(&str, Node<'_>)> {
    let mut out = Vec::new();
    for attestor in policy.list("attestors") {
        let key = attestor.at(&["cosign", "key", "expression"]).filter(|n| !n.is_null());
        out.extend(attestor.get("name").and_then(value::string).zip(key));
    }
    out
}

/// The variables that any condition may name.
const NAMES: &[&str] = &["object", "oldObject", "request", "namespaceObject"];

/// The conditions of a list, compiled, or what is wrong with them.
pub fn conditions_of(list: &[Node<'_>]) -> Result<Vec<Named>, Vec<Finding>> {
    let names = NAMES.iter().map(|name| ((*name).to_owned(), Ty::Dyn)).collect();
    let mut reader = Reader { names, ..Reader::default() };
    let conditions = reader.named(list, Some(&Ty::BOOL));
    if reader.findings.is_empty() { Ok(conditions) } else { Err(reader.findings) }
}

#[derive(Default)]
struct Reader {
    findings: Vec<Finding>,
    names: Vec<(String, Ty)>,
}

impl Reader {
    fn refuse(&mut self, at: Span, what: impl Into<Cow<'static, str>>) {
        let finding = Finding::error("image-policy", what, at);
        self.findings.push(finding.help("write what Kyverno would take"));
    }

    fn text<'t>(&mut self, node: Node<'t>, key: &str) -> Option<Node<'t>> {
        let found = node.get(key).filter(|n| n.as_str().is_some_and(|t| !t.trim().is_empty()));
        if found.is_none() {
            self.refuse(node.missing(key).span, format!("`{key}` is missing, or no text"));
        }
        found
    }

    fn compile(&mut self, node: Node<'_>, wanted: Option<&Ty>) -> Option<Arc<Program>> {
        match Program::compile_in(KYVERNO, node.as_str().unwrap_or_default(), &self.names) {
            Ok(program) => match wanted.filter(|w| **w != program.gives && program.gives != Ty::Dyn) {
                None => Some(Arc::new(program)),
                Some(wanted) => {
                    let text = format!("the expression must evaluate to {wanted}, not to {}", program.gives);
                    self.refuse(node.own_span(), text);
                    None
                }
            },
            Err(fault) => {
                let text = format!("the expression does not compile: {}", fault.text);
                self.refuse(place_of(node, fault.at), text);
                None
            }
        }
    }

    fn named(&mut self, list: &[Node<'_>], wanted: Option<&Ty>) -> Vec<Named> {
        let mut out = Vec::new();
        for node in list {
            let (Some(name), Some(expression)) = (self.text(*node, "name"), self.text(*node, "expression"))
            else {
                continue;
            };
            let name = name.as_str().unwrap_or_default().to_owned();
            out.extend(self.compile(expression, wanted).map(|program| Named { name, program }));
        }
        out
    }

    /// Each variable may name those before it.
    fn variables(&mut self, list: &[Node<'_>]) -> Vec<Named> {
        let mut fields: Vec<(String, Ty)> = Vec::new();
        let mut out = Vec::new();
        for node in list {
            self.show(&fields);
            for named in self.named(std::slice::from_ref(node), None) {
                fields.push((named.name.clone(), named.program.gives.clone()));
                out.push(named);
            }
        }
        self.show(&fields);
        out
    }

    fn show(&mut self, fields: &[(String, Ty)]) {
        let shape = Shape { name: "kubernetes.variables".to_owned(), fields: fields.to_vec() };
        self.names.retain(|(n, _)| n != "variables");
        self.names.push(("variables".to_owned(), Ty::Object(Arc::new(shape))));
    }
}
