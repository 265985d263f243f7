//! Work for all processors, its results in the order of the work.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::{iter, thread};

/// The stack of a thread: as large as that of the first one usually is.
const STACK: usize = 8 << 20;

/// How many pieces of work a processor may be ahead of the one whose results are taken: what is done and not yet taken
/// stays small.
const AHEAD: usize = 8;

/// How many threads may work at once.
fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// A piece of work among others: where its results go.
pub struct Turn<'l, R> {
    wait: &'l dyn Fn(),
    tell: &'l dyn Fn(R) -> bool,
}

impl<R> Turn<'_, R> {
    /// Waits until all that comes before is done and taken.
    pub fn wait(&self) {
        (self.wait)();
    }

    /// Hands over a result; says whether there is still somebody to take more.
    pub fn tell(&self, result: R) -> bool {
        (self.tell)(result)
    }
}

/// Does `work` on each item of `source`, and hands its results to `take`, here, in the order of the items. Where there
/// is but one item, no thread is made. Ends with the first error of `take`.
pub fn lanes<W: Send, R: Send, E>(
    mut source: impl Iterator<Item = W> + Send,
    work: impl Fn(W, &Turn<'_, R>) + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let (first, second) = (source.next(), source.next());
    let threads = if second.is_some() { threads() } else { 1 };
    let mut source = first.into_iter().chain(second).chain(source);
    if threads < 2 {
        return alone(source, work, take);
    }
    let queue = Mutex::new(source.by_ref().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let gate = Gate::default();
    let work_on = |sender: &mpsc::SyncSender<(usize, Option<R>)>| {
        let _open = OpenInPanic(&gate);
        while let Some((number, item)) = next() {
            gate.wait(number.saturating_sub(threads * AHEAD));
            let tell = |result| sender.send((number, Some(result))).is_ok();
            work(item, &Turn { wait: &|| gate.wait(number), tell: &tell });
            if sender.send((number, None)).is_err() {
                break;
            }
        }
    };
    thread::scope(|scope| {
        let _open = Open(&gate);
        let (sender, receiver) = mpsc::sync_channel(threads * 2);
        let mut made = 0;
        for _ in 0..threads {
            let (sender, work_on) = (sender.clone(), &work_on);
            let run = move || work_on(&sender);
            made += usize::from(thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run).is_ok());
        }
        drop(sender);
        if made == 0 {
            // No thread to be had: then alone.
            return alone(iter::from_fn(|| next().map(|(_, item)| item)), &work, take);
        }
        let mut early: BTreeMap<usize, Vec<Option<R>>> = BTreeMap::new();
        let mut wanted = 0;
        for (number, result) in receiver {
            if number != wanted {
                early.entry(number).or_default().push(result);
                continue;
            }
            let mut results = vec![result];
            while !results.is_empty() {
                let ended = results.last().is_some_and(Option::is_none);
                results.into_iter().flatten().try_for_each(&mut take)?;
                if !ended {
                    break;
                }
                wanted += 1;
                results = early.remove(&wanted).unwrap_or_default();
            }
            gate.pass(wanted);
        }
        Ok(())
    })
}

/// Does `work` for each number below `count`, and hands the results to `take` in order, here: on all processors where
/// it is `wide`. Ends with the first error of `take`.
pub fn spread<R: Send, E>(
    wide: bool,
    count: usize,
    work: impl Fn(usize) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    if wide {
        lanes(0..count, |number, turn| _ = turn.tell(work(number)), take)
    } else {
        (0..count).try_for_each(|number| take(work(number)))
    }
}

/// The same without any other thread.
fn alone<W, R, E>(
    source: impl Iterator<Item = W>,
    work: impl Fn(W, &Turn<'_, R>),
    take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let state = RefCell::new((take, Ok(())));
    let tell = |result: R| {
        let (take, done) = &mut *state.borrow_mut();
        if done.is_ok() {
            *done = take(result);
        }
        done.is_ok()
    };
    for item in source {
        work(item, &Turn { wait: &|| (), tell: &tell });
        if state.borrow().1.is_err() {
            break;
        }
    }
    state.into_inner().1
}

/// How far the results are taken.
#[derive(Default)]
struct Gate {
    taken: Mutex<usize>,
    moved: Condvar,
}

impl Gate {
    fn pass(&self, taken: usize) {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = taken;
        self.moved.notify_all();
    }

    /// Waits until everything before `number` is taken.
    fn wait(&self, number: usize) {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.moved.wait_while(taken, |taken| *taken < number));
    }
}

/// Lets all go on when nothing is taken any more.
struct Open<'g>(&'g Gate);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.pass(usize::MAX);
    }
}

/// The same for work that ends by a panic, so that nobody waits for its results for ever.
struct OpenInPanic<'g>(&'g Gate);

impl Drop for OpenInPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.pass(usize::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_an_error_ends_the_work() {
        for count in [0, 1, 2, 300] {
            let mut got = Vec::new();
            let done: Result<(), ()> = spread(
                true,
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
        for wide in [true, false] {
            let mut taken = 0;
            let ended = spread(
                wide,
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

    #[test]
    fn one_item_has_many_results_and_may_wait_for_those_before_it() {
        for count in [1, 100_usize] {
            let told = Mutex::new(0);
            let mut got = Vec::new();
            let done: Result<(), ()> = lanes(
                0..count,
                |n, turn| {
                    if n % 7 == 6 {
                        turn.wait();
                        assert_eq!(*told.lock().unwrap(), n * 3);
                    }
                    assert!((0..3).all(|part| turn.tell((n, part))));
                },
                |result| {
                    *told.lock().unwrap() += 1;
                    got.push(result);
                    Ok(())
                },
            );
            let wanted: Vec<_> = (0..count).flat_map(|n| (0..3).map(move |part| (n, part))).collect();
            assert_eq!((done, got), (Ok(()), wanted));
        }
    }

    #[test]
    fn whoever_goes_on_telling_learns_that_nobody_listens() {
        let ended =
            lanes(0..4, |n, turn| while turn.tell(n) {}, |n| if n == 0 { Err("enough") } else { Ok(()) });
        assert_eq!(ended, Err("enough"));
    }
}
