//! The question of a lab: does a pod land somewhere, on this node, or under a runtime of this sort?

use super::filter::Fit;
use super::landing::{Landings, landings};
use crate::sim::kernel::{PodName, PodView};
use crate::sim::world::{Boundary, World};
use crate::sim::{Reason, Verdict};

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Whose pod.
    pub pod: PodName,
    /// The node that is meant; any where none is named.
    pub node: Option<String>,
    /// What must start it, wherever it lands.
    pub runs: Option<Boundary>,
}

impl Question {
    /// What is asked, as the subject of a sentence.
    pub fn says(&self) -> String {
        let node = self.node.as_ref().map_or_else(String::new, |n| format!(" on node `{n}`"));
        match self.runs {
            Some(runs) => format!("running {}{node} under {}", self.pod, runs.word()),
            None => format!("landing {}{node}", self.pod),
        }
    }
}

/// Answers it.
pub fn ask(world: &World, question: &Question) -> Verdict {
    let found = PodView::find(world, &question.pod).and_then(|pod| landings(world, &pod));
    let landings = match found {
        Ok(landings) => landings,
        Err(verdict) => return verdict,
    };
    if let Some(verdict) = landings.unjudged() {
        return verdict;
    }
    if let Some(verdict) = question.node.as_ref().and_then(|node| elsewhere(&landings, node)) {
        return verdict;
    }
    let asked = |name: &str| question.node.as_ref().is_none_or(|n| n == name);
    let mut last = None;
    for machine in landings.places().filter(|m| asked(&m.name)) {
        let verdict = match question.runs {
            Some(wanted) => match runs(&landings, machine, wanted) {
                Ok(verdict) => verdict,
                Err(verdict) => return verdict,
            },
            None => Verdict::allowed(Reason::at(
                format!("node `{}` takes {}: no filter refuses it", machine.name, landings.pod.key),
                landings.pod.span,
            )),
        };
        last.get_or_insert(verdict);
    }
    last.unwrap_or_else(|| landings.nowhere())
}

/// Why the pod does not come to this node.
fn elsewhere(landings: &Landings<'_>, node: &str) -> Option<Verdict> {
    let Some(landing) = landings.nodes.iter().find(|n| n.machine.name == node) else {
        return Some(Verdict::unmodelled(format!("the world has no node `{node}`")));
    };
    let Fit::Refused { plugin, words, why } = &landing.fit else { return None };
    let text = format!("node `{node}` ({plugin}): {}", why.text);
    Some(Verdict::denied(Reason { text, span: why.span }).evidence(words.join(", ")))
}

/// Whether what starts the pod on a node is of the wanted sort.
fn runs(landings: &Landings<'_>, machine: &super::Machine<'_>, wanted: Boundary) -> Result<Verdict, Verdict> {
    let boundary = landings.starts(machine)?;
    let (text, span) = match &landings.request.class {
        Some(class) => (
            format!(
                "RuntimeClass `{}` starts it with the handler `{}` on node `{}`, which is {}",
                class.name,
                class.handler,
                machine.name,
                boundary.word()
            ),
            class.named,
        ),
        None => (
            format!("it names no RuntimeClass, so that node `{}` starts it with runc", machine.name),
            landings.pod.template.spec.missing("runtimeClassName").span,
        ),
    };
    let reason = Reason::at(text, span);
    if boundary == wanted { Ok(Verdict::allowed(reason)) } else { Err(Verdict::denied(reason)) }
}
