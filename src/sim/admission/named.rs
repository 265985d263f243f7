//! The object that a question names.

use crate::model::Object;
use crate::sim::Verdict;
use crate::sim::world::{Key, World};

/// The object of `NAMESPACE/KIND/NAME`, or `KIND/NAME` in whichever namespace; not judged where there is none.
pub(super) fn find<'w>(world: &'w World, path: &str) -> Result<Object<'w>, Verdict> {
    let Some((namespace, kind, name)) = parts(path) else {
        return Err(Verdict::unmodelled(format!("{path} is neither NAMESPACE/KIND/NAME nor KIND/NAME")));
    };
    let fits = |key: Key| {
        key.name == name
            && key.kind.eq_ignore_ascii_case(kind)
            && namespace.is_none_or(|namespace| key.namespace == namespace)
    };
    let found = world.objects().into_iter().find(|o| Key::of(*o).is_some_and(fits));
    found.ok_or_else(|| Verdict::unmodelled(format!("there is no object {path}")))
}

/// Namespace, kind and name.
pub(super) fn parts(path: &str) -> Option<(Option<&str>, &str, &str)> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        [kind, name] => Some((None, kind, name)),
        [namespace, kind, name] => Some((Some(namespace), kind, name)),
        _ => None,
    }
}

/// What a question about an update lacks that does not say what it replaces.
pub const OLD: &str = "an update, and no other operation, goes with `old`: the object before it, or the object's own name where only its labels change";
