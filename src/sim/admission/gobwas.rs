//! The patterns of gobwas/glob as regular expressions: Rego's `glob.match`, and Kyverno's references to images.
//!
//! gobwas/glob `syntax/lexer`; OPA v1 `topdown/glob.go` (a star stops at the delimiters that are given), kyverno
//! `pkg/cel/compiler/compiler.go` (`CompileMatchImageReference`: none are given, so that it crosses slashes).

/// How deep alternatives may stand in each other.
const DEPTH: usize = 8;

/// The regular expression that fits what a pattern fits. An error is a pattern that is not modelled.
pub(super) fn expression(pattern: &str, delimiters: &[char]) -> Result<String, String> {
    let mut out = String::from("(?s)^");
    let (any, other) = if delimiters.is_empty() {
        (".*".to_owned(), ".".to_owned())
    } else {
        let set: Vec<_> = delimiters.iter().map(|c| format!("\\x{{{:x}}}", u32::from(*c))).collect();
        let set = set.concat();
        (format!("[^{set}]*"), format!("[^{set}]"))
    };
    let mut depth = 0;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => {
                if chars.peek() == Some(&'*') {
                    return Err("three asterisks in a glob are not modelled".to_owned());
                }
                out.push_str(".*");
            }
            '*' => out.push_str(&any),
            '?' => out.push_str(&other),
            '\\' => match chars.next() {
                Some(next) => out.push_str(&regex::escape(&next.to_string())),
                None => return Err("a glob ends with a backslash".to_owned()),
            },
            '{' if depth < DEPTH => {
                depth += 1;
                out.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                out.push(')');
            }
            ',' if depth > 0 => out.push('|'),
            '[' => class(&mut chars, &mut out)?,
            '{' => {
                return Err(format!("alternatives in a glob that nest deeper than {DEPTH} are not modelled"));
            }
            c => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    if depth > 0 {
        return Err("a glob leaves { open".to_owned());
    }
    out.push('$');
    Ok(out)
}

/// `[abc]`, `[a-z]`, and with a `!` the others.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) -> Result<(), String> {
    let not = chars.next_if_eq(&'!').is_some();
    let held: String = chars.by_ref().take_while(|c| *c != ']').collect();
    let letters: Vec<char> = held.chars().collect();
    let plain = |c: &char| c.is_alphanumeric() || "._:/@ ".contains(*c);
    out.push_str(if not { "[^" } else { "[" });
    match letters[..] {
        [from, '-', to] if plain(&from) && plain(&to) && from <= to => out.push_str(&held),
        [_, ..] if letters.iter().all(plain) => out.push_str(&held),
        _ => return Err("a class in a glob is not modelled".to_owned()),
    }
    out.push(']');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    fn fits(glob: &str, delimiters: &[char], text: &str) -> bool {
        Regex::new(&expression(glob, delimiters).unwrap()).unwrap().is_match(text)
    }

    #[test]
    fn patterns_are_those_of_opa() {
        assert!(fits("*.example.com", &['.'], "a.example.com"));
        assert!(!fits("*.example.com", &['.'], "a.b.example.com"));
        assert!(fits("*.example.com", &[], "a.b.example.com"));
        assert!(fits("r.test/**", &['/'], "r.test/a/b"));
        assert!(!fits("r.test/*", &['/'], "r.test/a/b"));
        assert!(fits("{api,web}-?", &['.'], "web-1"));
        assert!(!fits("{api,web}-?", &['.'], "db-1"));
        assert!(fits("[a-c]x", &[], "bx") && !fits("[!a-c]x", &[], "bx"));
        assert!(fits("a\\*", &[], "a*") && !fits("a\\*", &[], "ab"));
        // Nothing is open that these could close.
        assert!(fits("a]}", &[], "a]}"));
        for glob in ["a***", "{a", "[", "[a-", "a\\"] {
            assert!(expression(glob, &[]).is_err(), "{glob}");
        }
    }
}
