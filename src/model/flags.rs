//! The command line of a control-plane component or node agent, as its own flag parser reads it.
//!
//! pflag (github.com/spf13/pflag, flag.go, `string_slice.go`): `--name=value`, `--name value`; a boolean takes its
//! value behind `=` only; the last one of a repeated flag wins, a list grows with each; `--` ends the flags;
//! `_` in a name is `-` (component-base, `WordSepNormalizeFunc`). etcd uses Go's `flag`, which takes `-name`, too.
//! Upstream's images and kops start the program by `go-runner`, which writes its output to a file (kubernetes/release,
//! images/build/go-runner).

use super::{Container, ImageReference, value};
use crate::parse::Node;

/// A program of Kubernetes that is set up by flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Program {
    /// `kube-apiserver`.
    ApiServer,
    /// `kube-controller-manager`.
    ControllerManager,
    /// `etcd`.
    Etcd,
    /// `kube-proxy`.
    KubeProxy,
    /// `kubelet`.
    Kubelet,
    /// `kube-scheduler`.
    Scheduler,
}

impl Program {
    /// The name of its binary.
    pub fn name(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Etcd => "etcd",
            Self::KubeProxy => "kube-proxy",
            Self::Kubelet => "kubelet",
            Self::Scheduler => "kube-scheduler",
        }
    }

    fn of(path: &str) -> Option<Self> {
        let base = base(path);
        [
            Self::ApiServer,
            Self::ControllerManager,
            Self::Etcd,
            Self::KubeProxy,
            Self::Kubelet,
            Self::Scheduler,
        ]
        .into_iter()
        .find(|p| p.name() == base)
    }
}

/// Programs that start another one: the first of their words that is no flag.
const STARTERS: [&str; 4] = ["dumb-init", "go-runner", "hyperkube", "tini"];

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The flags of one container that runs such a program, or those that another program will write for it.
#[derive(Clone, Debug)]
pub struct CommandLine<'t> {
    /// The container that runs it; without one, where it is set up.
    pub container: Node<'t>,
    /// The program.
    pub program: Program,
    /// Where it is started: the item that names it, or the image; without a container, where flags are set.
    pub start: Node<'t>,
    words: Vec<(&'t str, Node<'t>)>,
    given: Vec<Given<'t>>,
}

/// A flag that is given by name and value, and not as a word.
#[derive(Clone, Copy, Debug)]
pub struct Given<'t> {
    /// Its name, without dashes.
    pub name: &'t str,
    /// Its value.
    pub value: &'t str,
    /// Where that stands.
    pub node: Node<'t>,
}

/// One occurrence of a flag.
#[derive(Clone, Copy, Debug)]
pub struct Flag<'t> {
    /// What stands behind `=`.
    inline: Option<&'t str>,
    /// The item that holds the name.
    pub node: Node<'t>,
    /// The next item, which is the value of a flag that takes one.
    next: Option<(&'t str, Node<'t>)>,
}

impl<'t> CommandLine<'t> {
    /// A command line that another program will write from these flags, which are set at `place`.
    pub fn of_settings(program: Program, place: Node<'t>, given: Vec<Given<'t>>) -> Self {
        Self { container: place, program, start: place, words: Vec::new(), given }
    }

    /// Whether another program writes it: its flags are no words of a list.
    pub fn is_settings(&self) -> bool {
        !self.given.is_empty()
    }

    /// The command line of a container, where it runs such a program: as its command, or as its image's.
    pub fn of(container: Container<'t>) -> Option<Self> {
        let list = |key: &str| container.node.get(key).and_then(value::list);
        let command = list("command");
        let words = || {
            let words = [command, list("args")].into_iter().flatten().flat_map(Node::items);
            words.filter_map(|n| Some((value::string(n)?, n))).collect::<Vec<_>>()
        };
        if command.is_some() {
            let mut words = words();
            let (first, _) = *words.first()?;
            let word = |(word, _): &(&str, Node<'_>)| !word.starts_with('-');
            let started = STARTERS.contains(&base(first));
            let at = if started { 1 + words.iter().skip(1).position(word)? } else { 0 };
            let (name, start) = *words.get(at)?;
            let program = Program::of(name)?;
            let (container, words) = (container.node, words.split_off(at + 1));
            return Some(Self { container, program, start, words, given: Vec::new() });
        }
        let start = container.image()?;
        let image = ImageReference::parse(value::string(start)?);
        let program = Program::of(image.repository)?;
        Some(Self { container: container.node, program, start, words: words(), given: Vec::new() })
    }

    /// Every occurrence of a flag, in order.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = Flag<'t>> + 's {
        let given = self.given.iter().filter(move |given| same_name(given.name, name));
        let given = given.map(|g| Flag { inline: Some(g.value), node: g.node, next: None });
        let flags = self.words.iter().take_while(|(word, _)| *word != "--").enumerate();
        let flags = flags.filter_map(move |(index, (word, node))| {
            let word = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
            let (key, inline) = word.split_once('=').map_or((word, None), |(k, v)| (k, Some(v)));
            let value = |(next, _): &(&str, Node<'_>)| {
                !next.starts_with('-') || next.as_bytes().get(1).is_some_and(u8::is_ascii_digit)
            };
            let next = self.words.get(index + 1).copied().filter(value);
            same_name(key, name).then_some(Flag { inline, node: *node, next })
        });
        flags.chain(given)
    }

    /// The occurrence that counts: the last.
    pub fn flag(&self, name: &str) -> Option<Flag<'t>> {
        self.all(name).last()
    }

    /// Whether it only tells something and ends.
    pub fn is_idle(&self) -> bool {
        ["version", "help"].iter().any(|n| self.flag(n).is_some_and(|f| f.boolean() != Some(false)))
    }

    /// The items of a list flag, over all its occurrences, each with the item of the manifest that holds it.
    pub fn list(&self, name: &str) -> Vec<(&'t str, Node<'t>)> {
        let items = self.all(name).flat_map(|flag| {
            let (text, node) = flag.value().unwrap_or(("", flag.node));
            text.split(',').map(move |item| (item.trim(), node))
        });
        items.filter(|(item, _)| !item.is_empty()).collect()
    }
}

impl<'t> Flag<'t> {
    /// The value of a flag that takes one, and where it stands.
    pub fn value(self) -> Option<(&'t str, Node<'t>)> {
        self.inline.map(|text| (text, self.node)).or(self.next)
    }

    /// The text of a flag that takes one.
    pub fn text(self) -> &'t str {
        self.value().map_or("", |(text, _)| text)
    }

    /// The value of a boolean flag (Go's `strconv.ParseBool`); alone it is true.
    pub fn boolean(self) -> Option<bool> {
        match self.inline {
            None | Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Some(true),
            Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Some(false),
            Some(_) => None,
        }
    }
}

/// Whether what is written is the flag of this name.
fn same_name(written: &str, name: &str) -> bool {
    written.len() == name.len()
        && written.bytes().zip(name.bytes()).all(|(a, b)| a == b || a == b'_' && b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{objects, template_of};
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    fn with<T>(container: &str, ask: impl Fn(Option<CommandLine<'_>>) -> T) -> T {
        let text = format!("{{apiVersion: v1, kind: Pod, spec: {{containers: [{{name: a, {container}}}]}}}}");
        let source = Source::lone("t", text);
        let (tree, findings) = yaml::parse(&source, Limits::default());
        assert!(findings.is_empty(), "{findings:?}");
        let objects = objects(&tree);
        let template = template_of(objects[0]).unwrap();
        ask(template.containers().next().and_then(CommandLine::of))
    }

    /// checks.md 3, trap 14.
    #[test]
    fn trap_14_flags_are_read_as_their_program_reads_them() {
        let command = "command: [/usr/local/bin/kube-apiserver, --a=1, --a, '2', --on, --off=false, --b_c=x], \
                       args: [--list=a, '--list=b, c', --profiling, 'false', --, --late=1]";
        with(command, |line| {
            let line = line.unwrap();
            assert_eq!(line.program, Program::ApiServer);
            assert_eq!(line.flag("a").unwrap().text(), "2");
            assert_eq!(line.flag("on").unwrap().boolean(), Some(true));
            assert_eq!(line.flag("off").unwrap().boolean(), Some(false));
            assert_eq!(line.flag("profiling").unwrap().boolean(), Some(true));
            assert_eq!(line.flag("b-c").unwrap().text(), "x");
            let items: Vec<_> = line.list("list").into_iter().map(|(item, _)| item).collect();
            assert_eq!(items, ["a", "b", "c"]);
            assert!(line.flag("late").is_none() && line.flag("lis").is_none() && !line.is_idle());
        });
    }

    /// checks.md 3, trap 14: what a starter reads is not the program's, and a number may be below zero.
    #[test]
    fn trap_14_flags_begin_behind_the_program() {
        with("command: [go-runner, --a=1, kubelet, --pod-max-pids, '-1', --b, --version=false]", |line| {
            let line = line.unwrap();
            assert!(line.flag("a").is_none() && !line.is_idle());
            assert_eq!(line.flag("pod-max-pids").unwrap().text(), "-1");
            assert_eq!(line.flag("b").unwrap().text(), "");
        });
        with("command: [kubelet, --version]", |line| assert!(line.unwrap().is_idle()));
    }

    #[test]
    fn the_program_is_the_command_or_else_the_image() {
        let program = |container: &str| with(container, |line| line.map(|l| l.program));
        assert_eq!(program("command: [etcd]"), Some(Program::Etcd));
        assert_eq!(program("image: registry.k8s.io/etcd:3.6, args: [--x]"), Some(Program::Etcd));
        assert_eq!(program("image: registry.k8s.io/etcd:3.6, command: [sleep]"), None);
        assert_eq!(program("image: shop/web, args: [kube-apiserver]"), None);
        assert_eq!(program("command: [kubectl, logs, kube-apiserver]"), None);
        let go = "command: [/go-runner, --log-file=/var/log/x.log, --also-stdout, /bin/kube-scheduler], args: [-v=2]";
        assert_eq!(program(go), Some(Program::Scheduler));
        assert_eq!(program("command: [tini, --, etcd]"), Some(Program::Etcd));
        assert_eq!(program("command: [go-runner, --log-file=x]"), None);
    }
}
