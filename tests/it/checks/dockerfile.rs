//! Traps of Dockerfiles, by number: what is built, who runs it, what stands in a here-document, and what only a build knows.

use super::run_as;
use sealegs::checks::Options;
use sealegs::parse::Language;
use sealegs::text::{Severity, snippet};

/// The findings as `line:column id`.
fn check(text: &str) -> Vec<String> {
    let (sources, checked) = run_as(Language::Dockerfile, text, &Options::default());
    let line = |f: &sealegs::text::Finding| {
        let shown = snippet::one_line(f, &sources);
        let place = shown.trim_start_matches("m.yaml:").split(' ').next().unwrap_or("").to_owned();
        format!("{place} {}", f.code.trim_start_matches("dockerfile-"))
    };
    checked.findings.iter().map(line).collect()
}

/// The findings among these ids.
fn of(text: &str, ids: &[&str]) -> Vec<String> {
    check(text).into_iter().filter(|l| ids.iter().any(|id| l.ends_with(&format!(" {id}")))).collect()
}

const WHO: [&str; 3] = ["user-missing", "user-root-last", "user-non-numeric"];

#[test]
fn trap_15_only_the_stage_that_is_built_counts() {
    let built =
        "FROM registry.example.com/a:1 AS build\nUSER root\nFROM registry.example.com/b:1\nUSER 65532\n";
    assert!(of(built, &WHO).is_empty());
    let wrong = "FROM registry.example.com/a:1 AS build\nUSER 65532\nFROM registry.example.com/b:1\n";
    assert_eq!(of(wrong, &WHO), ["3:1 user-missing"]);
    let inherited = "FROM registry.example.com/a:1 AS base\nUSER 0:0\nFROM base\nRUN true\n";
    assert_eq!(of(inherited, &WHO), ["2:6 user-root-last"]);
}

#[test]
fn trap_15_roots_many_names() {
    for (user, id) in [
        ("0", "user-root-last"),
        ("0:65532", "user-root-last"),
        ("root:root", "user-root-last"),
        ("\"root\"", "user-root-last"),
        ("$ID", "user-root-last"),
        ("app:0", "user-non-numeric"),
    ] {
        let text = format!("FROM registry.example.com/a:1\nARG ID=0\nUSER {user}\n");
        assert_eq!(of(&text, &WHO), [format!("3:6 {id}")], "{user}");
    }
}

#[test]
fn trap_15_what_only_the_build_knows_is_unknown() {
    for (text, wanted) in [
        ("ARG BASE\nFROM $BASE\n", "2:6 user-missing"),
        ("FROM registry.example.com/a:1\nARG ID\nUSER $ID\n", "3:6 user-root-last"),
    ] {
        let (_, checked) = run_as(Language::Dockerfile, text, &Options::default());
        assert_eq!(of(text, &WHO), [wanted]);
        let about = checked.findings.iter().find(|f| f.code.contains("user"));
        assert!(about.is_some_and(|f| f.severity == Severity::Unknown), "{text}");
    }
}

#[test]
fn trap_15_here_documents_are_judged_where_a_shell_reads_them() {
    let base = "FROM registry.example.com/a:1\n";
    let sudo = |run: &str| of(&format!("{base}{run}\nUSER 65532\n"), &["sudo"]);
    assert_eq!(sudo("RUN <<EOF\nsudo true\nEOF"), ["3:1 sudo"]);
    assert_eq!(sudo("RUN bash -e <<-'EOF'\n\tsudo true\n\tEOF"), ["3:2 sudo"]);
    assert_eq!(sudo("RUN cat <<EOF | sh\nsudo true\nEOF"), ["3:1 sudo"]);
    assert!(sudo("RUN cat <<EOF > /x\nsudo true\nEOF").is_empty());
    assert!(sudo("RUN python3 <<EOF\nsudo = 1\nEOF").is_empty());
    assert!(sudo("COPY <<EOF /x\nsudo true\nEOF").is_empty());
}

#[test]
fn trap_15_the_escape_directive_and_brackets_change_what_is_read() {
    let windows =
        "# escape=`\nFROM registry.example.com/a:1\nWORKDIR C:\\app\\\nRUN a `\n && sudo b\nUSER 65532\n";
    assert_eq!(of(windows, &["sudo", "workdir-relative"]), ["5:5 sudo"]);
    let list =
        |cmd: &str| of(&format!("FROM registry.example.com/a:1\nCMD {cmd}\n"), &["command-shell-form"]);
    assert!(list("[\"a\"]").is_empty());
    assert_eq!(list("['a']"), ["2:5 command-shell-form"]);
}

#[test]
fn trap_8_the_port_of_a_registry_is_no_tag() {
    let base = |image: &str| of(&format!("FROM {image}\n"), &["base-image-untagged", "base-image-latest"]);
    assert_eq!(base("localhost:5000/app"), ["1:6 base-image-untagged"]);
    assert_eq!(base("localhost:5000/app:latest"), ["1:6 base-image-latest"]);
    let digest = "0".repeat(64);
    assert!(base(&format!("localhost:5000/app:latest@sha256:{digest}")).is_empty());
    assert!(base("scratch").is_empty());
}
