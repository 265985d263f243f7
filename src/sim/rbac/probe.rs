//! `rbac` asked of a world: may a pod, with the tokens that it holds, or somebody else do this?

use std::fmt;

use super::grants::{Grants, Outside};
use super::near;
use super::request::{Caller, Request, Target, What};
use super::token::{Keepers, tokens};
use crate::sim::kernel::{PodName, PodView};
use crate::sim::world::World;
use crate::sim::{Answer, Verdict};

/// The fields of a probe.
pub const FIELDS: &[&str] =
    &["pod", "user", "groups", "verb", "resource", "group", "namespace", "name", "path"];

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who asks.
    pub who: Who,
    /// For what.
    pub what: What,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever runs code in this pod.
    Pod(PodName),
    /// A user and groups, as they are named.
    Caller(Caller),
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.who {
            Who::Pod(pod) => write!(f, "`{}` with a token of {pod}", self.what),
            Who::Caller(caller) => write!(f, "`{}` by {caller}", self.what),
        }
    }
}

/// Reads a probe's fields, each by its name: whom (`pod`, or `user` and `groups`, which commas part), and for what
/// (`path`, or `resource` with its subresource).
pub fn read(field: &mut dyn FnMut(&str) -> Option<String>) -> Result<Question, &'static str> {
    let who = match (field("pod"), field("user"), field("groups")) {
        (Some(pod), None, None) => {
            Who::Pod(PodName::parse(&pod).ok_or("`pod` is `NAMESPACE/NAME` or `NAMESPACE/KIND/NAME`")?)
        }
        (None, None, None) => return Err("an rbac probe names `pod`, or `user` and `groups`"),
        (None, user, groups) => {
            let groups = groups.as_deref().unwrap_or("").split(',').map(str::trim).filter(|g| !g.is_empty());
            let groups = groups.map(str::to_owned).collect();
            Who::Caller(Caller { user: user.unwrap_or_default(), groups })
        }
        _ => return Err("`pod` speaks as its own account: leave `user` and `groups` out"),
    };
    let verb = field("verb").ok_or("an rbac probe needs `verb`")?;
    let what = match (field("resource"), field("path")) {
        (None, Some(path)) => What::Path { verb, path },
        (Some(resource), None) => {
            let (resource, subresource) = resource.split_once('/').unwrap_or((&resource, ""));
            What::Resource(Target {
                verb,
                group: field("group").unwrap_or_default(),
                resource: resource.to_owned(),
                subresource: subresource.to_owned(),
                namespace: field("namespace").unwrap_or_default(),
                name: field("name").unwrap_or_default(),
            })
        }
        _ => return Err("an rbac probe names `resource` or `path`"),
    };
    Ok(Question { who, what })
}

/// Answers it.
pub fn ask(world: &World, question: &Question) -> Verdict {
    let grants = Grants::new(world.objects(), Outside::Kubernetes);
    let request = |who: Caller| Request { who, what: question.what.clone() };
    let name = match &question.who {
        Who::Caller(caller) => return near::ask(&grants, &request(caller.clone())),
        Who::Pod(name) => name,
    };
    let keepers = Keepers::new(&world.objects());
    let held = PodView::find(world, name).and_then(|pod| tokens(&keepers, &pod));
    let mut refused: Option<Verdict> = None;
    for token in match held {
        Ok(tokens) => tokens,
        Err(verdict) => return verdict,
    } {
        let verdict = near::ask(&grants, &request(token.caller)).and(token.because);
        match (verdict.answer, &refused) {
            (Answer::Allowed, _) => return verdict,
            (Answer::Unmodelled, _) | (_, None) => refused = Some(verdict),
            _ => {}
        }
    }
    refused.unwrap_or_else(|| Verdict::unmodelled("the pod was not judged"))
}
