//! The screens, and the one place that makes them from routes.

mod browse;
mod certificate;
mod check;
mod confirm;
mod drill;
mod glossary;
mod help;
mod home;
mod interview;
mod lab;
mod labs;
mod lessons;
mod message;
mod pages;
mod progress;
mod quiz;
mod reader;
mod speak;
mod welcome;

use crate::session::Session;

use super::flow::Route;
use super::screen::{Context, Screen};
use super::trouble::Trouble;

/// The screen of a route; a message saying why, where it cannot be opened.
pub fn open(route: Route, cx: &mut Context) -> Box<dyn Screen> {
    let opened: Result<Box<dyn Screen>, Trouble> = match route {
        Route::Welcome => Ok(Box::new(welcome::Welcome::new(cx))),
        Route::Home => Ok(Box::new(home::Home::new(cx))),
        Route::Lessons => lessons::Lessons::new(cx).map(boxed),
        Route::Reader(lesson, heading) => reader::Reader::new(&lesson, heading, cx).map(boxed),
        Route::Brief(brief, heading) => reader::Reader::brief(&brief, heading, cx).map(boxed),
        Route::BriefQuiz(brief) => quiz::QuizScreen::brief(&brief, cx).map(boxed),
        Route::Glossary { at, here } => glossary::GlossaryScreen::new(at.as_ref(), &here, cx).map(boxed),
        Route::Interview(scope) => interview::Interviews::new(scope, cx).map(boxed),
        Route::Speak(questions, at) => speak::Speak::new(questions, at, cx).map(boxed),
        Route::Quiz(lesson) => quiz::QuizScreen::new(&lesson, cx).map(boxed),
        Route::Browse(directory) => browse::Browse::new(&directory, cx).map(boxed),
        Route::Check(path) => check::CheckScreen::new(&path, cx).map(boxed),
        Route::Labs => labs::Labs::new(cx).map(boxed),
        Route::Lab(lab) => lab::LabScreen::new(&lab, cx).map(boxed),
        Route::Hint(lab) => message::HintBox::new(&lab, cx).map(boxed),
        Route::Drill => drill::Drill::new(cx).map(boxed),
        Route::Progress => progress::ProgressScreen::new(cx).map(boxed),
        Route::Certificate => certificate::CertificateScreen::new(cx).map(boxed),
        Route::Help { screen, hints } => Ok(Box::new(help::Help::new(screen, &hints, cx.glyphs))),
        Route::Pages => Ok(Box::new(pages::Pages::new(cx))),
        Route::Text { title, markdown } => Ok(Box::new(message::Message::page(&title, markdown))),
        Route::Message { title, text } => Ok(Box::new(message::Message::new(&title, text))),
        Route::Confirm { title, text } => Ok(Box::new(confirm::Confirm::new(title, text))),
    };
    opened.unwrap_or_else(|trouble| Box::new(message::Message::new(&trouble.title, trouble.text)))
}

fn boxed<S: Screen + 'static>(screen: S) -> Box<dyn Screen> {
    Box::new(screen)
}

/// Whether nothing was ever done here, not even the welcome read.
pub fn is_first_run(session: &Session) -> bool {
    let untouched = |(o, _): (crate::session::Overview, _)| {
        o.lessons.read == 0 && o.points.best == 0 && o.due_in_all == 0
    };
    let unseen = || session.setting(welcome::SEEN).is_ok_and(|seen| seen.is_none());
    session.place().is_none() && unseen() && session.glance().is_ok_and(untouched)
}
