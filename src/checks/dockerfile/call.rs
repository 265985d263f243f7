//! How a package manager is called: what it is asked to do, for which packages, and whether somebody has to answer.

use super::manager::{Kind, MANAGERS, Manager};
use crate::model::shell::{Command, Word};

/// A call of a package manager.
#[derive(Debug)]
pub(super) struct Call<'c> {
    /// Which one is called.
    pub manager: &'static Manager,
    /// The command.
    pub command: &'c Command,
    /// What it is asked to do, and for what.
    words: Vec<&'c Word>,
}

impl<'c> Call<'c> {
    /// The call that `command` is, where it is one.
    pub fn of(command: &'c Command) -> Option<Self> {
        let program = command.program();
        let arguments = command.arguments();
        // `pip3.12` and `python3 -m pip` are pip, and so is `uv pip`.
        let module = program.starts_with("python")
            && matches!(arguments, [m, pip, ..] if m.text == "-m" && pip.text == "pip");
        let below = module || program == "uv" && arguments.first().is_some_and(|w| w.text == "pip");
        let numbered = program.strip_prefix("pip").is_some_and(|n| n.starts_with('3'));
        let name = if below || numbered { "pip" } else { program };
        let manager = MANAGERS.iter().find(|m| m.programs.contains(&name))?;
        let words = command.operands(manager.valued).skip(usize::from(below)).collect();
        Some(Self { manager, command, words })
    }

    /// The calls among commands.
    pub fn all(commands: &[&'c Command]) -> Vec<Self> {
        commands.iter().filter_map(|c| Self::of(c)).collect()
    }

    /// Which one is called.
    pub fn kind(&self) -> Kind {
        self.manager.kind
    }

    /// What it is asked to do: `install`.
    pub fn verb(&self) -> Option<&'c Word> {
        self.words.first().copied()
    }

    /// What it is asked to do, or nothing.
    pub fn asked(&self) -> &'c str {
        self.verb().map_or("", |w| &*w.text)
    }

    /// Program and verb.
    pub fn title(&self) -> String {
        format!("{} {}", self.command.program(), self.asked()).trim_end().to_owned()
    }

    /// Whether it installs something.
    pub fn installs(&self) -> bool {
        self.manager.installs.contains(&self.asked())
            // `yarn` alone installs what the lock file says, and `yarn global add` for everybody.
            || self.kind() == Kind::Yarn && matches!(self.asked(), "" | "global")
    }

    /// Whether it takes something away.
    pub fn removes(&self) -> bool {
        self.manager.removes.contains(&self.asked())
    }

    /// Whether it asks before it begins.
    pub fn asks(&self) -> bool {
        self.kind().is_system()
            && self.kind() != Kind::Apk
            && (self.installs() || self.removes() || self.manager.asks.contains(&self.asked()))
    }

    /// Whether it fetches the list of packages, and does nothing else.
    pub fn lists(&self) -> bool {
        self.manager.lists.contains(&self.asked())
    }

    /// The packages that it installs by a name alone: no files, addresses or variables.
    pub fn packages(&self) -> impl Iterator<Item = &'c Word> {
        let skipped = if self.asked() == "global" { 2 } else { 1 };
        let words = if self.installs() { self.words.get(skipped..) } else { None };
        words.unwrap_or(&[]).iter().copied().filter(|w| self.is_name(&w.text))
    }

    fn is_name(&self, text: &str) -> bool {
        let scoped = matches!(self.kind(), Kind::Npm | Kind::Yarn) && text.starts_with('@');
        let slashes = text.matches('/').count();
        let path = match self.kind() {
            // `pkg/release` is a package of a release.
            Kind::Apt => slashes > 0 && (slashes > 1 || text.starts_with(['/', '.'])),
            _ => slashes > usize::from(scoped),
        };
        let file =
            text.contains('.') && ["deb", "rpm", "apk", "whl", "gem", "tgz", "gz"].contains(&ending(text));
        let computed = text.contains(['$', '`', '*']) || text.contains("::");
        let other = text.is_empty() || !scoped && text.starts_with(['.', '@', '!']);
        !(path || file || computed || other)
    }

    /// Whether a package names its version.
    pub fn is_pinned(&self, package: &str) -> bool {
        let text = package.strip_prefix('@').unwrap_or(package);
        let numbered = || text.split('-').skip(1).any(|part| part.starts_with(|c: char| c.is_ascii_digit()));
        text.contains(self.manager.version) || self.kind() == Kind::Dnf && numbered()
    }

    /// Whether it is told to go ahead without an answer.
    pub fn is_answered(&self) -> bool {
        let command = self.command;
        let (flags, letters): (&[&str], &[char]) = match self.kind() {
            Kind::Apt => (
                &["--yes", "--assume-yes", "--force-yes", "-qq", "-q=2", "--print-uris", "--simulate", "-s"],
                &['y'],
            ),
            Kind::Dnf => (&["--assumeyes", "--assumeno", "--downloadonly"], &['y']),
            Kind::Zypper => (&["--non-interactive", "--no-confirm", "--dry-run"], &['n', 'y']),
            _ => (&[], &[]),
        };
        let doubled = |w: &Word| {
            w.text.starts_with('-') && !w.text.starts_with("--") && w.text.matches('q').count() > 1
        };
        let option = |w: &Word| w.text.to_ascii_lowercase().contains("assume-yes");
        command.has(flags)
            || letters.iter().any(|l| command.short(*l).is_some())
            || command.arguments().iter().any(|w| self.kind() == Kind::Apt && doubled(w) || option(w))
    }
}

fn ending(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::shell::{commands, flat};
    use crate::parse::{Limits, dockerfile};
    use crate::text::Source;

    #[test]
    fn calls_are_read_in_every_form() {
        for (line, wanted) in [
            (
                "apt-get -o A=b -qq install -t sid -y a b=1 ./c.deb $D e/sid",
                "apt-get install: a b=1! e/sid! answered",
            ),
            ("sudo apt purge x", "apt purge:"),
            ("apk --no-cache add --virtual .deps gcc 'make>4'", "apk add: gcc make>4!"),
            ("dnf install -y --setopt a=b curl-8.6.0 https://x/y.rpm", "dnf install: curl-8.6.0! answered"),
            ("zypper -n in a", "zypper in: a answered"),
            ("python3 -m pip install -r r.txt a==1 'b[c]'", "python3 install: a==1! b[c]"),
            ("pip3.12 --proxy p install . x", "pip3.12 install: x"),
            ("npm i -g --registry r @a/b @a/c@1 d@2 e", "npm i: @a/b @a/c@1! d@2! e"),
            ("yarn global add x", "yarn global: x"),
            ("gem install rails:7 x --version 2", "gem install: rails:7! x"),
        ] {
            let text = format!("FROM x\nRUN {line}\n");
            let (file, _) = dockerfile::parse(&Source::lone("d", text), Limits::default());
            let all = commands(&file.instructions[1]);
            let call = Call::of(flat(&all)[0]).unwrap();
            let mut shown = format!("{}:", call.title());
            for package in call.packages() {
                shown +=
                    &format!(" {}{}", package.text, if call.is_pinned(&package.text) { "!" } else { "" });
            }
            if call.is_answered() {
                shown += " answered";
            }
            assert_eq!(shown, wanted, "{line}");
        }
    }
}
