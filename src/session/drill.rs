//! Drilling cards: what is due, rating, undoing, and the drill's settings.

use super::view::{DrillCard, Rated};
use super::{Session, SessionError};
use crate::course::Question;
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
            let question = self.question_of(&card)?;
            let order = shown_options(&question, Seed::new(card.id.as_str(), u64::from(card.state.reviews)));
            let next = scheduler.next(&card.state, now, today);
            Some(DrillCard { card, question, order, next })
        };
        Ok(self.due()?.0.into_iter().filter_map(drawn).collect())
    }

    /// Rates a card; its new state is saved before this returns.
    pub fn rate(&mut self, card: &CardId, rating: Rating) -> Result<Rated, SessionError> {
        let (now, today, scheduler) = (self.now(), self.today(), self.scheduler()?);
        let missing = || SessionError::NoCard(card.clone());
        let before = self.store.card(card)?.ok_or_else(missing)?;
        let [again, hard, good, easy] = scheduler.next(&before.state, now, today);
        let next = match rating {
            Rating::Again => again,
            Rating::Hard => hard,
            Rating::Good => good,
            Rating::Easy => easy,
        };
        let retention = scheduler.retention().percent();
        let review = NewReview { card: &before, rating, after: &next.state, algorithm: ALGORITHM, retention };
        if !self.store.save_review(review, now)? {
            return Err(SessionError::Rated(before.id));
        }
        let was_leech = before.is_leech();
        let card = Card { state: next.state, ..before };
        Ok(Rated { interval: next.interval, leech: card.is_leech() && !was_leech, card })
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

    /// The cards to ask now, and how many are due in all. Cards whose question the course no longer has, or whose
    /// quiz is broken, wait.
    pub(super) fn due(&self) -> Result<(Vec<Card>, usize), StoreError> {
        let (now, today, scheduler) = (self.now(), self.today(), self.scheduler()?);
        let mut due = self.store.cards()?;
        due.retain(|card| !card.suspended && card.state.due <= now && self.question_of(card).is_some());
        let done = Today { reviewed: self.store.reviewed_since(today.start())? };
        let cap = usize::try_from(self.cap()?).unwrap_or(usize::MAX);
        Ok((queue(&due, &done, cap, &scheduler, now, today), due.len()))
    }

    fn question_of(&self, card: &Card) -> Option<Question> {
        self.course.quiz(&card.concept.lesson).ok()?.question(card.id.question()).cloned()
    }

    fn scheduler(&self) -> Result<Scheduler, StoreError> {
        Ok(Scheduler::new(self.retention()?))
    }
}

fn known(card: &CardId, found: bool) -> Result<(), SessionError> {
    if found { Ok(()) } else { Err(SessionError::NoCard(card.clone())) }
}
