//! Every check's document is run, and held to its form; the table is tested in both directions.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use std::collections::BTreeSet;
use std::path::Path;

use sealegs::checks::{Check, Checked, Options, Parameters, Standard, all, explain, find, find_all, select};
use sealegs::course::without_marks;
use sealegs::parse::Language;
use sealegs::sim::admission::pod_security::CHECKS;
use sealegs::text::{Finding, Severity, Sources, fix};

use super::run_as;

const HEADINGS: [&str; 5] =
    ["## What it looks for", "## Why it matters", "## Fields", "## How to fix", "## Examples"];

struct Example {
    language: Language,
    tag: String,
    text: String,
    /// Line of the section on which the block begins.
    line: usize,
}

impl Example {
    /// Whether lines of it are marked.
    fn is_marked(&self) -> bool {
        self.tag != "pass"
    }

    /// What the checker makes of it, its marks taken off: JSON and Dockerfiles have no such comments.
    fn run(&self) -> (Sources, Checked) {
        run_as(self.language, &without_marks(&self.text), &asked())
    }
}

/// Everything: opinions, and the site's own rules that `workload/site.md` names.
fn asked() -> Options {
    let list = |name: &str| Some(vec![name.to_owned()]);
    let parameters = Parameters {
        registries: list("registry.example.com/"),
        service_accounts: list("web"),
        ingress_classes: list("internal"),
        max_containers: Some(2),
    };
    Options { pedantic: true, parameters: parameters.into(), ..Options::default() }
}

fn examples(doc: &str) -> Vec<Example> {
    let mut out = Vec::new();
    let mut open: Option<Example> = None;
    for (index, line) in doc.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(fence)) => {
                let (language, tag) = fence.split_once(' ').unwrap_or((fence, ""));
                let known =
                    Language::of_word(language).filter(|_| matches!(tag, "fail" | "pass" | "unknown"));
                let language = known.unwrap_or_else(|| panic!("line {}: what is {line}?", index + 1));
                open = Some(Example { language, tag: tag.to_owned(), text: String::new(), line: index + 2 });
            }
            (None, None) => {}
            (Some(_), Some("")) => out.extend(open.take()),
            (Some(block), _) => {
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
    let (sources, checked) = example.run();
    assert!(!checked.is_incomplete(), "{}:{}: {:?}", check.id, example.line, checked.findings);
    let found = checked.findings.iter().filter(|f| f.code == check.id);
    let found: Vec<_> = found.collect();
    let unknown = found.iter().filter(|f| f.severity == Severity::Unknown).count();
    let expected = if example.tag == "unknown" { found.len() } else { 0 };
    assert_eq!(unknown, expected, "{}:{}: what is unknown", check.id, example.line);
    let found = found.iter();
    let found = found.map(|f| sources.locate(f.primary.span).unwrap().1.line).collect();
    let marked = example.text.lines().zip(1u32..).filter(|(line, _)| {
        let ids = line.split_once("#~").map_or("", |(_, ids)| ids);
        ids.split([' ', ',']).any(|id| id == check.id)
    });
    (found, marked.map(|(_, line)| line).collect())
}

#[test]
fn every_example_fails_or_passes_as_it_says() {
    for check in all() {
        let examples = examples(check.section());
        assert!(examples.iter().any(|e| e.tag == "fail"), "{} has no failing example", check.id);
        assert!(examples.iter().any(|e| e.tag == "pass"), "{} has no passing example", check.id);
        for example in &examples {
            let (found, marked) = lines(check, example);
            assert_eq!(found, marked, "{}, example at line {} of its section", check.id, example.line);
            assert_eq!(
                example.is_marked(),
                !marked.is_empty(),
                "{}, example at line {}",
                check.id,
                example.line
            );
        }
    }
}

/// Every fix, made alone, leaves a text that can be read and in which its finding is gone.
#[test]
fn every_fix_mends_what_it_is_for() {
    let mut made = 0;
    for check in all() {
        for example in examples(check.section()) {
            let text = without_marks(&example.text);
            let (sources, checked) = run_as(example.language, &text, &Options::default());
            for finding in checked.findings.iter().filter(|f| f.code == check.id) {
                let Some(fixed) = &finding.fix else { continue };
                let at = format!("{}, example at line {} of its section", check.id, example.line);
                let mended = fix::apply(&text, &fixed.edits).unwrap_or_else(|| panic!("{at}: no such place"));
                let source = sources.get(finding.primary.span.file).unwrap();
                assert!(!fixed.lines(&source).is_empty(), "{at}: the fix changes nothing");
                let after = run_as(example.language, &mended, &Options::default()).1;
                assert!(!after.is_incomplete(), "{at}: cannot be read any more\n{mended}");
                let count = |all: &[Finding]| all.iter().filter(|f| f.code == check.id).count();
                assert_eq!(
                    count(&after.findings) + 1,
                    count(&checked.findings),
                    "{at}: still there\n{mended}"
                );
                made += 1;
            }
        }
    }
    assert!(made >= 2, "{made} fixes");
}

/// What the help asks for first is what the fix does: `remove` takes something away and writes nothing, `add` and `set`
/// write.
#[test]
fn every_fix_does_what_its_help_says() {
    let mut wrong = Vec::new();
    for check in all() {
        for example in examples(check.section()) {
            for finding in example.run().1.findings.iter().filter(|f| f.code == check.id) {
                let Some(fix) = &finding.fix else { continue };
                let writes = fix.edits.iter().any(|edit| !edit.text.trim().is_empty());
                let agrees = match finding.help.split([' ', ',']).next() {
                    Some("remove") => !writes,
                    Some("add" | "set" | "write" | "name" | "give") => writes,
                    _ => true,
                };
                if !agrees {
                    wrong.push(format!("{}: {}: {:?}", check.id, finding.help, fix.edits));
                }
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The headings of a document without those in its code.
fn headings(doc: &str) -> Vec<&str> {
    let mut code = false;
    let heading = |line: &&str| {
        code ^= line.starts_with("```");
        !code && line.starts_with('#')
    };
    doc.lines().filter(heading).collect()
}

#[test]
fn documents_have_the_fixed_headings() {
    for check in all() {
        let headings = headings(check.doc);
        if check.is_row() {
            let mut rows: Vec<_> =
                all().iter().filter(|c| c.doc == check.doc).map(|c| format!("## {}", c.id)).collect();
            rows.sort();
            assert_eq!(headings[1..5], HEADINGS[..4], "{}", check.id);
            assert_eq!(headings[5], "## Rows", "{}", check.id);
            assert_eq!(headings[6..], rows, "{}: a section for each row, by id", headings[0]);
            let page = explain(check);
            assert!(page.starts_with(&format!("# {}\n", check.id)) && page.contains(HEADINGS[1]));
            assert!(
                rows.len() == 1 || page.matches("```yaml fail").count() < check.doc.matches("fail").count()
            );
        } else {
            assert_eq!(headings[0], format!("# {}", check.id));
            assert_eq!(headings[1..], HEADINGS, "{}", check.id);
            assert_eq!(explain(check), check.doc);
        }
        for (heading, next) in HEADINGS.iter().zip(HEADINGS.iter().skip(1)) {
            let body = check.doc.split(heading).nth(1).and_then(|rest| rest.split(next).next()).unwrap();
            assert!(body.trim().len() > 20, "{}: nothing under {heading}", check.id);
        }
    }
}

/// Techniques that ATT&CK 19 (April 2026) took back, by its own `revoked-by`; each with all below it.
const REVOKED: [&str; 6] = ["T1070.001", "T1070.002", "T1562", "T1574.002", "T1656", "T1672"];

#[test]
fn techniques_are_those_of_attack_19_and_the_text_names_them() {
    for check in all() {
        let text = explain(check);
        for id in REVOKED {
            assert!(
                !text.contains(id) && !check.technique.is_some_and(|t| t.starts_with(id)),
                "{}: {id}",
                check.id
            );
        }
        assert!(check.technique.is_none_or(|t| text.contains(t)), "{}: {:?}", check.id, check.technique);
    }
}

#[test]
fn ids_titles_and_aliases_are_in_form() {
    assert!(all().is_sorted_by(|a, b| a.id < b.id), "an id is there twice");
    for check in all() {
        for id in check.yields_to.iter().chain(check.yields_here_to) {
            assert!(*id != check.id, "{id} yields to itself");
            assert!(all().iter().any(|other| other.id == *id), "{id} is no check");
        }
        let technique = |t: &str| {
            t.strip_prefix('T')
                .is_some_and(|n| n.len() >= 4 && n.chars().all(|c| c.is_ascii_digit() || c == '.'))
        };
        assert!(check.technique.is_none_or(technique), "{}", check.id);
        let kebab = |id: &str| id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(kebab(check.id) && !check.id.starts_with("no-"), "{}", check.id);
        let title = check.title;
        // A name that is all capitals (API, RBAC, MAINTAINER) may open a title.
        let word = title.split(' ').next().unwrap();
        let lower = word.chars().all(char::is_uppercase) || !word.starts_with(char::is_uppercase);
        assert!(!title.ends_with('.') && lower, "{title}");
        let unique: BTreeSet<_> = check.aliases.iter().collect();
        assert_eq!(unique.len(), check.aliases.len(), "{}", check.id);
        assert!(
            !check.lessons.is_empty() && check.lessons.iter().all(|n| (1..=39).contains(n)),
            "{}",
            check.id
        );
    }
}

/// Each `.md` below `src/checks` belongs to checks, each check's document is one of them, and each has its `.rs`.
#[test]
fn every_file_is_in_the_table_and_every_row_has_its_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks");
    let mut found = BTreeSet::new();
    for area in std::fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
        for path in std::fs::read_dir(area).unwrap().map(|e| e.unwrap().path()) {
            let stem = path.file_stem().unwrap().to_str().unwrap().replace('_', "-");
            let twin = |end: &str| path.with_extension(end).exists();
            if path.extension().is_some_and(|e| e == "md") {
                assert!(twin("rs"), "{} has no .rs", path.display());
                let text = std::fs::read_to_string(&path).unwrap();
                assert_eq!(text.lines().next(), Some(&*format!("# {stem}")), "{}", path.display());
                assert!(found.insert(text), "{} is there twice", path.display());
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                assert_eq!(twin("md"), text.contains("include_str!"), "{}", path.display());
            }
        }
    }
    let wanted: BTreeSet<_> = all().iter().map(|c| c.doc.to_owned()).collect();
    let odd: Vec<_> = found.symmetric_difference(&wanted).map(|doc| doc.lines().next()).collect();
    assert!(odd.is_empty(), "in no list of its area, or not below src/checks: {odd:?}");
}

#[test]
fn checks_are_found_by_what_other_tools_call_them() {
    for (text, id) in [
        ("privileged-container", "privileged-container"),
        ("KSV-0017", "privileged-container"),
        ("ckv_k8s_16", "privileged-container"),
        ("CIS-5.2.9", "capabilities-drop-all-missing"),
        ("5.2.9", "capabilities-drop-all-missing"),
        ("DL3025", "dockerfile-command-shell-form"),
        ("kcv-0007", "apiserver-authorization-always-allow"),
        ("restricted:seccompProfile_restricted", "seccomp-profile-missing"),
    ] {
        assert_eq!(find(text).map(|c| c.id), Some(id), "{text}");
    }
    let ids = |text: &str| find_all(text).iter().map(|c| c.id).collect::<Vec<_>>();
    assert_eq!(ids("baseline:hostNamespaces"), ["host-ipc", "host-network", "host-pid"]);
    for check in CHECKS {
        // The bare id, as audit annotations and upstream's documents have it, is all of its checks, too.
        let named =
            |c: &&Check| c.standards.iter().any(|s| matches!(s, Standard::Pss(_, id, _) if *id == check.id));
        let ours: Vec<_> = all().iter().filter(named).map(|c| c.id).collect();
        let found = ids(check.id);
        assert!(!ours.is_empty() && ours.iter().all(|id| found.contains(id)), "{}: {found:?}", check.id);
    }
    assert_eq!(ids("capabilities_restricted").len(), 2);
    assert!(find("*").is_none());
    assert!(find("").is_none() && find("KSV-9999").is_none());
    let error = select("priviledged-container").unwrap_err().to_string();
    assert_eq!(error, "no check is called \"priviledged-container\"; did you mean privileged-container?");
}

#[test]
fn details_and_help_are_sentences_without_full_stop() {
    for check in all() {
        for example in examples(check.section()).iter().filter(|e| e.is_marked()) {
            for finding in example.run().1.findings {
                for text in [&*finding.title, &*finding.detail, &*finding.help] {
                    assert!(!text.is_empty() && !text.ends_with('.'), "{}: {text:?}", finding.code);
                }
                assert!(!finding.help.starts_with(|c: char| c.is_uppercase()), "{}", finding.help);
            }
        }
    }
}
