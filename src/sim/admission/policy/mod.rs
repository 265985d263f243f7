//! `ValidatingAdmissionPolicy`: would the API server let this request through?
//!
//! After kubernetes `staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/{generic,matching,validating}` and
//! `pkg/admission/plugin/cel`. Objects are judged as they are written: what the API server's defaulting adds, and what
//! it leaves out as empty, is not modelled. A request to another version or group of a resource that the cluster
//! serves more than once is not judged where `matchPolicy: Equivalent` would have to convert it. The authorizer is not
//! asked; audit annotations change no verdict here.

mod asked;
mod binding;
mod cases;
pub(in crate::sim::admission) mod definition;
mod judge;
pub(in crate::sim::admission) mod matching;
mod params;
pub(in crate::sim::admission) mod place;
pub(in crate::sim::admission) mod request;

pub use asked::{Question, ask, read};
pub(in crate::sim) use binding::Binding;
pub use cases::SIMULATOR;
pub use definition::Definition;
pub(in crate::sim) use judge::judge as judge_policy;
pub(in crate::sim::admission) use matching::fits;
pub(in crate::sim::admission) use place::of as place_of;
pub(in crate::sim) use request::{Request, plural};
