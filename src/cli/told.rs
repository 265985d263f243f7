//! What is told of a few files.

use super::batch::Telling;
use super::tally::Tally;
use super::{level, places};
use crate::checks::{Checked, File, Judged, Suppressed};
use crate::text::{Finding, Source, Sources};

/// What came of a few files.
#[derive(Default)]
pub struct Told {
    /// The sums.
    pub tally: Tally,
    /// The findings, written down, where they are told one by one.
    pub text: String,
    /// What was accepted, a line each, where findings are told one by one.
    pub accepted: Vec<String>,
    /// What a level refuses, a line each, where findings are told one by one.
    pub refused: Vec<String>,
    /// The findings, where they are told all at once.
    pub findings: Vec<Finding>,
    /// What was found and is accepted, where it is told all at once.
    pub suppressed: Vec<Suppressed>,
    /// What a level says of each object, where it is told all at once.
    pub judged: Vec<Judged>,
}

impl Told {
    /// Adds what was found in a file.
    pub fn add(&mut self, file: &File, checked: Checked, telling: &Telling, sources: &Sources) {
        let Checked { mut findings, suppressed, read, judged } = checked;
        if !findings.iter().any(|f| f.code == "not-rendered")
            && let Some(template) = helm(&file.source)
        {
            // That it is no YAML yet is the template's doing.
            findings.retain(|f| f.code != "yaml-syntax");
            findings.push(template);
        }
        self.tally.read(&read);
        self.tally.accepted(&suppressed);
        self.tally.found(&findings);
        self.tally.levelled(&judged);
        if let Some(one) = telling.one {
            for finding in &findings {
                one(&mut self.text, finding, sources);
                self.text.push('\n');
            }
            self.accepted.extend(suppressed.iter().map(|s| (telling.accepted)(s, sources)));
            self.refused.extend(judged.iter().filter_map(|j| level::line(j, sources)));
        } else {
            let suppressed_ones = suppressed.iter().map(|one| &one.finding);
            let all = findings.iter().chain(suppressed_ones);
            let spans = all.clone().flat_map(places::spans).chain(judged.iter().map(|one| one.span));
            self.tally.places.note(spans, sources);
            self.tally.places.call(file, all);
            sources.let_go(file.source.id());
            self.judged.extend(judged);
            self.findings.extend(findings);
            self.suppressed.extend(suppressed);
        }
    }
}

/// The first place that only Helm can fill in. In quotes and in comments it is YAML, too, but what will stand there
/// nobody knows. Braces alone prove nothing: alerts and dashboards hold templates of their own.
fn helm(source: &Source) -> Option<Finding> {
    const ONLY_HELM: [&str; 4] = [".Values.", ".Release.", ".Chart.", "include \""];
    let text = source.text();
    if !text.contains("{{") {
        return None;
    }
    let opened = |word: usize| {
        let before = text.get(text.floor_char_boundary(word.saturating_sub(ACTION))..word)?;
        let own = before.rfind("}}").and_then(|end| before.get(end + 2..)).unwrap_or(before);
        let alone = own.ends_with([' ', '{', '-', '(', '$']);
        own.find("{{").filter(|_| alone).map(|at| word - own.len() + at)
    };
    let first = |known: &&str| text.match_indices(*known).find_map(|(word, _)| opened(word));
    let at = ONLY_HELM.iter().filter_map(first).min()?;
    Some(
        Finding::error("not-rendered", "template is not rendered", source.span(at, at + 2))
            .detail("what stands here is decided by the chart's values, so findings of this file say little")
            .help(format!("render it first: helm template {} | sealegs check -", chart(source.name()))),
    )
}

/// The directory of the chart in which a template lies.
fn chart(path: &str) -> &str {
    let below = path.starts_with("templates/").then_some(".");
    below.or_else(|| path.find("/templates/").and_then(|end| path.get(..end))).unwrap_or("CHART")
}

/// How far a word of Helm's may stand from the braces that open its action.
const ACTION: usize = 512;
