//! Wildcards: `*` for any run of characters, `?` for exactly one, over every character alike.
//!
//! kyverno `ext/wildcard`. Linear in the product of both lengths, whatever stars there are.

/// Whether `text` is what `pattern` says.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where the last star stands, and how far it has eaten.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, eaten)) = star else { return false };
                star = Some((at, eaten + 1));
                p = at + 1;
                t = eaten + 1;
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
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
        assert!(!fits(&"*a".repeat(200), &"a".repeat(150)), "ends at once");
    }
}
