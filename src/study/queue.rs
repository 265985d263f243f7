//! Which cards are asked today, and in which order.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Card, CardId, Day, Scheduler};
use crate::ids::ConceptId;

/// What was already reviewed on this day of study.
#[derive(Clone, Debug, Default)]
pub struct Today {
    /// The cards, each with its concept.
    pub reviewed: Vec<(CardId, ConceptId)>,
}

/// The cards to ask at `now`, at most `cap` different cards a day.
///
/// The order follows Anki (manual, "Burying" and "Review Sort Order"): what was failed a few minutes ago, then
/// reviews, then new cards. Among reviews the one most likely to be forgotten comes first, which Anki calls relative
/// overdueness and recommends for a backlog: after a gap the cap leaves the most useful cards. Of siblings, the
/// cards of one concept, only one is asked a day; it is the first in this order.
pub fn queue(
    cards: &[Card],
    today: &Today,
    cap: usize,
    scheduler: &Scheduler,
    now: Timestamp,
    day: Day,
) -> Vec<Card> {
    let seen: BTreeSet<&CardId> = today.reviewed.iter().map(|(card, _)| card).collect();
    let mut concepts: BTreeSet<&ConceptId> = today.reviewed.iter().map(|(_, concept)| concept).collect();
    let mut due: Vec<(u8, f32, &Card)> = cards
        .iter()
        .filter(|card| !card.suspended && card.state.due <= now)
        .map(|card| {
            let chance = scheduler.retrievability(&card.state, day);
            let group = match chance {
                Some(_) if seen.contains(&card.id) => 0,
                Some(_) => 1,
                None => 2,
            };
            (group, chance.unwrap_or(0.0), card)
        })
        .collect();
    due.sort_by(|a, b| {
        (a.0.cmp(&b.0))
            .then(a.1.total_cmp(&b.1))
            .then(a.2.state.due.cmp(&b.2.state.due))
            .then(a.2.id.cmp(&b.2.id))
    });
    let mut left = cap.saturating_sub(seen.len());
    let mut asked = Vec::new();
    for (_, _, card) in due {
        // A card that was failed today comes again whatever the cap and its siblings say.
        let again = seen.contains(&card.id);
        if !again && (left == 0 || !concepts.insert(&card.concept)) {
            continue;
        }
        left -= usize::from(!again);
        asked.push(card.clone());
    }
    asked
}

#[cfg(test)]
mod tests {
    use jiff::tz::Offset;

    use super::super::{Memory, Retention, State};
    use super::*;
    use crate::ids::{LessonId, QuestionId};

    fn now() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    fn today() -> Day {
        Day::of(now(), Offset::UTC)
    }

    fn card(id: &str, concept: &str, stability: Option<f32>) -> Card {
        let lesson = LessonId::new("01-x").unwrap();
        Card {
            id: CardId::new(&QuestionId::new(id).unwrap()),
            concept: ConceptId::parse(concept, &lesson).unwrap(),
            suspended: false,
            flagged: false,
            state: State {
                memory: stability.map(|stability| Memory { stability, difficulty: 5.0 }),
                last: stability.map(|_| "2026-11-01T12:00:00Z".parse().unwrap()),
                ..State::new("2026-11-20T04:00:00Z".parse().unwrap())
            },
        }
    }

    fn ids(cards: &[Card], done: &Today, cap: usize) -> Vec<String> {
        let scheduler = Scheduler::new(Retention::default());
        queue(cards, done, cap, &scheduler, now(), today()).iter().map(|c| c.id.to_string()).collect()
    }

    #[test]
    fn the_most_forgotten_come_first_and_new_ones_last() {
        let cards = [card("new", "a", None), card("firm", "b", Some(50.0)), card("weak", "c", Some(2.0))];
        assert_eq!(ids(&cards, &Today::default(), 20), ["weak", "firm", "new"]);
        assert_eq!(ids(&cards, &Today::default(), 2), ["weak", "firm"], "the cap leaves the most useful");
    }

    #[test]
    fn siblings_wait_for_another_day() {
        let cards = [card("one", "a", Some(50.0)), card("two", "a", Some(2.0)), card("three", "b", None)];
        assert_eq!(ids(&cards, &Today::default(), 20), ["two", "three"]);
        let done = Today { reviewed: vec![(cards[1].id.clone(), cards[1].concept.clone())] };
        let rest = [cards[0].clone(), cards[2].clone()];
        assert_eq!(ids(&rest, &done, 20), ["three"], "its sibling was reviewed today");
    }

    #[test]
    fn what_was_failed_today_comes_again_whatever_the_cap() {
        let cards = [card("one", "a", Some(2.0)), card("two", "b", Some(50.0))];
        let done = Today { reviewed: vec![(cards[1].id.clone(), cards[1].concept.clone())] };
        assert_eq!(ids(&cards, &done, 1), ["two"]);
        assert_eq!(ids(&cards, &done, 2), ["two", "one"]);
    }

    #[test]
    fn suspended_and_future_cards_are_not_asked() {
        let mut suspended = card("one", "a", None);
        suspended.suspended = true;
        let mut future = card("two", "b", None);
        future.state.due = "2026-11-21T12:00:01Z".parse().unwrap();
        assert!(ids(&[suspended, future], &Today::default(), 20).is_empty());
    }
}
