//! `admit`: would the API server take this pod, or this workload and its pods? As a lab's question and as cases.

use std::sync::Arc;

use serde_json::{Value, json};

use super::chain::{Admission, Chain};
use super::policy::User;
use crate::model::{Object, template_of, value};
use crate::parse::{Kind, Node, json as parse};
use crate::sim::cases::Simulator;
use crate::sim::kernel::{PodName, PodView};
use crate::sim::rbac::Caller;
use crate::sim::world::World;
use crate::sim::{Reason, Verdict};

/// The machine interface's door to this simulator.
pub const SIMULATOR: Simulator = Simulator {
    name: "admit",
    asks: "does the API server take this pod, or a workload's pods?",
    answer: case,
};

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Whose pods.
    pub pod: PodName,
    /// Who sends the object; a policy that asks for the sender is not judged where nobody is named.
    pub sender: Option<Caller>,
}

impl Question {
    /// Reads the sender from a probe's fields: `groups` are parted by commas.
    pub fn sender(user: Option<&str>, groups: Option<&str>) -> Option<Caller> {
        let groups = groups.unwrap_or("").split(',').map(str::trim).filter(|g| !g.is_empty());
        let groups: Vec<String> = groups.map(str::to_owned).collect();
        Some(Caller::impersonated(user?, &groups))
    }
}

/// Answers it: allowed where every pod is admitted that the object asks for.
pub fn ask(world: &World, question: &Question) -> Verdict {
    let pod = match PodView::find(world, &question.pod) {
        Ok(pod) => pod,
        Err(verdict) => return verdict,
    };
    let Some(object) = world.object(&pod.key.kind, Some(&pod.key.namespace), &pod.key.name) else {
        return Verdict::unmodelled(format!("{} is not there", pod.key));
    };
    match Chain::new(world, false).sent_by(question.sender.clone()).admit(object) {
        Some(admission) => verdict(&admission),
        None => Verdict::unmodelled(format!("{} makes no pod", pod.key)),
    }
}

fn verdict(admission: &Admission) -> Verdict {
    let key = &admission.key;
    let Some(stop) = &admission.stop else {
        let text = format!("every stage takes {key}: {} of {} pods", admission.admitted, admission.wanted);
        let mut verdict = Verdict::allowed(Reason::at(text, admission.span));
        verdict.because.extend(admission.said().cloned());
        return match admission.warnings.first() {
            Some(line) => verdict.evidence(line),
            None => verdict,
        };
    };
    let Some(refusal) = &stop.refusal else {
        return Verdict { because: stop.because.clone(), ..Verdict::unmodelled("") };
    };
    let rest = stop.because.iter().cloned();
    let mut because: Vec<Reason> = rest.collect();
    if because.is_empty() {
        because.push(Reason::at(
            format!("{} refuses {key}: {}", stop.stage.word(), refusal.said),
            admission.span,
        ));
    }
    if admission.admitted > 0 {
        let text = format!("{} of {} pods of {key} are admitted", admission.admitted, admission.wanted);
        because.push(Reason::at(text, admission.span));
    }
    because.extend(admission.said().cloned());
    let first = Reason { text: format!("{}: {}", stop.stage.word(), because[0].text), span: because[0].span };
    let mut verdict = Verdict::denied(first);
    verdict.because.extend(because.into_iter().skip(1));
    verdict.evidence(admission.line(None).unwrap_or_default())
}

/// One case: `objects` is the cluster, with the pods that run in it, `object` is what is created, and `userInfo` by whom.
fn case(input: Node<'_>) -> Result<Value, String> {
    let objects = input.get("objects");
    if objects.is_some_and(|o| o.kind() != Kind::Seq) {
        return Err("objects: not a list".to_owned());
    }
    let node = input.get("object").and_then(value::mapping).ok_or("object: missing, or not a mapping")?;
    let asked = Object::new(node);
    template_of(asked).ok_or("object: neither a Pod nor a workload with a spec")?;
    let trees = objects.map(|list| Arc::new(parse::documents(list))).into_iter().collect();
    let (world, findings) = World::read(trees);
    if let Some(finding) = findings.first() {
        return Err(format!("objects: {}", finding.title));
    }
    let sender = input.get("userInfo").filter(|n| !n.is_null()).map(User::read).transpose()?;
    let sender = sender.map(|user| Caller { user: user.name, groups: user.groups });
    let admission = Chain::new(&world, true)
        .sent_by(sender)
        .admit(asked)
        .ok_or("object: neither a Pod nor a workload")?;
    let because: Vec<&str> =
        admission.stop.iter().flat_map(|s| &s.because).map(|r| r.text.as_str()).collect();
    let notes: Vec<&str> = admission.said().map(|r| r.text.as_str()).collect();
    let mut out = json!({
        "allowed": admission.stop.is_none(), "pods": admission.wanted, "admitted": admission.admitted,
        "because": because, "notes": notes, "warnings": admission.warnings,
    });
    if let Some(stop) = &admission.stop {
        if stop.refusal.is_none() {
            return Err(because.join("; "));
        }
        out["stage"] = json!(stop.stage.word());
        out["message"] = json!(admission.line(None));
    }
    Ok(out)
}
