//! `admission-policy` asked of a world: do its policies and bindings let this request through?

use super::bound::{Bound, Known, POLICY};
use super::judge::Violation;
use super::request::{OPERATIONS, Request, User};
use crate::model::Object;
use crate::sim::admission::named;
use crate::sim::admission::told::{self, Form};
use crate::sim::admission::validating::open;
use crate::sim::world::{Key, World};
use crate::sim::{Answer, Reason, Verdict};

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The object, of the world or the submission: `NAMESPACE/KIND/NAME`, or `KIND/NAME`.
    pub object: String,
    /// CREATE, UPDATE or DELETE.
    pub operation: String,
    /// On an update: the object as it was.
    pub old: Option<String>,
    /// Who asks.
    pub user: String,
    /// The user's groups.
    pub groups: Vec<String>,
}

/// The fields of a probe.
pub const FIELDS: &[&str] = &["object", "operation", "old", "user", "groups"];

/// Reads the question from a probe's fields, each by its name; the error says what is wrong with them.
pub fn read(field: &mut dyn FnMut(&str) -> Option<String>) -> Result<Question, String> {
    let (object, old) = (field("object").unwrap_or_default(), field("old"));
    for (field, path) in [("object", Some(&object)), ("old", old.as_ref())] {
        if path.is_some_and(|path| named::parts(path).is_none()) {
            return Err(format!("`{field}` is `KIND/NAME` or `NAMESPACE/KIND/NAME`"));
        }
    }
    let operation = field("operation");
    let operation = operation.as_deref().unwrap_or("CREATE");
    if operation == "CONNECT" || !OPERATIONS.contains(&operation) {
        return Err("`operation` is CREATE, UPDATE or DELETE".to_owned());
    }
    if (operation == "UPDATE") != old.is_some() {
        return Err(named::OLD.to_owned());
    }
    let groups = field("groups").unwrap_or_else(|| "system:authenticated".to_owned());
    let groups = groups.split(',').map(|g| g.trim().to_owned());
    Ok(Question {
        object,
        operation: operation.to_owned(),
        old,
        user: field("user").unwrap_or_else(|| "someone".to_owned()),
        groups: groups.filter(|g| !g.is_empty()).collect(),
    })
}

/// Answers it.
pub fn ask(world: &World, question: &Question) -> Verdict {
    let object = match named::find(world, &question.object) {
        Ok(object) => object,
        Err(verdict) => return verdict,
    };
    let old = match question.old.as_deref().map(|path| named::find(world, path)).transpose() {
        Ok(old) => old,
        Err(verdict) => return verdict,
    };
    let request = match request_of(world, question, object, old) {
        Ok(request) => request,
        Err(text) => return Verdict::unmodelled(text),
    };
    let bound = Bound::new(&world.objects());
    let answers = bound.judge(&request, Known { user: true, stored: true });
    let refused = answers.said.iter().flat_map(|said| &said.judgement.violations).any(|v| v.denies);
    if !answers.unknown.is_empty() && !refused {
        return Verdict { because: answers.unknown, answer: Answer::Unmodelled, evidence: None };
    }
    let all = answers.said;
    let (mut denied, mut warned, mut asked) = (None::<Verdict>, Vec::new(), None);
    for said in &all {
        if said.judgement.matched {
            asked.get_or_insert(said.policy);
        }
        for violation in &said.judgement.violations {
            let reason = violation.reason_of(said.policy);
            if !violation.denies {
                warned.push(reason);
                continue;
            }
            denied = Some(match denied.take() {
                Some(verdict) => verdict.and(reason),
                None => Verdict::denied(reason).evidence(evidence(object, said.policy, violation)),
            });
        }
    }
    let verdict = denied.unwrap_or_else(|| {
        let subject = object.title();
        if let Some(policy) = asked {
            let text = format!("{} has nothing against {subject} that denies it", policy.title());
            return Verdict::allowed(Reason::at(text, policy.kind_span()));
        }
        let left_out = all.iter().find_map(|said| said.left_out(&subject));
        let mut others = left_out
            .or_else(|| bound.other_operation(&request))
            .into_iter()
            .chain(bound.aside(&request, &subject));
        let first = others
            .next()
            .unwrap_or_else(|| Reason::fact(format!("no policy that is bound is about {subject}")));
        others.fold(Verdict::allowed(first), Verdict::and)
    });
    // One refusal is enough, whatever another policy would say.
    warned.into_iter().chain(open(answers.unknown)).fold(verdict, Verdict::and)
}

fn evidence(object: Object<'_>, policy: Object<'_>, violation: &Violation) -> String {
    let said = violation.said(policy);
    let form = Form::Policy(violation.status());
    match Key::of(object) {
        Some(key) => told::answer(&key, form, &said, None),
        None => format!("{POLICY} says: {said}"),
    }
}

fn request_of<'w>(
    world: &'w World,
    question: &Question,
    object: Object<'w>,
    old: Option<Object<'w>>,
) -> Result<Request<'w>, String> {
    let namespace = Key::of(object).map(|k| k.namespace).filter(|n| !n.is_empty());
    let namespace = namespace.and_then(|n| world.object("Namespace", None, &n));
    let (new, old) = match question.operation.as_str() {
        "DELETE" => (None, Some(object)),
        _ => (Some(object), old),
    };
    let mut request = Request::about(new, old, &question.operation, namespace)?;
    request.user = User { name: question.user.clone(), groups: question.groups.clone(), ..User::default() };
    Ok(request)
}
