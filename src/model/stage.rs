//! The stages of a Dockerfile, and which of them the built image comes from.

use crate::parse::dockerfile::{Dockerfile, Instruction, Keyword, Word};

/// One `FROM` and what follows it.
#[derive(Clone, Copy, Debug)]
pub struct Stage<'d> {
    /// Its number, from 0.
    pub index: usize,
    /// The `FROM`.
    pub from: &'d Instruction,
    /// What follows, up to the next `FROM`.
    pub instructions: &'d [Instruction],
}

/// The stages of a file. The last one is what is built where no target is named.
#[derive(Clone, Debug)]
pub struct Stages<'d> {
    /// `ARG`s before the first `FROM`.
    pub global: &'d [Instruction],
    /// In the order of the file.
    pub all: Vec<Stage<'d>>,
}

impl<'d> Stages<'d> {
    /// The stages of `file`.
    pub fn of(file: &'d Dockerfile) -> Self {
        let all = file.instructions.as_slice();
        let starts: Vec<usize> =
            all.iter().enumerate().filter(|(_, i)| i.keyword == Keyword::From).map(|(at, _)| at).collect();
        let ends = starts.iter().skip(1).copied().chain([all.len()]);
        let stages = starts.iter().zip(ends).enumerate().filter_map(|(index, (start, end))| {
            Some(Stage { index, from: all.get(*start)?, instructions: all.get(start + 1..end)? })
        });
        let global = all.get(..starts.first().copied().unwrap_or(all.len())).unwrap_or(&[]);
        Self { global, all: stages.collect() }
    }

    /// The stage that is built.
    pub fn last(&self) -> Option<Stage<'d>> {
        self.all.last().copied()
    }

    /// The earlier stage that `stage` builds on, by its name; `None` where it builds on an image.
    pub fn parent(&self, stage: Stage<'d>) -> Option<Stage<'d>> {
        let base = stage.base()?;
        let earlier = self.all.get(..stage.index)?;
        earlier.iter().rev().copied().find(|s| s.name().is_some_and(|n| n.eq_ignore_ascii_case(&base.text)))
    }

    /// `stage` and the stages below it, the nearest first: what it inherits from.
    pub fn line(&self, stage: Stage<'d>) -> Vec<Stage<'d>> {
        let mut line = vec![stage];
        let mut next = self.parent(stage);
        // A parent stands earlier in the file, so that this ends.
        while let Some(stage) = next {
            line.push(stage);
            next = self.parent(stage);
        }
        line
    }
}

impl<'d> Stage<'d> {
    /// What its `FROM` names.
    pub fn base(self) -> Option<&'d Word> {
        self.from.word()
    }

    /// The name behind `AS`.
    pub fn name(self) -> Option<&'d str> {
        self.from.name.as_ref().map(|n| &*n.text)
    }

    /// Its instructions of that word.
    pub fn each(self, keyword: Keyword) -> impl DoubleEndedIterator<Item = &'d Instruction> {
        self.instructions.iter().filter(move |i| i.keyword == keyword)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, dockerfile};
    use crate::text::Source;

    /// checks.md 3, trap 15.
    #[test]
    fn trap_15_the_last_stage_is_built_and_inherits_from_the_stages_it_names() {
        let text = "ARG V=1\nFROM a AS base\nUSER 7\nFROM b AS other\nFROM Base AS last\nRUN x\n";
        let source = Source::lone("d", text);
        let (file, _) = dockerfile::parse(&source, Limits::default());
        let stages = Stages::of(&file);
        assert_eq!(stages.global.len(), 1);
        let last = stages.last().unwrap();
        let names: Vec<_> = stages.line(last).into_iter().filter_map(Stage::name).collect();
        assert_eq!(names, ["last", "base"]);
        let user = stages.line(last).into_iter().find_map(|s| s.each(Keyword::User).next_back());
        assert_eq!(&*user.unwrap().word().unwrap().text, "7");
    }
}
