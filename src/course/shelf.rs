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
            Kept { value: Err(broken(why, Vec::new())), findings: Vec::new(), mentions: Vec::new() }
        } else {
            let notes = Notes::default();
            let value = read(&notes);
            let (mut findings, mentions) = notes.take();
            findings.sort_by_key(|f| (f.primary.span, f.code.clone()));
            let value = match value {
                Some(value) if !findings.iter().any(Finding::blocks) => Ok(Arc::new(value)),
                _ => Err(broken(Absence::Mistakes, findings.clone())),
            };
            Kept { value, findings, mentions }
        };
        let kept = Arc::new(kept);
        self.0.borrow_mut().insert(key.clone(), Arc::clone(&kept));
        kept
    }
}
