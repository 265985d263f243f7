//! An audit policy: which of its rules a request meets. No judgement: what is wrong with that, the checks say.
//!
//! kubernetes apiserver pkg/audit/policy/checker.go: rules are tried in order and the first that matches decides; all
//! conditions of a rule have to hold; a rule without a condition matches everything; what no rule matches has the
//! level `None`. Verbs, users and groups are compared as they are. From 1.36 the group `*` is every group.

use super::value;
use crate::parse::{Kind, Node};

/// A policy.
#[derive(Clone, Copy, Debug)]
pub struct AuditPolicy<'t> {
    /// The document.
    pub node: Node<'t>,
}

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct AuditRule<'t> {
    /// The item of `rules`.
    pub node: Node<'t>,
}

/// How much of a request is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "they are the levels' own names")]
pub enum Level {
    None,
    Metadata,
    Request,
    RequestResponse,
}

/// A kind of request: what is done to what. Who does it, where, and to which name is open.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The verb.
    pub verb: &'static str,
    /// The API group.
    pub group: &'static str,
    /// The resource, with its subresource behind `/`.
    pub resource: &'static str,
}

/// Whether a rule takes a kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Takes {
    /// None of them.
    None,
    /// Those of some users, namespaces or names.
    Some,
    /// All that come to it.
    All,
}

impl<'t> AuditPolicy<'t> {
    /// The rules, in order.
    pub fn rules(self) -> impl Iterator<Item = AuditRule<'t>> {
        let rules = self.node.get("rules").and_then(value::list);
        rules.into_iter().flat_map(Node::items).map(|node| AuditRule { node })
    }

    /// Whether no event is made at this stage.
    pub fn omits(self, stage: &str) -> bool {
        strings(self.node, "omitStages").any(|s| s == stage)
    }

    /// Whether a rule of it keeps nothing: by its level, or as no stage is left at which an event is made. The stages of
    /// the policy and of the rule add up; `Panic` is not looked at, as few requests reach it.
    pub fn drops(self, rule: AuditRule<'t>) -> bool {
        let stages = ["RequestReceived", "ResponseStarted", "ResponseComplete"];
        rule.level() == Some(Level::None) || stages.iter().all(|s| self.omits(s) || rule.omits(s))
    }

    /// The rules that take some of these requests, up to the one that takes the rest.
    pub fn met(self, asked: Asked) -> Vec<(AuditRule<'t>, Takes)> {
        let mut out = Vec::new();
        for rule in self.rules() {
            match rule.takes(asked) {
                Takes::None => {}
                takes => out.push((rule, takes)),
            }
            if out.last().is_some_and(|(_, takes)| *takes == Takes::All) {
                break;
            }
        }
        out
    }

    /// The rule that decides for whoever is named nowhere.
    pub fn decides(self, asked: Asked) -> Option<AuditRule<'t>> {
        self.met(asked).pop().filter(|(_, takes)| *takes == Takes::All).map(|(rule, _)| rule)
    }
}

impl<'t> AuditRule<'t> {
    /// Its level; none where there is no such level, which the API server refuses.
    pub fn level(self) -> Option<Level> {
        match self.node.get("level").and_then(value::string)? {
            "None" => Some(Level::None),
            "Metadata" => Some(Level::Metadata),
            "Request" => Some(Level::Request),
            "RequestResponse" => Some(Level::RequestResponse),
            _ => None,
        }
    }

    /// Where its level stands.
    pub fn place(self) -> Node<'t> {
        self.node.get("level").unwrap_or(self.node)
    }

    /// Whether it makes no event at this stage.
    pub fn omits(self, stage: &str) -> bool {
        strings(self.node, "omitStages").any(|s| s == stage)
    }

    /// Whether a condition is there. One of a wrong type is, too: nothing fits it, and the server refuses it.
    fn has(self, key: &str) -> bool {
        self.node.get(key).is_some_and(|n| n.kind() != Kind::Seq || n.items().len() > 0)
    }

    /// Whether it has no condition, and so takes all that come to it.
    pub fn is_open(self) -> bool {
        let keys = ["users", "userGroups", "verbs", "resources", "namespaces", "nonResourceURLs"];
        !keys.iter().any(|key| self.has(key))
    }

    /// Whether it takes requests of this kind, all of them or some.
    pub fn takes(self, asked: Asked) -> Takes {
        if self.has("verbs") && !strings(self.node, "verbs").any(|v| v == asked.verb) {
            return Takes::None;
        }
        let what = if self.has("resources") {
            let parts = items(self.node, "resources").map(|part| takes_resource(part, asked));
            parts.max().unwrap_or(Takes::None)
        } else if self.has("nonResourceURLs") && !self.has("namespaces") {
            Takes::None
        } else {
            Takes::All
        };
        let narrow = ["users", "userGroups", "namespaces"].iter().any(|key| self.has(key));
        if narrow { what.min(Takes::Some) } else { what }
    }

    /// Whether it takes every request that `later` would take.
    pub fn covers(self, later: Self) -> bool {
        let within = |key: &str| {
            !self.has(key)
                || later.has(key)
                    && strings(later.node, key).all(|wanted| strings(self.node, key).any(|s| s == wanted))
        };
        if !["users", "userGroups", "verbs"].iter().all(|key| within(key)) {
            return false;
        }
        let resource = |rule: Self| rule.has("resources") || rule.has("namespaces");
        if resource(self) {
            return resource(later) && within("namespaces") && self.covers_resources(later);
        }
        if self.has("nonResourceURLs") {
            let covered =
                |path: &str| strings(self.node, "nonResourceURLs").any(|spec| covers_path(spec, path));
            let mut paths = strings(later.node, "nonResourceURLs");
            return !resource(later) && later.has("nonResourceURLs") && paths.all(covered);
        }
        true
    }

    fn covers_resources(self, later: Self) -> bool {
        if !self.has("resources") {
            return true;
        }
        let covered = |part: Node<'_>| items(self.node, "resources").any(|own| covers_part(own, part));
        later.has("resources") && items(later.node, "resources").all(covered)
    }
}

fn items<'t>(node: Node<'t>, key: &str) -> impl Iterator<Item = Node<'t>> + use<'t> {
    node.get(key).and_then(value::list).into_iter().flat_map(Node::items)
}

fn strings<'t>(node: Node<'t>, key: &str) -> impl Iterator<Item = &'t str> + use<'t> {
    items(node, key).filter_map(value::string)
}

fn group(part: Node<'_>) -> &str {
    part.get("group").and_then(value::string).unwrap_or("")
}

fn takes_resource(part: Node<'_>, asked: Asked) -> Takes {
    let own = group(part);
    if own != "*" && own != asked.group {
        return Takes::None;
    }
    let mut resources = strings(part, "resources").peekable();
    if resources.peek().is_none() {
        return Takes::All; // Names are not looked at then.
    }
    match resources.any(|spec| takes_name(spec, asked.resource)) {
        false => Takes::None,
        true if items(part, "resourceNames").next().is_some() => Takes::Some,
        true => Takes::All,
    }
}

/// `pods`, `pods/log`, `pods/*`, which takes the pods as well, `*/scale`, or `*`.
fn takes_name(spec: &str, resource: &str) -> bool {
    let (name, sub) = resource.split_once('/').unwrap_or((resource, ""));
    spec == "*"
        || spec == resource
        || spec.strip_prefix("*/").is_some_and(|s| !sub.is_empty() && s == sub)
        || spec.strip_suffix("/*").is_some_and(|n| n == name)
}

/// Whether one item of `resources` takes all that another takes.
fn covers_part(own: Node<'_>, other: Node<'_>) -> bool {
    let all = |part: Node<'_>| items(part, "resources").next().is_none();
    let by_name = |part: Node<'_>| items(part, "resourceNames").next().is_some();
    let named = |name: &str| strings(own, "resourceNames").any(|n| n == name);
    let names_fit = !by_name(own) || by_name(other) && strings(other, "resourceNames").all(named);
    // An item without resources is matched before its names are looked at.
    let names_fit = names_fit && !(by_name(own) && all(other)) || all(own);
    let spec = |wanted: &str| strings(own, "resources").any(|spec| takes_name(spec, wanted));
    let fits = all(own) || !all(other) && strings(other, "resources").all(spec);
    (group(own) == "*" || group(own) == group(other)) && names_fit && fits
}

/// Whether a path of a rule, which may end in `*`, takes all that another takes.
fn covers_path(spec: &str, other: &str) -> bool {
    spec == "*" || spec == other || spec.strip_suffix('*').is_some_and(|start| other.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    fn with<T>(rules: &str, ask: impl Fn(AuditPolicy<'_>) -> T) -> T {
        let source = Source::lone("t", format!("rules:\n{rules}"));
        let (tree, findings) = yaml::parse(&source, Limits::default());
        assert!(findings.is_empty(), "{findings:?}");
        ask(AuditPolicy { node: tree.root().unwrap() })
    }

    const GET: Asked = Asked { verb: "get", group: "", resource: "secrets" };

    /// checks.md 3, trap 18.
    #[test]
    fn trap_18_the_first_rule_that_matches_decides() {
        let level = |rules: &str| with(rules, |p| p.decides(GET).and_then(AuditRule::level));
        assert_eq!(
            level("- {level: None, users: [a]}\n- level: Metadata\n- level: Request\n"),
            Some(Level::Metadata)
        );
        assert_eq!(level("- {level: Request, resources: [{group: apps}]}\n"), None);
        assert_eq!(
            level("- {level: Request, resources: [{group: '*', resources: ['*']}]}\n"),
            Some(Level::Request)
        );
        assert_eq!(level("- {level: None, verbs: [list]}\n"), None);
        assert_eq!(
            level("- {level: None, nonResourceURLs: ['*']}\n- level: Metadata\n"),
            Some(Level::Metadata)
        );
        assert_eq!(level("- {level: Request, resources: [{resourceNames: [a]}]}\n"), Some(Level::Request));
        assert_eq!(level("- {level: None, resources: [{resources: [secrets], resourceNames: [a]}]}\n"), None);
        assert_eq!(level("- {level: Metadata, users: null, verbs: []}\n"), Some(Level::Metadata));
        let met = with("- {level: Request, namespaces: [a]}\n- level: None\n", |p| p.met(GET).len());
        assert_eq!(met, 2);
    }

    /// checks.md 3, trap 18: the stages of the policy and of the rule add up.
    #[test]
    fn trap_18_a_rule_without_a_stage_keeps_nothing() {
        let drops = |rule: &str, policy: &str| {
            with(&format!("- {rule}\n{policy}"), |p| p.decides(GET).is_some_and(|rule| p.drops(rule)))
        };
        let all = "omitStages: [RequestReceived, ResponseStarted, ResponseComplete]";
        assert!(drops("level: None", "") && drops(&format!("{{level: Request, {all}}}"), ""));
        assert!(drops("level: Request", all));
        assert!(drops(
            "{level: Request, omitStages: [ResponseComplete, ResponseStarted]}",
            "omitStages: [RequestReceived]"
        ));
        assert!(!drops("level: Request", "omitStages: [RequestReceived, ResponseStarted]"));
    }

    #[test]
    fn resources_are_matched_as_the_server_matches_them() {
        for (spec, resource, wanted) in [
            ("pods", "pods/exec", false),
            ("pods/*", "pods/exec", true),
            ("pods/*", "pods", true),
            ("*/exec", "pods/exec", true),
            ("*/exec", "pods", false),
            ("*", "pods/exec", true),
        ] {
            assert_eq!(takes_name(spec, resource), wanted, "{spec} {resource}");
        }
    }

    #[test]
    fn a_rule_covers_a_later_one() {
        let covers = |first: &str, second: &str| {
            with(&format!("- {first}\n- {second}\n"), |p| {
                let rules: Vec<_> = p.rules().collect();
                rules[0].covers(rules[1])
            })
        };
        assert!(covers("{level: None}", "{level: Request, users: [a]}"));
        assert!(covers("{users: [a, b]}", "{users: [a], verbs: [get]}"));
        assert!(!covers("{users: [a]}", "{users: [a, b]}"));
        assert!(!covers("{users: [a]}", "{level: Metadata}"));
        assert!(covers("{resources: [{group: ''}]}", "{resources: [{group: '', resources: [pods]}]}"));
        assert!(!covers("{resources: [{group: '', resources: [pods]}]}", "{resources: [{group: ''}]}"));
        assert!(!covers("{resources: [{group: ''}]}", "{level: Metadata}"));
        assert!(!covers(
            "{resources: [{group: '', resources: [pods], resourceNames: [a]}]}",
            "{resources: [{group: '', resources: [pods]}]}"
        ));
        assert!(covers("{nonResourceURLs: ['/health*']}", "{nonResourceURLs: [/healthz]}"));
        assert!(!covers("{nonResourceURLs: ['/health*']}", "{resources: [{group: ''}]}"));
    }
}
