//! The painter that knows languages: syntect with the syntaxes of two-face, its scopes mapped to our roles.
//!
//! Loading is put off to the first paint, and no first frame may paint: compiling a syntax's expressions costs
//! milliseconds, a frame is drawn in less.

use std::ops::Range;
use std::sync::OnceLock;

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

use super::page::Role;
use super::paint::{Paint, Painted};

/// Longer lines are left plain: an expression may take long over them.
const LONGEST_LINE: usize = 2_000;

/// Longer code is left plain.
const LONGEST_CODE: usize = 200_000;

/// Paints YAML, Dockerfile, JSON, TOML, shell, Rego, Go and what else two-face knows.
#[derive(Default)]
pub struct Syntect {
    loaded: OnceLock<Loaded>,
}

struct Loaded {
    syntaxes: SyntaxSet,
    roles: Vec<(Scope, Role)>,
    /// What stands between a key and its value.
    colons: Vec<Scope>,
}

impl Syntect {
    /// A painter that has loaded nothing yet.
    pub const fn new() -> Self {
        Self { loaded: OnceLock::new() }
    }

    /// Whether anything was painted, so that the syntaxes are in memory.
    pub fn is_loaded(&self) -> bool {
        self.loaded.get().is_some()
    }
}

impl Paint for Syntect {
    fn paint(&self, language: &str, code: &str) -> Painted {
        if code.len() > LONGEST_CODE {
            return Painted::new();
        }
        self.loaded.get_or_init(Loaded::new).paint(language, code)
    }
}

impl Loaded {
    fn new() -> Self {
        let roles = SCOPES.iter().filter_map(|(scope, role)| Some((Scope::new(scope).ok()?, *role)));
        let colons = COLONS.iter().filter_map(|scope| Scope::new(scope).ok());
        Self {
            syntaxes: two_face::syntax::extra_newlines(),
            roles: roles.collect(),
            colons: colons.collect(),
        }
    }

    fn paint(&self, language: &str, code: &str) -> Painted {
        let Some(syntax) = self.syntaxes.find_syntax_by_token(language) else { return Painted::new() };
        let mut state = ParseState::new(syntax);
        let mut stack = ScopeStack::new();
        let mut out = Painted::new();
        for line in code.split_inclusive('\n') {
            if line.len() > LONGEST_LINE {
                out.push(Vec::new());
                continue;
            }
            let Ok(ops) = state.parse_line(line, &self.syntaxes) else { return out };
            let end = line.trim_end_matches('\n').len();
            let mut painted = Vec::new();
            let mut at = 0;
            for (place, op) in ops {
                let place = place.min(end);
                self.mark_key(&stack, line, at, &mut painted);
                self.add(&stack, line, at..place, &mut painted);
                at = at.max(place);
                if stack.apply(&op).is_err() {
                    return out;
                }
            }
            self.add(&stack, line, at..end, &mut painted);
            out.push(painted);
        }
        out
    }

    /// Adds the part of `line` at `range` in the role of the innermost scope that has one.
    fn add(&self, stack: &ScopeStack, line: &str, range: Range<usize>, out: &mut Vec<(Role, Range<usize>)>) {
        let Some(role) = self.role(stack) else { return };
        let Some(text) = line.get(range.clone()) else { return };
        let start = range.start + text.len() - text.trim_start().len();
        let range = start..range.start + text.trim_end().len();
        if range.start >= range.end {
            return;
        }
        let joins = |end| line.get(end..range.start).is_some_and(|between| between.trim().is_empty());
        match out.last_mut() {
            Some((last, before)) if *last == role && joins(before.end) => before.end = range.end,
            _ => out.push((role, range)),
        }
    }

    /// Whatever stands before the colon of a mapping is a key, also where it reads as a string or as `true`.
    fn mark_key(&self, stack: &ScopeStack, line: &str, at: usize, painted: &mut [(Role, Range<usize>)]) {
        let is_colon = |scope: &Scope| self.colons.iter().any(|colon| colon.is_prefix_of(*scope));
        if let Some((role, range)) = painted.last_mut()
            && matches!(role, Role::String | Role::Constant | Role::Number)
            && stack.as_slice().last().is_some_and(is_colon)
            && line.get(range.end..at).is_some_and(|between| between.trim().is_empty())
        {
            *role = Role::Key;
        }
    }

    /// The role of the innermost scope that has one.
    fn role(&self, stack: &ScopeStack) -> Option<Role> {
        let find =
            |scope: &Scope| self.roles.iter().find(|(of, _)| of.is_prefix_of(*scope)).map(|(_, role)| *role);
        stack.as_slice().iter().rev().find_map(find)
    }
}

/// The scopes between a key and its value.
const COLONS: &[&str] = &["punctuation.separator.key-value", "punctuation.separator.mapping.key-value"];

/// Scopes and their roles; the first that fits wins, so that the narrower ones stand first.
const SCOPES: &[(&str, Role)] = &[
    ("comment", Role::Comment),
    ("punctuation.definition.comment", Role::Comment),
    ("punctuation.definition.string", Role::String),
    ("punctuation.definition.variable", Role::Variable),
    ("punctuation.definition.anchor", Role::Variable),
    ("punctuation.definition.alias", Role::Variable),
    ("punctuation.definition.parameter", Role::Constant),
    ("punctuation", Role::Punctuation),
    ("entity.name.tag", Role::Key),
    ("entity.name.table", Role::Key),
    ("support.type.property-name", Role::Key),
    ("variable.other.key", Role::Key),
    ("entity.name.other.anchor", Role::Variable),
    ("variable.other.alias", Role::Variable),
    ("constant.character.escape", Role::Constant),
    ("constant.numeric", Role::Number),
    ("constant", Role::Constant),
    // What YAML leaves bare is a value, not a quotation, yet people read it as one.
    ("string", Role::String),
    ("keyword.operator", Role::Punctuation),
    ("keyword", Role::Keyword),
    ("storage.type.function", Role::Keyword),
    ("storage.type.tag-handle", Role::Type),
    ("storage", Role::Keyword),
    ("entity.name.function", Role::Function),
    ("support.function", Role::Function),
    ("variable.function", Role::Function),
    ("variable.language", Role::Constant),
    ("variable.parameter.option", Role::Constant),
    ("entity.name.type", Role::Type),
    ("support.type", Role::Type),
    ("entity.name", Role::Function),
    ("variable", Role::Variable),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of `code` that have `role`.
    fn words<'c>(language: &str, code: &'c str, role: Role) -> Vec<&'c str> {
        let painted = Syntect::new().paint(language, code);
        let lines = code.lines().zip(&painted);
        lines
            .flat_map(|(line, painted)| {
                painted.iter().filter(|(r, _)| *r == role).map(|(_, at)| &line[at.clone()])
            })
            .collect()
    }

    #[test]
    fn yaml() {
        let code = "# c\nspec:\n  - name: \"a\"\n    port: 80\n    y: true # d\n    x: &a word\n    z: *a\n";
        assert_eq!(words("yaml", code, Role::Key), ["spec", "name", "port", "y", "x", "z"]);
        assert_eq!(words("yaml", code, Role::String), ["\"a\"", "word"]);
        assert_eq!(words("yaml", code, Role::Number), ["80"]);
        assert_eq!(words("yaml", code, Role::Constant), ["true"]);
        assert_eq!(words("yaml", code, Role::Variable), ["&a", "*a"]);
        assert_eq!(words("yaml", code, Role::Comment), ["# c", "# d"]);
    }

    #[test]
    fn the_other_languages_of_the_course() {
        let docker = "FROM alpine:3 AS build\n# c\nRUN apk add \"x\"\nUSER 10001\n";
        assert_eq!(words("dockerfile", docker, Role::Keyword), ["FROM", "AS", "RUN", "USER"]);
        assert_eq!(words("dockerfile", docker, Role::Comment), ["# c"]);
        let json = "{\"a\": [1, \"b\", true]}\n";
        assert_eq!(words("json", json, Role::Key), ["\"a\""]);
        assert_eq!(words("json", json, Role::String), ["\"b\""]);
        assert_eq!(words("toml", "[t]\nk = \"v\"\n", Role::Key), ["t", "k"]);
        let shell = "if kubectl get pods -n web; then echo \"$X\"; fi\n";
        assert_eq!(words("sh", shell, Role::Function), ["kubectl", "echo"]);
        assert_eq!(words("sh", shell, Role::Constant), ["-n"]);
        assert_eq!(words("sh", shell, Role::Variable), ["$X"]);
        let rego = "package a\ndeny[msg] {\n  count(x) > 1 # c\n}\n";
        assert_eq!(words("rego", rego, Role::Keyword), ["package"]);
        assert_eq!(words("rego", rego, Role::Comment), ["# c"]);
        assert_eq!(words("go", "func main() {\n\tx := 1\n}\n", Role::Keyword), ["func"]);
    }

    #[test]
    fn what_it_does_not_know_stays_plain() {
        assert!(Syntect::new().paint("no-such-language", "a: 1\n").is_empty());
        let long = format!("a: {}\nb: 1\n", "x".repeat(LONGEST_LINE));
        let painted = Syntect::new().paint("yaml", &long);
        assert_eq!((painted[0].len(), painted[1].len()), (0, 3), "a long line alone is left plain");
    }

    #[test]
    fn plain_pages_never_load_it() {
        let doc = crate::parse::markdown::parse_text("# T\n\n```yaml\na: 1\n```\n");
        let lazy = Syntect::new();
        crate::render::page(&doc, 80, crate::render::Glyphs::Unicode, &crate::render::Plain);
        crate::render::page(&doc, 80, crate::render::Glyphs::Unicode, &crate::render::Highlighter::new());
        assert!(!lazy.is_loaded());
        crate::render::page(&doc, 80, crate::render::Glyphs::Unicode, &lazy);
        assert!(lazy.is_loaded());
    }
}
