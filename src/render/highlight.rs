//! Painting off the screen's thread: the first time code is asked for it is plain, and painted soon after.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::paint::{Paint, Painted};
use super::syntax::Syntect;

/// How many painted codes are kept; when there are more, all are dropped and painted again as they are asked for.
const KEPT: usize = 256;

type Key = (String, String);

/// The way to the worker and back.
type Worker = (Sender<Key>, Receiver<(Key, Painted)>);

/// A painter that never makes anyone wait. It starts no thread and loads no syntax before the first [`poll`], so
/// that a loop which polls after it has drawn keeps all of that off the first frame.
///
/// [`poll`]: Highlighter::poll
#[derive(Default)]
pub struct Highlighter {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// What is painted; `None` while it is asked for.
    known: HashMap<Key, Option<Arc<Painted>>>,
    /// What was asked for and not yet sent to the worker.
    waiting: Vec<Key>,
    worker: Option<Worker>,
}

impl Highlighter {
    /// One that has painted nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The painted code, where it is ready; otherwise it is put in the queue.
    pub fn request(&self, language: &str, code: &str) -> Option<Arc<Painted>> {
        let mut inner = self.inner();
        let key = (language.to_owned(), code.to_owned());
        if let Some(known) = inner.known.get(&key) {
            return known.clone();
        }
        if inner.known.len() >= KEPT {
            inner.known.clear();
        }
        inner.known.insert(key.clone(), None);
        inner.waiting.push(key);
        None
    }

    /// Sends what waits to the worker and takes in what it has done: `true` where a page should be laid out again.
    pub fn poll(&self) -> bool {
        let mut inner = self.inner();
        let waiting = std::mem::take(&mut inner.waiting);
        if inner.worker.is_none() {
            if waiting.is_empty() {
                return false;
            }
            inner.worker = start();
        }
        let Inner { known, worker, .. } = &mut *inner;
        let mut news = false;
        let ended = match worker {
            None => true,
            Some((requests, results)) => {
                let sent = waiting.into_iter().all(|key| requests.send(key).is_ok());
                let last = loop {
                    match results.try_recv() {
                        Ok((key, painted)) => {
                            news |= !painted.is_empty();
                            known.insert(key, Some(Arc::new(painted)));
                        }
                        Err(why) => break why,
                    }
                };
                !sent || last == TryRecvError::Disconnected
            }
        };
        if ended {
            // Without a worker all that is still asked for stays plain; nobody waits for it.
            #[expect(
                clippy::iter_over_hash_type,
                reason = "all get the same value; the order does not matter"
            )]
            for painted in known.values_mut() {
                painted.get_or_insert_default();
            }
        }
        news
    }

    /// Whether code was asked for that is not painted yet.
    pub fn is_busy(&self) -> bool {
        self.inner().known.values().any(Option::is_none)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Plain at first; the painted code from the time it is ready.
impl Paint for Highlighter {
    fn paint(&self, language: &str, code: &str) -> Painted {
        self.request(language, code).map_or_else(Painted::new, |painted| (*painted).clone())
    }
}

/// Starts the worker. It ends when its highlighter is dropped.
fn start() -> Option<Worker> {
    let (requests, inbox) = channel::<Key>();
    let (outbox, results) = channel();
    let work = move || {
        let syntect = Syntect::new();
        for (language, code) in inbox {
            let painted = syntect.paint(&language, &code);
            if outbox.send(((language, code), painted)).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("highlighter".to_owned()).spawn(work).ok()?;
    Some((requests, results))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Role;

    #[test]
    fn nothing_is_loaded_before_the_first_poll() {
        let highlighter = Highlighter::new();
        assert!(highlighter.paint("yaml", "a: 1\n").is_empty());
        assert!(highlighter.inner().worker.is_none(), "asking starts no thread");
        assert!(highlighter.is_busy());
    }

    #[test]
    fn plain_first_painted_soon_after() {
        let highlighter = Highlighter::new();
        assert!(!highlighter.poll(), "nothing was asked for");
        assert_eq!(highlighter.request("yaml", "a: 1\n"), None);
        let mut news = highlighter.poll();
        // Waits for the worker's own message rather than for a time.
        while !news {
            std::thread::yield_now();
            news = highlighter.poll();
        }
        let painted = highlighter.request("yaml", "a: 1\n").unwrap();
        assert_eq!(painted[0][0], (Role::Key, 0..1));
        assert!(!highlighter.is_busy());
    }

    #[test]
    fn nobody_waits_for_a_worker_that_has_ended() {
        let highlighter = Highlighter::new();
        let (requests, _) = channel();
        let (_, results) = channel();
        highlighter.inner().worker = Some((requests, results));
        assert_eq!(highlighter.request("yaml", "a: 1\n"), None);
        assert!(!highlighter.poll());
        assert!(!highlighter.is_busy());
        assert_eq!(highlighter.request("yaml", "a: 1\n").as_deref(), Some(&Painted::new()));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let highlighter = Highlighter::new();
        for number in 0..2 * KEPT {
            highlighter.request("yaml", &number.to_string());
        }
        assert!(highlighter.inner().known.len() <= KEPT);
    }
}
