//! Entries of the configuration that accept nothing: their day is over, or a run over all their files had no use for
//! them. Forgotten entries hide the next fault of their kind.

use std::path::PathBuf;

use super::batch::All;
use super::rules::Settled;
use crate::session::config::Ignore;
use crate::text::{Finding, Severity, Span};

/// What is to be told of the configuration after a run over `paths`. Where something could not be read, nobody knows
/// what was of no use.
pub fn findings(settled: &Settled, all: &All, paths: &[PathBuf]) -> Vec<Finding> {
    let config = settled.config.as_ref().filter(|_| settled.options.level.is_none());
    let Some((config, text)) = config.and_then(|c| Some((c, c.source.as_ref()?))) else { return Vec::new() };
    let over: Vec<&Ignore> = config.over(settled.options.today).collect();
    let whole = !all.tally.found.contains_key(&Severity::Error);
    let unused = config.unused(&settled.options, &all.tally.entries, paths).filter(|_| whole);
    let unused: Vec<&Ignore> = unused.collect();
    if over.is_empty() && unused.is_empty() {
        return Vec::new();
    }
    let source = all.kept.sources.add(text.name(), text.text());
    let warning =
        |entry: &Ignore, code, title| Finding::warning(code, title, Span { file: source.id(), ..entry.at });
    let ids = |entry: &Ignore| entry.accepted.checks.iter().map(|c| c.id).collect::<Vec<_>>().join(", ");
    let over = over.into_iter().map(|entry| {
        let day = entry.accepted.until.as_ref().map_or("", |(_, text)| text);
        warning(entry, "suppression-expired", "entry accepted a finding until a day that is over")
            .detail(format!("{} was accepted until {day}", ids(entry)))
            .help("mend the finding, or give a new reason and day")
    });
    let unused = unused.into_iter().map(|entry| {
        let place = entry.path.as_ref().map_or_else(|| "any file".to_owned(), |path| format!("`{path}`"));
        warning(entry, "suppression-unused", "entry accepts nothing")
            .detail(format!("{} is not found in {place}", ids(entry)))
            .help("remove the [[ignore]], or mend its id or path")
    });
    over.chain(unused).collect()
}
