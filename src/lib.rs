//! `sealegs` teaches container and Kubernetes security in a terminal, offline, from one binary.
//!
//! Data flows one way:
//!
//! ```text
//! text → parse → model → sim → checks → grade → session → { cli, tui }
//! beside it, all pure: course, quiz, study, certificate, render;  one door to disk: store
//! ```
//!
//! `ARCHITECTURE.md` holds the map and the numbered invariants; `tests/it/tidy.rs` enforces what a test can.

pub mod author;
pub mod certificate;
pub mod checks;
pub mod cli;
pub mod clock;
pub mod course;
pub mod grade;
pub mod ids;
pub mod model;
pub mod parse;
pub mod quiz;
pub mod render;
pub mod session;
pub mod sim;
pub mod store;
pub mod study;
pub mod text;
pub mod tui;
