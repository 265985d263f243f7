//! A setting in a configuration file.

use super::setting::{Bad, Setting, half, unset};
use super::value_rules::{is_local, is_local_door, is_tls13_only, seconds, weak_suite};
use crate::checks::Fault;
use crate::model::{Object, value};
use crate::parse::Node;
use crate::text::Span;

impl Setting {
    /// What is wrong with it there.
    pub(super) fn file(&self, file: Node<'_>) -> Option<Fault> {
        let is_empty = |n: Node<'_>| n.is_null() || n.scalar() == Some("");
        let on =
            |path: &&&[&str]| file.at(path).is_some_and(|n| !is_empty(n) && value::boolean(n) != Some(false));
        if self.unless_field.iter().find(on).is_some() || self.kubeadm && is_read_by_kubeadm(file) {
            return None;
        }
        let min = file.get("tlsMinVersion").and_then(value::string);
        if matches!(self.bad, Bad::WeakSuites) && min.is_some_and(is_tls13_only) {
            return None;
        }
        // A drop-in of the kubelet holds what it changes, and the rest stands in the file before it.
        let is_part = file.tree().source().name().to_ascii_lowercase().ends_with(".conf");
        if let Bad::Half { field: twin, .. } = self.bad {
            let empty = |path: &&&[&str]| file.at(path).is_none_or(is_empty);
            let missing: Vec<_> =
                [self.field, twin].iter().filter(empty).map(|path| path.join(".")).collect();
            let other = if missing.contains(&twin.join(".")) { self.field } else { twin };
            let detail = half(&missing, &other.join("."), self.follows).filter(|_| !is_part)?;
            return Some(Fault::new(self.place(file), detail, self.help).label("belongs here"));
        }
        let Some(node) = file.at(self.field).filter(|n| !n.is_null()) else {
            let meaning = self.bad.absent(true).filter(|_| !is_part)?;
            let detail = unset(&self.field.join("."), &meaning, self.follows);
            let fault = Fault::new(self.place(file), detail, self.help).label("belongs here");
            return Some(self.mend_field(fault, file));
        };
        Some(self.mend_field(self.wrong_field(node)?, file))
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
            Bad::Opened => text.is_some_and(|t| !is_local_door(t)),
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

/// Whether kubeadm reads the file, which then fills in what it wants (kubernetes cmd/kubeadm/app/componentconfigs/kubelet.go,
/// `Default`).
fn is_read_by_kubeadm(file: Node<'_>) -> bool {
    file.tree().documents().any(|document| Object::new(document).group() == Some("kubeadm.k8s.io"))
}
