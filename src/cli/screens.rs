//! The application: everything that needs a terminal.

use super::exit::{Done, Exit, Failure};
use super::open::Opener;
use crate::course::Course;
use crate::tui;
use crate::tui::flow::Route;

/// Opens the application on a course, at `route` where one is given.
pub fn run(opener: &Opener, course: Course, route: Option<Route>) -> Done {
    let session = opener.session_on(course)?;
    let mut options = tui::Options::from_env(None, |name| std::env::var(name).ok());
    options.start = route;
    match tui::run(session, &options) {
        Ok(_) => Ok(Exit::Yes),
        Err(error) => Err(Failure::unjudged(format!("the terminal: {error}"))),
    }
}
