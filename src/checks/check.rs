//! What a check is: what it is called, what it weighs, what it says, who else asks for it.

use std::borrow::Cow;

use super::Rule;
use crate::text::Severity;

/// A check. Made with [`Check::new`] and what follows it, all of it `const`.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Kebab-case, names the fault, never renamed.
    pub id: &'static str,
    /// Impact if exploited, times how little else is needed; fixed per id.
    pub severity: Severity,
    /// The fault in a few words: lower case, no full stop.
    pub title: &'static str,
    /// The document: its own, or its family's with a section for each row.
    pub doc: &'static str,
    /// What other tools call it.
    pub aliases: &'static [&'static str],
    /// The numbers of the lessons that teach it, the main one first.
    pub lessons: &'static [u8],
    /// Which standard asks for it. None: it is opinion, and says so.
    pub standards: &'static [Standard],
    /// The ATT&CK technique that it makes possible.
    pub technique: Option<&'static str>,
    /// How sure a finding is.
    pub confidence: Confidence,
    /// Checks that say more about the same case: where one of them finds something there, this one is silent.
    pub yields_to: &'static [&'static str],
    /// Checks that say more about the same place: where one of them points at it, this one does not.
    pub yields_here_to: &'static [&'static str],
    /// Whether people who run clusters well disagree over it: it runs only where it is asked for.
    pub opinion: bool,
    /// The key of the site's own rules without which it is silent.
    pub parameter: Option<&'static str>,
    /// The function, by what it looks at.
    pub rule: Rule,
}

/// A standard that asks for something, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    /// The Pod Security Standards: level, upstream's name of the check, the minor version from which it is asked.
    Pss(Level, &'static str, u8),
    /// The CIS benchmark of Kubernetes (`5.2.2`), or of Docker (`D4.1`).
    Cis(&'static str),
}

/// A level of the Pod Security Standards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Prevents known escalations.
    Baseline,
    /// Hardened as is known to be good today.
    Restricted,
}

impl Level {
    /// The word in the namespace's label.
    pub fn word(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

impl Standard {
    /// What people call it: `Pod Security baseline from v1.0`, `CIS 5.2.2`.
    pub fn words(self) -> String {
        match self {
            Self::Pss(level, _, since) => format!("Pod Security {} from v1.{since}", level.word()),
            Self::Cis(number) => match number.strip_prefix('D') {
                Some(docker) => format!("CIS Docker {docker}"),
                None => format!("CIS {number}"),
            },
        }
    }

    /// What people write to mean it, in small letters: `baseline:privileged` and upstream's own id, `privileged`;
    /// `cis-5.2.2` and `5.2.2`.
    fn names(self) -> Vec<String> {
        match self {
            Self::Pss(level, check, _) => {
                let check = check.to_ascii_lowercase();
                let full = format!("{}:{check}", level.word());
                // `*` is all of a level, and no check of upstream's.
                if check == "*" { vec![full] } else { vec![full, check] }
            }
            Self::Cis(number) => {
                let number = number.to_ascii_lowercase();
                vec![format!("cis-{number}"), number]
            }
        }
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// A field's value says so.
    Certain,
    /// A name or a pattern says so.
    Likely,
    /// It depends on other objects, of which not all may have been read.
    Contextual,
}

impl Check {
    /// A check that is certain, and so far opinion.
    pub const fn new(
        id: &'static str,
        severity: Severity,
        title: &'static str,
        doc: &'static str,
        rule: Rule,
    ) -> Self {
        Self {
            id,
            severity,
            title,
            doc,
            aliases: &[],
            lessons: &[],
            standards: &[],
            technique: None,
            confidence: Confidence::Certain,
            yields_to: &[],
            yields_here_to: &[],
            opinion: false,
            parameter: None,
            rule,
        }
    }

    /// What other tools call it.
    #[must_use]
    pub const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// The lessons that teach it, the main one first.
    #[must_use]
    pub const fn lessons(self, lessons: &'static [u8]) -> Self {
        Self { lessons, ..self }
    }

    /// The standards that ask for it.
    #[must_use]
    pub const fn standards(self, standards: &'static [Standard]) -> Self {
        Self { standards, ..self }
    }

    /// The ATT&CK technique that it makes possible.
    #[must_use]
    pub const fn technique(self, technique: &'static str) -> Self {
        Self { technique: Some(technique), ..self }
    }

    /// How sure a finding is, where it is not certain.
    #[must_use]
    pub const fn confidence(self, confidence: Confidence) -> Self {
        Self { confidence, ..self }
    }

    /// The checks that say more about the same case.
    #[must_use]
    pub const fn yields_to(self, ids: &'static [&'static str]) -> Self {
        Self { yields_to: ids, ..self }
    }

    /// The checks that say more about the same place.
    #[must_use]
    pub const fn yields_here_to(self, ids: &'static [&'static str]) -> Self {
        Self { yields_here_to: ids, ..self }
    }

    /// Off by default: it runs with `--pedantic`, or where it is named.
    #[must_use]
    pub const fn opinion(self) -> Self {
        Self { opinion: true, ..self }
    }

    /// Silent without this key of the site's own rules.
    #[must_use]
    pub const fn parameter(self, key: &'static str) -> Self {
        Self { parameter: Some(key), ..self }
    }

    /// Why it does not run by itself; `None` where it does.
    pub fn idle(&self) -> Option<String> {
        if self.opinion {
            return Some("off by default, --pedantic".to_owned());
        }
        self.parameter.map(|key| format!("silent without `{key}` under [policy]"))
    }

    /// Its page without what its tests run: the reader has an example of his own.
    pub fn explanation(&self) -> String {
        without_examples(&self.page())
    }

    /// Who asks for it, what it makes possible, how sure it is.
    pub fn standing(&self) -> String {
        let asked: Vec<String> = self.standards.iter().map(|s| s.words()).collect();
        let mut words = if asked.is_empty() {
            "Asked for by no standard: it is opinion.".to_owned()
        } else {
            format!("Asked for by {}.", asked.join(", "))
        };
        if let Some(why) = self.idle() {
            words += &format!(" It is {why}.");
        }
        match self.technique {
            Some(technique) => words += &format!(" ATT&CK {technique}."),
            None => words += " No technique of ATT&CK: it is hygiene, and opens no way by itself.",
        }
        match self.confidence {
            Confidence::Certain => {}
            Confidence::Likely => words += " A name or a pattern says so: it may be wrong.",
            Confidence::Contextual => {
                words += " It depends on what else is there: check it with the files beside it.";
            }
        }
        words
    }

    /// What other tools and standards call it, in small letters.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let aliases = self.aliases.iter().map(|a| a.to_ascii_lowercase());
        aliases.chain(self.standards.iter().flat_map(|s| s.names()))
    }

    /// What its document says of this check alone: all of it, or the section of this row with its examples.
    pub fn section(&self) -> &'static str {
        let heading = format!("\n## {}\n", self.id);
        let Some(at) = self.doc.find(&heading) else { return self.doc };
        let rest = self.doc.get(at + heading.len()..).unwrap_or("");
        rest.find("\n## ").and_then(|end| rest.get(..end + 1)).unwrap_or(rest)
    }

    /// Whether its document is a family's.
    pub fn is_row(&self) -> bool {
        self.section().len() != self.doc.len()
    }

    /// What people should know of it. For a row of a family: its own section, then what the family has in common.
    pub fn page(&self) -> Cow<'static, str> {
        if !self.is_row() {
            return Cow::Borrowed(self.doc);
        }
        let common = self.doc.split_once("\n## ").map_or("", |(_, rest)| rest);
        let parts = common.split("\n## ");
        let common = parts.filter(|part| COMMON.iter().any(|c| part.lines().next() == Some(c)));
        let mut page = format!("# {}\n\n{}\n", self.id, self.section().trim());
        for part in common {
            page += &format!("\n## {}\n", part.trim_end());
        }
        Cow::Owned(page)
    }
}

/// The headings of what all rows of a family have in common.
const COMMON: [&str; 4] = ["What it looks for", "Why it matters", "Fields", "How to fix"];

fn without_examples(page: &str) -> String {
    let mut out = String::new();
    let mut fence: Option<&str> = None;
    for line in page.lines() {
        let ticks = line.get(..line.len() - line.trim_start_matches('`').len()).unwrap_or("");
        match fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3
                && [" fail", " pass", " unknown"].iter().any(|tag| line.ends_with(tag)) =>
            {
                fence = Some(ticks);
            }
            None if line == "## Examples" => {}
            None => {
                out += line;
                out.push('\n');
            }
        }
    }
    while out.contains("\n\n\n") {
        out = out.replace("\n\n\n", "\n\n");
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_left_out_and_the_rest_stays() {
        let page = "# a\n\nWhat.\n\n## Examples\n\n````yaml fail\n```\n````\n\n```sh\nls\n```\n";
        assert_eq!(without_examples(page), "# a\n\nWhat.\n\n```sh\nls\n```");
        for check in crate::checks::all() {
            let left = check.explanation();
            assert!(!left.contains("#~"), "{}", check.id);
        }
    }
}
