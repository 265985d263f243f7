//! Posture checks: a table, a registry and the runner that does the walking.
//!
//! Layer 4. A check is two files, `x.rs` and `x.md`, and one line of the table ([`registry`](all)). The `.rs` says
//! what it is and holds one plain function; the `.md` is what people read and what the tests run. Checks never walk:
//! the runner hands them every container (init, main, ephemeral) or every pod, so that none can forget one.
//!
//! A file that could not be read in full is said to be so: nothing here is silent about what it did not judge.

mod check;
mod options;
mod reading;
mod registry;
mod run;
mod workload;

pub use check::{Check, ContainerCase, Fault, PodCase, Rule, World};
pub use options::{Options, UnknownCheck, select};
pub use reading::Counts;
pub use registry::{all, explain, find, find_all};
pub use run::{Checked, run};
