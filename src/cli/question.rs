//! A question line by line: for screen readers, dumb terminals and transcripts.
//!
//! Append-only: every choice is a numbered line, every change one printed line. Knows nothing of attempts or cards.

use std::io::{self, BufRead, Write};

use super::exit::Failure;
use super::input;
use crate::course::{Choice, Kind, Question};
use crate::parse::markdown;
use crate::quiz::Answer;
use crate::render;
use crate::text::clean;

/// What the learner wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// An answer, and whether it was guessed.
    Answer(Answer, bool),
    /// To take the last grade back; only where it was offered.
    Undo,
    /// To stop here; what was answered is kept.
    Stop,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// A quiz, where a guess is kept as one.
    Quiz,
    /// A drill, where the last grade can be taken back.
    Drill,
}

/// A question with its options in the order shown.
pub struct Asked<'q> {
    /// The question.
    pub question: &'q Question,
    /// Its options, in the order shown.
    pub options: Vec<&'q Choice>,
}

impl Asked<'_> {
    /// Prints the question.
    pub fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", words(&self.question.stem))?;
        if let Some(code) = &self.question.code {
            writeln!(out, "Code, {}:", clean::line(&code.language, 4))?;
            for (number, line) in code.text.lines().enumerate() {
                writeln!(out, "{:>3}  {}", number + 1, clean::line(line, 4))?;
            }
        }
        for (number, option) in self.options.iter().enumerate() {
            writeln!(out, "{}. {}", number + 1, words(&option.text))?;
        }
        Ok(())
    }

    /// Asks until there is an answer.
    pub fn ask(
        &self,
        occasion: Occasion,
        input: &mut dyn BufRead,
        out: &mut dyn Write,
    ) -> Result<Said, Failure> {
        let extra = if occasion == Occasion::Quiz { "0 guessed" } else { "u undo the last grade" };
        let mut guessed = false;
        loop {
            write!(out, "{} ({extra}, ? repeat, q stop): ", self.wish())?;
            out.flush()?;
            let Some(line) = input::line(input)? else {
                writeln!(out)?;
                return Ok(Said::Stop);
            };
            match (line.to_lowercase().as_str(), occasion) {
                ("q" | "quit", _) => return Ok(Said::Stop),
                ("?", _) => self.print(out)?,
                ("u", Occasion::Drill) => return Ok(Said::Undo),
                ("0", Occasion::Quiz) => {
                    guessed = !guessed;
                    let not = if guessed { "Marked" } else { "Not marked" };
                    writeln!(out, "{not} as guessed.")?;
                }
                (text, _) => match self.read(text) {
                    Ok(answer) => {
                        self.confirm(&answer, out)?;
                        return Ok(Said::Answer(answer, guessed));
                    }
                    Err(help) => writeln!(out, "{help}")?,
                },
            }
        }
    }

    /// Prints what was right, and every option's reason.
    pub fn explain(
        &self,
        answer: &Answer,
        right: bool,
        sealegs: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        writeln!(out, "{}", if right { "CORRECT." } else { "NOT YET." })?;
        match &self.question.kind {
            Kind::Line { key_lines, reason } => {
                let lines: Vec<_> = key_lines.iter().map(u32::to_string).collect();
                writeln!(out, "Right: line {}. {}", lines.join(" or "), words(reason))?;
            }
            Kind::Order => {
                writeln!(out, "The right order:")?;
                for (place, option) in self.question.options.iter().enumerate() {
                    writeln!(out, "{}. {} {}", place + 1, words(&option.text), words(&option.reason))?;
                }
            }
            Kind::Single | Kind::Multiple { .. } => {
                let chosen =
                    |option: &Choice| matches!(answer, Answer::Choices(ids) if ids.contains(&option.id));
                for (number, option) in self.options.iter().enumerate() {
                    let mark = match (option.key, chosen(option)) {
                        (true, true) => "right, your choice",
                        (true, false) => "right",
                        (false, true) => "wrong, your choice",
                        (false, false) => "wrong",
                    };
                    writeln!(out, "{}, {mark}: {}", number + 1, words(&option.reason))?;
                }
            }
        }
        writeln!(out, "Read: {sealegs} read {}", self.question.concept)
    }

    fn wish(&self) -> String {
        match &self.question.kind {
            Kind::Single => "Choose one number".to_owned(),
            Kind::Multiple { choose } => format!("Choose {choose} numbers, with blanks between"),
            Kind::Order => "Give all numbers in the right order, with blanks between".to_owned(),
            Kind::Line { .. } => "Give the number of the line".to_owned(),
        }
    }

    fn read(&self, text: &str) -> Result<Answer, String> {
        let last = match (&self.question.kind, &self.question.code) {
            (Kind::Line { .. }, Some(code)) => code.text.lines().count(),
            _ => self.options.len(),
        };
        let words = text.split([' ', ',', '\t']).filter(|w| !w.is_empty());
        let numbers: Vec<usize> = words
            .map(|word| match word.as_bytes() {
                // Letters stand for options as on the screen.
                [letter @ b'a'..=b'e'] => Ok(usize::from(letter - b'a') + 1),
                _ => word.parse().map_err(|_| {
                    let word: String = word.chars().take(20).collect();
                    format!(
                        "\"{}\" is no number: give 1 to {last}, or ? to hear it again.",
                        clean::line(&word, 4)
                    )
                }),
            })
            .collect::<Result<_, _>>()?;
        if let Some(wrong) = numbers.iter().find(|n| !(1..=last).contains(*n)) {
            return Err(format!("There is no {wrong}: give 1 to {last}."));
        }
        let wanted = match &self.question.kind {
            Kind::Single | Kind::Line { .. } => 1,
            Kind::Multiple { choose } => *choose,
            Kind::Order => self.options.len(),
        };
        let mut distinct = numbers.clone();
        distinct.sort_unstable();
        distinct.dedup();
        if numbers.len() != wanted || distinct.len() != wanted {
            return Err(match wanted {
                1 => "Give one number.".to_owned(),
                _ => format!("Give {wanted} numbers, each once."),
            });
        }
        let ids = || numbers.iter().filter_map(|n| self.options.get(n - 1)).map(|o| o.id.clone()).collect();
        Ok(match &self.question.kind {
            Kind::Single | Kind::Multiple { .. } => Answer::Choices(ids()),
            Kind::Order => Answer::Order(ids()),
            Kind::Line { .. } => Answer::Line(numbers[0] as u32),
        })
    }

    fn confirm(&self, answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
        let (Answer::Choices(ids) | Answer::Order(ids)) = answer else {
            if let Answer::Line(line) = answer {
                writeln!(out, "Selected line {line}.")?;
            }
            return Ok(());
        };
        for id in ids {
            if let Some(at) = self.options.iter().position(|o| o.id == *id) {
                writeln!(out, "Selected {}: {}", at + 1, words(&self.options[at].text))?;
            }
        }
        Ok(())
    }
}

/// Markdown as one line of words.
pub fn words(text: &str) -> String {
    let shown = render::linear(&markdown::parse_text(text));
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}
