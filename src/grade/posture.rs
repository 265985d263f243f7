//! Posture steps: findings of the checker that must be absent, or present, in what was written.

use std::sync::Arc;

use crate::checks::{self, Check, File, Options};
use crate::course::Step;
use crate::parse::Tree;
use crate::sim::Reason;
use crate::text::Finding;

/// The checks that a step asks for, each with the word by which the lab names it.
#[derive(Clone, Debug, Default)]
pub(super) struct Posture {
    absent: Vec<(String, Vec<&'static Check>)>,
    present: Vec<(String, Vec<&'static Check>)>,
}

/// The check that speaks of values which the API server cannot decode: what it finds was not judged by the others.
const UNDECODABLE: &str = "security-context-type-mismatch";

/// What came of it.
pub(super) enum Judged {
    Passed(Vec<Reason>),
    Failed(String, Vec<Reason>),
    Unread(Vec<Reason>),
}

impl Posture {
    /// Resolves the ids of a step; unknown ones are findings.
    pub(super) fn of(step: &Step, findings: &mut Vec<Finding>) -> Self {
        let mut resolve = |ids: &[String]| {
            let mut out = Vec::new();
            for id in ids {
                match checks::select(id) {
                    Ok(checks) => out.push((id.clone(), checks)),
                    Err(unknown) => {
                        let help = unknown.nearest.map_or_else(
                            || "see `sealegs explain --list`".to_owned(),
                            |near| format!("did you mean `{near}`?"),
                        );
                        findings.push(
                            Finding::error("unknown-check", format!("no check is called `{id}`"), step.span)
                                .help(help),
                        );
                    }
                }
            }
            out
        };
        Self { absent: resolve(&step.absent), present: resolve(&step.present) }
    }

    /// What is wanted, in a sentence.
    pub(super) fn wanted(&self) -> String {
        let names = |list: &[(String, Vec<&Check>)]| {
            list.iter().map(|(id, _)| format!("`{id}`")).collect::<Vec<_>>().join(", ")
        };
        match (self.absent.is_empty(), self.present.is_empty()) {
            (false, true) => format!("the checker finds no {}", names(&self.absent)),
            (true, _) => format!("the checker finds {}", names(&self.present)),
            (false, false) => {
                format!("the checker finds {} and no {}", names(&self.present), names(&self.absent))
            }
        }
    }

    /// Runs the checks on the submission.
    pub(super) fn judge(&self, trees: &[Arc<Tree>]) -> Judged {
        let asked = self.absent.iter().chain(&self.present).flat_map(|(_, checks)| checks.iter().copied());
        let mut only: Vec<&Check> = asked.collect();
        let said = only.iter().any(|check| check.id == UNDECODABLE);
        if !said {
            only.extend(checks::find(UNDECODABLE));
        }
        let options = Options { only, ..Options::default() };
        let files: Vec<File> = trees.iter().map(|tree| File::of_tree(Arc::clone(tree))).collect();
        let checked = checks::run(&files, &options);
        let blocking = checked.findings.iter().filter(|f| f.blocks() || (!said && f.code == UNDECODABLE));
        let unread: Vec<_> = blocking.map(|f| Reason::at(f.title.clone(), f.primary.span)).collect();
        if !unread.is_empty() {
            return Judged::Unread(unread);
        }
        // What a learner accepts in a comment is found all the same.
        let accepted = checked.suppressed.into_iter().map(|s| s.finding);
        let found: Vec<Finding> = checked.findings.into_iter().chain(accepted).collect();
        let read = checked.read;
        let of = |checks: &[&Check]| {
            let ours = found.iter().filter(|f| checks.iter().any(|c| c.id == f.code));
            ours.map(|f| Reason::at(format!("{}: {}", f.title, f.detail), f.primary.span)).collect::<Vec<_>>()
        };
        for (id, checks) in &self.absent {
            let reasons = of(checks);
            if !reasons.is_empty() {
                return Judged::Failed(format!("the checker finds `{id}`"), reasons);
            }
        }
        let mut why = Vec::new();
        for (id, checks) in &self.present {
            let reasons = of(checks);
            if reasons.is_empty() {
                let text =
                    format!("{} containers were read, and `{id}` is not among the findings", read.containers);
                return Judged::Failed(format!("the checker does not find `{id}`"), vec![Reason::fact(text)]);
            }
            why.extend(reasons);
        }
        if why.is_empty() {
            why.push(Reason::fact(format!(
                "{} containers were read, and nothing of the kind was found",
                read.containers
            )));
        }
        Judged::Passed(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    #[test]
    fn what_the_api_server_cannot_decode_does_not_pass_for_a_missing_fault() {
        let word = |absent: &str, user: &str| {
            let text = format!(
                "{{apiVersion: v1, kind: Pod, spec: {{containers: [{{name: a, securityContext: {{runAsUser: {user}}}}}]}}}}"
            );
            let (tree, _) = yaml::parse(&Source::lone("t", text), Limits::default());
            let absent = vec![(absent.to_owned(), checks::select(absent).unwrap())];
            match (Posture { absent, present: Vec::new() }).judge(&[Arc::new(tree)]) {
                Judged::Passed(_) => "passed",
                Judged::Failed(..) => "failed",
                Judged::Unread(_) => "unread",
            }
        };
        assert_eq!(word("run-as-user-zero", "1000"), "passed");
        assert_eq!(word("run-as-user-zero", "0"), "failed");
        assert_eq!(word("run-as-user-zero", "\"0\""), "unread");
        assert_eq!(word(UNDECODABLE, "\"0\""), "failed");
    }
}
