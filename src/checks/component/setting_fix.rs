//! The one right value of a setting, written where it belongs.

use serde_json::{Value, json};

use super::setting::Setting;
use crate::checks::Fault;
use crate::model::flags::{CommandLine, Flag};
use crate::model::value;
use crate::parse::{Kind, Node, edit};
use crate::text::Edit;

/// A value that mends a setting.
#[derive(Clone, Copy, Debug)]
pub(super) enum Right {
    Bool(bool),
    Number(i64),
    Text(&'static str),
    /// One more item of the list.
    Item(&'static str),
}

impl Right {
    /// The value of the flag that had this one.
    fn text(self, old: &str) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::Text(value) => value.to_owned(),
            Self::Item(item) if old.trim().is_empty() => item.to_owned(),
            Self::Item(item) => format!("{old},{item}"),
        }
    }

    /// The value of the field, where it is one.
    fn json(self) -> Option<Value> {
        match self {
            Self::Bool(value) => Some(json!(value)),
            Self::Number(value) => Some(json!(value)),
            Self::Text(value) => Some(json!(value)),
            Self::Item(_) => None,
        }
    }
}

impl Setting {
    /// Adds the fix to what is wrong on a command line, with the flag or without it.
    pub(super) fn mend_flag(&self, fault: Fault, line: &CommandLine<'_>, flag: Option<Flag<'_>>) -> Fault {
        self.mend(fault, |right| match flag {
            // kubeadm takes values as text alone; what it says itself stands nowhere.
            Some(flag) if line.is_settings() => {
                let own = flag.node == line.start;
                (!own).then(|| edit::replace(flag.node, &json!(right.text(flag.text())))).flatten()
            }
            Some(flag) => set_flag(flag, right),
            None => behind(line.start, &format!("--{}={}", self.flag, right.text(""))),
        })
    }

    /// Adds the fix to what is wrong in a file.
    pub(super) fn mend_field(&self, fault: Fault, file: Node<'_>) -> Fault {
        self.mend(fault, |right| edit::set(file, self.field, &right.json()?))
    }

    fn mend(&self, fault: Fault, edit: impl Fn(Right) -> Option<Edit>) -> Fault {
        match self.right {
            None => fault,
            Some((right, true)) => fault.fix([edit(right)]),
            Some((right, false)) => fault.suggest([edit(right)]),
        }
    }
}

fn set_flag(flag: Flag<'_>, right: Right) -> Option<Edit> {
    let name = value::string(flag.node)?.split('=').next()?;
    match flag.value() {
        Some((_, node)) if node != flag.node && matches!(right, Right::Bool(_)) => None, // That is no value of it.
        Some((old, node)) if node != flag.node => word(node, &right.text(old)),
        given => word(flag.node, &format!("{name}={}", right.text(given.map_or("", |(old, _)| old)))),
    }
}

/// Writes another word in the place of one, bare where that was, and in quotes where a list would cut it.
fn word(node: Node<'_>, new: &str) -> Option<Edit> {
    let source = node.tree().source();
    let bare = Some(source.slice(node.own_span())) == node.scalar() && !new.contains([',', '#', ':', ' ']);
    if bare && !node.is_shared() {
        return Some(Edit::new(node.own_span(), new));
    }
    edit::replace(node, &json!(new))
}

/// Writes an item behind another one of its list, in the same form.
fn behind(item: Node<'_>, word: &str) -> Option<Edit> {
    let list = item.parent().filter(|p| p.kind() == Kind::Seq && !item.is_shared())?;
    let source = item.tree().source();
    let (text, own) = (source.text(), item.own_span().range());
    let old = source.slice(item.own_span());
    let word = if old.starts_with('"') { format!("\"{word}\"") } else { word.to_owned() };
    if source.slice(list.own_span()).starts_with('[') {
        return Some(Edit::new(source.span(own.end, own.end), format!(", {word}")));
    }
    let line = text.get(..own.start)?.rfind('\n').map_or(0, |i| i + 1);
    let lead = text.get(line..own.start).filter(|lead| lead.trim() == "-" && !old.contains('\n'))?;
    let end = text.get(own.end..)?.find(['\r', '\n']).map_or(text.len(), |i| own.end + i);
    let feed = if text.contains("\r\n") { "\r\n" } else { "\n" };
    Some(Edit::new(source.span(end, end), format!("{feed}{lead}{word}")))
}
