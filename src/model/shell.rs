//! The commands of a shell's line, as a `RUN` gives it: words without their quotes, and what links the commands.
//!
//! After the POSIX shell's grammar (2.3 token recognition, 2.10), as far as a reader needs it: nothing is expanded, and
//! what is read wrongly costs a word, never the rest of the line. Not `ShellCheck`: no command is judged here.

use crate::parse::dockerfile::{Arguments, Dockerfile, Instruction};
use crate::text::Span;

/// How deep commands within commands are followed.
const DEPTH: u8 = 6;

/// A word of a command.
#[derive(Clone, Debug)]
pub struct Word {
    /// Its text, quotes and escapes taken off, variables as they were written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// The commands within: `$(…)`, backticks, `<(…)`, and what `sh -c` is handed.
    pub nested: Vec<Command>,
}

/// What stands behind a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// `|`
    Pipe,
    /// `&&`, `||`, `;`, `&`, a new line, or nothing.
    Other,
}

/// A simple command.
#[derive(Clone, Debug)]
pub struct Command {
    /// `A=b` before the program.
    pub assignments: Vec<Word>,
    /// The program, wrappers such as `sudo` included, and its arguments.
    pub words: Vec<Word>,
    /// `>`, `<` and the like, each with its target.
    pub redirects: Vec<(String, Word)>,
    /// What stands behind it.
    pub link: Link,
}

impl Command {
    /// The program that runs in the end and its arguments: wrappers such as `sudo -E` and `env A=b` taken off.
    pub fn run(&self) -> &[Word] {
        let mut words = self.words.as_slice();
        while let Some((first, rest)) = words.split_first() {
            if !WRAPPERS.contains(&base(&first.text)) {
                break;
            }
            words = rest;
            while let Some((word, rest)) = words.split_first() {
                let value = matches!(&*word.text, "-u" | "-g" | "-n") && rest.len() > 1;
                let skipped = word.text.starts_with('-')
                    || word.text.contains('=')
                    || word.text.starts_with(|c: char| c.is_ascii_digit());
                if !skipped {
                    break;
                }
                words = if value { rest.get(1..).unwrap_or(&[]) } else { rest };
            }
        }
        words
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

    /// The first argument that is no flag, and what follows it: `install` of `apt-get -q install x`.
    pub fn subcommand(&self) -> Option<(&Word, &[Word])> {
        let arguments = self.arguments();
        let mut at = 0;
        while let Some(word) = arguments.get(at) {
            if !word.text.starts_with('-') {
                return Some((word, arguments.get(at + 1..).unwrap_or(&[])));
            }
            at +=
                if matches!(&*word.text, "-o" | "-c" | "-t" | "--option" | "--repo" | "-p") { 2 } else { 1 };
        }
        None
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

    /// From its first word to its last.
    pub fn span(&self) -> Option<Span> {
        let words = self.assignments.iter().chain(&self.words);
        words.map(|w| w.span).reduce(Span::to)
    }
}

/// Programs that run the program behind them.
const WRAPPERS: [&str; 9] =
    ["sudo", "doas", "env", "exec", "command", "nohup", "time", "timeout", "eatmydata"];

/// Words of the grammar that may stand before a command.
const KEYWORDS: [&str; 12] =
    ["if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "fi", "done"];

/// Programs that run what they are handed as a shell's text.
pub const SHELLS: [&str; 7] = ["sh", "bash", "ash", "dash", "zsh", "ksh", "busybox"];

fn base(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

/// The commands of a `RUN`: of its line, or of the here-documents that a shell reads. Commands within commands are in
/// their words; [`flat`] has them all.
pub fn commands(file: &Dockerfile, instruction: &Instruction) -> Vec<Command> {
    let line = match &instruction.arguments {
        Arguments::Shell(line) => line,
        Arguments::Exec(words, _) => {
            let words =
                words.iter().map(|w| Word { text: w.text.to_string(), span: w.span, nested: Vec::new() });
            let mut command = Command {
                assignments: Vec::new(),
                words: words.collect(),
                redirects: Vec::new(),
                link: Link::Other,
            };
            handed(&mut command, 0);
            return vec![command];
        }
        _ => return Vec::new(),
    };
    let source = file.source();
    let mut out = parse(source.slice(line.span), line.span, true, escape(source.text()), 0);
    let read = out.first().is_none_or(|c| c.words.is_empty() || SHELLS.contains(&c.program()));
    for body in &instruction.here_documents {
        let first = body.text.lines().next().unwrap_or("");
        if read && (!first.starts_with("#!") || first.split(['/', ' ', '!']).any(|w| SHELLS.contains(&w))) {
            let exact = source.slice(body.span) == &*body.text;
            out.extend(parse(&body.text, body.span, exact, '\\', 0));
        }
    }
    out.retain(|c| !c.words.is_empty() || !c.assignments.is_empty());
    out
}

/// All commands, those within others behind them.
pub fn flat(commands: &[Command]) -> Vec<&Command> {
    let mut out = Vec::new();
    let mut open: Vec<&Command> = commands.iter().rev().collect();
    while let Some(command) = open.pop() {
        out.push(command);
        let words = command.assignments.iter().chain(&command.words);
        let targets = command.redirects.iter().map(|(_, word)| word);
        open.extend(words.chain(targets).flat_map(|w| &w.nested));
    }
    out
}

/// What `# escape=` says.
fn escape(text: &str) -> char {
    for line in text.lines() {
        let Some((name, value)) = line.trim().strip_prefix('#').and_then(|d| d.split_once('=')) else {
            break;
        };
        if name.trim().eq_ignore_ascii_case("escape") {
            return value.trim().chars().next().unwrap_or('\\');
        }
    }
    '\\'
}

/// Words of `text`, as a line of `ENV`, `ARG` or `LABEL` has them: no operator ends them.
pub fn words(text: &str, span: Span, whole: &str) -> Vec<Word> {
    let mut reader = Reader::new(text, span, true, escape(whole), DEPTH);
    reader.operators = false;
    reader.read().into_iter().flat_map(|c| c.words).collect()
}

fn parse(text: &str, span: Span, exact: bool, escape: char, depth: u8) -> Vec<Command> {
    if depth >= DEPTH { Vec::new() } else { Reader::new(text, span, exact, escape, depth).read() }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    span: Span,
    /// Whether the text stands in the file as it is here.
    exact: bool,
    escape: char,
    depth: u8,
    operators: bool,
    /// The word that is being read, and where it began.
    word: Option<(usize, String)>,
    nested: Vec<Command>,
    /// The redirection whose target comes next.
    redirect: Option<String>,
    command: Command,
    out: Vec<Command>,
}

const EMPTY: Command =
    Command { assignments: Vec::new(), words: Vec::new(), redirects: Vec::new(), link: Link::Other };

impl<'t> Reader<'t> {
    fn new(text: &'t str, span: Span, exact: bool, escape: char, depth: u8) -> Self {
        Self {
            text,
            at: 0,
            span,
            exact,
            escape,
            depth,
            operators: true,
            word: None,
            nested: Vec::new(),
            redirect: None,
            command: EMPTY,
            out: Vec::new(),
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn read(mut self) -> Vec<Command> {
        while let Some(c) = self.rest().chars().next() {
            if !self.special(c) {
                self.push(self.at, c.len_utf8());
            }
        }
        self.end_command(Link::Other);
        self.out
    }

    /// Reads what is more than a letter of a word.
    fn special(&mut self, c: char) -> bool {
        match c {
            '\\' | '`' if c == self.escape && self.continuation() => {}
            '\\' => {
                let next = self.text.get(self.at + 1..).and_then(|r| r.chars().next());
                self.push(self.at + 1, next.map_or(0, char::len_utf8));
                self.at = self.at.min(self.text.len());
            }
            '\'' => self.single(),
            '"' => self.double(),
            '$' | '`' => self.expansion(),
            '#' if self.word.is_none() && self.operators => {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            }
            '\n' => {
                self.at += 1;
                self.end_command(Link::Other);
            }
            c if c.is_whitespace() => {
                self.at += c.len_utf8();
                self.end_word();
            }
            '|' | '&' | ';' | '(' | ')' | '<' | '>' if self.operators => self.operator(c),
            _ => return false,
        }
        true
    }

    /// Adds `count` bytes from `from` to the word, and goes behind them.
    fn push(&mut self, from: usize, count: usize) {
        let piece = self.text.get(from..from + count).unwrap_or("");
        let at = self.at;
        self.word.get_or_insert_with(|| (at, String::new())).1.push_str(piece);
        self.at = (from + count).max(self.at + 1);
    }

    /// An escaped end of line, the comments and empty lines behind it.
    fn continuation(&mut self) -> bool {
        let rest = self.rest();
        let Some(end) = rest.find('\n') else { return false };
        if !rest.get(1..end).is_some_and(|between| between.trim().is_empty()) {
            return false;
        }
        self.at += end + 1;
        while let Some((line, _)) = self.rest().split_once('\n') {
            if !line.trim_start().starts_with('#') && !line.trim().is_empty() {
                break;
            }
            self.at += line.len() + 1;
        }
        true
    }

    fn single(&mut self) {
        let inner = self.text.get(self.at + 1..).unwrap_or("");
        let length = inner.find('\'').unwrap_or(inner.len());
        self.push(self.at + 1, length);
        self.at = (self.at + 1).min(self.text.len());
    }

    fn double(&mut self) {
        self.push(self.at, 0);
        while let Some(c) = self.rest().chars().next() {
            match c {
                '"' => {
                    self.at += 1;
                    return;
                }
                '\\' | '`' if c == self.escape && self.continuation() => {}
                '\\' => {
                    let next = self.text.get(self.at + 1..).and_then(|r| r.chars().next());
                    match next {
                        Some(n) if "\"\\$`".contains(n) => self.push(self.at + 1, 1),
                        _ => self.push(self.at, 1),
                    }
                }
                '$' | '`' => self.expansion(),
                c => self.push(self.at, c.len_utf8()),
            }
        }
    }

    /// `$(…)`, `` `…` ``, `${…}`: kept as written, and the commands within are read.
    fn expansion(&mut self) {
        let rest = self.rest();
        let (open, close, commands) = if rest.starts_with("$((") {
            (1, Some(closing(rest, '(', ')')), false)
        } else if rest.starts_with("$(") {
            (2, Some(closing(rest, '(', ')')), true)
        } else if rest.starts_with("${") {
            (2, Some(closing(rest, '{', '}')), false)
        } else if rest.starts_with('`') {
            (1, rest.get(1..).and_then(|r| r.find('`')).map(|i| i + 1), true)
        } else {
            (1, None, false)
        };
        let Some(close) = close else { return self.push(self.at, 1) };
        if commands {
            self.inner(open, close);
        }
        self.push(self.at, (close + 1).min(rest.len()));
    }

    fn inner(&mut self, open: usize, close: usize) {
        let from = self.at + open;
        let inner = self.rest().get(open..close).unwrap_or("");
        let span = self.place(from, from + inner.len());
        let nested = parse(inner, span, self.exact, self.escape, self.depth + 1);
        self.nested.extend(nested);
    }

    fn operator(&mut self, c: char) {
        let rest = self.rest();
        if rest.starts_with("<(") || rest.starts_with(">(") {
            let close = closing(rest, '(', ')');
            self.inner(2, close);
            return self.push(self.at, (close + 1).min(rest.len()));
        }
        if matches!(c, '<' | '>') || rest.starts_with("&>") {
            // The number before it is the file's.
            if self.word.as_ref().is_some_and(|(_, w)| w.bytes().all(|b| b.is_ascii_digit())) {
                self.word = None;
            }
            self.end_word();
            let count = rest.bytes().take_while(|b| b"<>&|-".contains(b)).count();
            self.redirect = Some(rest.get(..count).unwrap_or("").to_owned());
            self.at += count;
            return;
        }
        let count = rest.bytes().take_while(|b| char::from(*b) == c).count().min(2);
        let pipe = c == '|' && count == 1;
        self.at += if pipe && rest.starts_with("|&") { 2 } else { count };
        self.end_command(if pipe { Link::Pipe } else { Link::Other });
    }

    fn place(&self, start: usize, end: usize) -> Span {
        if !self.exact {
            return self.span;
        }
        let base = self.span.start as usize;
        Span::new(self.span.file, base + start, base + end)
    }

    fn end_word(&mut self) {
        let Some((start, text)) = self.word.take() else { return };
        let span = self.place(start, self.at.max(start));
        let trimmed = self.text.get(start..self.at).map_or(0, |t| t.len() - t.trim_end().len());
        let span = if self.exact {
            Span { end: span.end.saturating_sub(u32::try_from(trimmed).unwrap_or(0)), ..span }
        } else {
            span
        };
        let word = Word { text, span, nested: std::mem::take(&mut self.nested) };
        let command = &mut self.command;
        if let Some(operator) = self.redirect.take() {
            command.redirects.push((operator, word));
        } else if !self.operators {
            command.words.push(word);
        } else if command.words.is_empty() && is_assignment(&word.text) {
            command.assignments.push(word);
        } else if !command.words.is_empty() || !KEYWORDS.contains(&&*word.text) {
            command.words.push(word);
        }
    }

    fn end_command(&mut self, link: Link) {
        self.end_word();
        self.redirect = None;
        let mut command = std::mem::replace(&mut self.command, EMPTY);
        if command.words.is_empty() && command.assignments.is_empty() && command.redirects.is_empty() {
            return;
        }
        command.link = link;
        handed(&mut command, self.depth);
        self.out.push(command);
    }
}

/// Reads what `sh -c` is handed.
fn handed(command: &mut Command, depth: u8) {
    if !SHELLS.contains(&command.program()) {
        return;
    }
    let arguments = command.words.len() - command.arguments().len();
    let is_c = |w: &Word| w.text.starts_with('-') && !w.text.starts_with("--") && w.text.contains('c');
    let Some(flag) = command.words.iter().skip(arguments).position(is_c) else { return };
    if let Some(word) = command.words.get_mut(arguments + flag + 1) {
        let commands = parse(&word.text, word.span, false, '\\', depth + 1);
        word.nested.extend(commands);
    }
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Where the bracket that opens `text` closes; its end where it does not.
fn closing(text: &str, open: char, close: char) -> usize {
    let (mut depth, mut quote, mut escaped) = (0u32, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (_, '\\') => escaped = true,
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, c) if c == open => depth += 1,
            (None, c) if c == close => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, dockerfile};
    use crate::text::Source;

    /// The commands of the first `RUN`, nested ones too, each as its words joined by `_`.
    fn read(text: &str) -> Vec<String> {
        let source = Source::lone("d", text);
        let (file, findings) = dockerfile::parse(&source, Limits::default());
        assert!(findings.is_empty(), "{text}");
        let run = &file.instructions[1];
        let all = commands(&file, run);
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
        let all =
            parse("sudo -u me -E env A=b /usr/bin/curl -k x", Source::lone("d", "").whole(), false, '\\', 0);
        assert_eq!(all[0].program(), "curl");
        assert_eq!(all[0].arguments().len(), 2);
        assert!(all[0].wrapper("sudo").is_some() && all[0].has(&["-k"]));
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "(\\$\\(|\\$\\{|`|'|\"|\\\\|\\n|#|<<E|<\\(|\\||&|;|>|2>|sh -c | |a|é|\\)|\\PC){0,24}") {
            let source = Source::lone("d", text.as_str());
            let all = parse(&text, source.whole(), true, '\\', 0);
            for command in flat(&all) {
                let _ = (command.program(), command.subcommand().is_some());
                for word in &command.words {
                    let _ = source.slice(word.span);
                    assert!(word.span.end as usize <= text.len());
                }
            }
            let _ = words(&text, source.whole(), &text);
        }
    }
}
