//! `image-policy` asked of a world: do the policies of images let this object in, and what runs of it later?

use super::review::review;
use super::said::{Asked, OPERATIONS, Operation, is_ephemeral};
use crate::model::Object;
use crate::sim::Verdict;
use crate::sim::world::{Key, World};

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// `NAMESPACE/KIND/NAME`.
    pub object: String,
    /// What is done.
    pub operation: Operation,
    /// On an update: the object as it was, where it is not the same.
    pub old: Option<String>,
    /// Whether `pods/ephemeralcontainers` is written: `subresource`.
    pub ephemeral: bool,
}

/// The fields of a question.
pub const FIELDS: &[&str] = &["object", "operation", "old", "subresource"];

/// Reads a question from its fields; the error says what is wrong with them.
pub fn read(get: &mut dyn FnMut(&str) -> Option<String>) -> Result<Question, String> {
    let object = get("object").ok_or("`object` is NAMESPACE/KIND/NAME")?;
    if object.split('/').count() != 3 {
        return Err("`object` is NAMESPACE/KIND/NAME".to_owned());
    }
    let operation = match get("operation") {
        None => Operation::Create,
        Some(word) => {
            OPERATIONS.iter().find(|(w, _)| *w == word).map(|(_, operation)| *operation).ok_or_else(|| {
                let words: Vec<_> = OPERATIONS.iter().map(|(word, _)| *word).collect();
                format!("`operation` is one of {}", words.join(", "))
            })?
        }
    };
    let old = get("old");
    if old.is_some() && operation != Operation::Update {
        return Err("`old` goes with `operation = \"update\"` alone".to_owned());
    }
    let kind = object.split('/').nth(1).unwrap_or_default();
    let ephemeral = is_ephemeral(get("subresource").as_deref(), operation, kind)?;
    Ok(Question { object, operation, old, ephemeral })
}

impl Question {
    /// What is asked, as the subject of a sentence.
    pub fn says(&self) -> String {
        match self.operation {
            Operation::Create => format!("creation of {}", self.object),
            Operation::Update if self.ephemeral => format!("update of {}/ephemeralcontainers", self.object),
            Operation::Update => format!("update of {}", self.object),
            Operation::Delete => format!("deletion of {}", self.object),
            Operation::Pull => format!("running another image than the judged one in {}", self.object),
        }
    }
}

fn named<'w>(objects: &[Object<'w>], path: &str) -> Result<Object<'w>, Verdict> {
    let mut parts = path.split('/');
    let (namespace, kind, name) =
        (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let fits =
        |key: Key| key.namespace == namespace && key.kind.eq_ignore_ascii_case(kind) && key.name == name;
    let found = objects.iter().copied().find(|o| Key::of(*o).is_some_and(fits));
    found.ok_or_else(|| Verdict::unmodelled(format!("there is no object {path}")))
}

/// Answers it.
pub fn ask(world: &World, question: &Question) -> Verdict {
    let objects = world.objects();
    let object = match named(&objects, &question.object) {
        Ok(object) => object,
        Err(verdict) => return verdict,
    };
    let old = match question.old.as_deref().map_or(Ok(object), |path| named(&objects, path)) {
        Ok(old) => old,
        Err(verdict) => return verdict,
    };
    let namespace = Key::of(object).map(|key| key.namespace).unwrap_or_default();
    let home = world.object("Namespace", None, &namespace);
    let (operation, ephemeral) = (question.operation, question.ephemeral);
    let request = Asked { object, old, operation, namespace, home, unnamed: false, ephemeral };
    let (_, said) = review(&objects, &request, world.images());
    said.verdict(object)
}
