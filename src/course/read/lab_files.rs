//! The files of a lab: what the learner starts from, the world, right answers and near misses.
//!
//! A solution or near miss holds only files that the starter has, and only those that it changes: learners edit
//! what they are given. A lab that asks for a new file gives it to them with a comment in it.

use super::{Notes, Pack, Table};
use crate::course::lab::{File, Solution};
use crate::ids;
use crate::text::Finding;

/// The answer that stands for all others.
const REFERENCE: &str = "reference";
const MIN_OTHERS: usize = 2;
const MIN_NEAR_MISSES: usize = 3;
/// The most files of one lab.
const MAX_FILES: usize = 400;

/// The files of a lab by their part.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) starter: Vec<File>,
    pub(super) world: Vec<File>,
    pub(super) solutions: Vec<Solution>,
    pub(super) near_misses: Vec<Solution>,
}

/// Reads every file below the lab's `root`.
pub(super) fn read(pack: &Pack, root: &str, notes: &Notes) -> Files {
    let mut files = Files::default();
    let walk = pack.origin.walk(root);
    for (path, refused) in &walk.refused {
        notes.push(pack.refusal(path, refused, None));
    }
    if walk.files.len() > MAX_FILES {
        notes.push(
            Finding::error("lab-too-many-files", "lab has too many files", pack.place(root))
                .detail(format!("{} files", walk.files.len()))
                .help(format!("keep it below {MAX_FILES}")),
        );
        return files;
    }
    for path in &walk.files {
        let Some(rest) = path.strip_prefix(root).and_then(|p| p.strip_prefix('/')) else { continue };
        let mut parts = rest.splitn(3, '/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some("lab.toml"), None, None) => {}
            (Some(part @ ("starter" | "world")), Some(_), _) => {
                let inner = rest.strip_prefix(part).unwrap_or("").trim_start_matches('/');
                let list = if part == "starter" { &mut files.starter } else { &mut files.world };
                list.extend(file(pack, path, inner, notes));
            }
            (Some("solutions"), Some(name), Some(inner)) => {
                variant(&mut files.solutions, name).files.extend(file(pack, path, inner, notes));
            }
            (Some("near-misses"), Some(name), Some(inner)) => {
                variant(&mut files.near_misses, name).files.extend(file(pack, path, inner, notes));
            }
            _ => notes.push(
                Finding::error("pack-stray-file", "file belongs to nothing", pack.place(path))
                    .detail("a lab holds lab.toml, starter/, world/, solutions/NAME/ and near-misses/NAME/")
                    .help("move it into one of them, or remove it"),
            ),
        }
    }
    files.solutions.sort_by_key(|s| (s.name != REFERENCE, s.name.clone()));
    files
}

fn variant<'f>(list: &'f mut Vec<Solution>, name: &str) -> &'f mut Solution {
    let at = list.iter().position(|v| v.name == name).unwrap_or(list.len());
    if at == list.len() {
        list.push(Solution { name: name.to_owned(), files: Vec::new() });
    }
    &mut list[at]
}

fn file(pack: &Pack, path: &str, inner: &str, notes: &Notes) -> Option<File> {
    let source = pack.source(path, None, notes)?;
    Some(File { path: inner.to_owned(), source })
}

/// What the files of a lab have to be; `table` is `lab.toml`.
pub(super) fn check(files: &Files, table: &Table<'_, '_>, notes: &Notes) {
    let refuse = |title: &'static str, detail: &str, help: &'static str| {
        table.push(
            Finding::error("lab-files", title, table.place())
                .detail(format!("{}: {detail}", table.what()))
                .help(help),
        );
    };
    if files.starter.is_empty() {
        refuse("nothing to start from", "`starter/` is empty", "put there what the learner edits");
    }
    let others = files.solutions.iter().filter(|s| s.name != REFERENCE).count();
    if others == files.solutions.len() {
        let help = "write the answer that stands for all others";
        refuse("no reference solution", "`solutions/reference/` is not there", help);
    }
    if others < MIN_OTHERS {
        let detail = format!("others besides the reference: {others}");
        let help = "write at least two, each in another way: `solutions/NAME/`";
        refuse("too few other solutions", &detail, help);
    }
    if files.near_misses.len() < MIN_NEAR_MISSES {
        let detail = format!("near misses: {}", files.near_misses.len());
        let help = "write at least three plausible wrong answers: `near-misses/NAME/` and `[[near_miss]]`";
        refuse("too few near misses", &detail, help);
    }
    let named: Vec<String> =
        table.tables("near_miss").iter().filter_map(|n| n.get("dir")?.as_str().map(str::to_owned)).collect();
    for miss in files.near_misses.iter().filter(|m| !named.contains(&m.name)) {
        let detail = format!("`near-misses/{}/` has no `[[near_miss]]`", miss.name);
        let help = "write the steps that it fails and why, or remove the directory";
        refuse("near miss is not named", &detail, help);
    }
    for (part, list) in [("solutions", &files.solutions), ("near-misses", &files.near_misses)] {
        for variant in list {
            differs(part, variant, files, notes);
        }
    }
}

/// A variant changes files of the starter, and nothing else.
fn differs(part: &str, variant: &Solution, files: &Files, notes: &Notes) {
    for file in &variant.files {
        let place = file.source.span(0, 0);
        let name = &variant.name;
        if !ids::is_valid(name) {
            notes.push(super::table::bad_id(name, &format!("directory in `{part}/`"), place));
        }
        let starter = files.starter.iter().find(|s| s.path == file.path);
        let (title, help) = match starter {
            None => ("file is not in the starter", "give it to the learner in `starter/` too, or remove it"),
            Some(same) if same.source.text() == file.source.text() => (
                "file does not differ from the starter",
                "remove it; files that are not there stay as they were",
            ),
            Some(_) => continue,
        };
        notes.push(
            Finding::error("lab-files", title, place)
                .detail(format!("`{part}/{name}/{}`", file.path))
                .help(help),
        );
    }
}
