//! Which checks are asked, by what they look at.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::structure::wants_misfits;
use super::{Case, Check, Options, Scope, all};
use crate::model::Subject;
use crate::model::flags::Program;
use crate::parse::dockerfile::Keyword;

/// The checks that are asked for, by what they look at, so that nobody is asked in vain a thousand times. Made once
/// for any number of files.
#[derive(Debug, Default)]
pub struct Asked {
    pub(super) options: Options,
    container: Vec<&'static Check>,
    pod: Vec<&'static Check>,
    document: BTreeMap<Subject, Vec<&'static Check>>,
    /// The subjects of which somebody asks what does not fit.
    strict: BTreeSet<Subject>,
    role: Vec<&'static Check>,
    component: BTreeMap<Program, Vec<&'static Check>>,
    dockerfile: Vec<&'static Check>,
    instruction: HashMap<Keyword, Vec<&'static Check>>,
    text: BTreeMap<Subject, Vec<&'static Check>>,
    world: Vec<&'static Check>,
}

impl Asked {
    /// The checks that these options want.
    pub fn new(options: Options) -> Self {
        let mut asked = Self::default();
        for check in all().iter().filter(|c| options.level.is_none() && options.wants(c)) {
            match check.rule.scope() {
                Scope::Container => asked.container.push(check),
                Scope::Pod => asked.pod.push(check),
                Scope::Document(subjects) => {
                    for subject in subjects {
                        if wants_misfits(check) {
                            asked.strict.insert(*subject);
                        }
                        asked.document.entry(*subject).or_default().push(check);
                    }
                }
                Scope::Role => asked.role.push(check),
                Scope::Component(program) => {
                    asked.component.entry(program).or_default().push(check);
                    // It sets up all of them.
                    asked.document.entry(Subject::Kubeadm).or_default().push(check);
                }
                Scope::Dockerfile => asked.dockerfile.push(check),
                Scope::Instruction(keywords) => {
                    for keyword in keywords {
                        asked.instruction.entry(*keyword).or_default().push(check);
                    }
                }
                Scope::Text(subject) => asked.text.entry(subject).or_default().push(check),
                Scope::World => asked.world.push(check),
            }
        }
        asked.options = options;
        asked
    }

    /// Whether somebody asks what does not fit in such an object.
    pub(super) fn is_strict(&self, subject: Subject) -> bool {
        self.strict.contains(&subject)
    }

    /// Those that look at such a case.
    pub(super) fn of(&self, case: &Case<'_>) -> &[&'static Check] {
        fn some<'a>(list: Option<&'a Vec<&'static Check>>) -> &'a [&'static Check] {
            list.map_or(&[], Vec::as_slice)
        }
        match case {
            Case::Container(_) => &self.container,
            Case::Pod(_) => &self.pod,
            Case::Document(case) => some(self.document.get(&case.subject)),
            Case::Role(_) => &self.role,
            Case::Component(case) => some(self.component.get(&case.program)),
            Case::Dockerfile(_) => &self.dockerfile,
            Case::Instruction(case) => some(self.instruction.get(&case.instruction.keyword)),
            Case::Text(case) => some(self.text.get(&case.subject)),
            Case::World(_) => &self.world,
        }
    }
}
