//! The application: everything that needs a terminal.

use super::exit::{Done, Exit, Failure};
use super::open::Opener;
use crate::course::Course;
use crate::tui;
use crate::tui::flow::Route;

/// Opens the application, at the route that `find` names in the course.
pub fn run(opener: &Opener, find: impl FnOnce(&Course) -> Result<Option<Route>, Failure>) -> Done {
    let (session, route) = opener.session_beside(|course| {
        let route = find(course)?;
        if let Some(Route::Reader(lesson, _)) = &route {
            // Kept by the course; what is wrong with it the reader will show.
            let _ = course.lesson(lesson);
        }
        Ok(route)
    })?;
    let theme = session.setting(tui::app::THEME).ok().flatten();
    let mut options = tui::Options::from_env(theme.as_deref(), |name| std::env::var(name).ok());
    options.start = route;
    match tui::run(session, &options) {
        Ok(_) => Ok(Exit::Yes),
        Err(error) => Err(Failure::unjudged(format!("the terminal: {error}"))),
    }
}
