//! What is wrong with a setting: a flag of a program, and the field of its configuration file that means the same.
//!
//! How a command line is judged by it, `setting_flags` says, how a file is, `setting_file`, and how it is mended,
//! `setting_fix`.

use super::setting_fix::Right;
use crate::checks::{Case, Check, ComponentCase, Faults, Row, Rule, Scope, Setup};
use crate::model::flags::Program;
use crate::text::Severity;

/// The rows about one program that share a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Family {
    program: Program,
    doc: &'static str,
}

impl Family {
    pub(super) const fn new(program: Program, doc: &'static str) -> Self {
        Self { program, doc }
    }

    /// A flag of the program that has no field in a file.
    pub(super) const fn flag(
        self,
        flag: &'static str,
        bad: Bad,
        follows: &'static str,
        help: &'static str,
    ) -> Setting {
        Setting {
            program: self.program,
            flag,
            field: &[],
            bad,
            unless: &[],
            unless_field: &[],
            with: None,
            or: None,
            serves: None,
            addresses: None,
            kubeadm: false,
            vital: false,
            right: None,
            near: "",
            follows,
            help,
        }
    }

    /// Where a program listens that only the scrapers of its own machine have to reach.
    pub(super) const fn bind_address(self) -> Setting {
        self.flag(
            "bind-address",
            Bad::Reachable,
            "metrics and health are there for whoever reaches the node, behind authentication alone",
            "set --bind-address=127.0.0.1",
        )
        .serves("secure-port")
        .perhaps(Right::Text("127.0.0.1"))
    }
}

/// A row of a family: the check that asks for a setting.
pub(super) const fn row(
    family: Family,
    id: &'static str,
    severity: Severity,
    title: &'static str,
    setting: &'static Setting,
) -> Check {
    Check::new(id, severity, title, family.doc, Rule::Row(setting))
}

/// What a program should be told, and what follows where it is not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) program: Program,
    pub(super) flag: &'static str,
    pub(super) field: &'static [&'static str],
    pub(super) bad: Bad,
    pub(super) unless: &'static [&'static str],
    pub(super) unless_field: &'static [&'static [&'static str]],
    pub(super) with: Option<&'static str>,
    pub(super) or: Option<&'static str>,
    pub(super) serves: Option<&'static str>,
    pub(super) addresses: Option<&'static str>,
    pub(super) kubeadm: bool,
    pub(super) vital: bool,
    pub(super) right: Option<(Right, bool)>,
    pub(super) near: &'static str,
    pub(super) follows: &'static str,
    pub(super) help: &'static str,
}

/// What is wrong with a setting. `flag` and `field` say what an absent one is, on a command line and in a file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bad {
    /// It is there at all.
    Set,
    /// It is not there, or empty.
    Unset,
    /// It or its twin is not there, or empty.
    Half { flag: &'static str, field: &'static [&'static str] },
    /// A boolean is this.
    Is { bad: bool, flag: bool, field: bool },
    /// A list holds this item.
    Holds { item: &'static str, flag: bool, field: bool },
    /// A list lacks this item; it does so by default.
    Lacks(&'static str),
    /// A number is not one of these.
    Number { good: fn(i64) -> bool, flag: i64, field: i64 },
    /// A duration is not one of these, in seconds; by default it is.
    Seconds(fn(f64) -> bool),
    /// An address that is not the machine's own; by default it is all of them.
    Reachable,
    /// An address, with or without a port, that is not the machine's own; by default it is.
    Opened,
    /// A feature gate that is turned off; by default it is on.
    GateOff(&'static str),
    /// A list of cipher suites that holds a weak one; by default it does.
    WeakSuites,
    /// A path is one of these.
    Path(&'static [&'static str]),
}

impl Setting {
    /// The path of the same setting in the program's configuration file.
    pub(super) const fn field(self, field: &'static [&'static str]) -> Self {
        Self { field, ..self }
    }

    /// Flags that settle the matter in another way, for instance by a file that is not here: then nothing is said.
    pub(super) const fn unless(self, unless: &'static [&'static str]) -> Self {
        Self { unless, ..self }
    }

    /// The same for fields of a file.
    pub(super) const fn unless_field(self, unless_field: &'static [&'static [&'static str]]) -> Self {
        Self { unless_field, ..self }
    }

    /// It matters only beside this flag, where that names a file.
    pub(super) const fn with(self, flag: &'static str) -> Self {
        Self { with: Some(flag), ..self }
    }

    /// An older flag whose items count as well.
    pub(super) const fn or(self, flag: &'static str) -> Self {
        Self { or: Some(flag), ..self }
    }

    /// The flag with the port of what it is about: with 0 nothing is served there.
    pub(super) const fn serves(self, flag: &'static str) -> Self {
        Self { serves: Some(flag), ..self }
    }

    /// The flag with the addresses that a certificate is for: one of `http://` makes nothing of it.
    pub(super) const fn addresses(self, flag: &'static str) -> Self {
        Self { addresses: Some(flag), ..self }
    }

    /// In a file that kubeadm reads, kubeadm writes it itself.
    pub(super) const fn by_kubeadm(self) -> Self {
        Self { kubeadm: true, ..self }
    }

    /// Where a file that is not here settles it, that is said.
    pub(super) const fn vital(self) -> Self {
        Self { vital: true, ..self }
    }

    /// The one right value, which breaks nothing in silence.
    pub(super) const fn right(self, value: Right) -> Self {
        Self { right: Some((value, true)), ..self }
    }

    /// A value that mends it, and that a person has to think about first.
    pub(super) const fn perhaps(self, value: Right) -> Self {
        Self { right: Some((value, false)), ..self }
    }

    /// Beside which flag it belongs, where it is missing.
    pub(super) const fn near(self, flag: &'static str) -> Self {
        Self { near: flag, ..self }
    }
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

impl Bad {
    /// Where an absent setting is wrong: what it is then, or nothing where it is just not there.
    pub(super) fn absent(self, file: bool) -> Option<String> {
        match self {
            Self::Set | Self::Seconds(_) | Self::GateOff(_) | Self::Path(_) | Self::Opened => None,
            Self::Unset | Self::Half { .. } | Self::Lacks(_) | Self::WeakSuites => Some(String::new()),
            Self::Reachable => Some("0.0.0.0".to_owned()),
            Self::Is { bad, flag, field } => {
                let default = if file { field } else { flag };
                (default == bad).then(|| default.to_string())
            }
            Self::Holds { item, flag, field } => (if file { field } else { flag }).then(|| item.to_owned()),
            Self::Number { good, flag, field } => {
                let default = if file { field } else { flag };
                (!good(default)).then(|| default.to_string())
            }
        }
    }
}

/// Words for a setting that is not there.
pub(super) fn unset(name: &str, meaning: &str, follows: &str) -> String {
    if meaning.is_empty() {
        format!("{name} is not set: {follows}")
    } else {
        format!("{name} is not set, which means {meaning}: {follows}")
    }
}

/// Words for twins of which one or both are missing.
pub(super) fn half(missing: &[String], other: &str, follows: &str) -> Option<String> {
    match missing {
        [] => None,
        [one] => Some(format!("{one} is not set beside {other}: {follows}")),
        more => Some(format!("{} are not set: {follows}", more.join(" and "))),
    }
}
