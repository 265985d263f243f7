//! `AppArmor` profiles: their headers, flags and rules, as far as a reader needs them. No judgement.
//!
//! After `gitlab.com/apparmor/apparmor, parser/apparmor.d.pod`: a rule ends with a comma outside of braces, brackets,
//! parentheses and quotes; an `include` and an assignment end with their line; a block opens with a brace of its own.

use crate::text::{Source, Span};

/// A profile, a child profile or a hat.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The name, without quotes; a path where the header gives nothing else.
    pub name: String,
    /// The flags, each with its place.
    pub flags: Vec<(String, Span)>,
    /// The rules of its own block, in the order of the file.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Whether it takes away: `deny` counts before each rule that allows.
    pub deny: bool,
    /// The words behind its qualifiers (`audit`, `allow`, `owner`, `priority=…`), without quotes.
    pub words: Vec<String>,
    /// The rule without its comma.
    pub span: Span,
}

/// Words that say how a rule counts, and not what it is about.
const QUALIFIERS: [&str; 6] = ["allow", "audit", "deny", "owner", "other", "quiet"];
/// Letters of a file rule's access.
const ACCESS: &str = "rwaklmxipPuUcC";
/// How deep blocks are followed.
const DEPTH: usize = 32;

impl Profile {
    /// Whether `flag` is among its flags.
    pub fn flag(&self, flag: &str) -> Option<Span> {
        self.flags.iter().find(|(f, _)| f == flag).map(|(_, span)| *span)
    }

    /// The rules that allow and that no other rule of the profile denies as a whole.
    pub fn allowed(&self) -> impl Iterator<Item = &Rule> {
        let denied = |rule: &Rule| self.rules.iter().any(|d| d.deny && d.covers(rule));
        self.rules.iter().filter(move |r| !r.deny && !denied(r))
    }
}

impl Rule {
    /// The first word: `mount`, `capability`; empty for a file rule that begins with its path.
    pub fn kind(&self) -> &str {
        match self.words.first().map(String::as_str) {
            Some(word) if !(is_path(word) || self.words.len() > 1 && is_access(word)) => word,
            _ => "",
        }
    }

    /// Path and access of a file rule: `/etc/* r`, `r /etc/*`, `file /etc/* r`. A bare `file` is every path.
    pub fn file(&self) -> Option<(&str, &str)> {
        let skip = usize::from(self.words.first().is_some_and(|w| w == "file"));
        let Some(first) = self.words.get(skip) else { return Some(("/**", "rwalkmix")) };
        let second = self.words.get(skip + 1)?;
        match (is_path(first), is_path(second)) {
            (true, _) if is_access(second) => Some((first, second)),
            (false, true) if is_access(first) => Some((second, first)),
            _ => None,
        }
    }

    /// The path of a file rule with the usual variables put in.
    pub fn path(&self) -> Option<String> {
        let (path, _) = self.file()?;
        let path = path.replace("@{PROC}", "/proc").replace("@{sys}", "/sys");
        Some(path.replace("//", "/"))
    }

    /// Whether a file rule lets write, or append.
    pub fn writes(&self) -> bool {
        self.file().is_some_and(|(_, access)| access.contains(['w', 'a']))
    }

    /// Whether what `other` is about, this rule is about, too. Said only where the words show it.
    fn covers(&self, other: &Self) -> bool {
        match (self.path(), other.path()) {
            (Some(mine), Some(theirs)) => {
                let below = mine.strip_suffix("**").is_some_and(|dir| theirs.starts_with(dir));
                let writes = !other.writes() || self.writes();
                writes && (mine == theirs || below)
            }
            (None, None) => {
                self.kind() == other.kind() && (self.words.len() == 1 || self.words == other.words)
            }
            _ => false,
        }
    }
}

fn is_path(word: &str) -> bool {
    word.starts_with(['/', '@', '{'])
}

fn is_access(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| ACCESS.contains(c))
}

/// The profiles of a text, children after their parents.
pub fn profiles(source: &Source) -> Vec<Profile> {
    let mut reader = Reader { source, at: 0, out: Vec::new() };
    reader.block(None, false, 0);
    reader.out
}

struct Reader<'s> {
    source: &'s Source,
    at: usize,
    out: Vec<Profile>,
}

/// What ended a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Rule,
    Open,
    Close,
    Text,
}

impl Reader<'_> {
    /// Reads statements up to the brace that closes the block. `deny` holds for a block behind that word.
    fn block(&mut self, profile: Option<usize>, deny: bool, depth: usize) {
        loop {
            let (start, end, why) = self.statement();
            let words = words(self.source.text().get(start..end).unwrap_or(""), start);
            match why {
                End::Rule => self.rule(&words, profile, deny, start, end),
                End::Open if depth > DEPTH => {}
                End::Open => {
                    let inner = self.header(&words).or(profile);
                    let denies = inner == profile && (deny || words.iter().any(|w| w.text == "deny"));
                    self.block(inner, denies, depth + 1);
                }
                End::Close | End::Text => {
                    self.rule(&words, profile, deny, start, end);
                    if why == End::Text || depth > 0 {
                        return;
                    }
                }
            }
        }
    }

    fn rule(&mut self, words: &[Word], profile: Option<usize>, deny: bool, start: usize, end: usize) {
        let Some(profile) = profile.and_then(|index| self.out.get_mut(index)) else { return };
        let is_qualifier = |w: &&Word| QUALIFIERS.contains(&&*w.text) || w.text.starts_with("priority");
        let count = words.iter().take_while(is_qualifier).count();
        let (before, rest) = words.split_at(count);
        if !rest.is_empty() {
            profile.rules.push(Rule {
                deny: deny || before.iter().any(|w| w.text == "deny"),
                words: rest.iter().map(|w| w.text.clone()).collect(),
                span: self.source.span(start, end),
            });
        }
    }

    /// Begins a profile where these words are a header of one; a condition or a qualifier is none.
    fn header(&mut self, words: &[Word]) -> Option<usize> {
        let first = words.first()?;
        let name = match &*first.text {
            "profile" | "hat" => words.get(1)?,
            text if is_path(text) || text.starts_with('^') || first.quoted => first,
            _ => return None,
        };
        let mut flags = Vec::new();
        let list =
            words.iter().find(|w| !w.quoted && (w.text.starts_with("flags=(") || w.text.starts_with('(')));
        if let Some(list) = list {
            let from = list.text.find('(').map_or(0, |at| at + 1);
            let inner = list.text.get(from..).unwrap_or("").trim_end_matches(')');
            let mut at = list.start + from;
            for flag in inner.split([',', ' ', '\t', '\n', '\r']) {
                if !flag.is_empty() {
                    flags.push((flag.to_owned(), self.source.span(at, at + flag.len())));
                }
                at += flag.len() + 1;
            }
        }
        self.out.push(Profile {
            name: name.text.trim_start_matches('^').to_owned(),
            flags,
            rules: Vec::new(),
        });
        Some(self.out.len() - 1)
    }

    /// The next statement: where it begins and ends, and by what.
    fn statement(&mut self) -> (usize, usize, End) {
        let text = self.source.text();
        self.skip();
        let start = self.at;
        let line = text.get(start..).and_then(|t| t.lines().next()).unwrap_or("");
        let assigns = line.starts_with(['@', '$'])
            && line.split_once('=').is_some_and(|(name, _)| {
                name.trim_end_matches([' ', '\t', '+', '?']).ends_with('}') && !name.contains('/')
            });
        if assigns || ["include", "#include"].iter().any(|w| line.starts_with(w)) {
            self.at = start + line.len();
            return (start, start, End::Rule);
        }
        let (mut round, mut curly, mut quote, mut comment) = (0_usize, 0_usize, false, false);
        let (mut end, mut before) = (start, ' ');
        for (offset, c) in text.get(start..).unwrap_or("").char_indices() {
            let at = start + offset;
            let after = text.get(at + c.len_utf8()..).and_then(|t| t.chars().next()).unwrap_or(' ');
            // A rule may go on behind a comment.
            comment = if comment { c != '\n' } else { c == '#' && !quote && before.is_whitespace() };
            let why = match c {
                _ if comment => None,
                '"' => {
                    quote = !quote;
                    None
                }
                _ if quote => None,
                '(' => {
                    round += 1;
                    None
                }
                ')' => {
                    round = round.saturating_sub(1);
                    None
                }
                '{' if round == 0 && (before.is_whitespace() || before == ')') && after.is_whitespace() => {
                    Some(End::Open)
                }
                '{' => {
                    curly += 1;
                    None
                }
                '}' if curly > 0 => {
                    curly -= 1;
                    None
                }
                '}' => Some(End::Close),
                ',' if round == 0 && curly == 0 => Some(End::Rule),
                _ => None,
            };
            if let Some(why) = why {
                self.at = at + c.len_utf8();
                return (start, end, why);
            }
            if !c.is_whitespace() && !comment {
                end = at + c.len_utf8();
            }
            before = c;
        }
        self.at = text.len();
        (start, end, End::Text)
    }

    /// Passes over blanks and comments.
    fn skip(&mut self) {
        let text = self.source.text();
        loop {
            let rest = text.get(self.at..).unwrap_or("");
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') || trimmed.starts_with("#include") {
                return;
            }
            self.at += trimmed.lines().next().map_or(0, str::len);
        }
    }
}

struct Word {
    text: String,
    start: usize,
    quoted: bool,
}

/// The words of a statement that begins at `start`; blanks in quotes and parentheses part none.
fn words(text: &str, start: usize) -> Vec<Word> {
    let mut out: Vec<Word> = Vec::new();
    let (mut round, mut quote, mut open, mut comment) = (0_usize, false, false, false);
    for (at, c) in text.char_indices() {
        if comment {
            comment = c != '\n';
            continue;
        }
        if c == '#' && !open {
            comment = true;
            continue;
        }
        if c.is_whitespace() && round == 0 && !quote {
            open = false;
            continue;
        }
        if !open {
            out.push(Word { text: String::new(), start: start + at, quoted: c == '"' });
            open = true;
        }
        match c {
            '"' => quote = !quote,
            '(' if !quote => round += 1,
            ')' if !quote => round = round.saturating_sub(1),
            _ => {}
        }
        if let Some(word) = out.last_mut().filter(|_| c != '"') {
            word.text.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<Profile> {
        profiles(&Source::lone("p", text))
    }

    #[test]
    fn headers_flags_and_rules_are_read() {
        let text = "abi <abi/4.0>,\ninclude <tunables/global>\n@{DIR}=/srv /data\n\n\
            profile shop /usr/bin/shop flags=(attach_disconnected,\n complain) { # a note, with a comma\n  \
            #include <abstractions/base>\n  network inet stream,\n  deny @{PROC}/{sys,irq}/** w,   # no\n  \
            owner \"/data/a b/**\" rw,\n  capability\n    chown, file,\n  audit deny { mount, }\n  ^hat { r /x, }\n}\n";
        let all = of(text);
        assert_eq!(all.iter().map(|p| &*p.name).collect::<Vec<_>>(), ["shop", "hat"]);
        let flags: Vec<_> = all[0].flags.iter().map(|(f, _)| &**f).collect();
        assert_eq!(flags, ["attach_disconnected", "complain"]);
        let source = Source::lone("p", text);
        assert_eq!(source.slice(all[0].flag("complain").unwrap()), "complain");
        let rules: Vec<_> = all[0].rules.iter().map(|r| (r.deny, r.words.join(" "))).collect();
        let wanted = [
            (false, "network inet stream"),
            (true, "@{PROC}/{sys,irq}/** w"),
            (false, "/data/a b/** rw"),
            (false, "capability chown"),
            (false, "file"),
            (true, "mount"),
        ];
        assert_eq!(rules, wanted.map(|(deny, words)| (deny, words.to_owned())));
        assert_eq!(source.slice(all[0].rules[0].span), "network inet stream");
        assert_eq!(all[1].rules[0].file(), Some(("/x", "r")));
    }

    #[test]
    fn a_rule_that_is_denied_as_a_whole_is_not_allowed() {
        let allowed = |rules: &str| {
            let text = format!("profile a {{\n{rules}\n}}\n");
            of(&text)[0].allowed().map(|r| r.words.join(" ")).collect::<Vec<_>>()
        };
        assert!(allowed("mount options=(rw) /a -> /b, deny mount,").is_empty());
        assert_eq!(allowed("/proc/sys/a w, deny /proc/sys/** r,"), ["/proc/sys/a w"]);
        assert!(allowed("@{PROC}/sys/a w, deny /proc/sys/** wl,").is_empty());
        assert!(allowed("file, deny /** w,").is_empty());
        assert_eq!(allowed("file, deny /etc/** w,"), ["file"]);
    }

    #[test]
    fn nothing_panics() {
        for text in [
            "",
            "}",
            "{ {",
            "profile {",
            "profile a flags=( {",
            "profile a { \"",
            "# é\nprofile é {é,}",
            "^ {",
        ] {
            of(text);
        }
        of(&"a { ".repeat(10_000));
    }
}
