//! The evaluator of settings: a flag of a program, and the field of its configuration file that means the same.

use crate::checks::{Case, ComponentCase, Fault, Faults, Row, Scope, Setup};
use crate::model::flags::{CommandLine, Program};
use crate::model::value;
use crate::parse::Node;

/// A row: what a program should be told, and what follows where it is not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    /// The program.
    pub program: Program,
    /// The flag, without dashes.
    pub flag: &'static str,
    /// The path in the program's configuration file; empty where it has none, or not this field.
    pub field: &'static [&'static str],
    /// What is wrong.
    pub bad: Bad,
    /// Flags that settle the matter in another way, for instance by a file that is not here: then nothing is said.
    pub unless: &'static [&'static str],
    /// What follows from the fault, behind its value.
    pub follows: &'static str,
    /// The smallest change that mends it.
    pub help: &'static str,
}

/// What is wrong with a setting.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bad {
    /// It is there at all.
    Set,
    /// It is not there, or empty.
    Unset,
    /// A boolean is this; `flag` and `field` say what an absent one is.
    Is { bad: bool, flag: bool, field: bool },
    /// A list holds this item; `absent`: it does so by default.
    Holds { item: &'static str, absent: bool },
    /// A list lacks this item; `absent`: it does so by default.
    Lacks { item: &'static str, absent: bool },
    /// A number is not this; `flag` and `field` say what an absent one is.
    IsNot { good: i64, flag: i64, field: i64 },
}

impl Row for Setting {
    fn scope(&self) -> Scope {
        Scope::Component(self.program)
    }

    fn look(&self, case: &Case<'_>) -> Faults {
        let Case::Component(ComponentCase { setup, .. }) = case else { return Faults::new() };
        let fault = match setup {
            Setup::Flags(line) => self.flags(line),
            Setup::File(_) if self.field.is_empty() => None,
            Setup::File(file) => self.file(*file),
        };
        fault.into_iter().collect()
    }
}

impl Setting {
    fn flags(&self, line: &CommandLine<'_>) -> Option<Fault> {
        // A configuration file has its own row of values, and is judged where it is read.
        let elsewhere = !self.field.is_empty() && line.flag("config").is_some();
        if self.unless.iter().any(|flag| line.flag(flag).is_some()) {
            return None;
        }
        let name = self.flag;
        let Some(flag) = line.flag(name) else {
            let bad = match self.bad {
                Bad::Set => false,
                Bad::Unset => true,
                Bad::Is { bad, flag, .. } => flag == bad,
                Bad::Holds { absent, .. } | Bad::Lacks { absent, .. } => absent,
                Bad::IsNot { good, flag, .. } => flag != good,
            };
            return (bad && !elsewhere).then(|| {
                let detail = format!("--{name} is not set: {}", self.follows);
                Fault::new(line.start.own_span(), detail, self.help).label(format!("--{name} belongs here"))
            });
        };
        let (text, node) = flag.value().unwrap_or(("", flag.node));
        let item = |wanted: &str| line.list(name).into_iter().find(|(i, _)| i.eq_ignore_ascii_case(wanted));
        let at = match self.bad {
            Bad::Set => Some(flag.node),
            Bad::Unset => text.trim().is_empty().then_some(flag.node),
            Bad::Is { bad, .. } => (flag.boolean() == Some(bad)).then_some(flag.node),
            Bad::Holds { item: wanted, .. } => item(wanted).map(|(_, node)| node),
            Bad::Lacks { item: wanted, .. } => item(wanted).is_none().then_some(node),
            Bad::IsNot { good, .. } => text.trim().parse().is_ok_and(|n: i64| n != good).then_some(node),
        }?;
        let value = match self.bad {
            Bad::Is { bad, .. } => bad.to_string(),
            _ => text.to_owned(),
        };
        let detail = format!("--{name} is {value:?}: {}", self.follows).replace("is \"\"", "is set");
        Some(Fault::new(at.own_span(), detail, self.help))
    }

    fn file(&self, file: Node<'_>) -> Option<Fault> {
        let path = self.field.join(".");
        let Some(node) = file.at(self.field) else {
            let bad = match self.bad {
                Bad::Set => false,
                Bad::Unset => true,
                Bad::Is { bad, field, .. } => field == bad,
                Bad::Holds { absent, .. } | Bad::Lacks { absent, .. } => absent,
                Bad::IsNot { good, field, .. } => field != good,
            };
            return bad.then(|| {
                let detail = format!("{path} is not set: {}", self.follows);
                Fault::new(self.place(file), detail, self.help).label("belongs here")
            });
        };
        let holds = |wanted: &str| {
            let mut items = node.items().chain((node.scalar().is_some()).then_some(node));
            items.any(|i| value::string(i).is_some_and(|i| i.eq_ignore_ascii_case(wanted)))
        };
        let bad = match self.bad {
            Bad::Set => true,
            Bad::Unset => node.scalar() == Some(""),
            Bad::Is { bad, .. } => value::boolean(node) == Some(bad),
            Bad::Holds { item, .. } => holds(item),
            Bad::Lacks { item, .. } => !holds(item),
            Bad::IsNot { good, .. } => value::integer(node).is_some_and(|n| n != good),
        };
        let value = node.scalar().unwrap_or("set");
        bad.then(|| Fault::at(node, &format!("is {value}: {}", self.follows), self.help))
    }

    /// Where the field would go: in the innermost mapping of its path that is there.
    fn place(&self, file: Node<'_>) -> crate::text::Span {
        let mut node = file;
        for key in self.field {
            match node.get(key) {
                Some(next) => node = next,
                None => return node.missing(key).span,
            }
        }
        node.own_span()
    }
}
