//! Wildcards: `*` for any run of characters, `?` for exactly one, over every character alike.
//!
//! kyverno `ext/wildcard`. Linear in the text, however many stars there are; a part with a `?` may be held against each place.

/// Whether `text` is what `pattern` says.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    if !pattern.contains(['*', '?']) {
        return pattern == text;
    }
    let Some((first, rest)) = pattern.split_once('*') else {
        return begins(pattern, text).is_some_and(str::is_empty);
    };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let held = begins(first, text).and_then(|text| ends(last, text));
    // What stands between two stars is taken where it is found first: the rest has the more to fit in.
    let left = held.and_then(|text| middle.split('*').try_fold(text, |text, part| after(part, text)));
    left.is_some()
}

/// What of a text follows a part, which holds no star, at its beginning.
fn begins<'t>(part: &str, text: &'t str) -> Option<&'t str> {
    if !part.contains('?') {
        return text.strip_prefix(part);
    }
    let mut rest = text.chars();
    part.chars().all(|p| rest.next().is_some_and(|c| p == '?' || p == c)).then_some(rest.as_str())
}

/// What of a text stands before such a part at its end.
fn ends<'t>(part: &str, text: &'t str) -> Option<&'t str> {
    if !part.contains('?') {
        return text.strip_suffix(part);
    }
    let mut rest = text.chars();
    part.chars().rev().all(|p| rest.next_back().is_some_and(|c| p == '?' || p == c)).then_some(rest.as_str())
}

/// What of a text follows such a part where it is found first.
fn after<'t>(part: &str, text: &'t str) -> Option<&'t str> {
    if !part.contains('?') {
        return text.find(part).and_then(|at| text.get(at + part.len()..));
    }
    text.char_indices().find_map(|(at, _)| begins(part, &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_and_question_marks() {
        let yes = [("*", ""), ("?*", "a"), ("a*c", "a/b/c"), ("a?c", "abc"), ("*:*", "nginx:1"), ("", "")];
        for (pattern, text) in yes {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("?*", ""), ("a?c", "ac"), ("a*b", "ac"), ("", "a"), ("a", "ab")] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
        assert!(fits("é*ß?", "éxxßö") && !fits("é?", "é"));
        assert!(fits("*??*c?d*", "abc.d") && !fits("a*a", "a") && !fits("?*?", "a") && fits("a**b", "ab"));
        assert!(!fits(&"*a".repeat(200), &"a".repeat(150)), "ends at once");
        let (pattern, text) = (format!("*{}b*", "a".repeat(400_000)), "a".repeat(800_000));
        assert!(!fits(&pattern, &text), "ends at once");
    }
}
