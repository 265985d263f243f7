//! `ValidatingAdmissionPolicy`: would the API server let this request through?
//!
//! After kubernetes `staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/{generic,matching,validating}` and
//! `pkg/admission/plugin/cel`. Objects are judged as they are written: what the API server's defaulting adds, and what
//! it leaves out as empty, is not modelled. A request to another version or group of a resource that the cluster
//! serves more than once is not judged where `matchPolicy: Equivalent` would have to convert it. The authorizer is not
//! asked; audit annotations change no verdict here.

mod asked;
mod binding;
mod bound;
mod cases;
pub(in crate::sim::admission) mod definition;
mod judge;
pub(in crate::sim::admission) mod matching;
mod params;
pub(in crate::sim::admission) mod place;
pub(in crate::sim::admission) mod request;

pub use asked::{FIELDS, Question, ask, read};
pub use bound::{Bound, Known, POLICY, Said, faults};
pub use cases::SIMULATOR;
pub use definition::Definition;
pub use judge::{Judgement, Violation};
pub use request::{Request, User, plural};
