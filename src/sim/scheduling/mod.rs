//! `scheduling`: where can a pod land, and why not there; and whether the node that it lands on can start it.
//!
//! What the `RuntimeClass` admission plug-in makes of the pod, then the scheduler's filters, or the kubelet's own where the
//! pod names its node. Asked of one pod at one moment: pods that name no node take no room, and nothing is preempted or
//! evicted.

mod cases;
mod filter;
mod landing;
mod machine;
mod ports;
mod question;
mod refusal;
mod request;
mod resources;

pub use cases::SIMULATOR;
pub use filter::Fit;
pub(crate) use landing::lands;
pub use landing::{Landing, Landings, landings, spread};
pub use machine::Machine;
pub use question::{Question, ask};
pub use refusal::{class_refusals, pod_refusals};
pub(in crate::sim) use request::{BROKEN, OF_DAEMONS, OF_NETWORK};
pub use request::{Class, Request};
