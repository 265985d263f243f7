//! What evaluations of Rego may take: bytes that functions build, counted as they are asked for, and time. Each evaluation has
//! its own allowance, and all of one request share another.
//!
//! The engine looks at the clock between its steps, and one step may copy a large text or list: without the count, a policy has
//! gigabytes before the clock is looked at.

use std::cell::Cell;
use std::time::Duration;

use regorus::utils::limits::monotonic_now;

/// The most bytes that the functions of one evaluation build, all together.
const MOST: usize = 48 << 20;
/// Those of all evaluations of one request.
const MOST_OF_ALL: usize = 2 * MOST;
/// How long one evaluation may take.
const TIME: Duration = Duration::from_millis(400);
/// How long all evaluations of one request may take.
const TIME_OF_ALL: Duration = Duration::from_millis(700);
/// What an item of a list takes.
pub(super) const ITEM: usize = 24;
/// What an entry of an object, or an object of its own, takes.
pub(super) const ENTRY: usize = 80;

/// What is left.
#[derive(Clone, Copy, Debug)]
struct Left {
    bytes: usize,
    time: Duration,
}

const FULL: Left = Left { bytes: MOST, time: TIME };

thread_local! {
    /// Of the evaluation that runs on this thread.
    static OWN: Cell<Left> = const { Cell::new(FULL) };
    /// Of the request that it belongs to, where one has begun.
    static ALL: Cell<Option<Left>> = const { Cell::new(None) };
    /// Whether the evaluation has less than one has alone.
    static SHORT: Cell<bool> = const { Cell::new(false) };
}

/// What a request has, for as long as it lives; one within another is a part of it.
#[derive(Debug)]
pub(in crate::sim::admission) struct Shared {
    outermost: bool,
}

impl Shared {
    /// A request begins on this thread.
    pub(in crate::sim::admission) fn begin() -> Self {
        let outermost = ALL.get().is_none();
        if outermost {
            ALL.set(Some(Left { bytes: MOST_OF_ALL, time: TIME_OF_ALL }));
        }
        Self { outermost }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if self.outermost {
            ALL.set(None);
        }
    }
}

/// An evaluation for as long as it lives: then the request has less.
#[derive(Debug)]
pub(super) struct Evaluation {
    began: Option<Duration>,
    given: Left,
}

impl Evaluation {
    /// One begins on this thread; an error where the request has nothing left for it.
    pub(super) fn begin() -> Result<Self, String> {
        let given =
            ALL.get().map_or(FULL, |all| Left { bytes: all.bytes.min(MOST), time: all.time.min(TIME) });
        if given.bytes == 0 || given.time.is_zero() {
            return Err(together());
        }
        OWN.set(given);
        SHORT.set(given.bytes < MOST || given.time < TIME);
        Ok(Self { began: monotonic_now(), given })
    }

    /// How long it may take.
    pub(super) fn time(&self) -> Duration {
        self.given.time
    }

    /// Whether it has all that one has alone.
    pub(super) fn is_whole(&self) -> bool {
        self.given.bytes == MOST && self.given.time == TIME
    }

    /// Whether it had all that one has alone, and has built as much.
    pub(super) fn is_spent(&self) -> bool {
        self.is_whole() && OWN.get().bytes == 0
    }

    /// What is said where it takes longer.
    pub(super) fn too_long(&self) -> String {
        if self.given.time < TIME {
            together()
        } else {
            format!("the policy takes longer than {} ms", TIME.as_millis())
        }
    }
}

impl Drop for Evaluation {
    fn drop(&mut self) {
        let took =
            monotonic_now().zip(self.began).map_or(Duration::ZERO, |(now, began)| now.saturating_sub(began));
        let built = self.given.bytes - OWN.get().bytes.min(self.given.bytes);
        ALL.set(
            ALL.get().map(|all| Left {
                bytes: all.bytes.saturating_sub(built),
                time: all.time.saturating_sub(took),
            }),
        );
    }
}

fn together() -> String {
    format!(
        "the policies that one request is asked about take longer than {} ms or build more than {} MiB of values, all together",
        TIME_OF_ALL.as_millis(),
        MOST_OF_ALL >> 20
    )
}

/// Takes bytes off what is left.
pub(super) fn take(bytes: usize) -> Result<(), String> {
    let own = OWN.get();
    let left = own.bytes.checked_sub(bytes);
    OWN.set(Left { bytes: left.unwrap_or(0), ..own });
    left.map(drop).ok_or_else(|| {
        if SHORT.get() {
            together()
        } else {
            format!("the policy builds more than {} MiB of values", MOST >> 20)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluations_of_one_request_share_what_it_has() {
        let spend = |bytes: usize| Evaluation::begin().and_then(|_evaluation| take(bytes));
        let request = Shared::begin();
        assert_eq!(spend(MOST), Ok(()));
        assert!(spend(MOST + 1).is_err_and(|text| text.contains("the policy builds")));
        assert!(spend(1).is_err_and(|text| text.contains("all together")), "nothing is left");
        drop(Shared::begin());
        assert!(spend(1).is_err(), "what begins within a request is a part of it");
        drop(request);
        assert_eq!(spend(MOST), Ok(()));
        assert_eq!(spend(MOST), Ok(()), "without a request each has its own");
    }

    #[test]
    fn what_is_left_for_the_last_is_said_to_be_that() {
        let _request = Shared::begin();
        let spend = |bytes: usize| Evaluation::begin().and_then(|_evaluation| take(bytes));
        assert_eq!(spend(MOST), Ok(()));
        assert_eq!(spend(MOST / 2), Ok(()));
        assert!(spend(MOST).is_err_and(|text| text.contains("all together")));
    }
}
