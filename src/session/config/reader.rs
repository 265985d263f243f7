//! Reads the keys of a configuration, each by its type, and says of every mistake where it is and how to mend it.

use std::borrow::Cow;
use std::cell::RefCell;

use super::glob::{self, Glob};
use super::{Config, Ignore, VERSIONS};
use crate::checks::{self, Accepted, Check, Day, Files, Parameters};
use crate::parse::{Kind, Node};
use crate::sim::admission::pod_security::{Level, Version};
use crate::text::near::{list, suggest};
use crate::text::{Finding, Severity, Span};

/// The longest list.
const LONGEST: usize = 1_000;

const KEYS: [&str; 10] = [
    "exclude",
    "ignore",
    "level",
    "min-severity",
    "only",
    "pedantic",
    "policy",
    "severity",
    "skip",
    "version",
];

/// What has no effect where a level judges alone.
const ASIDE: [&str; 7] = ["ignore", "min-severity", "only", "pedantic", "policy", "severity", "skip"];

const SEVERITIES: [(&str, Severity); 5] = [
    ("info", Severity::Info),
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];

/// Getters that say what is wrong and go on, so that every mistake is found in one run.
pub(super) struct Reader {
    said: RefCell<Vec<Finding>>,
}

impl Reader {
    /// A reader that goes on where the syntax was read.
    pub(super) fn new(syntax: Vec<Finding>) -> Self {
        Self { said: RefCell::new(syntax) }
    }

    /// Whether nothing is wrong so far.
    pub(super) fn is_content(&self) -> bool {
        self.said.borrow().is_empty()
    }

    /// All that is wrong.
    pub(super) fn said(self) -> Vec<Finding> {
        self.said.into_inner()
    }

    fn say(
        &self,
        code: &'static str,
        title: &'static str,
        span: Span,
        detail: String,
        help: impl Into<Cow<'static, str>>,
    ) {
        self.said.borrow_mut().push(Finding::error(code, title, span).detail(detail).help(help));
    }

    /// Reads a configuration's keys into one.
    pub(super) fn config(&self, node: Node<'_>, into: &mut Config) {
        self.keys(node, "the configuration", &KEYS);
        let severity = node.get("min-severity").and_then(|n| self.word(n, "min-severity", &SEVERITIES));
        into.min_severity = severity;
        into.only = self.checks(node, "only");
        if let Some(only) = node.get("only").filter(|n| n.kind() == Kind::Seq && n.items().len() == 0) {
            let detail = "`only` names no check, so that none would be asked".to_owned();
            self.say(
                "config-empty",
                "list is empty",
                only.own_span(),
                detail,
                "name an id, or remove `only`",
            );
        }
        into.skip = self.checks(node, "skip");
        into.pedantic = node.get("pedantic").and_then(|n| self.boolean(n, "pedantic")).unwrap_or(false);
        let levels = [("baseline", Level::Baseline), ("restricted", Level::Restricted)];
        into.level = node.get("level").and_then(|n| self.word(n, "level", &levels));
        into.version = node.get("version").and_then(|n| self.version(n));
        into.exclude =
            self.texts(node, "exclude").into_iter().filter_map(|(text, n)| self.glob(text, n)).collect();
        self.severities(node, into);
        for table in self.items(node, "ignore", "a list of tables, each under [[ignore]]") {
            let entry = self.ignore(table, into);
            into.ignores.extend(entry);
        }
        if let Some(policy) = node.get("policy") {
            into.parameters = self.parameters(policy);
        }
        if let Some(level) = node.get("level") {
            for key in ASIDE.iter().filter_map(|key| node.entry(key)) {
                let name = key.key.scalar().unwrap_or("");
                let help = format!("remove `{name}`, or remove `level` and ask with --level");
                let detail = format!("`{name}` has no effect where a level judges alone");
                self.said.borrow_mut().push(
                    Finding::error("config-contradiction", "level judges alone", key.key.own_span())
                        .detail(detail)
                        .related(level.own_span(), "the level")
                        .help(help),
                );
            }
        }
    }

    fn severities(&self, node: Node<'_>, into: &mut Config) {
        let Some(table) = node.get("severity") else { return };
        if table.kind() != Kind::Map {
            return self.wrong_type(
                table,
                "severity",
                "a table: [severity] and a line `id = \"low\"` for each",
            );
        }
        for entry in table.own_entries() {
            let id = entry.key.scalar().unwrap_or("");
            let checks = self.select(id, entry.key);
            let Some(severity) = self.word(entry.value, id, &SEVERITIES) else { continue };
            into.severities.extend(checks.into_iter().map(|check| (check.id, severity)));
        }
    }

    fn ignore(&self, node: Node<'_>, config: &Config) -> Option<Ignore> {
        if node.kind() != Kind::Map {
            self.wrong_type(node, "ignore", "a table under [[ignore]]");
            return None;
        }
        self.keys(node, "an [[ignore]]", &["id", "path", "reason", "until"]);
        let before = self.said.borrow().len();
        let span = node.own_entries().next().map_or(node.own_span(), |e| e.key.own_span());
        let needed = |key: &str, help: &'static str| {
            let found = node.get(key).and_then(|n| Some((self.text(n, key)?, n)));
            if node.get(key).is_none() {
                let detail = format!("the [[ignore]] has no `{key}`, so nothing is accepted");
                self.say("config-missing-key", "a key is missing", span, detail, help);
            }
            found
        };
        let id = needed("id", "add id = \"…\", the id of a finding");
        let reason = needed("reason", "add reason = \"…\", and why this is right there");
        let checks = id.map(|(id, n)| self.select(id, n)).unwrap_or_default();
        let text = |key: &str| node.get(key).and_then(|n| Some((self.text(n, key)?, n)));
        let path = text("path").and_then(|(text, n)| Some((text, self.glob(text, n)?)));
        let until = text("until").and_then(|(text, n)| {
            let day = Day::parse(text);
            if day.is_none() {
                let detail = format!("`until` is {text:?}, which is no day");
                self.say("config-no-day", "not a day", n.own_span(), detail, "write YYYY-MM-DD");
            }
            Some((day?, text.to_owned()))
        });
        let reason = reason.map(|(reason, _)| reason.trim().to_owned())?;
        let (root, here) = (config.root.clone(), config.here.clone());
        let glob = path.as_ref().map(|(_, glob)| glob.clone());
        let files = Files::new(move |name| match &glob {
            Some(glob) => glob::below(&root, &here.join(name)).is_some_and(|names| glob.holds(&names)),
            None => true,
        });
        let accepted = Accepted { checks, files, reason, until };
        let entry = Ignore::new(accepted, span, path, &config.root);
        (self.said.borrow().len() == before).then_some(entry)
    }

    fn parameters(&self, node: Node<'_>) -> Parameters {
        if node.kind() != Kind::Map {
            self.wrong_type(node, "policy", "a table: [policy]");
            return Parameters::default();
        }
        self.keys(node, "[policy]", &Parameters::KEYS);
        let texts = |key: &str| {
            node.get(key)?;
            Some(self.texts(node, key).into_iter().map(|(text, _)| text.to_owned()).collect::<Vec<_>>())
        };
        if node.get("registries").is_some() {
            for (text, at) in self.texts(node, "registries").into_iter().filter(|(t, _)| t.contains("://")) {
                let detail = format!("{text:?} begins with a scheme, which no image has");
                self.say("config-registry", "not a registry", at.own_span(), detail, "leave the scheme out");
            }
        }
        Parameters {
            registries: texts("registries"),
            service_accounts: texts("service-accounts"),
            ingress_classes: texts("ingress-classes"),
            max_containers: node.get("max-containers").and_then(|n| self.count(n, "max-containers")),
        }
    }

    /// Says which keys are not known.
    fn keys(&self, node: Node<'_>, what: &str, known: &[&str]) {
        for entry in node.own_entries() {
            let key = entry.key.scalar().unwrap_or("");
            if !known.contains(&key) {
                let detail = format!("{what} has no key `{key}`");
                self.say(
                    "config-unknown-key",
                    "unknown key",
                    entry.key.own_span(),
                    detail,
                    suggest(key, known),
                );
            }
        }
    }

    fn wrong_type(&self, node: Node<'_>, key: &str, wanted: &str) {
        let detail = format!("`{key}` is {}", node.kind().word());
        self.say(
            "config-wrong-type",
            "value is of the wrong type",
            node.own_span(),
            detail,
            format!("write {wanted}"),
        );
    }

    fn text<'t>(&self, node: Node<'t>, key: &str) -> Option<&'t str> {
        match node.as_str() {
            None => self.wrong_type(node, key, "a string"),
            Some(text) if text.trim().is_empty() => {
                let detail = format!("`{key}` says nothing");
                self.say(
                    "config-empty",
                    "text is empty",
                    node.own_span(),
                    detail,
                    "write it, or remove the key",
                );
            }
            text => return text,
        }
        None
    }

    fn boolean(&self, node: Node<'_>, key: &str) -> Option<bool> {
        let value = node.as_bool();
        if value.is_none() {
            self.wrong_type(node, key, "true or false");
        }
        value
    }

    fn count(&self, node: Node<'_>, key: &str) -> Option<u32> {
        let value = node.as_int().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
        if value.is_none() {
            self.wrong_type(node, key, "a whole number from 1");
        }
        value
    }

    fn word<T: Copy>(&self, node: Node<'_>, key: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, key)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let detail = format!("`{key}` is {text:?}, none of {}", list(&known));
            self.say("config-unknown-word", "unknown word", node.own_span(), detail, suggest(text, &known));
        }
        found
    }

    fn version(&self, node: Node<'_>) -> Option<Version> {
        let text = self.text(node, "version")?;
        let version = Version::parse(text);
        if version.is_none() {
            let detail = format!("`version` is {text:?}");
            self.say("config-unknown-word", "unknown version", node.own_span(), detail, VERSIONS);
        }
        version
    }

    fn glob(&self, text: &str, node: Node<'_>) -> Option<Glob> {
        let wrong = |help| {
            let detail = format!("{text:?} is no pattern for paths");
            self.say("config-pattern", "not a pattern", node.own_span(), detail, help);
        };
        Glob::parse(text).map_err(wrong).ok()
    }

    fn select(&self, id: &str, node: Node<'_>) -> Vec<&'static Check> {
        checks::select(id).unwrap_or_else(|error| {
            let help = match error.nearest {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name the finding's id; `sealegs explain --list` prints all".to_owned(),
            };
            let detail = format!("no check is called {id:?}");
            self.say("config-unknown-check", "unknown check", node.own_span(), detail, help);
            Vec::new()
        })
    }

    fn checks(&self, node: Node<'_>, key: &str) -> Vec<&'static Check> {
        self.texts(node, key).into_iter().flat_map(|(id, node)| self.select(id, node)).collect()
    }

    fn texts<'t>(&self, node: Node<'t>, key: &str) -> Vec<(&'t str, Node<'t>)> {
        let items = self.items(node, key, "a list of strings");
        items.into_iter().filter_map(|item| Some((self.text(item, key)?, item))).collect()
    }

    fn items<'t>(&self, node: Node<'t>, key: &str, wanted: &str) -> Vec<Node<'t>> {
        let Some(list) = node.get(key) else { return Vec::new() };
        if list.kind() != Kind::Seq {
            self.wrong_type(list, key, wanted);
        }
        if list.items().len() > LONGEST {
            let detail = format!("`{key}` has {} entries", list.items().len());
            self.say(
                "config-too-long",
                "list is too long",
                list.own_span(),
                detail,
                "keep it to 1000 entries",
            );
        }
        list.items().take(LONGEST).collect()
    }
}
