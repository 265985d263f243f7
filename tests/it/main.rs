//! ONE integration binary: the boundaries of `sealegs`, through few doors.

mod author;
mod certificate;
mod checks;
mod cli;
mod course;
mod labs;
mod pty;
mod session;
mod sim;
mod snippets;
mod store;
mod tidy;
mod tui;
