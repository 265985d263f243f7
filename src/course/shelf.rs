//! What was read once and is kept, with what its reader had to say.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::broken::{Absence, Broken};
use super::read::{Mention, Notes};
use crate::text::Finding;

/// The outcome of reading one thing.
#[derive(Debug)]
pub(super) struct Kept<T> {
    /// The thing, or why it cannot be had.
    pub(super) value: Result<Arc<T>, Arc<Broken>>,
    /// What could be read of it in spite of mistakes, so that one run finds those of the whole course too.
    pub(super) draft: Option<Arc<T>>,
    /// Everything that was found, warnings too.
    pub(super) findings: Vec<Finding>,
    /// What it names elsewhere.
    pub(super) mentions: Vec<Mention>,
}

/// Things of one kind by their ids, each read on first use.
#[derive(Debug)]
pub(super) struct Shelf<K, T>(RefCell<BTreeMap<K, Arc<Kept<T>>>>);

impl<K, T> Default for Shelf<K, T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K: Ord + Clone, T> Shelf<K, T> {
    /// The thing with this id; read now where it was not read before and nothing says that it is absent.
    pub(super) fn get(
        &self,
        key: &K,
        what: impl FnOnce() -> String,
        absence: Option<Absence>,
        read: impl FnOnce(&Notes) -> Option<T>,
    ) -> Arc<Kept<T>> {
        if let Some(kept) = self.0.borrow().get(key) {
            return Arc::clone(kept);
        }
        let broken = |why, findings| Arc::new(Broken { what: what(), why, findings });
        let kept = if let Some(why) = absence {
            let value = Err(broken(why, Vec::new()));
            Kept { value, draft: None, findings: Vec::new(), mentions: Vec::new() }
        } else {
            let notes = Notes::default();
            let draft = read(&notes).map(Arc::new);
            let (mut findings, mentions) = notes.take();
            findings.sort_by_key(|f| (f.primary.span, f.code.clone()));
            let value = match &draft {
                Some(whole) if !findings.iter().any(Finding::blocks) => Ok(Arc::clone(whole)),
                _ => Err(broken(Absence::Mistakes, findings.clone())),
            };
            Kept { value, draft, findings, mentions }
        };
        let kept = Arc::new(kept);
        self.0.borrow_mut().insert(key.clone(), Arc::clone(&kept));
        kept
    }
}
