//! Findings on standard output, in each form that there is.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::answer::Answer;
use super::args::CheckFormat;
use super::{annotations, json, junit, page, sarif};
use crate::text::{Finding, Severity, snippet};

/// Prints the findings of `answer` in the order given. JSON is one array.
pub fn print(out: &mut dyn Write, answer: &Answer<'_>, format: CheckFormat) -> io::Result<()> {
    let Answer { findings, sources, places, .. } = answer;
    match format {
        CheckFormat::Text => {
            for finding in *findings {
                let mut text = String::new();
                page::finding(&mut text, finding, sources);
                writeln!(out, "{text}")?;
            }
        }
        CheckFormat::Short => {
            for finding in *findings {
                writeln!(out, "{}", snippet::one_line(finding, sources))?;
            }
        }
        CheckFormat::Json => {
            json::print(out, &json::Each(findings.iter().map(|f| json::finding(f, *places))))?;
        }
        CheckFormat::Sarif => sarif::print(out, answer)?,
        CheckFormat::Junit => junit::print(out, answer)?,
        CheckFormat::Github => annotations::print(out, answer)?,
    }
    Ok(())
}

/// Whether a line with the sum may follow: not where a program reads one document.
pub fn is_followed_by_a_sum(format: CheckFormat) -> bool {
    matches!(format, CheckFormat::Text | CheckFormat::Short | CheckFormat::Github)
}

/// `2 errors, 1 warning`; `no findings` where there are none.
pub fn count(findings: &[Finding]) -> String {
    let mut counts = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding.severity).or_default() += 1;
    }
    sum(&counts)
}

/// The same of findings that were counted.
pub fn sum(counts: &BTreeMap<Severity, usize>) -> String {
    let mut parts = Vec::new();
    for severity in Severity::ALL {
        let n = counts.get(&severity).copied().unwrap_or_default();
        let plural = if n != 1 && matches!(severity, Severity::Error | Severity::Warning | Severity::Note) {
            "s"
        } else {
            ""
        };
        if n > 0 {
            parts.push(format!("{n} {}{plural}", severity.word()));
        }
    }
    if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_like_words() {
        let source = crate::text::Source::lone("a", "x");
        let of = |s| Finding::new("x", s, "x", source.whole());
        assert_eq!(count(&[]), "no findings");
        let many = [of(Severity::Error), of(Severity::High), of(Severity::Error), of(Severity::Warning)];
        assert_eq!(count(&many), "2 errors, 1 high, 1 warning");
    }
}
