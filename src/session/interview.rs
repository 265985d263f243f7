//! Open questions: which there are, how they went, and what an answer held of its rubric.

use std::collections::BTreeSet;

use super::view::{Asks, DrillCard, InterviewRow, Rated, Scope};
use super::{Session, SessionError};
use crate::course::{Interview, Status};
use crate::ids::QuestionId;
use crate::store::{NewReview, NewRubric, StoreError};
use crate::study::{ALGORITHM, Card, CardId, Rating, State};

impl Session {
    /// The open questions of a scope, in the course's order, each with how it went the last time. Those of a broken
    /// quiz are missing.
    pub fn interviews(&self, scope: &Scope) -> Result<Vec<InterviewRow>, StoreError> {
        let said = self.store.said()?;
        let manifest = self.course.manifest();
        let wanted = manifest.lessons.iter().filter(|l| l.status == Status::Ready && scope.holds(l));
        let mut rows = Vec::new();
        for lesson in wanted {
            let Ok(quiz) = self.course.quiz(&lesson.id) else { continue };
            rows.extend(quiz.interviews.iter().map(|interview| InterviewRow {
                id: interview.id.clone(),
                concept: interview.concept.clone(),
                lesson: lesson.id.clone(),
                number: lesson.number,
                track: lesson.track.clone(),
                level: interview.level,
                question: interview.question.clone(),
                last: said.get(&interview.id).copied(),
            }));
        }
        Ok(rows)
    }

    /// An open question as a card, whether it was ever asked or not.
    pub fn interview(&self, id: &QuestionId) -> Result<DrillCard, SessionError> {
        let interview = self.interview_of(id)?;
        let card = self.interview_card(&interview)?;
        let next = self.scheduler()?.next(&card.state, self.now(), self.today());
        Ok(DrillCard { card, asks: Asks::Interview(interview), next })
    }

    /// Keeps which points of its rubric an answer held, and rates the question's card by them; from now on the drill
    /// asks it. Saved in one transaction before this returns.
    pub fn interview_rate(&mut self, id: &QuestionId, said: &BTreeSet<usize>) -> Result<Rated, SessionError> {
        let interview = self.interview_of(id)?;
        let before = self.interview_card(&interview)?;
        let points = interview.rubric.len();
        let said: BTreeSet<usize> = said.iter().copied().filter(|at| *at < points).collect();
        let rating = Rating::of_rubric(said.len(), points);
        let (now, scheduler) = (self.now(), self.scheduler()?);
        let next = rating.among(scheduler.next(&before.state, now, self.today()));
        let retention = scheduler.retention().percent();
        let review = NewReview { card: &before, rating, after: &next.state, algorithm: ALGORITHM, retention };
        let edition = &self.course.manifest().edition;
        let (question, concept) = (&interview.id, &interview.concept);
        let rubric = NewRubric { question, concept, said: &said, points, edition };
        if !self.store.save_rubric(rubric, review, now)? {
            return Err(SessionError::Rated(before.id));
        }
        Ok(Rated::new(before, &next))
    }

    fn interview_of(&self, id: &QuestionId) -> Result<Interview, SessionError> {
        let quiz = self.course.quiz_with(id);
        let found = quiz.and_then(|quiz| quiz.interview(id).cloned());
        found.ok_or_else(|| SessionError::NoQuestion(id.clone()))
    }

    fn interview_card(&self, interview: &Interview) -> Result<Card, StoreError> {
        let id = CardId::new(&interview.id);
        let card = self.store.card(&id)?;
        Ok(card.unwrap_or_else(|| Card {
            id,
            concept: interview.concept.clone(),
            suspended: false,
            flagged: false,
            state: State::new(self.now()),
        }))
    }
}
