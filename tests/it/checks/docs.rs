//! Every check's document is run, and held to its form; the table is tested in both directions.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use std::collections::BTreeSet;
use std::path::Path;

use sealegs::checks::{Check, Options, all, explain, find, find_all, select};

use super::run;

const HEADINGS: [&str; 5] =
    ["## What it looks for", "## Why it matters", "## Fields", "## How to fix", "## Examples"];

struct Example {
    fails: bool,
    text: String,
    /// Line of the document on which the block begins.
    line: usize,
}

fn examples(doc: &str) -> Vec<Example> {
    let mut out = Vec::new();
    let mut open: Option<Example> = None;
    for (index, line) in doc.lines().enumerate() {
        match (&mut open, line) {
            (None, "```yaml fail" | "```yaml pass") => {
                open = Some(Example { fails: line.ends_with("fail"), text: String::new(), line: index + 2 });
            }
            (None, fence) if fence.starts_with("```") => panic!("line {}: what is {fence}?", index + 1),
            (None, _) => {}
            (Some(_), "```") => out.extend(open.take()),
            (Some(block), line) => {
                block.text += line;
                block.text.push('\n');
            }
        }
    }
    assert!(open.is_none(), "a block is not closed");
    out
}

/// The lines of `text` on which `check` reports something, and those on which it is said to.
fn lines(check: &Check, example: &Example) -> (Vec<u32>, Vec<u32>) {
    let (sources, checked) = run(&example.text, &Options::default());
    assert!(!checked.is_incomplete(), "{}:{}: {:?}", check.id, example.line, checked.findings);
    let found = checked.findings.iter().filter(|f| f.code == check.id);
    let found = found.map(|f| sources.locate(f.primary.span).unwrap().1.line).collect();
    let marked = example.text.lines().zip(1u32..).filter(|(line, _)| {
        let ids = line.split_once("#~").map_or("", |(_, ids)| ids);
        ids.split_whitespace().any(|id| id == check.id)
    });
    (found, marked.map(|(_, line)| line).collect())
}

#[test]
fn every_example_fails_or_passes_as_it_says() {
    for check in all() {
        let examples = examples(check.doc);
        assert!(examples.iter().any(|e| e.fails), "{} has no failing example", check.id);
        assert!(examples.iter().any(|e| !e.fails), "{} has no passing example", check.id);
        for example in &examples {
            let (found, marked) = lines(check, example);
            assert_eq!(found, marked, "{}, example at line {} of its document", check.id, example.line);
            assert_eq!(example.fails, !marked.is_empty(), "{}, example at line {}", check.id, example.line);
        }
    }
}

#[test]
fn documents_have_the_fixed_headings() {
    for check in all() {
        let headings: Vec<_> = check.doc.lines().filter(|l| l.starts_with('#')).collect();
        assert_eq!(headings[0], format!("# {}", check.id));
        assert_eq!(headings[1..], HEADINGS, "{}", check.id);
        assert_eq!(explain(check), check.doc);
        for (heading, next) in HEADINGS.iter().zip(HEADINGS.iter().skip(1)) {
            let body = check.doc.split(heading).nth(1).and_then(|rest| rest.split(next).next()).unwrap();
            assert!(body.trim().len() > 20, "{}: nothing under {heading}", check.id);
        }
    }
}

#[test]
fn ids_titles_and_aliases_are_in_form() {
    assert!(all().is_sorted_by(|a, b| a.id < b.id));
    for check in all() {
        let kebab = |id: &str| id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(kebab(check.id) && !check.id.starts_with("no-"), "{}", check.id);
        let title = check.title;
        assert!(!title.ends_with('.') && !title.starts_with(|c: char| c.is_uppercase()), "{title}");
        let unique: BTreeSet<_> = check.aliases.iter().collect();
        assert_eq!(unique.len(), check.aliases.len(), "{}", check.id);
        assert!(
            !check.lessons.is_empty() && check.lessons.iter().all(|n| (1..=39).contains(n)),
            "{}",
            check.id
        );
    }
}

#[test]
fn every_file_is_in_the_table_and_every_row_has_its_files() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks/workload");
    let mut files = BTreeSet::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        files.insert(entry.unwrap().file_name().into_string().unwrap());
    }
    assert!(files.remove("mod.rs"));
    let wanted: BTreeSet<_> = all()
        .iter()
        .flat_map(|c| ["rs", "md"].map(|end| format!("{}.{end}", c.id.replace('-', "_"))))
        .collect();
    assert_eq!(files, wanted);
}

#[test]
fn checks_are_found_by_what_other_tools_call_them() {
    for (text, id) in [
        ("privileged-container", "privileged-container"),
        ("KSV-0017", "privileged-container"),
        ("ckv_k8s_16", "privileged-container"),
        ("CIS-5.2.9", "capabilities-drop-all-missing"),
        ("restricted:seccompProfile_restricted", "seccomp-profile-missing"),
    ] {
        assert_eq!(find(text).map(|c| c.id), Some(id), "{text}");
    }
    let ids = |text: &str| find_all(text).iter().map(|c| c.id).collect::<Vec<_>>();
    assert_eq!(ids("baseline:hostNamespaces"), ["host-ipc", "host-network", "host-pid"]);
    assert!(find("").is_none() && find("KSV-9999").is_none());
    let error = select("priviledged-container").unwrap_err().to_string();
    assert_eq!(error, "no check is called \"priviledged-container\"; did you mean privileged-container?");
}

#[test]
fn details_and_help_are_sentences_without_full_stop() {
    for check in all() {
        for example in examples(check.doc).iter().filter(|e| e.fails) {
            for finding in run(&example.text, &Options::default()).1.findings {
                for text in [&finding.title, &finding.detail, &finding.help] {
                    assert!(!text.is_empty() && !text.ends_with('.'), "{}: {text:?}", finding.code);
                }
                assert!(!finding.help.starts_with(|c: char| c.is_uppercase()), "{}", finding.help);
            }
        }
    }
}
