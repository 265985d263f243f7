//! The evaluator of settings: a flag of a program, and the field of its configuration file that means the same.

use super::value_rules::{is_local, is_tls13_only, seconds, weak_suite};
use crate::checks::{Case, ComponentCase, Fault, Faults, Row, Scope, Setup};
use crate::model::flags::{CommandLine, Flag, Program};
use crate::model::value;
use crate::parse::{Kind, Node};
use crate::text::Span;

/// A row: what a program should be told, and what follows where it is not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    program: Program,
    flag: &'static str,
    field: &'static [&'static str],
    bad: Bad,
    unless: &'static [&'static str],
    unless_field: &'static [&'static [&'static str]],
    with: Option<&'static str>,
    near: &'static str,
    follows: &'static str,
    help: &'static str,
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
    /// A feature gate that is turned off; by default it is on.
    GateOff(&'static str),
    /// A list of cipher suites that holds a weak one; by default it does.
    WeakSuites,
    /// A path is one of these.
    Path(&'static [&'static str]),
}

impl Setting {
    /// A flag that has no field in a file.
    pub(super) const fn new(
        program: Program,
        flag: &'static str,
        bad: Bad,
        follows: &'static str,
        help: &'static str,
    ) -> Self {
        let (field, unless, unless_field): (&[_], &[_], &[_]) = (&[], &[], &[]);
        Self { program, flag, field, bad, unless, unless_field, with: None, near: "", follows, help }
    }

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
    fn absent(self, file: bool) -> Option<String> {
        match self {
            Self::Set | Self::Seconds(_) | Self::GateOff(_) | Self::Path(_) => None,
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
fn unset(name: &str, meaning: &str, follows: &str) -> String {
    if meaning.is_empty() {
        format!("{name} is not set: {follows}")
    } else {
        format!("{name} is not set, which means {meaning}: {follows}")
    }
}

/// Words for twins of which one or both are missing.
fn half(missing: &[String], other: &str, follows: &str) -> Option<String> {
    match missing {
        [] => None,
        [one] => Some(format!("{one} is not set beside {other}: {follows}")),
        more => Some(format!("{} are not set: {follows}", more.join(" and "))),
    }
}

// A command line.
impl Setting {
    fn flags(&self, line: &CommandLine<'_>) -> Option<Fault> {
        let on = |name: &&&str| line.flag(name).is_some_and(|f| f.boolean() != Some(false));
        let beside = |name| line.flag(name).is_some_and(|f| !matches!(f.text().trim(), "" | "-"));
        if self.is_unknown(line)
            || self.unless.iter().find(on).is_some()
            || self.with.is_some_and(|name| !beside(name))
        {
            return None;
        }
        if let Bad::Half { flag: twin, .. } = self.bad {
            return self.half_flags(line, twin);
        }
        if matches!(self.bad, Bad::WeakSuites)
            && line.flag("tls-min-version").is_some_and(|f| is_tls13_only(f.text()))
        {
            return None;
        }
        let Some(flag) = line.flag(self.flag) else {
            let meaning = self.bad.absent(false).filter(|_| !self.is_elsewhere(line, self.flag))?;
            return Some(self.missing_flag(line, unset(&format!("--{}", self.flag), &meaning, self.follows)));
        };
        let (at, says) = self.wrong(line, flag)?;
        Some(Fault::new(at.own_span(), format!("--{} {says}: {}", self.flag, self.follows), self.help))
    }

    /// Nothing can be known of a program that only tells its version, or of an etcd that reads a file instead.
    fn is_unknown(&self, line: &CommandLine<'_>) -> bool {
        let asks = |name| line.flag(name).is_some_and(|f| f.boolean() == Some(true));
        asks("version") || asks("help") || self.program == Program::Etcd && line.flag("config-file").is_some()
    }

    /// Whether an absent flag may be set elsewhere: in a file that is judged where it is read, or in a variable.
    fn is_elsewhere(&self, line: &CommandLine<'_>, flag: &str) -> bool {
        if self.program == Program::Etcd {
            return in_environment(line.start, flag);
        }
        !self.field.is_empty() && (line.flag("config").is_some() || line.flag("config-dir").is_some())
    }

    fn half_flags(&self, line: &CommandLine<'_>, twin: &'static str) -> Option<Fault> {
        let empty = |name: &&str| line.flag(name).is_none_or(|f| f.text().trim().is_empty());
        let missing = [self.flag, twin].into_iter().filter(empty);
        let missing: Vec<_> = missing.filter(|name| !self.is_elsewhere(line, name)).collect();
        let other = if missing.contains(&twin) { self.flag } else { twin };
        let names: Vec<_> = missing.iter().map(|name| format!("--{name}")).collect();
        let detail = half(&names, &format!("--{other}"), self.follows)?;
        Some(self.missing_flag(line, detail))
    }

    fn missing_flag(&self, line: &CommandLine<'_>, detail: String) -> Fault {
        let at = line.flag(self.near).map_or(line.start, |f| f.node);
        Fault::new(at.own_span(), detail, self.help).label(format!("--{} belongs here", self.flag))
    }

    /// Where a flag is wrong, and what is to be said of it.
    fn wrong<'t>(&self, line: &CommandLine<'t>, flag: Flag<'t>) -> Option<(Node<'t>, String)> {
        let (text, node) = flag.value().unwrap_or(("", flag.node));
        if text.contains("$(") && !matches!(self.bad, Bad::Set) {
            return None; // The kubelet puts a variable's value there.
        }
        let text = text.trim();
        let list = || line.list(self.flag);
        let item = |wanted: &str| list().into_iter().find(|(i, _)| i.eq_ignore_ascii_case(wanted));
        let at = match self.bad {
            Bad::Set => Some(flag.node),
            Bad::Unset => text.is_empty().then_some(flag.node),
            Bad::Is { bad, .. } => {
                return (flag.boolean() == Some(bad)).then(|| (flag.node, format!("is {bad}")));
            }
            Bad::Holds { item: wanted, .. } => item(wanted).map(|(_, node)| node),
            Bad::Lacks(wanted) => item(wanted).is_none().then_some(node),
            Bad::Number { good, .. } => text.parse().is_ok_and(|n: i64| !good(n)).then_some(node),
            Bad::Seconds(good) => seconds(text).is_some_and(|n| !good(n)).then_some(node),
            Bad::Reachable => (!is_local(text)).then_some(node),
            Bad::Path(paths) => paths.contains(&text).then_some(node),
            Bad::GateOff(gate) => {
                let mut gates = list().into_iter().filter_map(|(i, node)| Some((i.split_once('=')?, node)));
                let ((_, on), node) = gates.rfind(|((name, _), _)| *name == gate)?;
                let off = matches!(on, "0" | "f" | "F" | "false" | "FALSE" | "False");
                return off.then(|| (node, format!("turns {gate} off")));
            }
            Bad::WeakSuites => {
                let (weak, node) = list().into_iter().find(|(i, _)| weak_suite(i))?;
                return Some((node, format!("holds {weak}")));
            }
            Bad::Half { .. } => None,
        }?;
        Some((at, if text.is_empty() { "is set".to_owned() } else { format!("is {text:?}") }))
    }
}

/// Whether a container's environment sets a flag of etcd (`ETCD_CERT_FILE`), or may do so from elsewhere.
fn in_environment(start: Node<'_>, flag: &str) -> bool {
    let name = format!("ETCD_{}", flag.to_ascii_uppercase().replace('-', "_"));
    let mut up = std::iter::successors(start.parent(), |n| n.parent());
    let Some(container) = up.find(|n| n.kind() == Kind::Map) else { return false };
    let list = |key: &str| container.get(key).and_then(value::list).into_iter().flat_map(Node::items);
    list("envFrom").next().is_some()
        || list("env").any(|e| e.get("name").and_then(value::string) == Some(&name))
}

// A file.
impl Setting {
    fn file(&self, file: Node<'_>) -> Option<Fault> {
        let on = |path: &&&[&str]| file.at(path).is_some_and(|n| value::boolean(n) != Some(false));
        if self.unless_field.iter().find(on).is_some() {
            return None;
        }
        let min = file.get("tlsMinVersion").and_then(value::string);
        if matches!(self.bad, Bad::WeakSuites) && min.is_some_and(is_tls13_only) {
            return None;
        }
        // A drop-in of the kubelet holds what it changes, and the rest stands in the file before it.
        let is_part = file.tree().source().name().to_ascii_lowercase().ends_with(".conf");
        if let Bad::Half { field: twin, .. } = self.bad {
            let empty = |path: &&&[&str]| file.at(path).is_none_or(|n| n.scalar() == Some(""));
            let missing: Vec<_> =
                [self.field, twin].iter().filter(empty).map(|path| path.join(".")).collect();
            let other = if missing.contains(&twin.join(".")) { self.field } else { twin };
            let detail = half(&missing, &other.join("."), self.follows).filter(|_| !is_part)?;
            return Some(Fault::new(self.place(file), detail, self.help).label("belongs here"));
        }
        let Some(node) = file.at(self.field) else {
            let meaning = self.bad.absent(true).filter(|_| !is_part)?;
            let detail = unset(&self.field.join("."), &meaning, self.follows);
            return Some(Fault::new(self.place(file), detail, self.help).label("belongs here"));
        };
        self.wrong_field(node)
    }

    fn wrong_field(&self, node: Node<'_>) -> Option<Fault> {
        let items = || node.items().chain((node.scalar().is_some()).then_some(node));
        let holds =
            |wanted: &str| items().any(|i| value::string(i).is_some_and(|i| i.eq_ignore_ascii_case(wanted)));
        let text = value::string(node);
        let bad = match self.bad {
            Bad::Set => true,
            Bad::Unset => node.scalar() == Some(""),
            Bad::Is { bad, .. } => value::boolean(node) == Some(bad),
            Bad::Holds { item, .. } => holds(item),
            Bad::Lacks(item) => !holds(item),
            Bad::Number { good, .. } => value::integer(node).is_some_and(|n| !good(n)),
            Bad::Seconds(good) => text.and_then(seconds).is_some_and(|n| !good(n)),
            Bad::Reachable => text.is_some_and(|t| !is_local(t)),
            Bad::Path(paths) => text.is_some_and(|t| paths.contains(&t)),
            Bad::GateOff(gate) => {
                let gate = node.get(gate).filter(|g| value::boolean(*g) == Some(false))?;
                return Some(Fault::at(gate, &format!("is false: {}", self.follows), self.help));
            }
            Bad::WeakSuites => {
                let weak = items().find(|i| value::string(*i).is_some_and(weak_suite))?;
                let name = weak.scalar().unwrap_or("weak");
                return Some(Fault::at(weak, &format!("is {name}: {}", self.follows), self.help));
            }
            Bad::Half { .. } => false,
        };
        let value = node.scalar().unwrap_or("set");
        bad.then(|| Fault::at(node, &format!("is {value}: {}", self.follows), self.help))
    }

    /// Where the field would go: in the innermost mapping of its path that is there.
    fn place(&self, file: Node<'_>) -> Span {
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
