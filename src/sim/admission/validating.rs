//! What every object is asked at last, its quota aside: `ValidatingAdmissionPolicy`, then the validating webhooks.
//!
//! kubernetes `plugin/policy/validating/dispatcher.go`.

use serde_json::Value;

use super::chain::{Chain, Stage};
use super::limit_range::Refused;
use super::policy::{Known, Request, User};
use super::stages::End;
use super::told::{Form, Of};
use super::webhooks;
use crate::model::Object;
use crate::parse::{Tree, json};
use crate::sim::Reason;
use crate::sim::rbac::Caller;
use crate::text::Span;

/// An object on its way into storage, and who sends it.
#[derive(Clone)]
pub(super) struct Sent<'w> {
    pub(super) namespace: &'w str,
    pub(super) body: Value,
    pub(super) sender: Option<Caller>,
    pub(super) of: Of,
    /// What it was made from.
    pub(super) origin: Option<Object<'w>>,
}

impl<'w> Sent<'w> {
    /// The request to store it; `tree` is its body.
    pub(super) fn request<'t>(&self, tree: &'t Tree, chain: &Chain<'w>) -> Result<Request<'t>, End>
    where
        'w: 't,
    {
        let home = chain.space(self.namespace).and_then(|space| space.object);
        let request = Request::about(tree.root().map(Object::new), None, "CREATE", home);
        let mut request = request.map_err(|text| End::Unknown(vec![Reason::fact(text)]))?;
        if let Some(sender) = &self.sender {
            request.user =
                User { name: sender.user.clone(), groups: sender.groups.clone(), ..User::default() };
        }
        Ok(request)
    }
}

/// What stages say that do not refuse.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) notes: Vec<Reason>,
    /// Who was asked and has nothing against it.
    pub(super) quiet: Vec<Reason>,
    pub(super) warnings: Vec<(String, Span)>,
}

/// How many policies are named that are not about an object, where none is.
const ASIDE: usize = 4;

/// What a stage does with an object that is complete.
type Asks = for<'w> fn(&mut Chain<'w>, &Sent<'w>, &mut Said) -> Result<(), End>;

/// The stages of every object, in their order.
pub(super) const VALIDATING: &[(Stage, Asks)] =
    &[(Stage::ValidatingPolicy, policies), (Stage::ValidatingWebhook, webhooks::validate)];

/// What it is, in a sentence.
pub(super) fn subject(object: Object<'_>, of: Of) -> String {
    match of {
        Of::Itself => object.title(),
        Of::Between => format!("the {} that its controller makes", object.kind().unwrap_or("object")),
        Of::Pod => "the pod that its controller makes".to_owned(),
    }
}

/// `ValidatingAdmissionPolicy`.
pub(super) fn policies<'w>(chain: &mut Chain<'w>, sent: &Sent<'w>, out: &mut Said) -> Result<(), End> {
    if chain.policies.is_empty() {
        return Ok(());
    }
    let tree = json::from_value(&sent.body);
    let Some(object) = tree.root().map(Object::new) else { return Ok(()) };
    let request = sent.request(&tree, chain)?;
    let known = Known { user: sent.sender.is_some(), stored: false };
    let judged = chain.policies.judge(&request, known);
    let all = judged.said;
    let what = subject(object, sent.of);
    // What stands between a workload and its pods nobody writes, and few policies are about.
    if all.is_empty() && judged.unknown.is_empty() && sent.of != Of::Between {
        out.notes.extend(chain.policies.aside(&request, &what).into_iter().take(ASIDE));
    }
    let mut refused: Option<(Form, Refused)> = None;
    for one in &all {
        let policy = one.policy;
        let left_out = one.left_out(&what);
        if one.judgement.matched && one.judgement.violations.is_empty() && left_out.is_none() {
            let text = format!("{} is asked about {what}, and has nothing against it", policy.title());
            out.quiet.push(Reason::at(text, policy.kind_span()));
        }
        out.notes.extend(left_out);
        for violation in &one.judgement.violations {
            let reason = violation.reason_of(policy);
            let span = violation.span;
            if violation.warns {
                out.warnings.push((violation.warning(policy), span));
            }
            if violation.denies {
                let (_, refused) = refused.get_or_insert_with(|| {
                    let form = Form::Policy(violation.status());
                    (form, Refused { said: violation.said(policy), because: Vec::new() })
                });
                refused.because.push(Reason { text: format!("{what}: {}", reason.text), ..reason });
                continue;
            }
            let only = match (violation.warns, violation.audits) {
                (true, true) => "the sender is warned, the audit log takes a note",
                (true, false) => "the sender is warned",
                (false, _) => "the audit log takes a note",
            };
            let text = format!("{what}: {}; {only}, and nothing is refused", reason.text);
            out.notes.push(Reason { text, ..reason });
        }
    }
    match refused {
        Some((form, refused)) => {
            out.notes.extend(open(judged.unknown));
            Err(End::Refused(form, refused))
        }
        None if judged.unknown.is_empty() => Ok(()),
        None => Err(End::Unknown(judged.unknown)),
    }
}

/// What is said of whoever could not be asked, where the object is refused in any case.
pub(in crate::sim::admission) fn open(because: Vec<Reason>) -> impl Iterator<Item = Reason> {
    because.into_iter().map(|reason| {
        let text = format!("not judged, and refused in any case: {}", reason.text);
        Reason { text, ..reason }
    })
}
