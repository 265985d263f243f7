//! The commands of a shell's line, as a `RUN` gives it: words without their quotes, and what links the commands.
//!
//! As far as a reader needs it: nothing is expanded, and what is read wrongly costs a word, never the rest of the line.
//! Not `ShellCheck`: no command is judged here.

use crate::parse::dockerfile::{Arguments, Instruction, Text};
use crate::text::Span;

mod reader;

use reader::{handed, parse};

/// A word of a command.
#[derive(Clone, Debug)]
pub struct Word {
    /// Its text, quotes and escapes taken off, variables as they were written.
    pub text: Text,
    /// Where it stands.
    pub span: Span,
    /// The commands within: `$(…)`, backticks, `<(…)`, and what `sh -c` is handed.
    pub nested: Vec<Command>,
}

/// What stands behind a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// `|`
    Pipe,
    /// `&&`, `||`, `;`, `&`, a new line, or nothing.
    #[default]
    Other,
}

/// A simple command.
#[derive(Clone, Debug, Default)]
pub struct Command {
    /// `A=b` before the program.
    pub assignments: Vec<Word>,
    /// The program, wrappers such as `sudo` included, and its arguments.
    pub words: Vec<Word>,
    /// `>`, `<` and the like, each with its target.
    pub redirects: Vec<(String, Word)>,
    /// What stands behind it.
    pub link: Link,
    /// How many of the words are wrappers and what these take.
    wrapped: usize,
    /// Whether there are commands within it.
    nests: bool,
}

impl Command {
    /// The program that runs in the end and its arguments: wrappers such as `sudo -E` and `env A=b` taken off.
    pub fn run(&self) -> &[Word] {
        self.words.get(self.wrapped..).unwrap_or(&[])
    }

    /// Says what follows from the words, once they are complete. `depth`: how deep it stands in others.
    fn complete(&mut self, depth: u8) {
        self.unwrap();
        handed(self, depth);
        let nests = self.parts().any(|word| !word.nested.is_empty());
        self.nests = nests;
    }

    /// All its words, in the order in which commands within them are told.
    fn parts(&self) -> impl Iterator<Item = &Word> {
        let targets = self.redirects.iter().map(|(_, word)| word);
        self.assignments.iter().chain(&self.words).chain(targets)
    }

    /// Counts the wrappers.
    fn unwrap(&mut self) {
        let mut words = self.words.as_slice();
        while let Some((first, rest)) = words.split_first() {
            let name = base(&first.text);
            let Some(wrapper) = WRAPPERS.iter().find(|w| w.name == name) else { break };
            words = wrapper.skip(rest);
        }
        self.wrapped = self.words.len() - words.len();
    }

    /// The program's name without its directory.
    pub fn program(&self) -> &str {
        self.run().first().map_or("", |w| base(&w.text))
    }

    /// The program's arguments.
    pub fn arguments(&self) -> &[Word] {
        self.run().get(1..).unwrap_or(&[])
    }

    /// The wrapper of that name, where it runs below one.
    pub fn wrapper(&self, name: &str) -> Option<&Word> {
        let count = self.words.len() - self.run().len();
        self.words.iter().take(count).find(|w| base(&w.text) == name)
    }

    /// The arguments that are no flags, where these flags take the next word as their value.
    pub fn operands<'c>(&'c self, valued: &'c [&'c str]) -> impl Iterator<Item = &'c Word> {
        let mut value = false;
        self.arguments().iter().filter(move |word| {
            let skipped = std::mem::replace(&mut value, valued.contains(&&*word.text));
            !skipped && !word.text.starts_with('-')
        })
    }

    /// Whether one of these is among its arguments.
    pub fn has(&self, flags: &[&str]) -> bool {
        self.flag(flags).is_some()
    }

    /// The argument that is one of these, or one of these with `=value`.
    pub fn flag(&self, flags: &[&str]) -> Option<&Word> {
        let is = |w: &&Word| {
            flags.contains(&&*w.text) || w.text.split_once('=').is_some_and(|(name, _)| flags.contains(&name))
        };
        self.arguments().iter().find(is)
    }

    /// The argument that is several flags of one letter each, this one among them: `-fsSLk`.
    pub fn short(&self, letter: char) -> Option<&Word> {
        let is = |w: &&Word| {
            let letters = w.text.strip_prefix('-').filter(|l| !l.starts_with('-'));
            letters.is_some_and(|l| l.chars().all(char::is_alphanumeric) && l.contains(letter))
        };
        self.arguments().iter().find(is)
    }

    /// Whether it is a shell, or a language, that runs what comes in rather than a script of its own.
    pub fn runs_input(&self) -> bool {
        let arguments: Vec<&str> = self.arguments().iter().map(|w| &*w.text).collect();
        if INTERPRETERS.contains(&self.program()) {
            return matches!(arguments.first(), None | Some(&"-"));
        }
        let mut flags = arguments.iter().take_while(|a| a.starts_with('-'));
        let short = |a: &&str, c: char| !a.starts_with("--") && a.contains(c);
        SHELLS.contains(&self.program())
            && !flags.clone().any(|a| short(a, 'c'))
            && (flags.any(|a| short(a, 's') || matches!(*a, "-" | "--"))
                || arguments.iter().all(|a| a.starts_with('-')))
    }

    /// From its first word to its last.
    pub fn span(&self) -> Option<Span> {
        let words = self.assignments.iter().chain(&self.words);
        words.map(|w| w.span).reduce(Span::to)
    }
}

/// A program that runs the program behind it.
struct Wrapper {
    name: &'static str,
    /// Flags that take the next word.
    values: &'static [&'static str],
    /// Words before the program that are no flags: how long, and the like.
    operands: usize,
}

const fn wrapper(name: &'static str, values: &'static [&'static str], operands: usize) -> Wrapper {
    Wrapper { name, values, operands }
}

const WRAPPERS: &[Wrapper] = &[
    wrapper("sudo", &["-u", "--user", "-g", "--group", "-p", "-C", "-h", "-r", "-t", "-D"], 0),
    wrapper("doas", &["-u", "-C"], 0),
    wrapper("env", &["-u", "--unset", "-C", "--chdir"], 0),
    wrapper("exec", &["-a"], 0),
    wrapper("command", &[], 0),
    wrapper("busybox", &[], 0),
    wrapper("nohup", &[], 0),
    wrapper("nice", &["-n", "--adjustment"], 0),
    wrapper("time", &["-f", "--format", "-o", "--output"], 0),
    wrapper("timeout", &["-s", "--signal", "-k", "--kill-after"], 1),
    wrapper("eatmydata", &[], 0),
    wrapper("gosu", &[], 1),
    wrapper("su-exec", &[], 1),
];

impl Wrapper {
    /// What runs behind it.
    fn skip<'w>(&self, mut words: &'w [Word]) -> &'w [Word] {
        let mut operands = self.operands;
        while let Some((word, mut rest)) = words.split_first() {
            if word.text.starts_with('-') {
                if self.values.contains(&&*word.text) {
                    rest = rest.get(1..).unwrap_or(&[]);
                }
            } else if !word.text.contains('=') {
                if operands == 0 {
                    break;
                }
                operands -= 1;
            }
            words = rest;
        }
        words
    }
}

/// Programs that run what they are handed as a shell's text.
pub const SHELLS: [&str; 6] = ["sh", "bash", "ash", "dash", "zsh", "ksh"];

/// Whether a program, with its directory or without, is one of them.
pub fn is_shell(program: &str) -> bool {
    SHELLS.contains(&base(program))
}

/// Languages that run what comes in.
const INTERPRETERS: [&str; 6] = ["python", "python3", "perl", "ruby", "node", "php"];

fn base(text: &str) -> &str {
    text.bytes().rposition(|b| b == b'/').and_then(|slash| text.get(slash + 1..)).unwrap_or(text)
}

/// The commands of a `RUN`: of its line, and of the here-documents that a shell reads. Commands within commands are in
/// their words; [`flat`] has them all.
pub fn commands(instruction: &Instruction) -> Vec<Command> {
    let line = match &instruction.arguments {
        Arguments::Shell(line) => line,
        Arguments::Exec(words, _) => {
            let word = |w: &crate::parse::dockerfile::Word| Word {
                text: w.text.clone(),
                span: w.span,
                nested: Vec::new(),
            };
            let mut command = Command { words: words.iter().map(word).collect(), ..Command::default() };
            command.complete(0);
            return vec![command];
        }
        _ => return Vec::new(),
    };
    let mut out = parse(line, 0);
    let reads = |at: usize| match out.as_slice() {
        // The whole line is `<<EOF`: the builder hands the text to the shell, or to what its first line names.
        [only] if only.words.is_empty() => is_script,
        all if all.get(at..).and_then(last_of_pipe).is_some_and(runs_shell) => |_: &str| true,
        _ => |_: &str| false,
    };
    let opens = |(at, c): (usize, &Command)| {
        let here = c.redirects.iter().filter(|(operator, _)| matches!(&**operator, "<<" | "<<-")).count();
        std::iter::repeat_n(at, here)
    };
    let owners = out.iter().enumerate().flat_map(opens);
    let texts = instruction.here_documents.iter().zip(owners).filter(|(text, at)| reads(*at)(text));
    let more: Vec<Command> = texts.flat_map(|(text, _)| parse(text, 0)).collect();
    out.extend(more);
    out.retain(|c| !c.words.is_empty() || !c.assignments.is_empty());
    out
}

/// Whether a text is a shell's: its first line names one, or nothing.
fn is_script(text: &str) -> bool {
    let first = text.lines().next().unwrap_or("");
    first.strip_prefix("#!").is_none_or(|program| program.split(['/', ' ']).any(|w| SHELLS.contains(&w)))
}

fn last_of_pipe(commands: &[Command]) -> Option<&Command> {
    commands.iter().find(|c| c.link != Link::Pipe)
}

fn runs_shell(command: &Command) -> bool {
    SHELLS.contains(&command.program()) && command.runs_input()
}

/// All commands, those within others behind them.
pub fn flat(commands: &[Command]) -> Vec<&Command> {
    if !commands.iter().any(|command| command.nests) {
        return commands.iter().collect();
    }
    let mut out = Vec::new();
    let mut open: Vec<&Command> = commands.iter().rev().collect();
    while let Some(command) = open.pop() {
        out.push(command);
        if command.nests {
            open.extend(command.parts().flat_map(|word| &word.nested));
        }
    }
    out
}

/// Every list of commands that follow one another: the line's, and those within words.
pub fn lists(commands: &[Command]) -> Vec<&[Command]> {
    let within = flat(commands).into_iter().flat_map(|c| c.words.iter().map(|w| w.nested.as_slice()));
    std::iter::once(commands).chain(within.filter(|n| !n.is_empty())).collect()
}

/// The pipes among commands that follow one another.
pub fn pipes(commands: &[Command]) -> impl Iterator<Item = &[Command]> {
    commands.split_inclusive(|c| c.link != Link::Pipe).filter(|pipe| pipe.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, dockerfile};
    use crate::text::{FileId, Source};

    /// The commands of the first `RUN`, nested ones too, each as its words joined by `_`.
    fn read(text: &str) -> Vec<String> {
        let source = Source::lone("d", text);
        let (file, findings) = dockerfile::parse(&source, Limits::default());
        assert!(findings.is_empty(), "{text}");
        let all = commands(&file.instructions[1]);
        let show = |c: &&Command| {
            let words: Vec<_> = c.words.iter().map(|w| &*w.text).collect();
            for word in &c.words {
                assert!(!source.slice(word.span).is_empty() || word.text.is_empty(), "{text}: {word:?}");
            }
            words.join("_") + if c.link == Link::Pipe { "|" } else { "" }
        };
        flat(&all).iter().map(show).collect()
    }

    #[test]
    fn a_line_is_split_into_its_commands() {
        for (line, wanted) in [
            ("RUN a b && c 'd e' || f \"g $h\"; i", vec!["a_b", "c_d e", "f_g $h", "i"]),
            ("RUN A=b c | d 2>/dev/null > e |& f", vec!["c|", "d|", "f"]),
            ("RUN a \\\n  # a comment\n  && b \\\n c", vec!["a", "b_c"]),
            ("RUN if a; then ! b; else { c; }; fi", vec!["a", "b", "c"]),
            ("RUN (cd x && y) & z", vec!["cd_x", "y", "z"]),
            ("RUN a \"$(b | c)\" `d`", vec!["a_$(b | c)_`d`", "b|", "c", "d"]),
            ("RUN bash <(a b)", vec!["bash_<(a b)", "a_b"]),
            ("RUN bash -ec 'a && b c'", vec!["bash_-ec_a && b c", "b_c", "a"]),
            ("RUN [\"sh\", \"-c\", \"a | b\"]", vec!["sh_-c_a | b", "b", "a|"]),
            ("RUN <<EOF\na b\nc | d # no\nEOF", vec!["a_b", "c|", "d"]),
            ("RUN <<EOF\n#!/usr/bin/env python3\nimport os\nEOF", vec![]),
            ("RUN <<EOF\n#!/usr/bin/env bash\na b\nEOF", vec!["a_b"]),
            ("RUN cat <<EOF > /x\na b\nEOF", vec!["cat"]),
            ("RUN bash -e <<A && cat <<B\na\nA\nb\nB", vec!["bash_-e", "cat", "a"]),
            ("RUN cat <<-EOF | sh -s x\n\ta b\n\tEOF", vec!["cat|", "sh_-s_x", "a_b"]),
            ("RUN <<EOF\na \\\n  b && \\\n c\nEOF", vec!["a_b", "c"]),
            ("RUN su me -c 'a | b'", vec!["su_me_-c_a | b", "a|", "b"]),
            ("RUN a\\ b \"c\\\"d\" e=f $((1+(2))) ${x:-y z}", vec!["a b_c\"d_e=f_$((1+(2)))_${x:-y z}"]),
        ] {
            let mut found = read(&format!("FROM x\n{line}\n"));
            let mut wanted: Vec<_> = wanted.into_iter().map(str::to_owned).collect();
            found.sort();
            wanted.sort();
            assert_eq!(found, wanted, "{line}");
        }
        assert_eq!(read("# escape=`\nFROM x\nRUN a `\n b\n"), ["a_b"]);
    }

    #[test]
    fn wrappers_are_taken_off() {
        for (line, program, count) in [
            ("sudo -u me -E env A=b /usr/bin/curl -k x", "curl", 2),
            ("sudo -n apt-get update", "apt-get", 1),
            ("timeout -k 5 10 nice -n 3 wget x", "wget", 1),
            ("busybox wget x", "wget", 1),
            ("gosu app:app id", "id", 0),
            ("sudo", "", 0),
        ] {
            let all = parse(&Text::of(FileId(0), line, 0), 0);
            assert_eq!((all[0].program(), all[0].arguments().len()), (program, count), "{line}");
        }
        let all = parse(&Text::of(FileId(0), "apt-get -o a=b -q install -y x y", 0), 0);
        let words: Vec<_> = all[0].operands(&["-o"]).map(|w| &*w.text).collect();
        assert_eq!(words, ["install", "x", "y"]);
        assert!(all[0].short('q').is_some() && all[0].short('z').is_none());
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "(\\$\\(|\\$\\{|`|'|\"|\\\\|\\n|#|<<E|<\\(|\\||&|;|>|2>|sh -c | |a|é|\\)|\\PC){0,24}") {
            let all = parse(&Text::of(FileId(0), &text, 3), 0);
            for command in flat(&all) {
                let _ = (command.program(), command.operands(&["-o"]).count(), command.runs_input());
                for word in &command.words {
                    assert!(word.span.start >= 3 && word.span.end as usize <= text.len() + 3);
                    assert!(word.text.is_empty() || text.get(word.span.start as usize - 3..word.span.end as usize - 3).is_some());
                }
            }
        }
    }
}
