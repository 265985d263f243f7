//! `admission-policy` asked of a world: do its policies and bindings let this request through?

use super::binding::Binding;
use super::definition::Definition;
use super::judge::judge;
use super::request::{OPERATIONS, Request, User};
use crate::model::Object;
use crate::sim::world::{Key, World};
use crate::sim::{Reason, Verdict};

const POLICY: &str = "ValidatingAdmissionPolicy";
const BINDING: &str = "ValidatingAdmissionPolicyBinding";

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The object, of the world or the submission.
    pub object: Key,
    /// CREATE, UPDATE or DELETE.
    pub operation: String,
    /// Who asks.
    pub user: String,
    /// The user's groups.
    pub groups: Vec<String>,
}

/// Reads the question from a probe's fields; the error says what is wrong with them.
pub fn read(
    object: &str,
    operation: Option<&str>,
    user: Option<&str>,
    groups: Option<&str>,
) -> Result<Question, String> {
    let parts: Vec<_> = object.split('/').collect();
    let (namespace, kind, name) = match parts[..] {
        [kind, name] => ("", kind, name),
        [namespace, kind, name] => (namespace, kind, name),
        _ => return Err("`object` is `KIND/NAME` or `NAMESPACE/KIND/NAME`".to_owned()),
    };
    let operation = operation.unwrap_or("CREATE");
    if operation == "CONNECT" || !OPERATIONS.contains(&operation) {
        return Err("`operation` is CREATE, UPDATE or DELETE".to_owned());
    }
    let groups = groups.unwrap_or("system:authenticated").split(',').map(|g| g.trim().to_owned());
    Ok(Question {
        object: Key { kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() },
        operation: operation.to_owned(),
        user: user.unwrap_or("someone").to_owned(),
        groups: groups.filter(|g| !g.is_empty()).collect(),
    })
}

/// Answers it. An object that is changed is compared with itself.
pub fn ask(world: &World, question: &Question) -> Verdict {
    let objects = world.objects();
    let wanted = &question.object;
    let found = objects.iter().find(|o| {
        Key::of(**o).is_some_and(|k| {
            k.name == wanted.name
                && k.kind.eq_ignore_ascii_case(&wanted.kind)
                && (wanted.namespace.is_empty() || k.namespace == wanted.namespace)
        })
    });
    let Some(object) = found.copied() else {
        return Verdict::unmodelled(format!("there is no {wanted}"));
    };
    let request = match request_of(world, question, object) {
        Ok(request) => request,
        Err(text) => return Verdict::unmodelled(text),
    };
    let of_kind = |kind: &str| objects.iter().filter(|o| o.kind() == Some(kind)).copied().collect::<Vec<_>>();
    let mut bindings = Vec::new();
    for binding in of_kind(BINDING) {
        match Binding::read(binding) {
            Ok(binding) => bindings.push(binding),
            Err(text) => return unknown(text, binding),
        }
    }
    let (mut denied, mut warned, mut asked) = (None::<Verdict>, Vec::new(), Vec::new());
    for policy in of_kind(POLICY) {
        let title = policy.title();
        let compiled = match Definition::compile(policy) {
            Ok(compiled) => compiled,
            Err(findings) => {
                let mut verdict = Verdict::unmodelled(format!("{title} cannot be stored"));
                verdict.because = findings
                    .into_iter()
                    .map(|f| Reason::at(format!("{title}: {}", f.title), f.primary.span))
                    .collect();
                return verdict;
            }
        };
        let judgement = match judge(&compiled, Some(&bindings), &request, &objects) {
            Ok(judgement) => judgement,
            Err(text) => return unknown(format!("{title}: {text}"), policy),
        };
        if judgement.matched {
            asked.push((title.clone(), policy));
        }
        for violation in judgement.violations {
            let binding = violation.binding.clone().unwrap_or_default();
            let text = format!("{title}, bound by {binding}: {}", violation.message);
            let reason = Reason::at(text, violation.span);
            if !violation.denies {
                warned.push(reason);
                continue;
            }
            denied = Some(match denied.take() {
                Some(verdict) => verdict.and(reason),
                None => Verdict::denied(reason).evidence(format!(
                    "Error from server ({}): {} \"{}\" is forbidden: {POLICY} '{}' with binding '{binding}' denied request: {}",
                    violation.reason,
                    request.resource,
                    request.name,
                    policy.name().unwrap_or_default(),
                    violation.message
                )),
            });
        }
    }
    let verdict = denied.unwrap_or_else(|| {
        let subject = object.title();
        Verdict::allowed(match asked.first() {
            Some((title, policy)) => Reason::at(
                format!("{title} has nothing against {subject} that denies it"),
                policy.kind_span(),
            ),
            None => Reason::fact(format!("no policy that is bound is about {subject}")),
        })
    });
    warned.into_iter().fold(verdict, Verdict::and)
}

fn unknown(text: String, at: Object<'_>) -> Verdict {
    let mut verdict = Verdict::unmodelled(text.clone());
    verdict.because = vec![Reason::at(text, at.kind_span())];
    verdict
}

fn request_of<'w>(world: &'w World, question: &Question, object: Object<'w>) -> Result<Request<'w>, String> {
    let namespace = Key::of(object).map(|k| k.namespace).filter(|n| !n.is_empty());
    let namespace = namespace.and_then(|n| world.object("Namespace", None, &n));
    let (new, old) = match question.operation.as_str() {
        "CREATE" => (Some(object), None),
        "DELETE" => (None, Some(object)),
        _ => (Some(object), Some(object)),
    };
    let mut request = Request::about(new, old, &question.operation, namespace)?;
    request.user = User { name: question.user.clone(), groups: question.groups.clone(), ..User::default() };
    Ok(request)
}
