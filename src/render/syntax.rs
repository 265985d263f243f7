//! The painter that knows languages: syntect with the syntaxes of two-face, its scopes mapped to our roles.
//!
//! Loading is put off to the first paint, and no first frame may paint: compiling a syntax's expressions costs
//! milliseconds, a frame is drawn in less.

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
        Self { syntaxes: two_face::syntax::extra_newlines(), roles: roles.collect() }
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
            let mut painted = Vec::new();
            let mut at = 0;
            for (place, op) in ops {
                self.add(&stack, at..place, &mut painted);
                at = at.max(place);
                if stack.apply(&op).is_err() {
                    return out;
                }
            }
            self.add(&stack, at..line.trim_end_matches('\n').len(), &mut painted);
            out.push(painted);
        }
        out
    }

    fn add(
        &self,
        stack: &ScopeStack,
        range: std::ops::Range<usize>,
        out: &mut Vec<(Role, std::ops::Range<usize>)>,
    ) {
        let Some(role) = self.role(stack).filter(|_| range.start < range.end) else { return };
        match out.last_mut() {
            Some((last, before)) if *last == role && before.end == range.start => before.end = range.end,
            _ => out.push((role, range)),
        }
    }

    /// The role of the innermost scope that has one.
    fn role(&self, stack: &ScopeStack) -> Option<Role> {
        let find =
            |scope: &Scope| self.roles.iter().find(|(of, _)| of.is_prefix_of(*scope)).map(|(_, role)| *role);
        stack.as_slice().iter().rev().find_map(find)
    }
}

/// Scopes and their roles; the first that fits wins, so that the narrower ones stand first.
const SCOPES: &[(&str, Role)] = &[
    ("comment", Role::Comment),
    ("punctuation.definition.comment", Role::Comment),
    ("punctuation.definition.string", Role::String),
    ("punctuation.definition.variable", Role::Variable),
    ("punctuation.definition.anchor", Role::Variable),
    ("punctuation.definition.alias", Role::Variable),
    ("punctuation", Role::Punctuation),
    ("meta.mapping.key", Role::Key),
    ("meta.structure.dictionary.key", Role::Key),
    ("entity.name.tag", Role::Key),
    ("support.type.property-name", Role::Key),
    ("variable.other.key", Role::Key),
    ("entity.name.other.anchor", Role::Variable),
    ("variable.other.alias", Role::Variable),
    ("constant.character.escape", Role::Constant),
    ("constant.numeric", Role::Number),
    ("constant.other.color", Role::Text),
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
