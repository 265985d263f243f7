//! Makes the fixes that are safe, round by round: after each the files are judged anew, so that no fix rests on what
//! another has changed.

use std::collections::BTreeSet;

use super::{Anchor, File, Options, run};
use crate::parse::Limits;
use crate::text::{Edit, Finding, Safety, Sources, fix};

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// Its text afterwards; the same bytes where nothing was mended.
    pub text: String,
    /// How many findings are gone.
    pub gone: usize,
}

/// Fixes of one place wait for each other, one a round; a container has no more of them than this.
const ROUNDS: usize = 64;

/// Mends files (name and text) that belong together. A fix that would leave a file that cannot be read is not made,
/// and none is tried twice.
pub fn mend(files: &[(&str, &str)], options: &Options) -> Vec<Mended> {
    let mut all: Vec<State> = files.iter().map(|(_, text)| State::new(text)).collect();
    for _ in 0..ROUNDS {
        let sources = Sources::new();
        let read = |((name, _), state): (&(&str, &str), &State)| {
            File::read(&sources.add(*name, state.text.clone()), Limits::default())
        };
        let read: Vec<File> = files.iter().zip(&all).map(read).collect();
        let findings = run(&read, options).findings;
        let mut changed = false;
        for (file, state) in read.iter().zip(&mut all) {
            let of_file = findings.iter().filter(|f| f.primary.span.file == file.source.id());
            changed |= state.round(file, of_file);
        }
        if !changed {
            break;
        }
    }
    all.into_iter().map(|state| Mended { text: state.text, gone: state.tried.len() }).collect()
}

struct State {
    text: String,
    /// What was mended: id, and what its place is called.
    tried: BTreeSet<(String, Anchor)>,
    given_up: bool,
}

impl State {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), tried: BTreeSet::new(), given_up: false }
    }

    /// Makes every fix of the file that touches no other; says whether there was one.
    fn round<'f>(&mut self, file: &File, findings: impl Iterator<Item = &'f Finding>) -> bool {
        if self.given_up {
            return false;
        }
        let mut edits: Vec<Edit> = Vec::new();
        let mut made = Vec::new();
        for finding in findings {
            let safe = finding.fix.as_ref().filter(|f| f.safety == Safety::Safe);
            let Some(fix) = safe else { continue };
            let key = (finding.code.to_string(), Anchor::of(file, finding.primary.span));
            let apart = |a: &Edit, b: &Edit| a.span.end < b.span.start || b.span.end < a.span.start;
            let free = fix.edits.iter().all(|edit| edits.iter().all(|other| apart(edit, other)));
            let here = fix.edits.iter().all(|edit| edit.span.file == file.source.id());
            if free && here && !self.tried.contains(&key) && !made.contains(&key) {
                edits.extend(fix.edits.iter().cloned());
                made.push(key);
            }
        }
        edits.sort_by_key(|edit| edit.span);
        let Some(text) = fix::apply(&self.text, &edits).filter(|_| !edits.is_empty()) else { return false };
        let sources = Sources::new();
        if File::read(&sources.add(file.source.name(), text.clone()), Limits::default()).is_broken() {
            self.given_up = true;
            return false;
        }
        self.text = text;
        self.tried.extend(made);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(text: &str) -> Mended {
        mend(&[("m.yaml", text)], &Options::default()).remove(0)
    }

    #[test]
    fn several_fixes_of_one_place_are_made_in_turn() {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a} # it\nspec:\n  containers:\n  - name: a\n    image: a:1\n    securityContext:\n      privileged: true   # for now\n";
        let Mended { text, gone } = mended(pod);
        assert!(gone >= 2, "{text}");
        assert!(text.starts_with("apiVersion: v1\nkind: Pod\nmetadata: {name: a} # it\nspec:\n"), "{text}");
        assert!(text.contains("      privileged: false   # for now\n"), "{text}");
        assert!(text.contains("      allowPrivilegeEscalation: false\n"), "{text}");
        assert_eq!(mended(&text), Mended { text: text.clone(), gone: 0 }, "once is enough");
    }

    #[test]
    fn what_is_accepted_or_broken_stays() {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n    image: a:1\n    securityContext:\n      allowPrivilegeEscalation: false\n      privileged: true # sealegs:ignore privileged-container reason=the node agent loads modules\n";
        assert!(mended(pod).text.contains("privileged: true #"));
        let broken = "spec: {containers: [{securityContext: {privileged: true}}]\n";
        assert_eq!(mended(broken).text, broken);
    }
}
