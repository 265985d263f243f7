//! A policy with its expressions compiled, or what is wrong with it, and where.
//!
//! kubernetes `plugin/policy/validating/plugin.go` (`compilePolicy`), `plugin/cel/{compile,composition}.go`,
//! `pkg/apis/admissionregistration/validation`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::place;
use super::typed;
use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::cel::{Dialect, Program, Shape, Ty, is_identifier};
use crate::text::{Finding, Span};

/// A named expression.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// The expression.
    pub program: Arc<Program>,
}

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
    /// `reason`.
    pub reason: String,
}

/// One of `auditAnnotations`: its value shows in the audit log alone, but one that cannot be computed refuses.
#[derive(Clone, Debug)]
pub struct Annotation {
    /// The expression as it is written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// The expression.
    pub program: Arc<Program>,
}

/// A policy that can be asked.
#[derive(Clone, Debug)]
pub struct Definition<'t> {
    /// The object.
    pub object: Object<'t>,
    /// Whether `failurePolicy` is Ignore.
    pub ignores: bool,
    /// `matchConstraints`.
    pub rules: Node<'t>,
    /// `paramKind`.
    pub param_kind: Option<Node<'t>>,
    /// `matchConditions`.
    pub conditions: Vec<Named>,
    /// `variables`.
    pub variables: Vec<Named>,
    /// `validations`.
    pub validations: Vec<Validation>,
    /// `auditAnnotations`.
    pub annotations: Vec<Annotation>,
}

/// The reasons that a validation may give.
pub(super) const REASONS: &[&str] = &["Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"];

/// `validateMatchConditions`.
const CONDITIONS: usize = 64;
/// `maxAuditAnnotations`.
const ANNOTATIONS: usize = 20;
/// More variables than this are not modelled, nor are types of theirs that nest deeper, nor more text of expressions.
const VARIABLES: usize = 500;
const DEEPEST: usize = 100;
const TEXT: usize = 1 << 20;

impl<'t> Definition<'t> {
    /// Compiles a policy; what the API server would refuse in it is said in findings.
    pub fn compile(object: Object<'t>) -> Result<Self, Vec<Finding>> {
        let mut reader = Reader::new(Dialect::default());
        let spec = object.node.get("spec").and_then(value::mapping);
        let Some(spec) = spec else {
            reader.refuse(object.node.own_span(), "a policy needs `spec`");
            return Err(reader.findings);
        };
        let given = |key: &str| spec.get(key).filter(|n| !n.is_null());
        let ignores = reader.ignores(given("failurePolicy"));
        let param_kind = given("paramKind");
        for key in ["apiVersion", "kind"] {
            if let Some(kind) = param_kind {
                reader.text(kind, key);
            }
        }
        let authorizer = reader.request(param_kind.is_some());
        let conditions = reader.conditions(given("matchConditions"));
        let variables = reader.variables(given("variables"));
        let mut validations = Vec::new();
        for node in items(given("validations")) {
            let (Some(expression), reason) = (reader.text(node, "expression"), reader.reason(node)) else {
                continue;
            };
            let program = reader.compile(expression, &[Ty::BOOL]);
            let message = reader.message(node);
            // A message may not ask the authorizer.
            let names = reader.names.clone();
            reader.names.retain(|n| *n != authorizer);
            let speaks = node.get("messageExpression").filter(|n| n.as_str().is_none_or(|t| !t.is_empty()));
            let speaks = speaks.filter(|n| !n.is_null()).and_then(|n| reader.compile(n, &[Ty::STRING]));
            reader.names = names;
            let Some(program) = program else { continue };
            let text = expression.as_str().unwrap_or_default().to_owned();
            validations.push(Validation {
                text,
                span: expression.own_span(),
                program,
                message,
                speaks,
                reason,
            });
        }
        let annotations = reader.annotations(given("auditAnnotations"));
        if validations.is_empty() && annotations.is_empty() && reader.findings.is_empty() {
            reader.refuse(spec.own_span(), "a policy needs `validations` or `auditAnnotations`");
        }
        let rules = given("matchConstraints");
        match rules {
            None => reader.refuse(spec.own_span(), "a policy needs `matchConstraints`"),
            Some(rules) if items(rules.get("resourceRules")).is_empty() => {
                let at = rules.missing("resourceRules").span;
                reader.refuse(at, "`matchConstraints` needs at least one of `resourceRules`");
            }
            Some(_) => {}
        }
        match rules {
            Some(rules) if reader.findings.is_empty() => Ok(Self {
                object,
                ignores,
                rules,
                param_kind,
                conditions,
                variables,
                validations,
                annotations,
            }),
            _ => Err(reader.findings),
        }
    }
}

/// The items of a list that may be left out.
pub(super) fn items(list: Option<Node<'_>>) -> Vec<Node<'_>> {
    list.and_then(value::list).map(|l| l.items().collect()).unwrap_or_default()
}

/// Reads a policy's expressions, and keeps what is wrong with them.
pub(super) struct Reader {
    pub(super) findings: Vec<Finding>,
    /// What an expression may name.
    names: Vec<(String, Ty)>,
    /// What it may use.
    dialect: Dialect,
    /// How much text of expressions is still read.
    left: usize,
}

impl Reader {
    /// A reader of expressions of this dialect, which may name nothing yet.
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { findings: Vec::new(), names: Vec::new(), dialect, left: TEXT }
    }

    pub(super) fn refuse(&mut self, at: Span, what: impl Into<Cow<'static, str>>) {
        self.findings
            .push(Finding::error("admission-policy", what, at).help("write what the API server would store"));
    }

    /// Names what there is of each request; gives back the authorizer's name, which not every expression may use.
    pub(super) fn request(&mut self, params: bool) -> (String, Ty) {
        self.names = vec![
            ("object".to_owned(), Ty::Dyn),
            ("oldObject".to_owned(), Ty::Dyn),
            ("namespaceObject".to_owned(), typed::namespace()),
            ("request".to_owned(), typed::request()),
        ];
        if params {
            self.names.push(("params".to_owned(), Ty::Dyn));
        }
        let authorizer = ("authorizer".to_owned(), Ty::Plain("authorizer"));
        self.names.push(authorizer.clone());
        authorizer
    }

    /// `failurePolicy`.
    pub(super) fn ignores(&mut self, node: Option<Node<'_>>) -> bool {
        match node.map(|n| (n, n.as_str())) {
            None | Some((_, Some("Fail"))) => false,
            Some((_, Some("Ignore"))) => true,
            Some((node, _)) => {
                self.refuse(node.own_span(), "`failurePolicy` is neither Fail nor Ignore");
                false
            }
        }
    }

    pub(super) fn text<'t>(&mut self, node: Node<'t>, key: &str) -> Option<Node<'t>> {
        let found = node.get(key).filter(|n| n.as_str().is_some_and(|t| !t.trim().is_empty()));
        if found.is_none() {
            self.refuse(node.missing(key).span, format!("`{key}` is missing, or no text"));
        }
        found
    }

    fn reason(&mut self, node: Node<'_>) -> String {
        match node.get("reason").filter(|n| !n.is_null()) {
            None => "Invalid".to_owned(),
            Some(reason) => {
                let word = reason.as_str().unwrap_or_default();
                if !REASONS.contains(&word) {
                    self.refuse(reason.own_span(), format!("`reason` is not one of {}", REASONS.join(", ")));
                }
                word.to_owned()
            }
        }
    }

    /// `message`: one line, and not blank.
    fn message(&mut self, node: Node<'_>) -> Option<String> {
        let found = node.get("message").filter(|n| !n.is_null())?;
        let Some(text) = value::string(found) else {
            self.refuse(found.own_span(), "`message` is no text");
            return None;
        };
        if !text.is_empty() && text.trim().is_empty() {
            self.refuse(found.own_span(), "`message` is blank");
        }
        if text.trim().contains(['\n', '\r']) {
            self.refuse(found.own_span(), "`message` is more than one line");
        }
        Some(text.to_owned())
    }

    /// Compiles an expression that gives one of these types; of any, where none is named.
    fn compile(&mut self, node: Node<'_>, wanted: &[Ty]) -> Option<Arc<Program>> {
        let words: Vec<_> = wanted.iter().map(Ty::to_string).collect();
        self.program(node, &words.join(" or "), |gives| wanted.is_empty() || wanted.contains(gives))
    }

    /// Compiles an expression that has to give what `fits`.
    pub(super) fn program(
        &mut self,
        node: Node<'_>,
        wanted: &str,
        fits: impl Fn(&Ty) -> bool,
    ) -> Option<Arc<Program>> {
        let text = node.as_str().unwrap_or_default();
        let Some(left) = self.left.checked_sub(text.len()) else {
            self.refuse(node.own_span(), format!("more than {TEXT} bytes of expressions are not modelled"));
            return None;
        };
        self.left = left;
        match Program::compile_in(self.dialect, text, &self.names) {
            Ok(program) if fits(&program.gives) => Some(Arc::new(program)),
            Ok(program) => {
                self.refuse(
                    node.own_span(),
                    format!("the expression must evaluate to {wanted}, not to {}", program.gives),
                );
                None
            }
            Err(fault) => {
                self.refuse(
                    place::of(node, fault.at),
                    format!("the expression does not compile: {}", fault.text),
                );
                None
            }
        }
    }

    /// `matchConditions`.
    pub(super) fn conditions(&mut self, list: Option<Node<'_>>) -> Vec<Named> {
        let mut out: Vec<Named> = Vec::new();
        let nodes = items(list);
        if let Some(one) = nodes.get(CONDITIONS) {
            self.refuse(one.own_span(), format!("there are more than {CONDITIONS} `matchConditions`"));
            return out;
        }
        for node in nodes {
            let (Some(name), Some(expression)) = (self.text(node, "name"), self.text(node, "expression"))
            else {
                continue;
            };
            let name = name.as_str().unwrap_or_default().to_owned();
            if out.iter().any(|n| n.name == name) {
                self.refuse(node.own_span(), format!("the name `{name}` is there twice"));
            }
            if let Some(program) = self.compile(expression, &[Ty::BOOL]) {
                out.push(Named { name, program });
            }
        }
        out
    }

    fn annotations(&mut self, list: Option<Node<'_>>) -> Vec<Annotation> {
        let (mut out, mut keys) = (Vec::new(), BTreeSet::new());
        let nodes = items(list);
        if let Some(one) = nodes.get(ANNOTATIONS) {
            self.refuse(one.own_span(), format!("there are more than {ANNOTATIONS} `auditAnnotations`"));
            return out;
        }
        for node in nodes {
            let (Some(key), Some(expression)) = (self.text(node, "key"), self.text(node, "valueExpression"))
            else {
                continue;
            };
            if !keys.insert(key.as_str().unwrap_or_default().to_owned()) {
                self.refuse(key.own_span(), "this `key` is there twice");
            }
            if let Some(program) = self.compile(expression, &[Ty::STRING, Ty::NULL]) {
                let text = expression.as_str().unwrap_or_default().to_owned();
                out.push(Annotation { text, span: expression.own_span(), program });
            }
        }
        out
    }

    /// Each variable may name those before it.
    pub(super) fn variables(&mut self, list: Option<Node<'_>>) -> Vec<Named> {
        let mut out = Vec::new();
        let mut fields: Vec<(String, Ty)> = Vec::new();
        let nodes = items(list);
        if let Some(one) = nodes.get(VARIABLES) {
            self.refuse(one.own_span(), format!("more than {VARIABLES} variables are not modelled"));
            return out;
        }
        for node in nodes {
            self.show(&fields);
            let (Some(name), Some(expression)) = (self.text(node, "name"), self.text(node, "expression"))
            else {
                continue;
            };
            let name = name.as_str().unwrap_or_default().to_owned();
            if fields.iter().any(|(n, _)| *n == name) {
                self.refuse(node.own_span(), format!("the variable `{name}` is there twice"));
                continue;
            }
            if !is_identifier(&name) {
                self.refuse(
                    node.own_span(),
                    format!("the variable `{name}` has a name that no expression can use"),
                );
                continue;
            }
            let compiled = self.compile(expression, &[]);
            if compiled.as_ref().is_some_and(|program| program.gives.is_deeper(DEEPEST)) {
                self.refuse(
                    expression.own_span(),
                    format!("a type that nests deeper than {DEEPEST} is not modelled"),
                );
                continue;
            }
            if let Some(program) = compiled {
                fields.push((name.clone(), program.gives.clone()));
                out.push(Named { name, program });
            } else {
                // What names it is not wrong as well.
                fields.push((name, Ty::Dyn));
            }
        }
        self.show(&fields);
        out
    }

    fn show(&mut self, fields: &[(String, Ty)]) {
        let name = "kubernetes.variables".to_owned();
        let shape = Ty::Object(Arc::new(Shape { name, fields: fields.to_vec() }));
        self.names.retain(|(n, _)| n != "variables");
        self.names.push(("variables".to_owned(), shape));
    }
}
