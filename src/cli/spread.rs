//! Work for all processors, its results in the order of the work.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// The stack of a thread: as large as that of the first one usually is.
const STACK: usize = 8 << 20;

/// How many threads may work at once.
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Does `work` for each number below `count`, and hands the results to `take` in order, here. Where there is but one
/// piece of work, no thread is made. Ends with the first error of `take`.
pub fn spread<R: Send, E>(
    count: usize,
    work: impl Fn(usize) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let threads = if count < 2 { 1 } else { threads().min(count) };
    if threads < 2 {
        return (0..count).try_for_each(|number| take(work(number)));
    }
    let next = AtomicUsize::new(0);
    let work_on = |done: &dyn Fn(usize, R) -> bool| {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count || !done(number, work(number)) {
                break;
            }
        }
    };
    thread::scope(|scope| {
        // Whoever is far ahead waits: what is done and not yet taken stays small.
        let (sender, receiver) = mpsc::sync_channel(threads * 2);
        let mut made = 0;
        for _ in 0..threads {
            let (sender, work_on) = (sender.clone(), &work_on);
            let run = move || work_on(&|number, result| sender.send((number, result)).is_ok());
            made += usize::from(thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run).is_ok());
        }
        drop(sender);
        if made == 0 {
            // No thread to be had: then alone.
            return (0..count).try_for_each(|number| take(work(number)));
        }
        let (mut early, mut wanted) = (BTreeMap::new(), 0);
        for (number, result) in receiver {
            early.insert(number, result);
            while let Some(result) = early.remove(&wanted) {
                take(result)?;
                wanted += 1;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_an_error_ends_the_work() {
        for count in [0, 1, 2, 300] {
            let mut got = Vec::new();
            let done: Result<(), ()> = spread(
                count,
                |n| {
                    // The first ones take longest.
                    (0..(count - n) * 50).fold(n, |a, b| a ^ b ^ b)
                },
                |n| {
                    got.push(n);
                    Ok(())
                },
            );
            assert_eq!((done, got), (Ok(()), (0..count).collect()));
        }
        let mut taken = 0;
        let ended = spread(
            10_000,
            |n| n,
            |n| {
                taken += 1;
                if n == 3 { Err(n) } else { Ok(()) }
            },
        );
        assert_eq!((ended, taken), (Err(3), 4));
    }
}
