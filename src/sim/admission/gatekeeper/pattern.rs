//! Regular expressions as Go's RE2 reads them, for an engine whose classes are Unicode's.
//!
//! Go `regexp/syntax`: `\d`, `\s`, `\w` and `\b` are ASCII, and in a class `[`, `&&`, `--` and `~~` are plain characters.

use regex::{Regex, RegexBuilder};

/// The most bytes of a pattern, and of the program that it becomes.
const LONGEST: usize = 4096;
const LARGEST: usize = 1 << 20;

/// The expression; none where Go would refuse it. An error where the two engines may differ.
pub(super) fn compile(pattern: &str) -> Result<Option<Regex>, String> {
    if pattern.len() > LONGEST {
        return Err("a regular expression is too long".to_owned());
    }
    let translated = translate(pattern)?;
    match RegexBuilder::new(&translated).size_limit(LARGEST).nest_limit(100).build() {
        Ok(regex) => Ok(Some(regex)),
        Err(regex::Error::CompiledTooBig(_)) => Err("a regular expression is too large".to_owned()),
        Err(_) => Ok(None),
    }
}

fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars().peekable();
    // Within a class; true at its beginning, where `]` is a character.
    let mut class: Option<bool> = None;
    while let Some(c) = chars.next() {
        let first = class == Some(true);
        match c {
            '\\' => {
                let Some(next) = chars.next() else {
                    out.push('\\');
                    break;
                };
                let ascii = match next {
                    'd' => "[0-9]",
                    'D' => "[^0-9]",
                    's' => "[\\t\\n\\x0C\\r ]",
                    'S' => "[^\\t\\n\\x0C\\r ]",
                    'w' => "[0-9A-Za-z_]",
                    'W' => "[^0-9A-Za-z_]",
                    'b' if class.is_none() => "(?-u:\\b)",
                    'B' | 'C' | 'Q' | 'E' => {
                        return Err(format!("\\{next} in a regular expression is not modelled"));
                    }
                    // Rust alone knows these.
                    'u' | 'U' | '<' | '>' => return Ok("(".to_owned()),
                    _ => "",
                };
                if ascii.is_empty() {
                    out.extend(['\\', next]);
                } else {
                    out.push_str(ascii);
                }
                class = class.map(|_| false);
            }
            '[' if class.is_none() => {
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                class = Some(true);
            }
            '[' if chars.peek() == Some(&':') => {
                // A named class, up to its `:]`.
                out.push('[');
                for c in chars.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
                class = Some(false);
            }
            ']' if class.is_some() && !first => {
                out.push(']');
                class = None;
            }
            '[' | ']' | '&' | '~' if class.is_some() => {
                out.extend(['\\', c]);
                class = Some(false);
            }
            '-' if class.is_some() && chars.peek() == Some(&'-') => {
                return Err("-- in a class of a regular expression is not modelled".to_owned());
            }
            '(' if class.is_none() && chars.peek() == Some(&'?') => {
                out.push('(');
                // Flags that Go does not know would mean something else.
                let flags: String =
                    chars.clone().skip(1).take_while(|c| c.is_ascii_alphabetic() || *c == '-').collect();
                let known = |c: char| "imsU-P".contains(c);
                if !flags.chars().all(known) {
                    return Ok("(".to_owned());
                }
            }
            c => {
                out.push(c);
                class = class.map(|_| false);
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, text: &str) -> Option<bool> {
        compile(pattern).unwrap().map(|r| r.is_match(text))
    }

    #[test]
    fn classes_are_gos() {
        assert_eq!(fits("^\\d+$", "12"), Some(true));
        assert_eq!(fits("^\\d+$", "١٢"), Some(false));
        assert_eq!(fits("^[\\w.-]+$", "a_b.c-d"), Some(true));
        assert_eq!(fits("^[\\w.-]+$", "ä"), Some(false));
        assert_eq!(fits("^[[]$", "["), Some(true));
        assert_eq!(fits("^[a&&b]+$", "a&b"), Some(true));
        assert_eq!(fits("^[]a]$", "]"), Some(true));
        assert_eq!(fits("^[[:alpha:]]+$", "abc"), Some(true));
        assert_eq!(fits("(?i)^ABC$", "abc"), Some(true));
        assert_eq!(fits("\\bweb\\b", "a web b"), Some(true));
        assert_eq!(fits("(", ""), None);
        assert_eq!(fits("(?=a)", "a"), None);
        assert!(compile("\\Bx").is_err());
        assert!(
            compile(&"(a{1000}){1000}".repeat(2)).is_err()
                || fits(&"(a{1000}){1000}".repeat(2), "").is_none()
        );
    }
}
