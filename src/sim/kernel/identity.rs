//! `identity`: does a container's process run with this UID, as the container or as the node sees it?

use super::PodName;
use super::start;
use crate::sim::world::World;
use crate::sim::{Reason, Verdict};

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The container itself.
    Container,
    /// The node: with a user namespace, another UID than the container's.
    Node,
}

/// The views and their words in questions.
pub const VIEWS: &[(&str, View)] = &[("container", View::Container), ("node", View::Node)];

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Whose container.
    pub pod: PodName,
    /// Which container.
    pub container: String,
    /// The UID.
    pub uid: u32,
    /// As whom.
    pub view: View,
}

/// Answers it.
pub fn ask(world: &World, question: &Question) -> Verdict {
    let process = match start::running(world, &question.pod, &question.container) {
        Ok(process) => process,
        Err(verdict) => return verdict,
    };
    let inside = process.credentials.uid;
    let why = process.uid.why.clone();
    if question.view == View::Node && process.user_namespace.value {
        // The kubelet gives each pod 65,536 UIDs of its own, from 65,536 on (KEP-127): never one below.
        let mapped = process.user_namespace.why.clone();
        if question.uid < 65_536 {
            return Verdict::denied(Reason {
                text: format!(
                    "UID {inside} of {} is one above 65535 on the node: {}",
                    process.title(),
                    mapped.text
                ),
                span: mapped.span,
            });
        }
        return Verdict::unmodelled("which block of UIDs a pod gets is the kubelet's choice");
    }
    if inside == question.uid { Verdict::allowed(why) } else { Verdict::denied(why) }
}
