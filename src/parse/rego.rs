//! Rego: whether a text is a policy. The parser is regorus's, in the syntax of OPA 1.

use crate::text::{Finding, Source};

/// What keeps `source` from being a Rego policy. A fragment needs no `package`.
pub fn syntax(source: &Source, fragment: bool) -> Vec<Finding> {
    let text = source.text();
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
}
