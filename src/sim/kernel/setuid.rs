//! `setuid`: does executing a set-user-ID file leave a process with its owner's UID?

use super::PodName;
use super::exec::Program;
use super::filesystem::{Backing, Spot, may_execute};
use super::start;
use crate::sim::world::World;
use crate::sim::{Reason, Verdict};

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Whose container.
    pub pod: PodName,
    /// Which container.
    pub container: String,
    /// The file, as the container sees it.
    pub path: String,
}

/// Answers it: allowed where the process ends as another UID than it began with, or was root to begin with.
pub fn ask(world: &World, question: &Question) -> Verdict {
    let process = match start::running(world, &question.pod, &question.container) {
        Ok(process) => process,
        Err(verdict) => return verdict,
    };
    let path = &question.path;
    let spot = match Spot::in_container(&process, path) {
        Ok(spot) => spot,
        Err(why) => return Verdict::unmodelled(why),
    };
    if spot.mount.is_some_and(|m| matches!(m.backing, Backing::Other(_))) {
        return Verdict::unmodelled(format!("{path} lies on a volume that is not modelled"));
    }
    if process.credentials.uid == 0 {
        return Verdict::allowed(Reason {
            text: format!("{} is UID 0 before it runs {path}", process.title()),
            span: process.uid.why.span,
        })
        .and(process.uid.why.clone());
    }
    let Some(file) = spot.file.as_ref().filter(|f| f.is_setuid()) else {
        return Verdict::denied(Reason::at(
            format!("{path} is no set-user-ID file in {}", process.title()),
            process.span(),
        ));
    };
    if let Err(why) = may_execute(&process.subject(), file) {
        return Verdict::denied(Reason { text: format!("{path}: {why}"), span: process.uid.why.span });
    }
    let program = Program { caps: file.caps, setuid: Some(file.uid) };
    match process.credentials.execute(program) {
        Ok(after) if after.uid != process.credentials.uid => Verdict::allowed(Reason {
            text: format!(
                "{path} is set-user-ID and makes UID {} of UID {}: {}",
                after.uid, process.credentials.uid, process.no_new_privs.why.text
            ),
            span: process.no_new_privs.why.span,
        }),
        Ok(_) => Verdict::denied(Reason {
            text: format!("{path} runs without its set-user-ID bit: {}", process.no_new_privs.why.text),
            span: process.no_new_privs.why.span,
        }),
        Err(refused) => Verdict::denied(Reason {
            text: format!("{path} needs {}, which {} may not have", refused.0, process.title()),
            span: process.bounding_why.span,
        }),
    }
}
