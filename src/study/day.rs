//! The learner's day: it begins at 04:00 local time, so that a late evening still belongs to the day before.

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// The hour, local time, at which a new day of study begins (Anki's default for "next day starts at").
pub const DAY_STARTS_AT: i64 = 4;

const DAY: i64 = 24 * 60 * 60;

/// A day of study: days since 1970-01-01 in the learner's own reckoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    number: i64,
    offset: Offset,
}

impl Day {
    /// The day that `at` belongs to, for someone whose clock is `offset` ahead of UTC.
    pub fn of(at: Timestamp, offset: Offset) -> Self {
        Self { number: (at.as_second() + shift(offset)).div_euclid(DAY), offset }
    }

    /// Its first moment.
    pub fn start(self) -> Timestamp {
        let second = self.number.saturating_mul(DAY).saturating_sub(shift(self.offset));
        Timestamp::from_second(second).unwrap_or(if second < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }

    /// The day `days` later.
    #[must_use]
    pub fn plus(self, days: u32) -> Self {
        Self { number: self.number.saturating_add(i64::from(days)), ..self }
    }

    /// How many days after `earlier` this is; 0 where it is not after it.
    pub fn since(self, earlier: Self) -> u32 {
        u32::try_from(self.number.saturating_sub(earlier.number)).unwrap_or(0)
    }

    /// The day of `at` by the same clock.
    #[must_use]
    pub fn same_clock(self, at: Timestamp) -> Self {
        Self::of(at, self.offset)
    }
}

/// Seconds to add to UTC so that midnight falls on the start of the day of study.
fn shift(offset: Offset) -> i64 {
    i64::from(offset.seconds()) - SignedDuration::from_hours(DAY_STARTS_AT).as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_begins_at_four_in_the_morning_local_time() {
        let utc = Offset::UTC;
        let day = Day::of(at("2026-11-21T12:00:00Z"), utc);
        assert_eq!(day.start(), at("2026-11-21T04:00:00Z"));
        assert_eq!(Day::of(at("2026-11-22T03:59:59Z"), utc), day);
        assert_eq!(Day::of(at("2026-11-22T04:00:00Z"), utc), day.plus(1));
        assert_eq!(day.plus(3).since(day), 3);
        assert_eq!(day.since(day.plus(3)), 0);
    }

    #[test]
    fn the_offset_moves_the_day() {
        let tokyo = Offset::constant(9);
        let day = Day::of(at("2026-11-21T18:59:59Z"), tokyo);
        assert_eq!(day.start(), at("2026-11-20T19:00:00Z"));
        assert_eq!(day.same_clock(at("2026-11-21T19:00:00Z")), day.plus(1));
    }

    #[test]
    fn the_ends_of_time_are_no_panic() {
        for moment in [Timestamp::MIN, Timestamp::MAX] {
            let day = Day::of(moment, Offset::constant(-12));
            let _ = (day.start(), day.plus(u32::MAX).start());
        }
    }
}
