//! Words of what learners see: Markdown marks removed, code and quotations told apart, endings cut off.
//!
//! The stemming is crude on purpose: it cuts English endings by a list and knows no dictionary. It has to see that
//! "verifies" and "verified" are one word; that it also takes "policy" and "police" for one costs nothing here.

use std::collections::BTreeSet;

use crate::parse::markdown::{Block, BlockKind, Code, Inline, parse_text};

/// A piece of text as learners see it.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Its visible text without fenced code; blocks are parted by line feeds.
    pub text: String,
    /// Its words in order.
    pub words: Vec<Word>,
    /// Its fenced and indented code.
    pub codes: Vec<Code>,
}

/// A word, in lower case, without punctuation at its ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// What it is put together from: `hostUsers` of "host" and "users", and itself.
    pub parts: Vec<String>,
    /// Whether it stands in `code`.
    pub code: bool,
    /// Whether it stands between double quotes.
    pub quoted: bool,
    /// Whether it is set off: **strong**, *emphasised*, or in capitals.
    pub loud: bool,
}

impl Said {
    /// Reads Markdown.
    pub fn read(markdown: &str) -> Self {
        Self::of(&parse_text(markdown).blocks)
    }

    /// The text of blocks; tables count.
    pub fn of(blocks: &[Block]) -> Self {
        let mut said = Self::default();
        said.blocks(blocks);
        said
    }

    /// The text of inlines.
    pub fn of_inlines(inlines: &[Inline]) -> Self {
        let mut said = Self::default();
        said.line(inlines);
        said
    }

    /// Unicode scalar values of the visible text.
    pub fn length(&self) -> usize {
        self.text.chars().count()
    }

    /// Whether there is nothing but inline code.
    pub fn is_code(&self) -> bool {
        !self.words.is_empty() && self.words.iter().all(|w| w.code)
    }

    /// The words that are prose: neither code nor quoted.
    pub fn prose(&self) -> impl Iterator<Item = &Word> {
        self.words.iter().filter(|w| !w.code && !w.quoted)
    }

    /// Whether one of `list` stands in the prose.
    pub fn says(&self, list: &[&str]) -> Option<&Word> {
        self.prose().find(|w| list.contains(&w.text.as_str()))
    }

    /// The roots of its words that carry meaning.
    pub fn roots(&self) -> BTreeSet<String> {
        self.long_roots(3)
    }

    /// The same, of words that have at least `letters`.
    pub fn long_roots(&self, letters: usize) -> BTreeSet<String> {
        let words = self.words.iter().flat_map(|w| &w.parts);
        let words = words
            .filter(|w| w.chars().filter(|c| c.is_alphanumeric()).count() >= letters && !is_stop_word(w));
        words.map(|w| root(w)).collect()
    }

    /// Its words as one line, to be compared.
    pub fn normal(&self) -> String {
        let words: Vec<&str> = self.words.iter().map(|w| w.text.as_str()).collect();
        words.join(" ")
    }

    /// Its sentences: parted at a mark of their end that a blank follows.
    pub fn sentences(&self) -> Vec<&str> {
        let mut out = Vec::new();
        let mut start = 0;
        let mut before = ' ';
        for (at, c) in self.text.char_indices() {
            if (c.is_whitespace() && matches!(before, '.' | '?' | '!')) || c == '\n' {
                out.push(self.text.get(start..at).unwrap_or("").trim());
                start = at;
            }
            // A closing bracket or quotation mark belongs to the sentence that it ends.
            if !matches!(c, ')' | '"' | '”') {
                before = c;
            }
        }
        out.push(self.text.get(start..).unwrap_or("").trim());
        out.retain(|s| s.chars().any(char::is_alphanumeric));
        out
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match &block.kind {
                BlockKind::Heading { text, .. } | BlockKind::Paragraph(text) => self.line(text),
                BlockKind::List { items, .. } => items.iter().for_each(|item| self.blocks(item)),
                BlockKind::Quote(inner) | BlockKind::Callout(_, inner) => self.blocks(inner),
                BlockKind::Table(table) => {
                    table.head.iter().chain(table.rows.iter().flatten()).for_each(|cell| self.line(cell));
                }
                BlockKind::Code(code) => self.codes.push(code.clone()),
                BlockKind::Rule => {}
            }
        }
    }

    fn line(&mut self, inlines: &[Inline]) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let mut pieces = Vec::new();
        flatten(inlines, false, &mut pieces);
        let mut quoted = false;
        let mut pending = Pending::default();
        for (text, code, loud) in pieces {
            self.text.push_str(&text.replace('\n', " "));
            for c in text.chars() {
                if matches!(c, '"' | '“' | '”') && !code {
                    quoted = !quoted;
                }
                if c.is_whitespace() {
                    self.words.extend(pending.take());
                } else {
                    pending.push(c, code, quoted, loud);
                }
            }
        }
        self.words.extend(pending.take());
    }
}

/// A word that is not ended yet.
#[derive(Default)]
struct Pending {
    text: String,
    code: bool,
    quoted: bool,
    loud: bool,
}

impl Pending {
    fn push(&mut self, c: char, code: bool, quoted: bool, loud: bool) {
        self.text.push(c);
        self.code |= code && c.is_alphanumeric();
        self.quoted |= quoted;
        self.loud |= loud;
    }

    fn take(&mut self) -> Option<Word> {
        let whole = std::mem::take(self);
        let edge = |c: char| {
            if whole.code {
                matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '(' | ')' | '"')
            } else {
                !c.is_alphanumeric()
            }
        };
        let bare = whole.text.trim_matches(edge);
        let capitals = bare.chars().count() > 1 && bare.chars().all(char::is_uppercase);
        let (text, parts) = (bare.to_lowercase(), pieces(bare));
        let (code, quoted, loud) = (whole.code, whole.quoted, whole.loud || capitals);
        (!text.is_empty()).then_some(Word { text, parts, code, quoted, loud })
    }
}

/// Texts with: is it code, is it set off.
fn flatten(inlines: &[Inline], loud: bool, out: &mut Vec<(String, bool, bool)>) {
    for inline in inlines {
        match inline {
            Inline::Text(text) => out.push((text.clone(), false, loud)),
            Inline::Code(text) => out.push((text.clone(), true, loud)),
            Inline::Emphasis(inner) | Inline::Strong(inner) => flatten(inner, true, out),
            Inline::Link { text, .. } => flatten(text, loud, out),
            Inline::Break => out.push((" ".to_owned(), false, loud)),
        }
    }
}

/// A word's parts (`hostUsers`, `mount-ns`, `kube-apiserver`) and itself, in lower case.
fn pieces(word: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut part = String::new();
    let mut small = false;
    for c in word.chars() {
        if !c.is_alphanumeric() && c != '\'' || (small && c.is_uppercase()) {
            parts.push(std::mem::take(&mut part));
        }
        if c.is_alphanumeric() || c == '\'' {
            part.push(c);
        }
        small = c.is_lowercase();
    }
    parts.push(part);
    parts.push(word.to_owned());
    let bare = |part: &String| part.to_lowercase().trim_end_matches("'s").trim_matches('\'').to_owned();
    parts = parts.iter().map(bare).filter(|part| !part.is_empty()).collect();
    parts.dedup();
    parts
}

/// Endings that are cut, the longest first.
const ENDINGS: &[&str] = &[
    "ications", "ication", "izations", "ization", "ations", "ation", "ements", "ement", "ments", "ment",
    "ingly", "ings", "ions", "ing", "ion", "ied", "ies", "ed", "es", "ly", "s", "e", "y",
];
/// What has to be left of a word.
const ROOT: usize = 3;

/// A word without its ending.
pub fn root(word: &str) -> String {
    if word.ends_with("ss") || !word.is_ascii() {
        return word.to_owned();
    }
    for ending in ENDINGS {
        let Some(rest) = word.strip_suffix(ending) else { continue };
        if rest.len() < ROOT {
            continue;
        }
        let mut rest = rest.to_owned();
        // "mapped" and "map", "running" and "run".
        let bytes = rest.as_bytes();
        if let [.., a, b] = bytes
            && a == b
            && !b"aeioulsz".contains(b)
            && rest.len() > ROOT
        {
            rest.pop();
        }
        return rest;
    }
    word.to_owned()
}

/// Words that carry no meaning of their own, and those that questions are put together from.
const STOP_WORDS: &str = "
    a about above across after again against all alone along already also although always am among an and another any
    anybody anyone anything anyway anywhere are around as aside at away back be became because become becomes been before
    began behind being below beside besides best better between beyond both but by called came can cannot come
    comes could did do does doing done down during each either else enough even ever every everybody everything everywhere
    few first for found four from full further gave get gets give given gives go goes going gone got had half
    happen happens has have having he her here hers him his hold holds how however i if in instead into is it its
    itself just keep keeps kept kind know known knows last later least leave leaves left less let lets like made
    make makes making many may me mean means merely might more most much must my namely near need needs neither
    never next no nobody none nor not nothing now nowhere of off often on once one ones only onto or other others
    otherwise our out outside over own part per perhaps point put puts quite rather really said same say says
    second see seem seems seen she should show shows since so some somebody something somewhere still such take taken takes
    than that the their them then there these they thing things third this those though three through throughout
    till to together too took toward two under until up upon us use used uses using very want wants was way ways
    we well went were what whatever when whenever where whether which while who whoever whole whom whose why will
    with within without would yet you your yours
    answer answers choose chosen correct effect explain following line lines name named names option options order
    question result right statement statements true wrong false
";

/// Whether a word (in lower case) carries no meaning of its own.
pub fn is_stop_word(word: &str) -> bool {
    static SET: std::sync::LazyLock<BTreeSet<&str>> =
        std::sync::LazyLock::new(|| STOP_WORDS.split_whitespace().collect());
    SET.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_removed_and_code_is_known() {
        let said = Said::read(
            "A pod with `runAsNonRoot: true` says \"no such user\". It is **not** [there](term:x)?",
        );
        assert_eq!(said.text, "A pod with runAsNonRoot: true says \"no such user\". It is not there?");
        assert_eq!(
            said.sentences(),
            ["A pod with runAsNonRoot: true says \"no such user\".", "It is not there?"]
        );
        let code: Vec<_> = said.words.iter().filter(|w| w.code).map(|w| w.text.as_str()).collect();
        assert_eq!(code, ["runasnonroot", "true"]);
        let quoted: Vec<_> = said.words.iter().filter(|w| w.quoted).map(|w| w.text.as_str()).collect();
        assert_eq!(quoted, ["no", "such", "user"]);
        assert!(said.words.iter().any(|w| w.text == "not" && w.loud));
        assert!(Said::read("`a b`").is_code() && !Said::read("`a` b").is_code());
    }

    #[test]
    fn endings_are_cut() {
        for same in [
            ["verifies", "verification"],
            ["verified", "verify"],
            ["mapped", "maps"],
            ["images", "image"],
            ["running", "runs"],
            ["policies", "policy"],
            ["processes", "process"],
        ] {
            assert_eq!(root(same[0]), root(same[1]), "{same:?}");
        }
        assert_ne!(root("container"), root("contains"));
        assert_eq!(root("access"), "access");
        assert_eq!(root("für"), "für");
    }
}
