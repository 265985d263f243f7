//! Drilling cards: what is due, rating, undoing, and the drill's settings.

use std::sync::Arc;

use super::view::{Asks, DrillCard, Rated};
use super::{Session, SessionError};
use crate::course::Quiz;
use crate::quiz::{Seed, shown_options};
use crate::store::{NewReview, StoreError};
use crate::study::{ALGORITHM, Card, CardId, Rating, Retention, Scheduler, Today, queue};

const CAP: &str = "drill.cap";
const RETENTION: &str = "drill.retention";

/// Different cards a day where the learner says nothing: about ten minutes.
const DEFAULT_CAP: u32 = 20;

impl Session {
    /// The cards to ask now, in order; see `study::queue` for which and why.
    pub fn drill(&self) -> Result<Vec<DrillCard>, SessionError> {
        let (now, today, scheduler) = (self.now(), self.today(), self.scheduler()?);
        let drawn = |card: Card| {
            let asks = self.asks(&card)?;
            let next = scheduler.next(&card.state, now, today);
            Some(DrillCard { card, asks, next })
        };
        Ok(self.due(|card| self.asks(card).is_some())?.0.into_iter().filter_map(drawn).collect())
    }

    /// Rates a card; its new state is saved before this returns.
    pub fn rate(&mut self, card: &CardId, rating: Rating) -> Result<Rated, SessionError> {
        let (now, today, scheduler) = (self.now(), self.today(), self.scheduler()?);
        let missing = || SessionError::NoCard(card.clone());
        let before = self.store.card(card)?.ok_or_else(missing)?;
        let next = rating.among(scheduler.next(&before.state, now, today));
        let retention = scheduler.retention().percent();
        let review = NewReview { card: &before, rating, after: &next.state, algorithm: ALGORITHM, retention };
        if !self.store.save_review(review, now)? {
            return Err(SessionError::Rated(before.id));
        }
        Ok(Rated::new(before, &next))
    }

    /// Takes the last rating of today back and returns its card; none where there is none left.
    pub fn undo(&mut self) -> Result<Option<CardId>, SessionError> {
        let (now, today) = (self.now(), self.today());
        Ok(self.store.undo_review(today.start(), now)?)
    }

    /// Not today: the card is due at the start of tomorrow.
    pub fn postpone(&mut self, card: &CardId) -> Result<(), SessionError> {
        let tomorrow = self.today().plus(1).start();
        known(card, self.store.postpone(card, tomorrow)?)
    }

    /// Puts a card aside, or takes it up again.
    pub fn suspend(&mut self, card: &CardId, suspended: bool) -> Result<(), SessionError> {
        known(card, self.store.suspend(card, suspended)?)
    }

    /// Marks a card, or no longer.
    pub fn flag(&mut self, card: &CardId, flagged: bool) -> Result<(), SessionError> {
        known(card, self.store.flag(card, flagged)?)
    }

    /// How many different cards a day the drill asks.
    pub fn cap(&self) -> Result<u32, StoreError> {
        Ok(self.store.setting(CAP)?.and_then(|text| text.parse().ok()).unwrap_or(DEFAULT_CAP))
    }

    /// Sets how many different cards a day the drill asks.
    pub fn set_cap(&mut self, cap: u32) -> Result<(), StoreError> {
        self.store.save_setting(CAP, &cap.to_string())
    }

    /// The chance of recall at which a card is due.
    pub fn retention(&self) -> Result<Retention, StoreError> {
        let percent = self.store.setting(RETENTION)?.and_then(|text| text.parse().ok());
        Ok(percent.and_then(Retention::new).unwrap_or_default())
    }

    /// Sets the chance of recall at which a card is due; cards keep their dates until they are reviewed.
    pub fn set_retention(&mut self, retention: Retention) -> Result<(), StoreError> {
        self.store.save_setting(RETENTION, &retention.percent().to_string())
    }

    /// The cards to ask now, and how many are due in all. Those of which `there` says no wait.
    pub(super) fn due(&self, there: impl Fn(&Card) -> bool) -> Result<(Vec<Card>, usize), StoreError> {
        let (now, today, scheduler) = (self.now(), self.today(), self.scheduler()?);
        let mut due = self.store.cards()?;
        due.retain(|card| !card.suspended && card.state.due <= now && there(card));
        let done = Today { reviewed: self.store.reviewed_since(today.start())? };
        let cap = usize::try_from(self.cap()?).unwrap_or(usize::MAX);
        Ok((queue(&due, &done, cap, &scheduler, now, today), due.len()))
    }

    /// What a card asks; none where the course no longer has it, or its quiz is broken.
    pub(super) fn asks(&self, card: &Card) -> Option<Asks> {
        let id = card.id.question();
        // The concept's lesson is nearly always the question's own.
        let here = self.course.quiz(&card.concept.lesson).ok();
        let holds = |quiz: &Arc<Quiz>| quiz.question(id).is_some() || quiz.interview(id).is_some();
        let quiz = here.filter(holds).or_else(|| self.course.quiz_with(id))?;
        if let Some(interview) = quiz.interview(id) {
            return Some(Asks::Interview(interview.clone()));
        }
        let question = quiz.question(id)?.clone();
        let order = shown_options(&question, Seed::new(card.id.as_str(), u64::from(card.state.reviews)));
        Some(Asks::Question { question, order })
    }

    pub(super) fn scheduler(&self) -> Result<Scheduler, StoreError> {
        Ok(Scheduler::new(self.retention()?))
    }
}

fn known(card: &CardId, found: bool) -> Result<(), SessionError> {
    if found { Ok(()) } else { Err(SessionError::NoCard(card.clone())) }
}
