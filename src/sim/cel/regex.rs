//! Regular expressions as Go's RE2 reads them, on an engine that is linear in the text.
//!
//! Where the two differ: Go's `\d`, `\w`, `\s` and `\b` are ASCII; in a class, Go's `[`, `&&`, `--` and `~~` are plain
//! characters. golang.org/s/re2syntax.

use regex::{Regex, RegexBuilder};

/// How much memory a compiled pattern may take.
const LARGEST: usize = 1 << 20;

/// Compiles a pattern, or says what is wrong with it.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    let translated = translate(pattern)?;
    RegexBuilder::new(&translated).size_limit(LARGEST).dfa_size_limit(LARGEST).build().map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default().trim().to_owned();
        format!("the regular expression `{pattern}` is not taken: {last}")
    })
}

fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut class = false;
    let mut chars = pattern.chars().peekable();
    // The first character of a class may be `]` itself.
    let mut first = false;
    while let Some(c) = chars.next() {
        let was_first = std::mem::take(&mut first);
        match c {
            '\\' => match chars.next() {
                Some('d') => out.push_str("[0-9]"),
                Some('D') => out.push_str("[^0-9]"),
                Some('w') => out.push_str("[0-9A-Za-z_]"),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some('s') => out.push_str("[\\t\\n\\f\\r ]"),
                Some('S') => out.push_str("[^\\t\\n\\f\\r ]"),
                Some('b') if !class => out.push_str("(?-u:\\b)"),
                Some(c @ ('B' | 'C' | 'Q' | 'E')) => {
                    return Err(format!(
                        "the regular expression `{pattern}` uses \\{c}, which is not modelled"
                    ));
                }
                Some(c) => {
                    out.push('\\');
                    out.push(c);
                }
                None => out.push('\\'),
            },
            '[' if !class => {
                class = true;
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                first = true;
            }
            '[' if chars.peek() == Some(&':') => {
                out.push('[');
                while let Some(c) = chars.next() {
                    out.push(c);
                    if c == ':' && chars.next_if_eq(&']').is_some() {
                        out.push(']');
                        break;
                    }
                }
            }
            ']' if class && was_first => out.push_str("\\]"),
            ']' if class => {
                class = false;
                out.push(']');
            }
            '[' | '&' | '~' if class => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_to_go() {
        let cases = [
            (r"^\d+$", "12", true),
            (r"^\d+$", "٣", false),
            (r"^[\w.-]+$", "a.b-c", true),
            (r"^[a[]+$", "[a[", true),
            (r"^[]a]+$", "]a", true),
            (r"^[^]]$", "a", true),
            (r"^[[:alpha:]_]+$", "ab_", true),
            (r"^a&&b$", "a&&b", true),
            (r"^[a&&b]+$", "&ab", true),
            (r"\bweb\b", "the web.", true),
            (r"(?i)^REG\.io/", "reg.io/x", true),
        ];
        for (pattern, text, wanted) in cases {
            assert_eq!(compile(pattern).map(|r| r.is_match(text)), Ok(wanted), "{pattern} {text}");
        }
        assert!(compile("(").unwrap_err().contains("unclosed"));
        assert!(compile("((a{1000}){1000}){1000}").is_err());
        assert!(compile(r"\Qa\E").unwrap_err().contains("not modelled"));
    }
}
