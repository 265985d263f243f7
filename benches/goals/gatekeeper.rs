//! G16: Gatekeeper's templates, compiled with their first verdict, and twenty of them warm on one pod.

use std::hint::black_box;

use sealegs::model::gatekeeper::{Code, Template};
use sealegs::model::{Object, objects};
use sealegs::parse::{Limits, yaml};
use sealegs::sim::admission::gatekeeper::{Parameters, Policy, Review};
use sealegs::text::Source;

use super::{repeat, row};

/// A template of a lab, as learners write them.
const TEMPLATE: &str = include_str!("../../labs/27-opa-gatekeeper/solutions/reference/template.yaml");
const CONSTRAINT: &str = include_str!("../../labs/27-opa-gatekeeper/solutions/reference/constraint.yaml");
const POD: &str = include_str!("pod.json");

/// Both halves of the goal.
pub fn measure() {
    let read = |text: &str| yaml::parse(&Source::lone("t", text), Limits::default()).0;
    let (template, constraint) = (read(TEMPLATE), read(CONSTRAINT));
    let template = objects(&template).into_iter().find_map(Template::new).expect("a template");
    let Code::Rego(code) = template.code() else { unreachable!("written in Rego") };
    let constraint = constraint.root().map(Object::new).expect("a constraint");
    let parameters = Parameters::new(constraint.node.at(&["spec", "parameters"]));
    let pod: serde_json::Value = serde_json::from_str(POD).expect("a pod");
    let review = Review::new(serde_json::json!({ "object": pod }));
    let first = || {
        let mut policy = Policy::compile(&code).expect("it compiles");
        policy.violations(&review, &parameters).expect("a verdict").len()
    };
    let took = repeat(101, || {
        black_box(first());
    });
    row("a Gatekeeper template, first verdict", took, &format!("{} violations (G16: at most 2 ms)", first()));
    let mut twenty: Vec<_> = (0..20).map(|_| Policy::compile(&code).expect("it compiles")).collect();
    let took = repeat(101, || {
        for policy in &mut twenty {
            black_box(policy.violations(&review, &parameters).is_ok());
        }
    });
    row("twenty warm templates on one pod", took, "G16: at most 2 ms");
}
