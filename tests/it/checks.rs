//! Tests at the boundary of `checks`: manifests in, findings out; and the documents, which are tests themselves.

mod docs;
mod workload;

use sealegs::checks::{self, Checked, Options};
use sealegs::parse::{Limits, yaml};
use sealegs::text::{Sources, snippet};

/// What the checks make of a file, each finding on one line: `line:column severity id title: detail`.
fn check_yaml(text: &str) -> Vec<String> {
    let (sources, checked) = run(text, &Options::default());
    let lines = checked.findings.iter().map(|f| snippet::one_line(f, &sources));
    lines.map(|line| line.trim_start_matches("m.yaml:").to_owned()).collect()
}

fn run(text: &str, options: &Options) -> (Sources, Checked) {
    let sources = Sources::new();
    let source = sources.add("m.yaml", text);
    let (tree, _) = yaml::parse(&source, Limits::default());
    (sources, checks::run(&tree, options))
}
