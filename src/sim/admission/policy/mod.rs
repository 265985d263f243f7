//! `ValidatingAdmissionPolicy`: would the API server let this request through?
//!
//! After kubernetes `staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/{generic,matching,validating}` and
//! `pkg/admission/plugin/cel`. Objects are judged with the defaults that policies read most (`stored`); what the API
//! server leaves out as empty, such as a false `hostNetwork`, stays as it is written. A request to another version or
//! group of a resource that the cluster serves more than once is not judged where `matchPolicy: Equivalent` would have
//! to convert it. The authorizer is not asked; of audit annotations, only those that cannot be computed change a verdict.

mod asked;
mod binding;
mod cases;
mod definition;
mod judge;
mod matching;
mod params;
mod place;
mod request;
mod stored;
mod typed;

pub use asked::{Question, ask, read};
pub use cases::SIMULATOR;
pub use definition::Definition;
