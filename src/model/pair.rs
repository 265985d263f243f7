//! The names and values of `ENV`, `ARG` and `LABEL`, and the variables of a Dockerfile as far as the file says them.
//!
//! After `github.com/moby/buildkit, frontend/dockerfile/shell/lex.go` and `dockerfile2llb/convert.go`.

use std::collections::BTreeMap;

use super::stage::{Stage, Stages};
use crate::parse::dockerfile::{Instruction, Keyword, Word};
use crate::text::Span;

/// A name and its value.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The value, its quotes taken off; `None` for an `ARG` without one.
    pub value: Option<String>,
    /// Where both stand.
    pub span: Span,
}

/// The pairs of an instruction; none where it has none.
pub fn pairs(instruction: &Instruction) -> Vec<Pair> {
    let words = match instruction.keyword {
        Keyword::Env | Keyword::Arg | Keyword::Label => instruction.words(),
        _ => return Vec::new(),
    };
    // `ENV NAME the rest is the value`
    if let [name, rest] = words
        && instruction.keyword != Keyword::Arg
        && !name.text.contains('=')
    {
        let (name, span) = (name.text.to_string(), name.span.to(rest.span));
        return vec![Pair { name, value: Some(rest.text.to_string()), span }];
    }
    let pair = |word: &Word| {
        let (name, value) = match word.text.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (word.text.to_string(), None),
        };
        Pair { name, value, span: word.span }
    };
    words.iter().map(pair).collect()
}

/// Variables with the values that the file gives them; `None` where only the build knows.
pub type Variables = BTreeMap<String, Option<String>>;

/// The `ARG`s before the first `FROM`, with their defaults.
pub fn global(stages: &Stages<'_>) -> Variables {
    let mut out = Variables::new();
    for instruction in stages.global {
        define(&mut out, instruction, &Variables::new());
    }
    out
}

/// The variables at the end of `stage`: its own, and those that it inherits.
pub fn of(stages: &Stages<'_>, stage: Stage<'_>) -> Variables {
    let global = global(stages);
    let mut out = Variables::new();
    for below in stages.line(stage).into_iter().rev() {
        for instruction in below.instructions {
            define(&mut out, instruction, &global);
        }
    }
    out
}

fn define(out: &mut Variables, instruction: &Instruction, global: &Variables) {
    if !matches!(instruction.keyword, Keyword::Env | Keyword::Arg) {
        return;
    }
    for pair in pairs(instruction) {
        let value = match pair.value {
            Some(value) => expand(&value, out),
            // An `ARG` without a value takes over the one before the first `FROM`.
            None => global.get(&pair.name).cloned().flatten(),
        };
        out.insert(pair.name, value);
    }
}

/// How long a value with its variables put in may become: each use of a variable by the next may double it.
const LONGEST: usize = 4096;

/// `text` with its variables put in; `None` where one of them is not known, or where it would become too long.
pub fn expand(text: &str, variables: &Variables) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out += before;
        if out.len() > LONGEST {
            return None;
        }
        let known = |name: &str| variables.get(name).cloned().flatten();
        if let Some(inner) = after.strip_prefix('{') {
            let (inner, tail) = inner.split_once('}')?;
            let end = inner.find(|c: char| !is_name(c)).unwrap_or(inner.len());
            let (name, modifier) = inner.split_at(end);
            let value = known(name);
            out += &match (modifier.get(..2), modifier.get(2..)) {
                _ if modifier.is_empty() => value?,
                (Some(":-"), Some(other)) => match value.filter(|v| !v.is_empty()) {
                    Some(value) => value,
                    None => expand(other, variables)?,
                },
                _ => return None,
            };
            rest = tail;
        } else {
            let end = after.find(|c: char| !is_name(c)).unwrap_or(after.len());
            let (name, tail) = after.split_at(end);
            out += &known(name)?;
            rest = tail;
        }
    }
    out += rest;
    (out.len() <= LONGEST).then_some(out)
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, dockerfile};
    use crate::text::Source;

    #[test]
    fn pairs_are_read_in_every_form() {
        let text =
            "FROM a\nENV A=b C=\"d e\" \\\n  F='g'\nENV OLD the rest\nARG N\nARG M=1 O\nLABEL x.y=\"z\"\n";
        let source = Source::lone("d", text);
        let (file, _) = dockerfile::parse(&source, Limits::default());
        let all: Vec<_> = file.instructions.iter().flat_map(pairs).collect();
        let seen: Vec<_> = all.iter().map(|p| (&*p.name, p.value.as_deref())).collect();
        let wanted = [
            ("A", Some("b")),
            ("C", Some("d e")),
            ("F", Some("g")),
            ("OLD", Some("the rest")),
            ("N", None),
            ("M", Some("1")),
            ("O", None),
            ("x.y", Some("z")),
        ];
        assert_eq!(seen, wanted);
        assert_eq!(source.slice(all[1].span), "C=\"d e\"");
        assert_eq!(source.slice(all[2].span), "F='g'");
    }

    /// checks.md 3, trap 15: an `ARG` before `FROM` is global.
    #[test]
    fn trap_15_variables_are_known_as_far_as_the_file_says_them() {
        let text = "ARG V=3\nARG W\nFROM a:$V AS b\nARG V\nENV U=${V}0\nFROM b\nARG X=${NO:-7}\n";
        let source = Source::lone("d", text);
        let (file, _) = dockerfile::parse(&source, Limits::default());
        let stages = Stages::of(&file);
        let here = of(&stages, stages.last().unwrap());
        for (text, wanted) in
            [("$U", Some("30")), ("x${X}y", Some("x7y")), ("$W", None), ("${V:-1}", Some("3")), ("${V", None)]
        {
            assert_eq!(expand(text, &here).as_deref(), wanted, "{text}");
        }
        assert_eq!(expand("a:$V", &global(&stages)).as_deref(), Some("a:3"));
        assert_eq!(expand("a:$W", &global(&stages)), None);
    }

    #[test]
    fn values_that_double_come_to_an_end() {
        let text = format!("ARG A=0123456789\n{}FROM $A\n", "ARG A=$A${A}\n".repeat(900));
        let source = Source::lone("d", text);
        let (file, _) = dockerfile::parse(&source, Limits::default());
        let known = global(&Stages::of(&file));
        assert_eq!(known.get("A"), Some(&None));
        assert_eq!(expand(&"x".repeat(LONGEST), &known).map(|t| t.len()), Some(LONGEST));
        assert_eq!(expand(&"x".repeat(LONGEST + 1), &known), None);
    }
}
