//! A policy with its expressions compiled, or what is wrong with it, and where.
//!
//! kubernetes `plugin/policy/validating/plugin.go` (`compilePolicy`), `plugin/cel/{compile,composition}.go`,
//! `pkg/apis/admissionregistration/validation`.

use std::borrow::Cow;

use std::sync::{Arc, LazyLock};

use super::place;
use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::cel::{Dialect, Program, Shape, Ty};
use crate::text::{Finding, Span};

/// The fields of `request`, `namespaceObject` and what is in them: `plugin/cel/compile.go`.
const SHAPES: &[(&str, &[(&str, &str)])] = &[
    ("kubernetes.GroupVersionKind", &[("group", "string"), ("version", "string"), ("kind", "string")]),
    (
        "kubernetes.GroupVersionResource",
        &[("group", "string"), ("version", "string"), ("resource", "string")],
    ),
    (
        "kubernetes.UserInfo",
        &[
            ("username", "string"),
            ("uid", "string"),
            ("groups", "list(string)"),
            ("extra", "map(string, list(string))"),
        ],
    ),
    (
        "kubernetes.AdmissionRequest",
        &[
            ("kind", "kubernetes.GroupVersionKind"),
            ("resource", "kubernetes.GroupVersionResource"),
            ("subResource", "string"),
            ("requestKind", "kubernetes.GroupVersionKind"),
            ("requestResource", "kubernetes.GroupVersionResource"),
            ("requestSubResource", "string"),
            ("name", "string"),
            ("namespace", "string"),
            ("operation", "string"),
            ("userInfo", "kubernetes.UserInfo"),
            ("dryRun", "bool"),
            ("options", "dyn"),
        ],
    ),
    (
        "kubernetes.NamespaceMetadata",
        &[
            ("name", "string"),
            ("generateName", "string"),
            ("namespace", "string"),
            ("labels", "map(string, string)"),
            ("annotations", "map(string, string)"),
            ("UID", "string"),
            ("creationTimestamp", "timestamp"),
            ("deletionGracePeriodSeconds", "int"),
            ("deletionTimestamp", "timestamp"),
            ("generation", "int"),
            ("resourceVersion", "string"),
            ("finalizers", "list(string)"),
        ],
    ),
    ("kubernetes.NamespaceSpec", &[("finalizers", "list(string)")]),
    ("kubernetes.NamespaceStatus", &[("conditions", "dyn"), ("phase", "string")]),
    (
        "kubernetes.Namespace",
        &[
            ("metadata", "kubernetes.NamespaceMetadata"),
            ("spec", "kubernetes.NamespaceSpec"),
            ("status", "kubernetes.NamespaceStatus"),
        ],
    ),
];

/// What `request` is.
pub static REQUEST: LazyLock<Ty> = LazyLock::new(|| shape("kubernetes.AdmissionRequest"));
/// What `namespaceObject` is.
pub static NAMESPACE: LazyLock<Ty> = LazyLock::new(|| shape("kubernetes.Namespace"));

/// The table holds no circle.
fn shape(name: &str) -> Ty {
    match SHAPES.iter().find(|(n, _)| *n == name) {
        Some((name, fields)) => {
            let fields = fields.iter().map(|(field, ty)| ((*field).to_owned(), shape(ty))).collect();
            Ty::Object(Arc::new(Shape { name: (*name).to_owned(), fields }))
        }
        None => Ty::parse(name).unwrap_or(Ty::Dyn),
    }
}

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
}

/// The reasons that a validation may give.
pub(super) const REASONS: &[&str] = &["Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"];

impl<'t> Definition<'t> {
    /// Compiles a policy; what the API server would refuse in it is said in findings.
    pub fn compile(object: Object<'t>) -> Result<Self, Vec<Finding>> {
        let mut reader = Reader::default();
        let spec = object.node.get("spec").and_then(value::mapping);
        let Some(spec) = spec else {
            reader.refuse(object.node.own_span(), "a policy needs `spec`");
            return Err(reader.findings);
        };
        let given = |key: &str| spec.get(key).filter(|n| !n.is_null());
        let ignores = reader.ignores(given("failurePolicy"));
        let param_kind = given("paramKind");
        let authorizer = reader.request(param_kind.is_some());
        let conditions = reader.named(given("matchConditions"), Some(&Ty::BOOL));
        let variables = reader.variables(given("variables"));
        let mut validations = Vec::new();
        for node in items(given("validations")) {
            let (Some(expression), reason) = (reader.text(node, "expression"), reader.reason(node)) else {
                continue;
            };
            let program = reader.compile(expression, Some(&Ty::BOOL));
            let message = node.get("message").and_then(value::string).map(str::to_owned);
            // A message may not ask the authorizer.
            let names = reader.names.clone();
            reader.names.retain(|n| *n != authorizer);
            let speaks = node.get("messageExpression").filter(|n| n.as_str().is_some_and(|t| !t.is_empty()));
            let speaks = speaks.and_then(|n| reader.compile(n, Some(&Ty::STRING)));
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
        if validations.is_empty() && items(given("auditAnnotations")).is_empty() && reader.findings.is_empty()
        {
            reader.refuse(spec.own_span(), "a policy needs `validations` or `auditAnnotations`");
        }
        let rules = given("matchConstraints");
        if rules.is_none() {
            reader.refuse(spec.own_span(), "a policy needs `matchConstraints`");
        }
        match rules {
            Some(rules) if reader.findings.is_empty() => {
                Ok(Self { object, ignores, rules, param_kind, conditions, variables, validations })
            }
            _ => Err(reader.findings),
        }
    }
}

/// The items of a list that may be left out.
pub(super) fn items(list: Option<Node<'_>>) -> Vec<Node<'_>> {
    list.and_then(value::list).map(|l| l.items().collect()).unwrap_or_default()
}

/// Reads a policy's expressions, and keeps what is wrong with them.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) findings: Vec<Finding>,
    /// What an expression may name.
    pub(super) names: Vec<(String, Ty)>,
    /// What it may use.
    pub(super) dialect: Dialect,
}

impl Reader {
    pub(super) fn refuse(&mut self, at: Span, what: impl Into<Cow<'static, str>>) {
        self.findings
            .push(Finding::error("admission-policy", what, at).help("write what the API server would store"));
    }

    /// Names what there is of each request; gives back the authorizer's name, which not every expression may use.
    pub(super) fn request(&mut self, params: bool) -> (String, Ty) {
        self.names = vec![
            ("object".to_owned(), Ty::Dyn),
            ("oldObject".to_owned(), Ty::Dyn),
            ("namespaceObject".to_owned(), NAMESPACE.clone()),
            ("request".to_owned(), REQUEST.clone()),
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

    fn compile(&mut self, node: Node<'_>, wanted: Option<&Ty>) -> Option<Arc<Program>> {
        let word = wanted.map_or_else(String::new, ToString::to_string);
        self.program(node, &word, |gives| wanted.is_none_or(|wanted| wanted == gives))
    }

    /// Compiles an expression that has to give what `fits`.
    pub(super) fn program(
        &mut self,
        node: Node<'_>,
        wanted: &str,
        fits: impl Fn(&Ty) -> bool,
    ) -> Option<Arc<Program>> {
        let text = node.as_str().unwrap_or_default();
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

    /// Named expressions.
    pub(super) fn named(&mut self, list: Option<Node<'_>>, wanted: Option<&Ty>) -> Vec<Named> {
        let mut out: Vec<Named> = Vec::new();
        for node in items(list) {
            let (Some(name), Some(expression)) = (self.text(node, "name"), self.text(node, "expression"))
            else {
                continue;
            };
            let name = name.as_str().unwrap_or_default().to_owned();
            if out.iter().any(|n| n.name == name) {
                self.refuse(node.own_span(), format!("the name `{name}` is there twice"));
            }
            if let Some(program) = self.compile(expression, wanted) {
                out.push(Named { name, program });
            }
        }
        out
    }

    /// Each variable may name those before it.
    pub(super) fn variables(&mut self, list: Option<Node<'_>>) -> Vec<Named> {
        let mut out = Vec::new();
        let mut fields: Vec<(String, Ty)> = Vec::new();
        for node in items(list) {
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
            if let Some(program) = self.compile(expression, None) {
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
