//! House rules that a test can hold: directions of imports, who may name which crate, headers, lengths.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

/// What each module may import with `use crate::`. `clock`, `ids` and `text` are the ground.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("ids", &[]),
    ("clock", &[]),
    ("parse", &["text"]),
    ("model", &["parse", "text"]),
    ("sim", &["model", "parse", "text"]),
    ("checks", &["sim", "model", "parse", "text"]),
    ("course", &["parse", "text", "ids"]),
    ("render", &["parse", "text", "ids"]),
    ("quiz", &["ids", "course", "text"]),
    ("study", &["ids", "clock"]),
    ("certificate", &["ids", "course", "clock", "text"]),
    ("grade", &["course", "checks", "sim", "model", "parse", "text", "ids"]),
    ("store", &["ids", "clock", "study"]),
    ("author", &["course", "checks", "grade", "sim", "model", "parse", "text", "ids"]),
    (
        "session",
        &[
            "store",
            "course",
            "grade",
            "quiz",
            "study",
            "certificate",
            "checks",
            "clock",
            "ids",
            "parse",
            "text",
            "sim",
        ],
    ),
    (
        "cli",
        &[
            "session",
            "author",
            "tui",
            "course",
            "grade",
            "quiz",
            "study",
            "certificate",
            "render",
            "checks",
            "sim",
            "clock",
            "ids",
            "text",
            "store",
            "parse",
        ],
    ),
    (
        "tui",
        &[
            "session",
            "course",
            "grade",
            "quiz",
            "study",
            "certificate",
            "checks",
            "render",
            "clock",
            "ids",
            "text",
            "parse",
            "sim",
        ],
    ),
];

/// Crates that one module alone may name.
const HOME_OF: &[(&str, &str)] = &[
    ("ratatui", "tui"),
    ("crossterm", "tui"),
    ("clap", "cli"),
    ("rusqlite", "store"),
    ("granit_parser", "parse"),
    ("pulldown_cmark", "parse"),
    ("regex", "sim"),
    // Read by one, evaluated by the other.
    ("regorus", "parse sim"),
    ("syntect", "render"),
    ("two_face", "render"),
    ("fsrs", "study"),
    ("sha2", "certificate sim"),
    ("include_dir", "course"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(below: &Path, extension: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut open = vec![below.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                out.push(path);
            }
        }
    }
    out.sort();
    assert!(!out.is_empty(), "no .{extension} below {}", below.display());
    out
}

/// Path below `src/`, its module, and its text without comments and tests.
fn sources() -> Vec<(String, String, String)> {
    let src = root().join("src");
    files(&src, "rs")
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
            let module = name.split(['/', '.']).next().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap();
            let code: String =
                code.lines().filter(|l| !l.trim_start().starts_with("//")).flat_map(|l| [l, "\n"]).collect();
            (name, module, code)
        })
        .collect()
}

#[test]
fn imports_point_one_way() {
    let mut wrong = Vec::new();
    for (name, module, code) in sources() {
        if matches!(module.as_str(), "main" | "lib") {
            continue;
        }
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(m, _)| *m == module) else {
            wrong.push(format!("{name}: module {module} has no line in MAY_IMPORT"));
            continue;
        };
        for part in code.split("crate::").skip(1) {
            let target: String =
                part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let known = MAY_IMPORT.iter().any(|(m, _)| *m == target);
            if known && target != module && !allowed.contains(&target.as_str()) {
                wrong.push(format!("{name}: {module} must not know {target}"));
            }
            if target.is_empty() && part.starts_with('{') {
                wrong.push(format!("{name}: write `use crate::a;` lines, not `use crate::{{…}}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn screens_do_not_know_each_other() {
    let screens: Vec<_> = sources().into_iter().filter(|(n, ..)| n.starts_with("tui/screens/")).collect();
    for (name, _, code) in &screens {
        if name.ends_with("/mod.rs") {
            continue;
        }
        for (other, ..) in &screens {
            let other = other.trim_start_matches("tui/screens/").split(['/', '.']).next().unwrap();
            let own = name.trim_start_matches("tui/screens/").split(['/', '.']).next().unwrap();
            if other != own && other != "mod" {
                assert!(
                    !code.contains(&format!("screens::{other}"))
                        && !code.contains(&format!("super::{other}")),
                    "{name} imports the screen {other}: return a Route instead"
                );
            }
        }
    }
}

#[test]
fn each_heavy_crate_has_one_home() {
    let mut wrong = Vec::new();
    for (name, module, code) in sources() {
        for (krate, home) in HOME_OF {
            let named = code.contains(&format!("{krate}::")) || code.contains(&format!("use {krate};"));
            if named && !home.split(' ').any(|h| h == module) && module != "main" {
                wrong.push(format!("{name}: {krate} belongs to {home} alone"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_front_end_prints_and_only_doors_touch_the_disk() {
    let mut wrong = Vec::new();
    for (name, module, code) in sources() {
        let prints = ["println!", "eprintln!", "print!(", "eprint!(", "io::stdout", "io::stderr"];
        if !matches!(module.as_str(), "cli" | "main" | "tui") && prints.iter().any(|p| code.contains(p)) {
            wrong.push(format!("{name}: printing happens in cli and main alone"));
        }
        let pure = [
            "text",
            "ids",
            "parse",
            "model",
            "sim",
            "checks",
            "quiz",
            "study",
            "certificate",
            "grade",
            "render",
        ];
        if pure.contains(&module.as_str()) && (code.contains("std::fs") || code.contains("std::env")) {
            wrong.push(format!("{name}: {module} does no IO"));
        }
        let asks_time = code.contains("SystemTime::now")
            || code.contains("Timestamp::now")
            || code.contains("Zoned::now");
        if asks_time && module != "clock" {
            wrong.push(format!("{name}: time comes from a Clock"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_owns() {
    for path in files(&root().join("src"), "rs") {
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//! "),
            "{}: open with `//!`: what it owns, what it must not know",
            path.display()
        );
        assert!(text.lines().count() <= 800, "{}: look for the second noun", path.display());
        for (number, line) in text.lines().enumerate() {
            assert!(line.trim_end() == line, "{}:{}: trailing blanks", path.display(), number + 1);
        }
    }
}

#[test]
fn nothing_is_left_open() {
    for (name, _, code) in sources() {
        for word in ["todo!(", "unimplemented!(", "dbg!(", "#[ignore", "#[allow("] {
            assert!(!code.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn the_architecture_page_is_short_and_true() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    assert!(text.lines().count() < 200, "ARCHITECTURE.md has grown past 200 lines");
    for (module, _) in MAY_IMPORT {
        assert!(text.contains(&format!("`{module}`")), "ARCHITECTURE.md does not name `{module}`");
    }
}

#[test]
fn the_readme_names_commands_that_run() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains("cargo run --release"), "the command that runs the application");
    assert!(readme.contains("cargo test"), "the command that runs the tests");
    let ci = fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(ci.contains("cargo test"), ".ci/run runs the README's test command");
}
