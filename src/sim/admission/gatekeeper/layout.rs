//! The text of a policy before it is parsed: bodies behind bodies, brackets on lines of their own, words of a newer Rego.
//!
//! OPA v1 `ast/parser.go`: a body behind a body is another rule of the same head; a bracket that opens a line begins an
//! expression; the words of Rego v1 are names in v0 until they are imported. Lines stay where they are.

use super::rewrite::Fault;

/// Words that v0 has to import.
const FUTURE: [&str; 4] = ["if", "contains", "in", "every"];
/// Words behind which a bracket goes on.
const JOINING: [&str; 8] = ["not", "in", "with", "as", "if", "every", "some", "contains"];

/// The text with its bodies and lines apart.
pub(super) fn apart(text: &str, v1: bool) -> Result<String, Fault> {
    let mut scan = Scan { text, out: String::with_capacity(text.len() + 64), depth: 0, ..Scan::default() };
    let mut chars = text.char_indices().peekable();
    let mut line = 1;
    while let Some((at, c)) = chars.next() {
        match c {
            '\n' => {
                line += 1;
                scan.fresh = true;
                scan.out.push(c);
                continue;
            }
            '#' => {
                while chars.next_if(|(_, c)| *c != '\n').is_some() {}
                continue;
            }
            c if c.is_whitespace() => {
                scan.out.push(c);
                continue;
            }
            _ => {}
        }
        let end = match c {
            '"' | '`' => {
                let mut escaped = false;
                let mut end = text.len();
                for (i, s) in chars.by_ref() {
                    if s == '\n' {
                        line += 1;
                    }
                    if s == c && !escaped {
                        end = i + 1;
                        break;
                    }
                    escaped = c == '"' && s == '\\' && !escaped;
                }
                end
            }
            c if c.is_alphanumeric() || c == '_' => {
                while chars.next_if(|(_, c)| c.is_alphanumeric() || *c == '_').is_some() {}
                chars.peek().map_or(text.len(), |(i, _)| *i)
            }
            c => at + c.len_utf8(),
        };
        let token = text.get(at..end).unwrap_or("");
        if !v1 && FUTURE.contains(&token) && !scan.last.ends_with('.') && !imports(text, token) {
            let rest = text.get(end..).unwrap_or("").trim_start();
            let own = text.get(..at).is_some_and(|t| t.trim_end().ends_with("keywords."));
            if !(own || rest.starts_with('(') && token == "contains") {
                let text = format!("`{token}` is a word of Rego v1: import it, or say `version: v1`");
                return Err(Fault { text, line });
            }
        }
        scan.token(at, token);
    }
    Ok(scan.out)
}

/// Whether a text of v0 asks for a word of v1.
fn imports(text: &str, word: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter_map(|l| l.strip_prefix("import "));
    lines.any(|path| {
        let path = path.split([' ', '#']).next().unwrap_or("");
        path == "rego.v1"
            || path == "future.keywords"
            || path
                .strip_prefix("future.keywords.")
                .is_some_and(|w| w == word || (w == "every" && word == "in"))
    })
}

#[derive(Default)]
struct Scan<'a> {
    text: &'a str,
    out: String,
    depth: usize,
    /// The token before.
    last: &'a str,
    /// Where that ended in what is written.
    last_end: usize,
    /// Whether a line begins.
    fresh: bool,
    /// Where the head of the rule begins, outside of brackets.
    head: usize,
    /// Where the head ends whose body is open.
    body: Option<usize>,
    /// The head of the body that was just closed.
    closed: Option<(usize, usize)>,
}

impl<'a> Scan<'a> {
    fn token(&mut self, at: usize, token: &'a str) {
        let ends = |t: &str| t.ends_with(|c: char| c.is_alphanumeric() || "_)]}\"`".contains(c));
        let opens_line = std::mem::take(&mut self.fresh);
        if opens_line
            && self.depth > 0
            && matches!(token, "(" | "[")
            && ends(self.last)
            && !JOINING.contains(&self.last)
        {
            self.out.insert(self.last_end, ';');
        }
        let word = token.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if self.depth == 0 && opens_line && word {
            self.head = at;
        }
        if self.depth == 0 && token == "{" && !matches!(self.last, "=" | "," | "") {
            match self.closed {
                Some((head, end)) if self.last == "}" => {
                    let head: Vec<_> =
                        self.text.get(head..end).unwrap_or("").lines().map(uncommented).collect();
                    self.out.push_str(&format!(" {} ", head.join(" ").trim()));
                    self.body = Some(end);
                }
                _ => self.body = Some(at),
            }
        } else if self.depth == 0 && !matches!(token, "}" | ")" | "]") {
            self.closed = None;
        }
        match token {
            "{" | "(" | "[" => self.depth += 1,
            "}" | ")" | "]" => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 && token == "}" {
                    self.closed = self.body.take().map(|end| (self.head, end));
                }
            }
            _ => {}
        }
        self.out.push_str(token);
        self.last = token;
        self.last_end = self.out.len();
    }
}

/// A line of a head up to its comment.
fn uncommented(line: &str) -> &str {
    line.split('#').next().unwrap_or("")
}
