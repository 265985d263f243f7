//! `ValidatingAdmissionPolicy`: would the API server let this request through? And `MutatingAdmissionPolicy`: what does it
//! make of it?
//!
//! After kubernetes `staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/{generic,matching,validating,mutating}` and
//! `pkg/admission/plugin/cel`. Objects are judged with the API server's defaults (`defaults`). A request to another version or
//! group of a resource that the cluster serves more than once is not judged where `matchPolicy: Equivalent` would have
//! to convert it. The authorizer is RBAC; of audit annotations, only those that cannot be computed change a verdict.

mod asked;
mod authority;
mod binding;
mod bound;
mod cases;
pub(in crate::sim::admission) mod definition;
mod judge;
pub(in crate::sim::admission) mod matching;
mod mutating;
mod mutation;
mod params;
pub(in crate::sim::admission) mod place;
pub(in crate::sim::admission) mod request;
pub(in crate::sim::admission) mod typed;

pub use asked::{FIELDS, Question, ask, read};
pub(in crate::sim) use binding::Binding;
pub(in crate::sim::admission) use bound::mentions;
pub use bound::{Bound, Known, POLICY, Said, WHO, faults};
pub use cases::SIMULATOR;
pub use definition::Definition;
pub(in crate::sim) use judge::judge as judge_policy;
pub(in crate::sim::admission) use judge::judge_alone;
pub use judge::{Judgement, Violation};
pub(in crate::sim::admission) use matching::{calls, fits};
pub use mutating::{Changed, Failed, Mutators, Round};
pub(in crate::sim::admission) use place::of as place_of;
pub use request::{Request, User, plural};
