//! Gatekeeper in a world: what of it is found once, compiled when it is first asked, and shared by all copies.
//!
//! gatekeeper `pkg/webhook/policy.go` (`reviewRequest`), `website/docs/exempt-namespaces.md` for namespaces that the webhook
//! is never asked about. Where nobody is named who asks, a policy that reads `userInfo` is not judged.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use regorus::Value;

use super::admitted::Operation;
use super::allowance::Shared;
use super::config::Settings;
use super::engine::{Engine, Subject};
use super::expansion::{Expansions, Resultant};
use super::heard::{Heard, title};
use super::matching::{Request, misses};
use super::policy::{Parameters, Review};
use super::{inventory, review};
use crate::model::gatekeeper::{Code, Constraint, Template};
use crate::model::{Object, value};
use crate::parse::{Node, json};
use crate::sim::Reason;
use crate::sim::admission::defaults;
use crate::sim::rbac::Caller;

/// The label that keeps a namespace from the webhook.
const IGNORE: &str = "admission.gatekeeper.sh/ignore";
/// The most bytes of Rego that are compiled for a world.
const MOST: usize = 2 << 20;
/// The number of trees of what is made for an object; it ends with the question.
const MADE: u32 = 24;

/// A request as the webhook gets it.
pub struct Asked<'o, 't> {
    /// The object as it shall be, or as it is where it is taken away.
    pub object: Object<'t>,
    /// What it replaces.
    pub old: Object<'t>,
    /// The namespace that it lives in.
    pub namespace: Option<&'o str>,
    /// That namespace's object.
    pub home: Option<Object<'t>>,
    /// What is done.
    pub operation: Operation,
    /// Who asks, where that is known.
    pub user: Option<&'o Caller>,
}

/// Why no constraint is asked.
pub enum Aside {
    /// The webhook is never asked about it.
    Never(Reason),
    /// It cannot be judged.
    Unknown(Reason),
}

/// Gatekeeper in a world: its templates, its constraints and what it keeps. Copies share all of it.
#[derive(Clone, Debug, Default)]
pub struct Gate<'w>(Rc<Parts<'w>>);

#[derive(Debug, Default)]
struct Parts<'w> {
    settings: Settings<'w>,
    expansions: Expansions<'w>,
    /// The objects that policies may look up, and how they see them.
    kept: Vec<Object<'w>>,
    inventory: OnceCell<Result<Value, String>>,
    templates: Vec<Prepared<'w>>,
    constraints: Vec<Standing<'w>>,
    /// How much Rego has been compiled.
    compiled: Cell<usize>,
}

/// A template that constraints are of, and its engine.
#[derive(Debug)]
struct Prepared<'w> {
    template: Template<'w>,
    engine: OnceCell<Result<Engine, Reason>>,
}

/// A constraint, the place of its template, and what it sets.
#[derive(Debug)]
struct Standing<'w> {
    constraint: Constraint<'w>,
    template: Option<usize>,
    parameters: OnceCell<Parameters>,
}

/// One object that constraints are asked about.
struct Reviewed<'r, 't, 'w> {
    request: Request<'t>,
    review: &'r Review,
    home: Option<Object<'t>>,
    /// Whether nobody says who asks.
    unnamed: bool,
    /// What made it, where nobody sent it.
    implied: Option<&'r Resultant<'w>>,
}

impl<'w> Gate<'w> {
    /// What there is of it among these objects.
    pub fn new(objects: &[Object<'w>]) -> Self {
        let constraints: Vec<_> = objects.iter().copied().filter_map(Constraint::new).collect();
        if constraints.is_empty() {
            return Self::default();
        }
        let templates: Vec<_> = objects.iter().copied().filter_map(Template::new).collect();
        let settings = Settings::among(objects);
        let kind_of = |t: &Template<'w>| t.kind().and_then(value::string);
        let standing = |constraint: Constraint<'w>| {
            let kind = Some(constraint.object.kind().unwrap_or(""));
            let template = templates.iter().position(|t| kind_of(t) == kind);
            Standing { constraint, template, parameters: OnceCell::new() }
        };
        Self(Rc::new(Parts {
            constraints: constraints.into_iter().map(standing).collect(),
            templates: templates.iter().map(|t| Prepared { template: *t, engine: OnceCell::new() }).collect(),
            kept: objects.iter().copied().filter(|o| settings.keeps(*o)).collect(),
            expansions: Expansions::among(objects),
            settings,
            inventory: OnceCell::new(),
            compiled: Cell::new(0),
        }))
    }

    /// Whether there is no constraint.
    pub fn is_empty(&self) -> bool {
        self.0.constraints.is_empty()
    }

    /// Asks every constraint.
    pub fn ask<'t>(&self, asked: &Asked<'_, 't>) -> Result<Heard, Aside>
    where
        'w: 't,
    {
        let parts = &*self.0;
        if let Some(reason) = parts.never(asked)? {
            return Err(Aside::Never(reason));
        }
        // What the policies may take is shared by all of them.
        let _shared = Shared::begin();
        let body = reviewed(asked);
        let sent = body.get("object").cloned().unwrap_or_default();
        let implied = parts.expansions.of(asked.object, &sent, asked.namespace).map_err(Aside::Unknown)?;
        let mut heard = Heard::default();
        let both = if asked.old == asked.object { vec![asked.object] } else { vec![asked.object, asked.old] };
        let of = Reviewed {
            request: Request { objects: both, namespace: asked.home, generated: false },
            review: &Review::new(body),
            home: asked.home,
            unnamed: asked.user.is_none(),
            implied: None,
        };
        parts.hear(&of, &mut heard);
        for made in &implied {
            let tree = json::made(&made.body, MADE);
            let Some(object) = tree.root().map(Object::new) else { continue };
            let of = Reviewed {
                request: Request { objects: vec![object], namespace: asked.home, generated: true },
                review: &Review::new(review::of_object(object)),
                home: asked.home,
                unnamed: false,
                implied: Some(made),
            };
            parts.hear(&of, &mut heard);
        }
        Ok(heard)
    }
}

impl<'w> Parts<'w> {
    /// Why its webhook is not asked.
    fn never(&self, asked: &Asked<'_, '_>) -> Result<Option<Reason>, Aside> {
        if let Some(label) = asked.home.and_then(|home| home.label(IGNORE)) {
            let text = format!("the namespace is labelled {IGNORE}, so that Gatekeeper is never asked");
            return Ok(Some(Reason::at(text, label.own_span())));
        }
        let entry = self.settings.leaves_out(asked.object, asked.namespace);
        let entry = entry.map_err(|(text, node)| Aside::Unknown(Reason::at(text, node.own_span())))?;
        Ok(entry.map(|node| Reason::at("Gatekeeper's Config leaves out the namespace", node.own_span())))
    }

    /// Asks every constraint about one object.
    fn hear(&self, of: &Reviewed<'_, '_, 'w>, heard: &mut Heard) {
        for standing in &self.constraints {
            let constraint = standing.constraint;
            let at = constraint.object.kind_span();
            let Some(prepared) = standing.template.and_then(|at| self.templates.get(at)) else {
                let text = format!("{}: no template makes this kind", constraint.object.title());
                heard.unknown.push(Reason::at(text, at));
                continue;
            };
            match misses(constraint.matching(), &of.request) {
                Ok(None) => {}
                Ok(Some(miss)) => {
                    let text = format!("{} does not look at it: {}", title(constraint), miss.text);
                    heard.missed.push(Reason::at(text, miss.span));
                    continue;
                }
                Err(error) => {
                    let at = constraint.matching().map_or(at, Node::own_span);
                    heard.unknown.push(Reason::at(error, at));
                    continue;
                }
            }
            let about = |reason: Reason| {
                let title = prepared.template.object.title();
                Reason { text: format!("{title}: {}", reason.text), ..reason }
            };
            if let Err(reason) = self.ask(standing, prepared, of, heard) {
                heard.unknown.push(about(reason));
            }
        }
    }

    /// Asks one constraint.
    fn ask(
        &self,
        standing: &Standing<'w>,
        prepared: &Prepared<'w>,
        of: &Reviewed<'_, '_, 'w>,
        heard: &mut Heard,
    ) -> Result<(), Reason> {
        let (template, constraint) = (prepared.template, standing.constraint);
        let engine = prepared.engine.get_or_init(|| self.compile(template)).as_ref().map_err(Clone::clone)?;
        let not = |text: &str| Err(Reason::at(text, template.object.kind_span()));
        if of.unnamed && engine.reads_user(template) {
            return not("it reads userInfo, and nobody is named here");
        }
        if of.implied.is_some() && engine.reads_owners(template) {
            return not("it reads ownerReferences, which only the newest releases set in what is expanded");
        }
        let parameters = standing.parameters.get_or_init(|| Parameters::new(constraint.parameters()));
        let subject = Subject { review: of.review, home: of.home };
        let found = engine.violations(template, constraint, parameters, subject)?;
        heard.hear(constraint, &found, engine.decides(template), of.implied);
        Ok(())
    }

    fn compile(&self, template: Template<'w>) -> Result<Engine, Reason> {
        if let Code::Rego(code) = template.code() {
            let texts = std::iter::once(code.rego).chain(code.libs);
            let long: usize = texts.filter_map(value::string).map(str::len).sum();
            self.compiled.set(self.compiled.get().saturating_add(long));
            if self.compiled.get() > MOST {
                let text =
                    format!("the templates hold more than {} MiB of Rego, which is not modelled", MOST >> 20);
                return Err(Reason::at(text, template.object.kind_span()));
            }
        }
        Engine::new(template, || {
            let made = self.inventory.get_or_init(|| inventory::of(self.kept.iter().copied()));
            made.clone()
        })
    }
}

/// The request, as the API server sends it: with the object's defaults, and in its namespace.
fn reviewed(asked: &Asked<'_, '_>) -> serde_json::Value {
    let mut review = review::of_object(asked.object);
    let stored = |object: Object<'_>| {
        let mut body = defaults::stored(object, "");
        let metadata = body.get_mut("metadata").and_then(serde_json::Value::as_object_mut);
        if let (Some(metadata), Some(namespace)) = (metadata, asked.namespace) {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
        body
    };
    if let Some(fields) = review.as_object_mut() {
        if let Some(namespace) = asked.namespace {
            fields.insert("namespace".to_owned(), namespace.into());
        }
        let body = stored(asked.object);
        let (word, old) = match asked.operation {
            Operation::Create => ("CREATE", serde_json::Value::Null),
            Operation::Update => ("UPDATE", stored(asked.old)),
            Operation::Delete => ("DELETE", body.clone()),
        };
        fields.insert("operation".to_owned(), word.into());
        fields.insert("oldObject".to_owned(), old);
        fields.insert("object".to_owned(), body);
        if let Some(user) = asked.user {
            let who = serde_json::json!({ "username": user.user, "groups": user.groups });
            fields.insert("userInfo".to_owned(), who);
        }
    }
    review
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::objects;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    const WORLD: &str = "kind: ConstraintTemplate
apiVersion: templates.gatekeeper.sh/v1
metadata: {name: rule}
spec:
  crd: {spec: {names: {kind: Rule}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package r
        violation[{\"msg\": msg}] {
          CONDITION
          msg := \"no\"
        }
---
{kind: Rule, apiVersion: constraints.gatekeeper.sh/v1beta1, metadata: {name: house}}
---
{kind: Rule, apiVersion: constraints.gatekeeper.sh/v1beta1, metadata: {name: other}}
---
{kind: Pod, apiVersion: v1, metadata: {name: web}, spec: {containers: []}}
";

    fn heard(condition: &str, times: usize) -> (Vec<Heard>, usize, usize, Vec<String>) {
        let text = WORLD.replace("CONDITION", condition);
        let (tree, _) = yaml::parse(&Source::lone("w", text), Limits::default());
        let all = objects(&tree);
        let gate = Gate::new(&all);
        let pod = all[3];
        let asked = || Asked {
            object: pod,
            old: pod,
            namespace: None,
            home: None,
            operation: Operation::Create,
            user: None,
        };
        let heard: Vec<_> = (0..times).filter_map(|_| gate.clone().ask(&asked()).ok()).collect();
        let long = all[0].node.at(&["spec", "targets"]).and_then(|n| n.items().next()?.get("rego")?.as_str());
        let lines = heard.iter().flat_map(|h| &h.unknown).filter_map(|reason| reason.span);
        let lines = lines.map(|span| tree.source().slice(span).trim().to_owned()).collect();
        (heard, gate.0.compiled.get(), long.map_or(0, str::len), lines)
    }

    #[test]
    fn a_template_is_compiled_once_for_all_copies_and_constraints() {
        let (heard, compiled, long, _) = heard("true", 5);
        assert!(heard.iter().all(|h| h.evidence == ["[house] no", "[other] no"]), "{heard:?}");
        assert_eq!(compiled, long);
    }

    #[test]
    fn what_ends_an_evaluation_or_a_text_is_said_with_its_line() {
        let (_, _, _, lines) = heard("x := := 1", 1);
        assert_eq!(lines, ["x := := 1"; 2], "for both constraints");
        let (_, _, _, lines) = heard("x := numbers.range_step(1, 1000000000, 1)", 1);
        assert_eq!(lines, ["x := numbers.range_step(1, 1000000000, 1)"; 2]);
    }

    #[test]
    fn who_has_too_much_to_do_twice_is_asked_no_more() {
        let many = "x := count([1 | numbers.range(1, 100000)[_]; numbers.range(1, 100000)[_] < 0])";
        let (heard, ..) = heard(many, 3);
        let said: Vec<_> = heard.iter().flat_map(|h| &h.unknown).map(|reason| reason.text.as_str()).collect();
        assert_eq!(said.len(), 6);
        assert!(
            said[0].contains("the policy builds more than 48 MiB") || said[0].contains("longer than 400 ms"),
            "{said:?}"
        );
        assert!(said[4..].iter().all(|text| text.contains("asked no more")), "{said:?}");
    }
}
