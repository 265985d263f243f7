//! The stages of a Dockerfile, and which of them the built image comes from.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::shell::{self, Command};
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
    /// The first stage of each name.
    first: HashMap<String, usize>,
    /// What each stage builds on, where that is a stage.
    parents: Vec<Option<usize>>,
    /// Whether the image is made of it.
    shipped: Vec<bool>,
    /// What a shell runs in an instruction, by the instruction's place, as far as somebody asked.
    commands: RefCell<Known>,
    /// Whether the file says something anywhere, as far as somebody asked.
    says: RefCell<BTreeMap<&'static str, bool>>,
    text: &'d str,
}

/// The commands that were read, by the place of their instruction, and how many words they have.
#[derive(Clone, Debug, Default)]
struct Known {
    commands: BTreeMap<u32, Rc<[Command]>>,
    words: usize,
}

/// How many words are kept for those who ask later.
const KEPT: usize = 16 << 10;

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
        let all: Vec<Stage<'d>> = stages.collect();
        let (mut first, mut latest) = (HashMap::new(), HashMap::new());
        let mut parents = Vec::with_capacity(all.len());
        for stage in &all {
            parents.push(stage.base().and_then(|base| latest.get(&base.text.to_ascii_lowercase()).copied()));
            if let Some(name) = stage.name().map(str::to_ascii_lowercase) {
                first.entry(name.clone()).or_insert(stage.index);
                latest.insert(name, stage.index);
            }
        }
        let mut shipped = vec![false; all.len()];
        let mut next = all.len().checked_sub(1);
        // A parent stands earlier in the file, so that this ends.
        while let Some(index) = next {
            shipped[index] = true;
            next = parents[index];
        }
        let (commands, says) = (RefCell::default(), RefCell::default());
        Self { global, all, first, parents, shipped, commands, says, text: file.source().text() }
    }

    /// Whether the file holds these words anywhere, in small letters or in others.
    pub fn says(&self, words: &'static str) -> bool {
        let look = || self.text.to_ascii_lowercase().contains(words);
        *self.says.borrow_mut().entry(words).or_insert_with(look)
    }

    /// The stage that is built.
    pub fn last(&self) -> Option<Stage<'d>> {
        self.all.last().copied()
    }

    /// The earlier stage that `stage` builds on, by its name; `None` where it builds on an image.
    pub fn parent(&self, stage: Stage<'d>) -> Option<Stage<'d>> {
        let parent = self.parents.get(stage.index).copied().flatten()?;
        self.all.get(parent).copied()
    }

    /// The first stage of that name, in any case.
    pub fn named(&self, name: &str) -> Option<Stage<'d>> {
        self.first.get(&name.to_ascii_lowercase()).and_then(|index| self.all.get(*index)).copied()
    }

    /// Whether the image is made of `stage`: it is the last one, or below it.
    pub fn is_shipped(&self, stage: Stage<'d>) -> bool {
        self.shipped.get(stage.index).copied().unwrap_or_default()
    }

    /// The `SHELL` that counts for an instruction of `stage`, where the file sets one.
    pub fn shell(&self, stage: Stage<'d>, instruction: &Instruction) -> Option<&'d Instruction> {
        let before = |s: &&Instruction| s.span.start < instruction.span.start;
        let stages = std::iter::successors(Some(stage), |s| self.parent(*s));
        stages.into_iter().find_map(|s| s.each(Keyword::Shell).rfind(before))
    }

    /// What a shell of Unix runs in an instruction of `stage`; nothing of `PowerShell`'s, whose words are not read
    /// here. It is read once, whoever asks.
    pub fn commands(&self, stage: Stage<'d>, instruction: &Instruction) -> Rc<[Command]> {
        let read = || -> Rc<[Command]> {
            match self.shell(stage, instruction) {
                Some(shell) if !shell.word().is_some_and(|w| shell::is_shell(&w.text)) => Rc::new([]),
                _ => shell::commands(instruction).into(),
            }
        };
        let mut known = self.commands.borrow_mut();
        if let Some(commands) = known.commands.get(&instruction.span.start) {
            return Rc::clone(commands);
        }
        let commands = read();
        known.words += commands.iter().map(|c| 1 + c.words.len()).sum::<usize>();
        if known.words > KEPT {
            *known = Known::default();
        }
        known.commands.insert(instruction.span.start, Rc::clone(&commands));
        commands
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

    #[test]
    fn names_shells_and_commands_are_found_once() {
        let text = "FROM a AS X\nSHELL [\"pwsh\"]\nRUN b\nSHELL [\"/bin/bash\", \"-c\"]\nRUN c\nFROM x AS y\nRUN d\nFROM e AS x\n\
                    FROM x AS last\n# APT::Get\n";
        let source = Source::lone("d", text);
        let (file, _) = dockerfile::parse(&source, Limits::default());
        let stages = Stages::of(&file);
        let names: Vec<_> = stages.all.iter().map(|s| stages.parent(*s).map(|p| p.index)).collect();
        assert_eq!(names, [None, Some(0), None, Some(2)]);
        assert_eq!(stages.named("x").map(|s| s.index), Some(0));
        assert!(stages.named("z").is_none());
        let shipped: Vec<_> = stages.all.iter().map(|s| stages.is_shipped(*s)).collect();
        assert_eq!(shipped, [false, false, true, true]);
        let programs = |index: usize| {
            let stage = stages.all[index];
            let runs = stage.each(Keyword::Run).map(|run| stages.commands(stage, run));
            runs.map(|c| c.first().map_or(String::new(), |c| c.program().to_owned())).collect::<Vec<_>>()
        };
        // What PowerShell runs is not read, and a stage inherits the shell of the one that it builds on.
        assert_eq!((programs(0), programs(0)), (vec![String::new(), "c".to_owned()], programs(0)));
        assert_eq!(programs(1), ["d"]);
        assert!(stages.says("apt::get") && !stages.says("apt::set"));
    }

    #[test]
    fn many_commands_are_read_again_and_are_the_same() {
        let text = format!("FROM a\n{}", format!("RUN b{}\n", " c".repeat(KEPT / 4)).repeat(8));
        let source = Source::lone("d", text);
        let (file, _) = dockerfile::parse(&source, Limits::default());
        let stages = Stages::of(&file);
        let stage = stages.last().unwrap();
        assert_eq!(stage.each(Keyword::Run).count(), 8);
        for _ in 0..2 {
            for run in stage.each(Keyword::Run) {
                let commands = stages.commands(stage, run);
                assert_eq!((commands.len(), commands[0].span()), (1, shell::commands(run)[0].span()));
            }
            assert!(stages.commands.borrow().words <= KEPT);
        }
    }
}
