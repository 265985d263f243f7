//! A policy with its expressions compiled, or what is wrong with it.
//!
//! kyverno `pkg/cel/compiler/compiler.go`, `pkg/cel/policies/{vpol,mpol,gpol}/compiler/compiler.go`.

use std::sync::Arc;

use super::scene::{KYVERNO, types};
use super::spec::{Fault, Generation, Kind, Mutation, Named, Spec, Text};
use super::template::Template;
use crate::sim::admission::policy::place;
use crate::sim::cel::{Dialect, Program, Shape, Ty};

/// An expression that compiled.
pub type Code = Arc<Program>;

/// A validation.
#[derive(Clone, Debug)]
pub struct Check {
    /// The expression.
    pub code: Code,
    /// What says why.
    pub speaks: Option<Code>,
}

/// A generation.
#[derive(Clone, Debug)]
pub enum Making {
    /// It calls `generator.Apply`.
    Code(Code),
    /// It is filled in.
    Template(Template),
}

/// The expressions of a policy, in its order.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// `matchConditions`, with their names.
    pub conditions: Vec<(String, Code)>,
    /// `variables`.
    pub variables: Vec<(String, Code)>,
    /// `validations`.
    pub checks: Vec<Check>,
    /// `mutations`.
    pub mutations: Vec<Code>,
    /// `generate`.
    pub makings: Vec<Making>,
}

/// Compiles expressions that see the same names.
#[derive(Debug)]
pub struct Compiler {
    dialect: Dialect,
    names: Vec<(String, Ty)>,
}

impl Compiler {
    /// One for policies of this kind; no variables are known yet. Documents of JSON are written by literals of any types.
    pub fn new(kind: Kind, json: bool) -> Self {
        let mixed = kind == Kind::Generating || kind == Kind::Mutating && json;
        let dialect = Dialect { objects: kind == Kind::Mutating, mixed, ..KYVERNO };
        Self { dialect, names: types() }
    }

    /// Compiles an expression that gives what `fits`.
    pub fn code(&self, text: &Text<'_>, wanted: &str, fits: impl Fn(&Ty) -> bool) -> Result<Code, Fault> {
        let program = Program::compile_in(self.dialect, &text.text, &self.names).map_err(|fault| {
            // What autogen wrote anew has no place of its own.
            let same = text.node.as_str() == Some(&text.text);
            let span = if same { place::of(text.node, fault.at) } else { text.node.own_span() };
            Fault { text: format!("the expression does not compile: {}", fault.text), span }
        })?;
        if !fits(&program.gives) {
            let text_ = format!("the expression must evaluate to {wanted}, not to {}", program.gives);
            return Err(Fault::at(text.node, text_));
        }
        Ok(Arc::new(program))
    }

    /// Match conditions.
    pub fn conditions(&self, all: &[Named<'_>]) -> Result<Vec<(String, Code)>, Fault> {
        all.iter()
            .map(|n| Ok((n.name.clone(), self.code(&n.expression, "bool", |ty| *ty == Ty::BOOL)?)))
            .collect()
    }

    /// Variables, each of which may name those before it.
    fn variables(&mut self, all: &[Named<'_>]) -> Result<Vec<(String, Code)>, Fault> {
        let mut fields = Vec::new();
        let mut out = Vec::new();
        self.show(&fields);
        for one in all {
            let code = self.code(&one.expression, "a value", |_| true)?;
            fields.push((one.name.clone(), code.gives.clone()));
            out.push((one.name.clone(), code));
            self.show(&fields);
        }
        Ok(out)
    }

    fn show(&mut self, fields: &[(String, Ty)]) {
        let name = "kubernetes.variables".to_owned();
        let shape = Ty::Object(Arc::new(Shape { name, fields: fields.to_vec() }));
        self.names.retain(|(n, _)| n != "variables");
        self.names.push(("variables".to_owned(), shape));
    }
}

impl Compiled {
    /// Compiles a policy.
    pub fn of(spec: &Spec<'_>) -> Result<Self, Fault> {
        let mut compiler = Compiler::new(spec.kind, spec.json);
        // Of a `MutatingPolicy`, conditions may name variables: `pkg/cel/policies/mpol/compiler/policy.go`.
        let early = match spec.kind {
            Kind::Mutating => None,
            _ => Some(compiler.conditions(&spec.conditions)?),
        };
        let variables = compiler.variables(&spec.variables)?;
        let conditions = match early {
            Some(conditions) => conditions,
            None => compiler.conditions(&spec.conditions)?,
        };
        let mut checks = Vec::new();
        for one in &spec.validations {
            let speaks = one.speaks.as_ref().map(|s| compiler.code(s, "string", |ty| *ty == Ty::STRING));
            checks.push(Check {
                code: compiler.code(&one.expression, "bool", |ty| *ty == Ty::BOOL)?,
                speaks: speaks.transpose()?,
            });
        }
        let made =
            |ty: &Ty, name: &str| matches!(ty, Ty::Object(shape) if shape.name == name) || *ty == Ty::Dyn;
        let mut mutations = Vec::new();
        for one in &spec.mutations {
            mutations.push(match one {
                Mutation::Apply(text) => compiler.code(text, "Object", |ty| made(ty, "Object"))?,
                Mutation::Patch(text) => compiler.code(text, "list(JSONPatch)", |ty| match ty {
                    Ty::List(of) => made(of, "JSONPatch"),
                    other => *other == Ty::Dyn,
                })?,
            });
        }
        let mut makings = Vec::new();
        for one in &spec.generations {
            makings.push(match one {
                Generation::Expression(text) => {
                    Making::Code(compiler.code(text, "bool", |ty| *ty == Ty::BOOL)?)
                }
                Generation::Template(text, cel) => {
                    Making::Template(Template::compile(&compiler, text, *cel)?)
                }
            });
        }
        Ok(Self { conditions, variables, checks, mutations, makings })
    }
}
