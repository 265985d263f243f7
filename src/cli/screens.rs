//! The application: everything that needs a terminal.

use super::exit::{Done, Exit, Failure};
use super::open::Opener;
use crate::tui;
use crate::tui::flow::Route;

/// Opens the application, at `route` where one is given.
pub fn run(opener: &Opener, route: Option<Route>) -> Done {
    let session = opener.session()?;
    let theme = session.setting(tui::app::THEME).ok().flatten();
    let mut options = tui::Options::from_env(theme.as_deref(), |name| std::env::var(name).ok());
    options.start = route;
    match tui::run(session, &options) {
        Ok(_) => Ok(Exit::Yes),
        Err(error) => Err(Failure::unjudged(format!("the terminal: {error}"))),
    }
}
