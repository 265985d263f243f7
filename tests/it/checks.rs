//! Tests at the boundary of `checks`: manifests in, findings out; and the documents, which are tests themselves.

mod catalogue;
mod component;
mod dockerfile;
mod docs;
mod files;
mod hostile;
mod policies;
mod structure;
mod traps;
mod traps_pods;
mod workload;

use sealegs::checks::{self, Checked, File, Options};
use sealegs::parse::{Language, Limits};
use sealegs::text::{Sources, snippet};

/// What the checks make of a file, each finding on one line: `line:column severity id title: detail`.
fn check_yaml(text: &str) -> Vec<String> {
    let (sources, checked) = run(text, &Options::default());
    let lines = checked.findings.iter().map(|f| snippet::one_line(f, &sources));
    lines.map(|line| line.trim_start_matches("m.yaml:").to_owned()).collect()
}

fn run(text: &str, options: &Options) -> (Sources, Checked) {
    run_as(Language::Yaml, text, options)
}

fn run_as(language: Language, text: &str, options: &Options) -> (Sources, Checked) {
    let sources = Sources::new();
    let source = sources.add("m.yaml", text);
    let file = File::read_as(&source, language, Limits::default());
    (sources, checks::run(&[file], options))
}
