//! Finds the pod that a question names: a Pod, or the pods that a workload would make.

use std::fmt;

use crate::model::{
    Class, Container, ContainerSettings, Object, PodSettings, PodTemplate, WORKLOAD_KINDS, template_of,
};
use crate::sim::world::{Key, World};
use crate::sim::{Reason, Verdict};
use crate::text::Span;

/// How a question names a pod: `name`, `kind/name`, `namespace/name` or `namespace/kind/name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodName {
    /// The namespace; any where it is not named.
    pub namespace: Option<String>,
    /// The kind of workload; any, a Pod first, where it is not named.
    pub kind: Option<&'static str>,
    /// The object's name.
    pub name: String,
    /// The node on which it is looked at, where it may land on several.
    pub node: Option<String>,
}

impl PodName {
    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        let kind = |word: &str| WORKLOAD_KINDS.iter().map(|(k, _)| *k).find(|k| k.eq_ignore_ascii_case(word));
        let parts: Vec<&str> = text.split('/').collect();
        if parts.iter().any(|p| p.is_empty()) {
            return None;
        }
        let owned = |s: &str| s.to_owned();
        match parts[..] {
            [name] => Some(Self { namespace: None, kind: None, name: owned(name), node: None }),
            [first, name] => Some(match kind(first) {
                Some(kind) => Self { namespace: None, kind: Some(kind), name: owned(name), node: None },
                None => Self { namespace: Some(owned(first)), kind: None, name: owned(name), node: None },
            }),
            [namespace, word, name] => Some(Self {
                namespace: Some(owned(namespace)),
                kind: Some(kind(word)?),
                name: owned(name),
                node: None,
            }),
            _ => None,
        }
    }
}

impl fmt::Display for PodName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind.unwrap_or("Pod").to_lowercase())?;
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(&self.name)?;
        self.node.as_ref().map_or(Ok(()), |node| write!(f, " on node `{node}`"))
    }
}

/// A pod as its manifest describes it.
#[derive(Clone, Debug)]
pub struct PodView<'w> {
    /// The object that it comes from.
    pub key: Key,
    /// Where that object stands.
    pub span: Span,
    /// Its metadata and spec.
    pub template: PodTemplate<'w>,
    /// Why the workload makes no pod at all, where that is so.
    pub idle: Option<Reason>,
    /// The node on which it is looked at, where it may land on several.
    pub node: Option<String>,
}

/// A workload of no replicas, or one that is paused or suspended, makes no pod.
fn idle(object: Object<'_>, key: &Key) -> Option<Reason> {
    let spec = object.node.get("spec").filter(|_| key.kind != "Pod")?;
    if let Some(node) = spec.get("replicas").filter(|n| n.as_int() == Some(0)) {
        return Some(Reason::at(format!("{key} asks for no replicas"), node.own_span()));
    }
    let halted =
        ["paused", "suspend"].into_iter().find_map(|k| spec.get(k).filter(|n| n.as_bool() == Some(true)))?;
    Some(Reason::at(format!("{key} is halted: it makes no new pod"), halted.own_span()))
}

impl<'w> PodView<'w> {
    /// The pod that a question names; denied where there is none: nothing runs.
    pub fn find(world: &'w World, name: &PodName) -> Result<Self, Verdict> {
        let mut found: Vec<Self> = Self::all(world)
            .into_iter()
            .filter(|p| {
                p.key.name == name.name
                    && name.namespace.as_ref().is_none_or(|n| *n == p.key.namespace)
                    && name.kind.is_none_or(|k| k == p.key.kind)
            })
            .collect();
        found.sort_by_key(|p| p.key.kind != "Pod");
        let Some(mut pod) = found.into_iter().next() else {
            return Err(Verdict::denied(Reason::fact(format!("no object makes a pod of `{name}`"))));
        };
        pod.node.clone_from(&name.node);
        match &pod.idle {
            Some(why) => Err(Verdict::denied(why.clone())),
            None => Ok(pod),
        }
    }

    /// The pods of all workloads.
    pub fn all(world: &'w World) -> Vec<Self> {
        let pods = world.objects().into_iter().filter_map(|o| {
            let key = Key::of(o)?;
            Some(Self {
                idle: idle(o, &key),
                key,
                span: o.kind_span(),
                template: template_of(o)?,
                node: None,
            })
        });
        pods.collect()
    }

    /// Its containers.
    pub fn containers(&self) -> impl Iterator<Item = Container<'w>> {
        self.template.containers()
    }

    /// The containers that run for as long as it lives.
    pub(super) fn steady(&self) -> impl Iterator<Item = Container<'w>> {
        self.containers().filter(|c| matches!(c.class, Class::Main | Class::Sidecar))
    }

    /// What its manifest says for the pod as a whole.
    pub fn settings(&self) -> PodSettings<'w> {
        PodSettings::of(self.template)
    }

    /// What it says for a container.
    pub fn container_settings(&self, container: Container<'w>) -> ContainerSettings<'w> {
        ContainerSettings::of(self.template, container)
    }

    /// Whether it has a network of its own, and does not share the node's.
    pub fn own_network(&self) -> bool {
        self.settings().host_network().value != Some(true)
    }

    /// Whether it has a user namespace: only a literal `hostUsers: false` gives one.
    pub fn user_namespace(&self) -> bool {
        self.settings().host_users().value == Some(false)
    }

    /// The value of a sysctl that the pod sets, and where.
    pub fn sysctl(&self, name: &str) -> Option<(&'w str, Span)> {
        let list = self.settings().sysctls().value?;
        let item = list.items().find(|i| {
            // Slashes and dots are the same to the kubelet (component-helpers `NormalizeName`).
            i.get("name").and_then(crate::parse::Node::as_str).is_some_and(|n| n.replace('/', ".") == name)
        })?;
        let value = item.get("value")?;
        Some((value.as_str()?, value.own_span()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_four_forms() {
        let parse = |t| PodName::parse(t).map(|n| (n.namespace, n.kind, n.name));
        assert_eq!(parse("web"), Some((None, None, "web".into())));
        assert_eq!(parse("deployment/web"), Some((None, Some("Deployment"), "web".into())));
        assert_eq!(parse("shop/web"), Some((Some("shop".into()), None, "web".into())));
        assert_eq!(parse("shop/deployment/web").unwrap().1, Some("Deployment"));
        assert!(parse("shop/thing/web").is_none() && parse("a//b").is_none());
    }

    #[test]
    fn a_name_says_kind_and_namespace() {
        for (name, says) in [
            ("web", "pod web"),
            ("shop/web", "pod shop/web"),
            ("deployment/web", "deployment web"),
            ("shop/deployment/web", "deployment shop/web"),
        ] {
            assert_eq!(PodName::parse(name).unwrap().to_string(), says);
        }
    }
}
