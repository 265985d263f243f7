//! Findings as `JUnit` XML: a suite for each file, a case for each finding, one passed case for a file without any.
//!
//! A failure is a finding that makes the answer a no, an error what could not be judged. What is accepted was
//! skipped; what is only told passes, with its words as output. There are no times: the same input gives the same bytes.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::answer::{Answer, Item, Standing};
use super::uri;
use crate::text::clean;

/// How many cases there are, and of what kind.
#[derive(Clone, Copy, Default)]
struct Sum {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Sum {
    fn of(items: &[Item<'_>]) -> Self {
        let count =
            |standing| items.iter().filter(|i| i.accepted.is_none() && i.standing == standing).count();
        Self {
            tests: items.len().max(1),
            failures: count(Standing::Failed),
            errors: count(Standing::Unjudged),
            skipped: items.iter().filter(|i| i.accepted.is_some()).count(),
        }
    }

    fn attributes(self) -> String {
        let Self { tests, failures, errors, skipped } = self;
        format!(r#"tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}""#)
    }
}

/// Prints the document.
pub fn print(out: &mut dyn Write, answer: &Answer<'_>) -> io::Result<()> {
    let mut suites: BTreeMap<String, Vec<Item<'_>>> =
        answer.sources.names().into_iter().map(|name| (name, Vec::new())).collect();
    for item in answer.items() {
        suites.entry(item.file.to_owned()).or_default().push(item);
    }
    let all = suites.values().map(|items| Sum::of(items)).fold(Sum::default(), |a, b| Sum {
        tests: a.tests + b.tests,
        failures: a.failures + b.failures,
        errors: a.errors + b.errors,
        skipped: a.skipped + b.skipped,
    });
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites name="sealegs" {}>"#, all.attributes())?;
    let here = std::env::current_dir().ok();
    for (name, items) in &suites {
        let file = attribute(&uri::path(name, here.as_deref()));
        writeln!(out, r#"  <testsuite name="{file}" {}>"#, Sum::of(items).attributes())?;
        let said = [("configuration", answer.configuration), ("level", answer.level.as_deref())];
        let said: Vec<_> = said.iter().filter_map(|(key, value)| Some((key, (*value)?))).collect();
        if !said.is_empty() {
            writeln!(out, "    <properties>")?;
            for (key, value) in said {
                writeln!(out, r#"      <property name="{key}" value="{}"/>"#, attribute(value))?;
            }
            writeln!(out, "    </properties>")?;
        }
        if items.is_empty() {
            writeln!(out, r#"    <testcase classname="{file}" name="no findings" file="{file}"/>"#)?;
        }
        for item in items {
            case(out, item, &file)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn case(out: &mut dyn Write, item: &Item<'_>, file: &str) -> io::Result<()> {
    let finding = item.finding;
    let at = item.place.as_ref().and_then(|place| Some(place.range?.start));
    let line = at.map_or_else(String::new, |at| format!(r#" line="{}""#, at.line));
    let name = attribute(&item.name());
    writeln!(out, r#"    <testcase classname="{file}" name="{name}" file="{file}"{line}>"#)?;
    let place = at.map_or_else(String::new, |at| format!(":{at}"));
    let words = format!("{file}{place} {}\n{}", finding.severity.word(), text(&item.text()));
    let message = attribute(&item.title());
    let kind = finding.severity.word();
    match (item.accepted, item.standing) {
        (Some(accepted), _) => {
            let until = accepted.until.as_ref().map_or_else(String::new, |day| format!(", until {day}"));
            let reason = attribute(&format!("accepted: {}{until}", accepted.reason));
            writeln!(out, r#"      <skipped message="{reason}"/>"#)?;
        }
        (None, Standing::Failed) => {
            writeln!(out, r#"      <failure type="{kind}" message="{message}">{words}</failure>"#)?;
        }
        (None, Standing::Unjudged) => {
            writeln!(out, r#"      <error type="{kind}" message="{message}">{words}</error>"#)?;
        }
        (None, Standing::Told) => writeln!(out, "      <system-out>{words}</system-out>")?,
    }
    writeln!(out, "    </testcase>")
}

/// Text between tags: cleaned, escaped, and without the two characters that XML 1.0 forbids and `clean` lets through.
fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in clean::clean(raw).chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Text in an attribute, where a reader makes blanks of raw line feeds and tabs.
fn attribute(raw: &str) -> String {
    text(raw).replace('\n', "&#10;").replace('\t', "&#9;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_is_well_formed_whatever_the_text_holds() {
        assert_eq!(
            text("]]><&\"\u{0}\u{1b}\u{ffff}\r"),
            "]]&gt;&lt;&amp;&quot;\u{2400}\u{241b}\u{fffd}\u{240d}"
        );
        assert_eq!(attribute("a\n\tb"), "a&#10;&#9;b");
    }
}
