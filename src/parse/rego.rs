//! Rego: whether a text is a policy. The parser is regorus's, in the syntax of OPA 1.

use crate::text::{Finding, Source};

/// How deep brackets may stand in brackets. regorus reads a bracket as this, then as that, so that each level doubles
/// its work: twenty of them take seconds, forty a lifetime.
const DEPTH: usize = 12;

/// What keeps `source` from being a Rego policy. A fragment needs no `package`.
pub fn syntax(source: &Source, fragment: bool) -> Vec<Finding> {
    let text = source.text();
    if let Some(at) = too_deep(text) {
        let finding = Finding::error("rego-syntax", "nested too deeply", source.span(at, at + 1));
        return vec![finding.detail(format!("brackets are {DEPTH} deep here")).help("name what is inside")];
    }
    let Err(error) = parse(text) else { return Vec::new() };
    if fragment && parse(&format!("package fragment\n{text}")).is_ok() {
        return Vec::new();
    }
    // "--> policy.rego:3:7", a picture, and what is wrong on a line of its own.
    let place = error.lines().find_map(|l| l.trim_start().strip_prefix("-->"));
    let line = place.and_then(|p| p.trim().rsplit(':').nth(1)).and_then(|l| l.parse().ok()).unwrap_or(1);
    let says =
        error.lines().find_map(|l| l.trim_start().strip_prefix("error: ")).unwrap_or("it cannot be read");
    let finding = Finding::error("rego-syntax", "not valid Rego", source.line_span(line));
    vec![finding.detail(says).help("mend it here; `opa check` says the same")]
}

/// Where brackets go deeper than `DEPTH`; those in strings and comments do not count.
pub fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut closing, mut escaped) = (0_usize, None, false);
    for (at, c) in text.char_indices() {
        match (closing, c) {
            (Some('"'), '\\') => escaped = !escaped,
            (Some(end), c) => {
                // A string between quotes ends with its line at the latest.
                let ended = (c == end && !escaped) || (c == '\n' && end != '`');
                closing = if ended { None } else { closing };
                escaped = false;
            }
            (None, '"' | '`') => closing = Some(c),
            (None, '#') => closing = Some('\n'),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
        if depth > DEPTH {
            return Some(at);
        }
    }
    None
}

fn parse(text: &str) -> Result<(), String> {
    let mut engine = regorus::Engine::new();
    engine.add_policy("policy.rego".to_owned(), text.to_owned()).map(drop).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_read_and_mistakes_have_their_line() {
        let good = "package a\n\ndeny contains msg if {\n\tinput.x\n\tmsg := \"no\"\n}\n";
        assert_eq!(syntax(&Source::lone("r", good), false), []);
        let bad = Source::lone("r", "package a\n\ndeny contains msg if {\n\tinput.x ==\n}\n");
        let found = syntax(&bad, false);
        assert_eq!(bad.position(found[0].primary.span.start).line, 5, "{found:?}");
        let part = Source::lone("r", "allow if input.admin\n");
        assert_eq!(syntax(&part, true), []);
        assert_eq!(syntax(&part, false).len(), 1);
    }

    #[test]
    fn what_would_take_for_ever_is_not_begun() {
        let deep = Source::lone("r", format!("package a\nx := {}", "[".repeat(20_000)));
        assert_eq!(syntax(&deep, true)[0].title, "nested too deeply");
        let quoted = format!("package a\n# {0}\nx := \"{0}\\\"{0}\"\ny := `{0}`\n", "[".repeat(20));
        assert_eq!(syntax(&Source::lone("r", quoted), false), []);
    }

    proptest::proptest! {
        /// Whatever a lesson says in such a block, reading ends, and without a panic.
        #[test]
        fn nothing_makes_it_panic(text in "(package a|import|\\{|\\}|\\[|\\]|:=|if|some|every|\"|`|\\n|[0-9.e]|x| |\\PC){0,24}", fragment: bool) {
            for finding in syntax(&Source::lone("x", text.as_str()), fragment) {
                assert!(finding.primary.span.end as usize <= text.len());
            }
        }
    }
}
