//! Falco's rule files: their items, and what counts where several say something of one name. No judgement.
//!
//! After falcosecurity/falco, `userspace/engine/rule_loader_reader.cpp`, `…_collector.cpp` and `…_compiler.cpp`: of two
//! definitions the last counts; an `override` appends or replaces key by key; a condition is appended as text. Rules
//! see the macros of every file, a macro those that were first defined before it.

use std::collections::BTreeMap;

use super::value;
use crate::parse::Node;

pub use super::falco_condition::{Condition, condition};

/// How deep macros are followed.
const DEPTH: usize = 200;
/// How many nodes of conditions are looked at for one question; macros can name macros twice over.
const STEPS: usize = 20_000;

/// Macros of falcosecurity/rules that files of others lean on.
pub const UPSTREAM_MACROS: &[&str] = &[
    "allowed_ssh_hosts",
    "always_true",
    "bin_dir",
    "bin_dir_mkdir",
    "bin_dir_rename",
    "chmod",
    "container",
    "container_entrypoint",
    "container_started",
    "coreos_write_ssh_dir",
    "create_hardlink",
    "create_symlink",
    "etc_dir",
    "falco_privileged_containers",
    "inbound",
    "inbound_outbound",
    "interactive",
    "interpreted_procs",
    "k8s_containers",
    "kernel_module_load",
    "kevt",
    "kevt_started",
    "mkdir",
    "modify",
    "never_true",
    "open_directory",
    "open_file_failed",
    "open_read",
    "open_write",
    "outbound",
    "package_mgmt_ancestor_procs",
    "package_mgmt_procs",
    "proc_is_new",
    "proc_name_exists",
    "protected_shell_spawner",
    "remove",
    "rename",
    "root_dir",
    "rpm_procs",
    "run_by_package_mgmt_binaries",
    "sensitive_files",
    "server_procs",
    "shell_procs",
    "spawned_process",
    "ssh_port",
    "system_procs",
];

/// Lists of falcosecurity/rules that files of others lean on.
pub const UPSTREAM_LISTS: &[&str] = &[
    "coreutils_binaries",
    "db_server_binaries",
    "deb_binaries",
    "docker_binaries",
    "http_server_binaries",
    "interpreted_binaries",
    "k8s_binaries",
    "known_setuid_binaries",
    "login_binaries",
    "mail_binaries",
    "nosql_server_binaries",
    "package_mgmt_binaries",
    "passwd_binaries",
    "python_package_managers",
    "rfc_1918_addresses",
    "rpm_binaries",
    "sensitive_directory_names",
    "sensitive_file_names",
    "shadowutils_binaries",
    "shell_binaries",
    "ssh_binaries",
    "user_mgmt_binaries",
    "userexec_binaries",
    "vpn_binaries",
];

/// The items of the file that `document` stands in, in the order in which Falco reads them.
pub fn items(document: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    document.tree().documents().flat_map(Node::items)
}

/// Whether an item changes one of the same name that was read before.
pub fn is_change(item: Node<'_>) -> bool {
    item.get("override").is_some() || item.get("append").and_then(value::boolean) == Some(true)
}

/// Whether an item of a rule only switches one that was read before.
pub fn is_switch(item: Node<'_>) -> bool {
    ["condition", "output", "desc", "priority"].iter().all(|k| item.get(k).is_none())
}

/// How `item` changes the key of the item before it: `append` or `replace`.
fn change<'t>(item: Node<'t>, key: &str) -> Option<&'t str> {
    if item.get("append").and_then(value::boolean) == Some(true) {
        return matches!(key, "condition" | "exceptions" | "items").then_some("append");
    }
    item.at(&["override", key]).and_then(value::string)
}

/// A rule: the item that defines it, and what changes it in the same file.
#[derive(Clone, Debug)]
pub struct Rule<'t> {
    /// The last item that defines it.
    pub node: Node<'t>,
    changes: Vec<Node<'t>>,
}

impl<'t> Rule<'t> {
    /// The rules of a file that are defined there. What changes a rule of another file is none.
    pub fn of(document: Node<'t>) -> Vec<Self> {
        let mut out: Vec<Self> = Vec::new();
        let mut by_name = BTreeMap::new();
        for item in items(document) {
            let Some(name) = item.get("rule").and_then(value::string) else { continue };
            let known = by_name.get(name).and_then(|index: &usize| out.get_mut(*index));
            match known {
                Some(rule) if is_change(item) => rule.changes.push(item),
                Some(_) if is_switch(item) => {}
                None if is_change(item) || (is_switch(item) && item.get("enabled").is_some()) => {}
                Some(rule) => *rule = Self { node: item, changes: Vec::new() },
                None => {
                    by_name.insert(name, out.len());
                    out.push(Self { node: item, changes: Vec::new() });
                }
            }
        }
        // A rule of another document of the file is that document's to tell of.
        out.retain(|r| r.node.parent() == Some(document));
        out
    }

    /// Its name.
    pub fn name(&self) -> &'t str {
        self.node.get("rule").and_then(value::string).unwrap_or("a rule")
    }

    /// The values of a key that count: the last that replaces, and those appended to it.
    pub fn parts(&self, key: &str) -> Vec<Node<'t>> {
        let mut out: Vec<_> = self.node.get(key).into_iter().collect();
        for item in &self.changes {
            match (change(*item, key), item.get(key)) {
                (Some("replace"), Some(value)) => out = vec![value],
                (Some("append"), Some(value)) => out.push(value),
                _ => {}
            }
        }
        out
    }

    /// The last value of a key that counts.
    pub fn get(&self, key: &str) -> Option<Node<'t>> {
        self.parts(key).pop()
    }

    /// Its tags.
    pub fn tags(&self) -> Vec<&'t str> {
        self.parts("tags").into_iter().flat_map(Node::items).filter_map(value::string).collect()
    }

    /// Its condition with what was appended, and where the last of it stands.
    pub fn condition(&self) -> Option<(Node<'t>, Condition)> {
        let parts = self.parts("condition");
        let texts: Vec<_> = parts.iter().filter_map(|n| value::string(*n)).collect();
        Some((*parts.last()?, condition(&texts.join(" "))?))
    }
}

/// What an item appends to a condition, without the `and` or `or` that it begins with.
pub fn appended(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let rest = text.strip_prefix("and").or_else(|| text.strip_prefix("or"))?;
    rest.starts_with(|c: char| c.is_whitespace() || c == '(').then_some(rest)
}

/// A name that a file defines.
#[derive(Clone, Debug)]
pub struct Definition<'t> {
    /// The place among the items of the first definition: from here on macros see it.
    pub first: usize,
    /// The place of the last item that says something of it: what it sees stands before.
    pub last: usize,
    /// Where the condition stands that counts.
    pub node: Node<'t>,
    text: Option<String>,
}

/// The macros of a rule file with their conditions.
#[derive(Clone, Debug, Default)]
pub struct Macros<'t> {
    by_name: BTreeMap<&'t str, (Definition<'t>, Option<Condition>)>,
}

impl<'t> Macros<'t> {
    /// The macros that are defined in a file. One that the file only changes says nothing.
    pub fn of(document: Node<'t>) -> Self {
        let mut known: BTreeMap<&str, Definition<'_>> = BTreeMap::new();
        for (index, item) in items(document).enumerate() {
            let Some(name) = item.get("macro").and_then(value::string) else { continue };
            let Some(node) = item.get("condition") else { continue };
            let text = value::string(node).unwrap_or("");
            match known.get_mut(name) {
                Some(macro_) if change(item, "condition") == Some("append") => {
                    macro_.text = macro_.text.take().map(|before| format!("{before} {text}"));
                    macro_.last = index;
                }
                Some(macro_) => {
                    *macro_ = Definition { last: index, node, text: Some(text.to_owned()), ..macro_.clone() };
                }
                None => {
                    let text = (!is_change(item)).then(|| text.to_owned());
                    known.insert(name, Definition { first: index, last: index, node, text });
                }
            }
        }
        let parsed = known.into_iter().map(|(name, d)| {
            let condition = d.text.as_deref().and_then(condition);
            (name, (d, condition))
        });
        Self { by_name: parsed.collect() }
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &'t str> {
        self.by_name.keys().copied()
    }

    /// Each with its definition, and its condition where it can be read.
    pub fn all(&self) -> impl Iterator<Item = (&'t str, &Definition<'t>, Option<&Condition>)> {
        self.by_name.iter().map(|(name, (definition, condition))| (*name, definition, condition.as_ref()))
    }

    /// The definition of that name.
    pub fn get(&self, name: &str) -> Option<&Definition<'t>> {
        self.by_name.get(name).map(|(definition, _)| definition)
    }

    /// Whether `asks` holds for one term at least of each way in which the condition can be true. `None` where a macro
    /// is not known here.
    pub fn needs(&self, condition: &Condition, asks: &dyn Fn(&Condition) -> bool) -> Option<bool> {
        self.walk(condition, asks, 0, &mut 0)
    }

    fn walk(
        &self,
        condition: &Condition,
        asks: &dyn Fn(&Condition) -> bool,
        depth: usize,
        steps: &mut usize,
    ) -> Option<bool> {
        *steps += 1;
        if depth > DEPTH || *steps > STEPS {
            return None;
        }
        if asks(condition) {
            return Some(true);
        }
        match condition {
            Condition::And(parts) => {
                let mut unknown = false;
                for part in parts {
                    match self.walk(part, asks, depth + 1, steps) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => unknown = true,
                    }
                }
                (!unknown).then_some(false)
            }
            Condition::Or(parts) => {
                let mut unknown = false;
                for part in parts {
                    match self.walk(part, asks, depth + 1, steps) {
                        Some(true) => {}
                        Some(false) => return Some(false),
                        None => unknown = true,
                    }
                }
                (!unknown).then_some(true)
            }
            Condition::Not(_) | Condition::Compare(..) => Some(false),
            Condition::Macro(name) => {
                let inner = self.by_name.get(name.as_str())?.1.as_ref()?;
                self.walk(inner, asks, depth + 1, steps)
            }
        }
    }
}

/// The fields that an output shows: `%proc.name`, `%evt.arg[flags]`, `%*container.id` without their `%`.
pub fn shown(output: &str) -> Vec<&str> {
    let fields = output.split('%').skip(1).map(|rest| rest.trim_start_matches('*'));
    let end = |c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_');
    fields.map(|f| f.split(end).next().unwrap_or("")).filter(|f| f.contains('.')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    #[test]
    fn an_output_shows_fields() {
        assert_eq!(
            shown("a %proc.name b=%evt.arg[flags] 100% %*user.name"),
            ["proc.name", "evt.arg", "user.name"]
        );
    }

    /// checks.md 3, trap 18: the last of two definitions counts, and overrides key by key.
    #[test]
    fn trap_18_the_last_definition_counts_and_changes_come_on_top() {
        let text = "- rule: a\n  condition: one\n  tags: [one]\n- rule: a\n  condition: two\n  tags: [two]\n\
            - rule: a\n  condition: and three\n  tags: [three]\n  override: {condition: append, tags: replace}\n\
            - rule: b\n  enabled: false\n\
            - macro: m\n  condition: p\n- macro: m\n  condition: q\n- macro: m\n  append: true\n  condition: or r\n";
        let (tree, _) = yaml::parse(&Source::lone("t", text), Limits::default());
        let rules = Rule::of(tree.root().unwrap());
        assert_eq!(rules.len(), 1);
        assert_eq!(rules[0].tags(), ["three"]);
        assert_eq!(rules[0].condition().unwrap().1, condition("two and three").unwrap());
        let macros = Macros::of(tree.root().unwrap());
        let (name, definition, text) = macros.all().next().unwrap();
        assert_eq!((name, definition.first, definition.last), ("m", 4, 6));
        assert_eq!(text, condition("q or r").as_ref());
    }

    #[test]
    fn what_is_appended_begins_with_a_joint() {
        assert_eq!(appended("and not a"), Some(" not a"));
        assert_eq!(appended(" or(a)"), Some("(a)"));
        assert_eq!(appended("not a"), None);
        assert_eq!(appended("organised"), None);
    }
}
