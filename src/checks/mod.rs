//! Posture checks: tables, a registry and the runner that does the walking.
//!
//! Layer 4. A single check is two files, `x.rs` and `x.md`, and one line of its area's list; a family is one evaluator,
//! one `.md` with a section for each row, and a row a check. The `.rs` says what it is and holds one plain function;
//! the `.md` is what people read and what the tests run. Checks never walk: the runner hands them every container
//! (init, main, ephemeral), pod, document, rule, command line or instruction, so that none can forget one.
//!
//! A file that could not be read in full is said to be so: nothing here is silent about what it did not judge.

mod accepted;
mod anchor;
mod asked;
mod check;
mod component;
mod day;
mod detection;
mod dockerfile;
mod fault;
mod file;
mod judged;
mod mend;
mod namespace;
mod network;
mod options;
mod parameters;
mod policy;
mod rbac;
mod reading;
mod registry;
mod rule;
mod run;
mod structure;
mod supply;
mod suppress;
mod workload;
mod world;

pub use accepted::{Accepted, Files};
pub use anchor::Anchor;
pub use asked::Asked;
pub use check::{Check, Confidence, Level, Standard};
pub use day::Day;
pub use fault::Fault;
pub use file::File;
pub use judged::Judged;
pub use mend::{Mended, mend};
pub use options::{Options, UnknownCheck, select};
pub use parameters::Parameters;
pub use reading::Counts;
pub use registry::{all, explain, find, find_all};
pub use rule::{
    Case, ComponentCase, ContainerCase, DockerfileCase, DocumentCase, Faults, InstructionCase, PodCase,
    RoleCase, Row, Rule, Scope, Setup, TextCase,
};
pub use run::{Checked, Together, run};
pub use suppress::Suppressed;
use world::namespace;
pub use world::{Bound, World};
