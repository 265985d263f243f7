//! When a card comes again: FSRS-6 with its default parameters, intervals in whole days, no fuzz.

use std::fmt;

use fsrs::{DEFAULT_PARAMETERS, FSRS, FSRS6_DEFAULT_DECAY, MemoryState, NextStates};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Day, Memory, Rating, State};

/// What computes the intervals; stored with each review, so that a log can be read after a change of algorithm.
pub const ALGORITHM: &str = "fsrs-6 default, fsrs-rs 6.6";

/// How long until a card that was not recalled comes again.
const AGAIN_MINUTES: u32 = 10;

/// A hundred years: FSRS' own bound on stability (`S_MAX`, fsrs-rs `simulation.rs`), whatever a damaged row says.
const MAX_DAYS: u32 = 36_500;

/// The chance of recall, in percent, at which a card is due: 70 to 97, by default 90.
///
/// Above 97 % the work grows beyond measure, below 70 % more is forgotten than learned (Anki manual, "Desired
/// Retention").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Retention(u32);

impl Retention {
    /// The lowest.
    pub const MIN: u32 = 70;
    /// The highest.
    pub const MAX: u32 = 97;

    /// This many percent, where that is within the range.
    pub fn new(percent: u32) -> Option<Self> {
        (Self::MIN..=Self::MAX).contains(&percent).then_some(Self(percent))
    }

    /// In percent.
    pub fn percent(self) -> u32 {
        self.0
    }

    fn fraction(self) -> f32 {
        self.0 as f32 / 100.0
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self(90)
    }
}

/// How long until a card comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interval {
    /// On the same day.
    Minutes(u32),
    /// At the start of the day that is this many days away.
    Days(u32),
}

impl Interval {
    /// Whole days; 0 for minutes.
    pub fn days(self) -> u32 {
        match self {
            Self::Minutes(_) => 0,
            Self::Days(days) => days,
        }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A month is 30 days and a year 365 here: what a button says is for orientation.
        let text = match *self {
            Self::Minutes(minutes) => format!("{minutes} min"),
            Self::Days(days @ 0..30) => format!("{days} d"),
            Self::Days(days @ 30..365) => format!("{} mo", tenths(days, 30)),
            Self::Days(days) => format!("{} y", tenths(days, 365)),
        };
        f.pad(&text)
    }
}

/// `days / unit` with one decimal where it is not 0: `2`, `1.5`.
fn tenths(days: u32, unit: u32) -> String {
    let tenths = (u64::from(days) * 10 + u64::from(unit) / 2) / u64::from(unit);
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

/// What a rating would lead to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Next {
    /// The rating.
    pub rating: Rating,
    /// How long until the card comes again; its text stands under the button.
    pub interval: Interval,
    /// The state that the card would have.
    pub state: State,
}

/// Computes next states for one desired retention.
pub struct Scheduler {
    fsrs: FSRS,
    retention: Retention,
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler").field("retention", &self.retention).finish_non_exhaustive()
    }
}

impl Scheduler {
    /// A scheduler with FSRS-6's default parameters.
    pub fn new(retention: Retention) -> Self {
        Self { fsrs: FSRS::default(), retention }
    }

    /// The desired retention.
    pub fn retention(&self) -> Retention {
        self.retention
    }

    /// What each rating at `now`, on `today`, would lead to: Again, Hard, Good, Easy, never shorter than the one
    /// before.
    pub fn next(&self, state: &State, now: Timestamp, today: Day) -> [Next; 4] {
        let states = self.states(state, today);
        let mut longest = 1;
        Rating::ALL.map(|rating| {
            let item = match rating {
                Rating::Again => &states.again,
                Rating::Hard => &states.hard,
                Rating::Good => &states.good,
                Rating::Easy => &states.easy,
            };
            let interval = if rating == Rating::Again {
                Interval::Minutes(AGAIN_MINUTES)
            } else {
                longest = longest.max((item.interval.round().max(1.0) as u32).min(MAX_DAYS));
                Interval::Days(longest)
            };
            let memory = Memory { stability: item.memory.stability, difficulty: item.memory.difficulty };
            Next { rating, interval, state: after(state, rating, interval, memory, now, today) }
        })
    }

    /// The chance, from 0 to 1, that it is recalled on `today`; none before the first review.
    pub fn retrievability(&self, state: &State, today: Day) -> Option<f32> {
        let memory = usable(state.memory?)?;
        let chance = fsrs::current_retrievability(memory, elapsed(state, today) as f32, FSRS6_DEFAULT_DECAY);
        chance.is_finite().then_some(chance)
    }

    fn states(&self, state: &State, today: Day) -> NextStates {
        let retention = self.retention.fraction();
        let from = |memory| self.fsrs.next_states(memory, retention, elapsed(state, today));
        // A state that FSRS refuses can only come from a damaged row: the card is taken as new.
        from(state.memory.and_then(usable)).or_else(|_| from(None)).unwrap_or_else(|_| first_states())
    }
}

/// The memory as FSRS wants it, where its numbers are within FSRS' own bounds.
fn usable(memory: Memory) -> Option<MemoryState> {
    let fits =
        (0.001..=MAX_DAYS as f32).contains(&memory.stability) && (1.0..=10.0).contains(&memory.difficulty);
    fits.then_some(MemoryState { stability: memory.stability, difficulty: memory.difficulty })
}

/// The state of a new card after each rating by the default parameters alone: initial stabilities are the first
/// four (FSRS-6, "S0"). Reached only if the crate refused a new card, which it does not.
fn first_states() -> NextStates {
    let item = |rating: usize| fsrs::ItemState {
        memory: MemoryState { stability: DEFAULT_PARAMETERS[rating], difficulty: 5.0 },
        interval: DEFAULT_PARAMETERS[rating],
    };
    NextStates { again: item(0), hard: item(1), good: item(2), easy: item(3) }
}

/// Days of study since the last review.
fn elapsed(state: &State, today: Day) -> u32 {
    state.last.map_or(0, |last| today.since(today.same_clock(last)))
}

fn after(
    state: &State,
    rating: Rating,
    interval: Interval,
    memory: Memory,
    now: Timestamp,
    today: Day,
) -> State {
    let due = match interval {
        Interval::Minutes(minutes) => {
            now.checked_add(SignedDuration::from_mins(i64::from(minutes))).unwrap_or(Timestamp::MAX)
        }
        Interval::Days(days) => today.plus(days).start(),
    };
    let lapsed = rating == Rating::Again && state.interval > 0;
    State {
        due,
        interval: interval.days(),
        memory: Some(memory),
        last: Some(now),
        reviews: state.reviews.saturating_add(1),
        lapses: state.lapses.saturating_add(u32::from(lapsed)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::Offset;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn day(now: Timestamp) -> Day {
        Day::of(now, Offset::UTC)
    }

    fn texts(next: &[Next; 4]) -> Vec<String> {
        next.iter().map(|n| n.interval.to_string()).collect()
    }

    #[test]
    fn a_new_card_has_the_default_first_intervals() {
        let now = at("2026-11-21T12:00:00Z");
        let next = Scheduler::new(Retention::default()).next(&State::new(now), now, day(now));
        assert_eq!(texts(&next), ["10 min", "1 d", "2 d", "8 d"]);
        assert_eq!(next[0].state.due, at("2026-11-21T12:10:00Z"));
        assert_eq!(next[2].state.due, at("2026-11-23T04:00:00Z"));
        assert_eq!(next[2].state.reviews, 1);
    }

    #[test]
    fn a_lapse_is_a_card_forgotten_after_a_day_or_more() {
        let scheduler = Scheduler::new(Retention::default());
        let now = at("2026-11-21T12:00:00Z");
        let failed = scheduler.next(&State::new(now), now, day(now))[0].state;
        assert_eq!(failed.lapses, 0, "a new card is not forgotten");
        let kept = scheduler.next(&State::new(now), now, day(now))[2].state;
        let later = at("2026-11-23T12:00:00Z");
        let lapsed = scheduler.next(&kept, later, day(later))[0].state;
        assert_eq!(lapsed.lapses, 1);
        let again = scheduler.next(&lapsed, later, day(later))[0].state;
        assert_eq!(again.lapses, 1, "one evening of failing is one lapse");
    }

    #[test]
    fn higher_retention_means_shorter_intervals() {
        let now = at("2026-11-21T12:00:00Z");
        let days = |percent| {
            let scheduler = Scheduler::new(Retention::new(percent).unwrap());
            scheduler.next(&State::new(now), now, day(now))[3].interval.days()
        };
        assert!(days(97) < days(90) && days(90) < days(70), "{} {} {}", days(97), days(90), days(70));
        assert!(Retention::new(98).is_none() && Retention::new(69).is_none());
    }

    #[test]
    fn intervals_read_like_a_label() {
        let texts = [Interval::Minutes(10), Interval::Days(3), Interval::Days(60), Interval::Days(45)];
        assert_eq!(texts.map(|i| i.to_string()), ["10 min", "3 d", "2 mo", "1.5 mo"]);
        assert_eq!(Interval::Days(730).to_string(), "2 y");
    }

    proptest! {
        #[test]
        fn ratings_never_shorten_and_intervals_are_positive(
            stability in prop_oneof![Just(f32::NAN), 0.001f32..40_000.0],
            difficulty in 0.0f32..12.0,
            gone in 0i64..4000,
            percent in Retention::MIN..=Retention::MAX,
        ) {
            let last = at("2020-01-01T12:00:00Z");
            let now = Timestamp::from_second(last.as_second() + gone * 86_400).unwrap();
            let state = State {
                memory: Some(Memory { stability, difficulty }),
                last: Some(last),
                interval: 5,
                ..State::new(now)
            };
            let next = Scheduler::new(Retention::new(percent).unwrap()).next(&state, now, day(now));
            for pair in next.windows(2) {
                prop_assert!(pair[0].interval <= pair[1].interval);
                prop_assert!(pair[0].state.due <= pair[1].state.due);
            }
            for one in next {
                prop_assert!(one.state.due > now);
                let memory = one.state.memory.unwrap();
                prop_assert!(memory.stability > 0.0 && memory.difficulty.is_finite());
            }
        }

        #[test]
        fn a_card_is_easier_to_recall_the_sooner_it_is_asked(stability in 0.1f32..1000.0, gone in 0u32..3000) {
            let last = at("2020-01-01T12:00:00Z");
            let state = State {
                memory: Some(Memory { stability, difficulty: 5.0 }),
                last: Some(last),
                ..State::new(last)
            };
            let scheduler = Scheduler::new(Retention::default());
            let sooner = scheduler.retrievability(&state, day(last).plus(gone)).unwrap();
            let later = scheduler.retrievability(&state, day(last).plus(gone + 1)).unwrap();
            prop_assert!(sooner > later && sooner <= 1.0 && later > 0.0);
        }
    }
}
