//! A setting on a command line.

use super::setting::{Bad, Setting, half, unset};
use super::value_rules::{is_clear, is_local, is_local_door, is_tls13_only, seconds, weak_suite};
use crate::checks::Fault;
use crate::model::flags::{CommandLine, Flag, Program};
use crate::model::value;
use crate::parse::{Kind, Node};

impl Setting {
    /// What is wrong with it there.
    pub(super) fn flags(&self, line: &CommandLine<'_>) -> Option<Fault> {
        let on = |name: &&&str| line.flag(name).is_some_and(|f| f.boolean() != Some(false));
        let beside = |name| line.flag(name).is_some_and(|f| !matches!(f.text().trim(), "" | "-"));
        if let Some(file) = line.flag("config-file").filter(|_| self.vital && !line.is_idle()) {
            let detail = format!("--config-file is set: that file alone says whether {}", self.follows);
            return Some(Fault::unknown(file.node.own_span(), detail, "look into the file, or use flags"));
        }
        if self.is_unknown(line)
            || self.unless.iter().find(on).is_some()
            || self.with.is_some_and(|name| !beside(name))
            || self.serves.and_then(|name| line.flag(name)).is_some_and(|f| f.text().trim() == "0")
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
        let flag = line.flag(self.flag).or_else(|| self.or.and_then(|older| line.flag(older)));
        let Some(flag) = flag else {
            let meaning = self.bad.absent(false).filter(|_| !self.is_elsewhere(line, self.flag))?;
            let fault = self.missing_flag(line, unset(&format!("--{}", self.flag), &meaning, self.follows));
            return Some(self.mend_flag(fault, line, None));
        };
        let (at, says) = self.wrong(line, flag)?;
        let name = if line.flag(self.flag).is_some() { self.flag } else { self.or.unwrap_or(self.flag) };
        let fault = Fault::new(at.own_span(), format!("--{name} {says}: {}", self.follows), self.help);
        Some(self.mend_flag(fault, line, Some(flag)))
    }

    /// Nothing can be known of a program that only tells its version, or of an etcd that reads a file instead.
    fn is_unknown(&self, line: &CommandLine<'_>) -> bool {
        line.is_idle() || self.program == Program::Etcd && line.flag("config-file").is_some()
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
        if names.is_empty() {
            let addresses = self.addresses?;
            let (url, node) = line.list(addresses).into_iter().find(|(url, _)| is_clear(url))?;
            let detail = format!("--{addresses} holds {url}: {}", self.follows);
            return Some(Fault::new(node.own_span(), detail, self.help));
        }
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
        let list = || {
            let mut all = line.list(self.flag);
            all.extend(self.or.into_iter().flat_map(|older| line.list(older)));
            all
        };
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
            Bad::Opened => (!is_local_door(text)).then_some(node),
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
