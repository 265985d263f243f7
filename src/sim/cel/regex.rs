//! Regular expressions as Go's RE2 reads them, on an engine that is linear in the text.
//!
//! Where the two differ: Go's `\d`, `\w`, `\s` and `\b` are ASCII; in a class, Go's `[`, `&&`, `--` and `~~` are plain
//! characters. golang.org/s/re2syntax.

use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// How much memory a compiled pattern may take.
const LARGEST: usize = 1 << 20;

/// Go's `regexp/syntax`: how often a part may be repeated.
const MOST: u64 = 1000;

/// Compiles a pattern, or says what is wrong with it.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    let bad = |why: &str| format!("the regular expression `{pattern}` is not taken: {why}");
    let mut reader = Reader::new(pattern);
    reader.read().map_err(|why| match why {
        Why::Unmodelled(what) => {
            format!("the regular expression `{pattern}` uses {what}, which is not modelled")
        }
        Why::Wrong(what) => bad(what),
    })?;
    let built = RegexBuilder::new(&reader.out).size_limit(LARGEST).dfa_size_limit(LARGEST).build();
    built.map_err(|error| bad(error.to_string().lines().last().unwrap_or_default().trim()))
}

/// About how large a pattern is with its repetitions written out.
pub fn weight(pattern: &str) -> usize {
    let mut reader = Reader::new(pattern);
    // A pattern that is refused costs no more than to see that.
    match reader.read() {
        Ok(()) => usize::try_from(reader.sizes.iter().sum::<u64>()).unwrap_or(usize::MAX),
        Err(_) => pattern.len(),
    }
}

/// Why a pattern is not taken.
enum Why {
    Wrong(&'static str),
    Unmodelled(String),
}

/// What stands before a place, for a repetition.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    Atom,
    Repeated,
    Lazy,
}

struct Reader<'p> {
    rest: Chars<'p>,
    out: String,
    before: Before,
    /// The size of each open group, and that of what a repetition would repeat.
    sizes: Vec<u64>,
    last: u64,
}

impl<'p> Reader<'p> {
    fn new(pattern: &'p str) -> Self {
        let out = String::with_capacity(pattern.len() + 8);
        Self { rest: pattern.chars(), out, before: Before::Nothing, sizes: vec![0], last: 0 }
    }

    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn take(&mut self, c: char) -> bool {
        let is = self.peek() == Some(c);
        if is {
            self.rest.next();
        }
        is
    }

    fn atom(&mut self, size: u64) {
        self.before = Before::Atom;
        self.last = size;
        if let Some(open) = self.sizes.last_mut() {
            *open = open.saturating_add(size);
        }
    }

    /// A repetition, up to this often.
    fn repeat(&mut self, most: u64) -> Result<(), Why> {
        match self.before {
            Before::Nothing => return Err(Why::Wrong("missing argument to repetition operator")),
            Before::Atom => self.before = Before::Repeated,
            Before::Repeated | Before::Lazy => return Err(Why::Wrong("invalid nested repetition operator")),
        }
        let more = self.last.saturating_mul(most.saturating_sub(1));
        if let Some(open) = self.sizes.last_mut() {
            *open = open.saturating_add(more);
        }
        Ok(())
    }

    fn read(&mut self) -> Result<(), Why> {
        while let Some(c) = self.rest.next() {
            match c {
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '(' => self.open()?,
                ')' => {
                    self.out.push(')');
                    let inner = if self.sizes.len() > 1 { self.sizes.pop().unwrap_or_default() } else { 0 };
                    self.atom(inner);
                }
                '|' => {
                    self.out.push('|');
                    self.before = Before::Nothing;
                }
                '?' if self.before == Before::Repeated => {
                    self.out.push('?');
                    self.before = Before::Lazy;
                }
                '*' | '+' | '?' => {
                    self.out.push(c);
                    self.repeat(2)?;
                }
                '{' => self.count()?,
                '.' => {
                    self.out.push('.');
                    self.atom(4);
                }
                c => {
                    self.out.push(c);
                    self.atom(1);
                }
            }
        }
        Ok(())
    }

    /// `{2}`, `{2,}` and `{2,3}`; any other bracket is a character.
    fn count(&mut self) -> Result<(), Why> {
        let text = self.rest.as_str();
        let number = |text: &str| {
            (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
                .then(|| text.parse::<u64>().unwrap_or(u64::MAX))
        };
        let counts = text.split_once('}').and_then(|(inner, _)| {
            let (least, most) = inner.split_once(',').unwrap_or((inner, inner));
            let least = number(least)?;
            let most = if most.is_empty() { least.saturating_add(1) } else { number(most)? };
            Some((inner, least, most))
        });
        let Some((inner, least, most)) = counts else {
            self.out.push_str("\\{");
            self.atom(1);
            return Ok(());
        };
        if least > MOST || most > MOST + 1 || least > most {
            return Err(Why::Wrong("invalid repeat count"));
        }
        self.out.push_str(&format!("{{{inner}}}"));
        self.rest = text.get(inner.len() + 1..).unwrap_or_default().chars();
        self.repeat(most)
    }

    /// A group: named, of flags that Go knows, or plain.
    fn open(&mut self) -> Result<(), Why> {
        self.out.push('(');
        self.sizes.push(0);
        self.before = Before::Nothing;
        if !self.take('?') {
            return Ok(());
        }
        self.out.push('?');
        let text = self.rest.as_str();
        if text.starts_with("P<") || text.starts_with('<') {
            let end = text.find('>').ok_or(Why::Wrong("a group without a name"))?;
            self.out.push_str(&text[..=end]);
            self.rest = text[end + 1..].chars();
            return Ok(());
        }
        let end = text.find([':', ')']).ok_or(Why::Wrong("a group that does not end"))?;
        if text[..end].contains(|c: char| !"imsU-".contains(c)) {
            return Err(Why::Wrong("invalid or unsupported Perl syntax"));
        }
        self.out.push_str(&text[..=end]);
        self.rest = text[end + 1..].chars();
        if text[end..].starts_with(')') {
            self.sizes.pop();
        }
        Ok(())
    }

    fn escape(&mut self, class: bool) -> Result<(), Why> {
        let c = self.rest.next().ok_or(Why::Wrong("trailing backslash at end of expression"))?;
        let mut size = 1;
        match c {
            'd' => self.out.push_str("[0-9]"),
            'D' => self.out.push_str("[^0-9]"),
            'w' => self.out.push_str("[0-9A-Za-z_]"),
            'W' => self.out.push_str("[^0-9A-Za-z_]"),
            's' => self.out.push_str("[\\t\\n\\f\\r ]"),
            'S' => self.out.push_str("[^\\t\\n\\f\\r ]"),
            'b' if !class => self.out.push_str("(?-u:\\b)"),
            'B' | 'C' | 'Q' | 'E' => return Err(Why::Unmodelled(format!("\\{c}"))),
            // Ours would be edges of words.
            '<' | '>' => self.out.push(c),
            '0'..='7' => {
                let text = self.rest.as_str();
                let more = text.bytes().take(2).take_while(|b| (b'0'..=b'7').contains(b)).count();
                if c != '0' && more == 0 {
                    return Err(Why::Wrong("invalid escape sequence"));
                }
                let code = format!("{c}{}", &text[..more]);
                let code = u32::from_str_radix(&code, 8).unwrap_or_default();
                self.out.push_str(&format!("\\x{{{code:x}}}"));
                self.rest = text[more..].chars();
            }
            'p' | 'P' | 'x' => {
                size = if c == 'x' { 1 } else { 50 };
                self.out.push('\\');
                self.out.push(c);
                let text = self.rest.as_str();
                if text.starts_with('{') {
                    let end = text.find('}').ok_or(Why::Wrong("invalid escape sequence"))?;
                    self.out.push_str(&text[..=end]);
                    self.rest = text[end + 1..].chars();
                }
            }
            c => {
                self.out.push('\\');
                self.out.push(c);
            }
        }
        if !class {
            self.atom(size);
        }
        Ok(())
    }

    /// A class in brackets. Its first character may be the closing one.
    fn class(&mut self) -> Result<(), Why> {
        self.out.push('[');
        let mut size = 1;
        if self.take('^') {
            self.out.push('^');
            size = 4;
        }
        let mut first = true;
        while let Some(c) = self.rest.next() {
            let was_first = std::mem::take(&mut first);
            match c {
                '\\' => self.escape(true)?,
                ']' if was_first => self.out.push_str("\\]"),
                ']' => {
                    self.out.push(']');
                    self.atom(size);
                    return Ok(());
                }
                '[' if self.peek() == Some(':') => {
                    self.out.push('[');
                    while let Some(c) = self.rest.next() {
                        self.out.push(c);
                        if c == ':' && self.take(']') {
                            self.out.push(']');
                            break;
                        }
                    }
                }
                '-' if self.peek() == Some('-') => return Err(Why::Unmodelled("`--` in a class".to_owned())),
                '[' | '&' | '~' => {
                    self.out.push('\\');
                    self.out.push(c);
                }
                c => self.out.push(c),
            }
        }
        Err(Why::Wrong("missing closing ]"))
    }
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
            (r"^\<a\>$", "<a>", true),
            (r"^\101\x42\x{43}\0$", "ABC\0", true),
            (r"^{{.*}}$", "{{x}}", true),
            (r"^a{,2}$", "a{,2}", true),
            (r"^[a-z]{2,}?$", "abc", true),
            (r"^(?P<n>a)(?<m>b)(?:c)(?i:D)$", "abcd", true),
            (r"^\p{Greek}\pL$", "αa", true),
            (r"^[\d\-.]+$", "1-2.3", true),
        ];
        for (pattern, text, wanted) in cases {
            assert_eq!(compile(pattern).map(|r| r.is_match(text)), Ok(wanted), "{pattern} {text}");
        }
        for bad in
            ["(", "a**", "*a", "a{2}{3}", "a{1001}", "a{3,2}", r"\1", "(?=a)", "(?x)a", "[a", "a|*", "(?P<n"]
        {
            let said = compile(bad).unwrap_err();
            assert!(said.contains("is not taken") && !said.contains("modelled"), "{bad}: {said}");
        }
        assert!(compile(r"[+--]").unwrap_err().contains("not modelled"));
        assert_eq!((weight("ab"), weight("(ab){10}"), weight("((ab){10}c){10}")), (2, 20, 210));
        assert!(compile("((a{1000}){1000}){1000}").is_err());
        assert!(compile(r"\Qa\E").unwrap_err().contains("not modelled"));
    }
}
