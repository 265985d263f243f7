//! A shell's text to its commands.
//!
//! After the POSIX shell's grammar: 2.3 token recognition, 2.6 expansions, 2.7 redirection, 2.10.

use std::ops::Range;

use super::{Command, Link, SHELLS, Word};
use crate::parse::dockerfile::Text;

/// How deep commands within commands are followed.
const DEPTH: u8 = 6;

/// What is never a letter of a word, beside white space; `#` is one, but as the first.
const ENDS: &str = "\\'\"$`|&;()<>";

/// Words of the grammar that may stand before a command.
const KEYWORDS: [&str; 12] =
    ["if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "fi", "done"];

/// The commands of a text.
pub(super) fn parse(text: &Text, depth: u8) -> Vec<Command> {
    if depth >= DEPTH {
        return Vec::new();
    }
    let mut reader = Reader {
        text,
        at: 0,
        depth,
        word: None,
        nested: Vec::new(),
        redirect: None,
        command: Command::default(),
        out: Vec::new(),
    };
    while let Some(c) = reader.rest().chars().next() {
        if !reader.special(c) {
            reader.push_until(c, |c| c.is_whitespace() || ENDS.contains(c));
        }
    }
    reader.end_command(Link::Other);
    reader.out
}

struct Reader<'t> {
    text: &'t Text,
    at: usize,
    depth: u8,
    /// The word that is being read, and where it began.
    word: Option<(usize, Text)>,
    nested: Vec<Command>,
    /// The redirection whose target comes next.
    redirect: Option<String>,
    command: Command,
    out: Vec<Command>,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.slice(self.at..self.text.len())
    }

    /// Reads what is more than a letter of a word.
    fn special(&mut self, c: char) -> bool {
        match c {
            '\\' => self.escaped(None),
            '\'' => {
                self.skip(1);
                self.push(self.rest().find('\'').unwrap_or(self.rest().len()));
                self.skip(1);
            }
            '"' => self.double(),
            '$' | '`' => self.expansion(),
            '#' if self.word.is_none() => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
            '\n' => {
                self.end_command(Link::Other);
                self.at += 1;
            }
            c if c.is_whitespace() => {
                self.end_word();
                self.at += c.len_utf8();
            }
            '|' | '&' | ';' | '(' | ')' | '<' | '>' => self.operator(c),
            _ => return false,
        }
        true
    }

    /// The word that is being read; begins one where there is none.
    fn word(&mut self) -> &mut Text {
        let (at, file) = (self.at, self.text.whole().file);
        &mut self.word.get_or_insert_with(|| (at, Text::new(file))).1
    }

    /// Adds the next `count` bytes to the word.
    fn push(&mut self, count: usize) {
        let (text, at) = (self.text, self.at);
        let end = (at + count).min(text.len());
        self.word().append(text, at..end);
        self.at = end;
    }

    /// Adds `first`, which comes next, and what follows it up to where `ends` says.
    fn push_until(&mut self, first: char, ends: impl Fn(char) -> bool) {
        let letters = &self.rest()[first.len_utf8()..];
        self.push(first.len_utf8() + letters.find(ends).unwrap_or(letters.len()));
    }

    /// Goes past `count` bytes that belong to a word, and are no letters of it.
    fn skip(&mut self, count: usize) {
        self.word();
        self.at = (self.at + count).min(self.text.len());
    }

    /// A backslash: takes the next letter as it is, and an end of line away. Of these letters only, where they are said.
    fn escaped(&mut self, only: Option<&str>) {
        match self.rest().chars().nth(1) {
            Some('\n') => self.at += 2,
            Some(c) if only.is_none_or(|only| only.contains(c)) => {
                self.skip(1);
                self.push(c.len_utf8());
            }
            _ => self.push(1),
        }
    }

    fn double(&mut self) {
        self.skip(1);
        while let Some(c) = self.rest().chars().next() {
            match c {
                '"' => return self.skip(1),
                '\\' => self.escaped(Some("\"\\$`")),
                '$' | '`' => self.expansion(),
                c => self.push_until(c, |c| matches!(c, '"' | '\\' | '$' | '`')),
            }
        }
    }

    /// `$(…)`, `` `…` ``, `${…}`: kept as written, and the commands within are read.
    fn expansion(&mut self) {
        let rest = self.rest();
        if rest.starts_with("$((") {
            self.push(closing(rest, '(', ')') + 1);
        } else if rest.starts_with("$(") {
            self.inner(2..closing(rest, '(', ')'));
        } else if rest.starts_with("${") {
            self.push(closing(rest, '{', '}') + 1);
        } else if rest.starts_with('`')
            && let Some(length) = rest.get(1..).and_then(|r| r.find('`'))
        {
            self.inner(1..length + 1);
        } else {
            self.push(1);
        }
    }

    /// Reads the commands within, and keeps them as letters of the word with what closes them.
    fn inner(&mut self, range: Range<usize>) {
        let inner = self.text.part(self.at + range.start..self.at + range.end);
        self.nested.extend(parse(&inner, self.depth + 1));
        self.push(range.end + 1);
    }

    fn operator(&mut self, c: char) {
        let rest = self.rest();
        if rest.starts_with("<(") || rest.starts_with(">(") {
            return self.inner(2..closing(rest, '(', ')'));
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
        self.end_command(if pipe { Link::Pipe } else { Link::Other });
        self.at += if pipe && rest.starts_with("|&") { 2 } else { count };
    }

    fn end_word(&mut self) {
        let Some((start, text)) = self.word.take() else { return };
        let span = self.text.span(start..self.at);
        let word = Word { text, span, nested: std::mem::take(&mut self.nested) };
        let command = &mut self.command;
        if let Some(operator) = self.redirect.take() {
            command.redirects.push((operator, word));
        } else if command.words.is_empty() && is_assignment(&word.text) {
            command.assignments.push(word);
        } else if !command.words.is_empty() || !KEYWORDS.contains(&&*word.text) {
            command.words.push(word);
        }
    }

    fn end_command(&mut self, link: Link) {
        self.end_word();
        self.redirect = None;
        let mut command = std::mem::take(&mut self.command);
        if command.words.is_empty() && command.assignments.is_empty() && command.redirects.is_empty() {
            return;
        }
        command.link = link;
        command.complete(self.depth);
        self.out.push(command);
    }
}

/// Reads what `sh -c` is handed.
pub(super) fn handed(command: &mut Command, depth: u8) {
    if !SHELLS.contains(&command.program()) && !matches!(command.program(), "su" | "runuser") {
        return;
    }
    let arguments = command.words.len() - command.arguments().len();
    let is_c = |w: &Word| w.text.starts_with('-') && !w.text.starts_with("--") && w.text.contains('c');
    let Some(flag) = command.words.iter().skip(arguments).position(is_c) else { return };
    if let Some(word) = command.words.get_mut(arguments + flag + 1) {
        let commands = parse(&word.text, depth + 1);
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
