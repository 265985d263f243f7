//! One line to one instruction.
//!
//! After `github.com/moby/buildkit, frontend/dockerfile/parser/line_parsers.go` and `instructions/parse.go`. What the
//! builder leaves to a shell is left as it is.

use std::ops::Range;

use super::problem::Problem;
use super::text::Text;
use super::word::{flags, is_blank, list, quoted, split, trimmed, unquoted};
use super::{Arguments, Instruction, Keyword, Word};
use crate::text::near::suggest;

type Read<T> = Result<T, Problem>;

/// Reads a line; `None` where there are blanks alone.
pub(super) fn read(line: &Text, range: Range<usize>, escape: char) -> Read<Option<Instruction>> {
    read_within(line, range, escape, 0)
}

/// How deep `ONBUILD` may stand in `ONBUILD`: the builder refuses the second, which a check says.
const DEEPEST: usize = 2;

fn read_within(line: &Text, range: Range<usize>, escape: char, depth: usize) -> Read<Option<Instruction>> {
    let all = trimmed(line, range);
    if all.is_empty() {
        return Ok(None);
    }
    let word = line.slice(all.clone()).split(is_blank).next().unwrap_or("");
    let keyword_range = all.start..all.start + word.len();
    let keyword_span = line.span(keyword_range.clone());
    let Some(keyword) = Keyword::of(word) else {
        let help = suggest(&word.to_ascii_uppercase(), Keyword::ALL.iter().map(|k| k.word()));
        return Err(Problem::new(keyword_span, format!("unknown instruction '{word}'"), help));
    };
    let (flags, rest) = flags(line, keyword_range.end..all.end);
    let reader = Reader { line, escape, keyword, all: all.clone() };
    let mut instruction = Instruction {
        keyword,
        keyword_span,
        span: line.span(all),
        flags,
        arguments: Arguments::None,
        name: None,
        here_documents: Vec::new(),
        inner: None,
    };
    match keyword {
        Keyword::Onbuild => {
            if depth == DEEPEST {
                return Err(reader.wants("holds no other ONBUILD"));
            }
            instruction.inner = read_within(line, rest, escape, depth + 1)?.map(Box::new);
            if instruction.inner.is_none() {
                return Err(reader.wants("holds an instruction"));
            }
        }
        Keyword::From => {
            let (image, name) = reader.from(rest)?;
            instruction.arguments = Arguments::Words(vec![image]);
            instruction.name = name;
        }
        _ => instruction.arguments = reader.arguments(rest)?,
    }
    Ok(Some(instruction))
}

struct Reader<'l> {
    line: &'l Text,
    escape: char,
    keyword: Keyword,
    all: Range<usize>,
}

impl Reader<'_> {
    fn wants(&self, what: &str) -> Problem {
        let word = self.keyword.word();
        Problem::new(self.line.span(self.all.clone()), format!("{word} {what}"), "mend the instruction here")
    }

    fn words(&self, ranges: Vec<Range<usize>>) -> Read<Vec<Word>> {
        ranges.into_iter().map(|range| unquoted(self.line, range, self.escape)).collect()
    }

    fn arguments(&self, rest: Range<usize>) -> Read<Arguments> {
        match self.keyword {
            Keyword::Run | Keyword::Cmd | Keyword::Entrypoint => self.command(rest),
            Keyword::Shell => match self.command(rest)? {
                Arguments::Exec(words, span) if !words.is_empty() => Ok(Arguments::Exec(words, span)),
                _ => Err(self.wants("takes a list in brackets, each word in double quotes")),
            },
            Keyword::Healthcheck => self.health(rest),
            Keyword::Add | Keyword::Copy => {
                let arguments = self.list_or_words(rest)?;
                if let Arguments::Words(words) | Arguments::Exec(words, _) = &arguments
                    && words.len() < 2
                {
                    return Err(self.wants("takes a source and a destination"));
                }
                Ok(arguments)
            }
            Keyword::Volume | Keyword::Expose => {
                let arguments = if self.keyword == Keyword::Volume {
                    self.list_or_words(rest)?
                } else {
                    Arguments::Words(self.words(split(self.line, rest))?)
                };
                match &arguments {
                    Arguments::Words(words) | Arguments::Exec(words, _) if words.is_empty() => {
                        Err(self.wants("takes at least one argument"))
                    }
                    _ => Ok(arguments),
                }
            }
            Keyword::Env | Keyword::Label | Keyword::Arg => Ok(Arguments::Words(self.pairs(rest)?)),
            // Nobody unquotes a name: O'Brien is one.
            Keyword::Maintainer if !rest.is_empty() => {
                let word = Word { text: self.line.part(rest.clone()), span: self.line.span(rest) };
                Ok(Arguments::Words(vec![word]))
            }
            _ if rest.is_empty() => Err(self.wants("takes exactly one argument")),
            _ => Ok(Arguments::Words(self.words(vec![rest])?)),
        }
    }

    /// A list in brackets, or a line for a shell.
    fn command(&self, rest: Range<usize>) -> Read<Arguments> {
        if rest.is_empty() {
            return Ok(Arguments::None);
        }
        Ok(match list(self.line, rest.clone())? {
            Some(words) => Arguments::Exec(words, self.line.span(rest)),
            None => Arguments::Shell(self.line.part(rest)),
        })
    }

    /// A list in brackets, or words between blanks.
    fn list_or_words(&self, rest: Range<usize>) -> Read<Arguments> {
        Ok(match list(self.line, rest.clone())? {
            Some(words) => Arguments::Exec(words, self.line.span(rest)),
            None => Arguments::Words(self.words(split(self.line, rest))?),
        })
    }

    fn health(&self, rest: Range<usize>) -> Read<Arguments> {
        let word = self.line.slice(rest.clone()).split(char::is_whitespace).next().unwrap_or("");
        let after = trimmed(self.line, rest.start + word.len()..rest.end);
        match word.to_ascii_uppercase().as_str() {
            "NONE" if after.is_empty() => Ok(Arguments::None),
            "CMD" if !after.is_empty() => self.command(after),
            _ => Err(self.wants("takes CMD and a command, or NONE alone")),
        }
    }

    /// The image, and the name behind `AS`.
    fn from(&self, rest: Range<usize>) -> Read<(Word, Option<Word>)> {
        let mut words = self.words(split(self.line, rest))?.into_iter();
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some(image), None, ..) => Ok((image, None)),
            (Some(image), Some(by), Some(name), None) if by.text.eq_ignore_ascii_case("as") => {
                let starts = name.text.starts_with(|c: char| c.is_ascii_alphabetic());
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
                if starts && name.text.chars().all(plain) {
                    return Ok((image, Some(name)));
                }
                let says = format!("{} cannot be the name of a stage", name.text);
                let help =
                    "begin with a letter, and go on with letters, digits, dots, dashes and underscores";
                Err(Problem::new(name.span, says, help))
            }
            _ => Err(self.wants("takes an image, or an image, AS and a name")),
        }
    }

    /// `name=value …`, or for `ENV` and `LABEL` a name and what follows it: then there are two words, the first of them
    /// without `=`.
    fn pairs(&self, rest: Range<usize>) -> Read<Vec<Word>> {
        let ranges = quoted(self.line, rest.clone(), self.escape);
        let holds = |range: &Range<usize>| self.line.slice(range.clone()).contains('=');
        let Some(first) = ranges.first().cloned() else {
            return Err(self.wants("takes at least one argument"));
        };
        let blank = ranges.iter().find(|range| self.line.slice((*range).clone()).starts_with('='));
        if let Some(blank) = blank {
            let span = self.line.span(blank.clone());
            return Err(Problem::new(span, "a name is missing before the =", "write name=value"));
        }
        if self.keyword == Keyword::Arg {
            return self.words(ranges);
        }
        if !holds(&first) {
            let name = split(self.line, rest.clone()).first().cloned().unwrap_or(first);
            let value = trimmed(self.line, name.end..rest.end);
            if value.is_empty() {
                return Err(self.wants("takes a name and a value"));
            }
            return self.words(vec![name, value]);
        }
        match ranges.iter().find(|range| !holds(range)) {
            None => self.words(ranges),
            Some(range) => {
                let says = format!("{} has no =", self.line.slice(range.clone()));
                let help = "write name=value, and quotes around a value that holds blanks";
                Err(Problem::new(self.line.span(range.clone()), says, help))
            }
        }
    }
}
