//! What a learner answers, and whether it is right: all or nothing.

use std::collections::BTreeSet;

use crate::course::{Kind, Question};
use crate::ids::OptionId;

/// An answer, in ids that survive every shuffle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The chosen options, in any order.
    Choices(Vec<OptionId>),
    /// All options, in the learner's order.
    Order(Vec<OptionId>),
    /// A line of the code, from 1.
    Line(u32),
}

impl Answer {
    /// The answer as a list of words: option ids, or the line's number. This is what is stored.
    pub fn words(&self) -> Vec<String> {
        match self {
            Self::Choices(ids) | Self::Order(ids) => ids.iter().map(ToString::to_string).collect(),
            Self::Line(line) => vec![line.to_string()],
        }
    }

    /// Reads [`Answer::words`] back as an answer to a question of this kind.
    pub fn from_words(kind: &Kind, words: &[String]) -> Option<Self> {
        let ids = || words.iter().map(|word| OptionId::new(word)).collect::<Option<Vec<_>>>();
        match kind {
            Kind::Single | Kind::Multiple { .. } => ids().map(Self::Choices),
            Kind::Order => ids().map(Self::Order),
            Kind::Line { .. } => match words {
                [line] => line.parse().ok().map(Self::Line),
                _ => None,
            },
        }
    }
}

/// Whether `answer` is right: every key and nothing else, the whole order, or one of the lines.
pub fn mark(question: &Question, answer: &Answer) -> bool {
    match (&question.kind, answer) {
        (Kind::Single | Kind::Multiple { .. }, Answer::Choices(chosen)) => {
            let keys: BTreeSet<&OptionId> =
                question.options.iter().filter(|o| o.key).map(|o| &o.id).collect();
            let chosen: BTreeSet<&OptionId> = chosen.iter().collect();
            !keys.is_empty() && keys == chosen
        }
        (Kind::Order, Answer::Order(order)) => {
            !order.is_empty() && question.options.iter().map(|o| &o.id).eq(order.iter())
        }
        (Kind::Line { key_lines, .. }, Answer::Line(line)) => key_lines.contains(line),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::question;
    use super::*;
    use crate::course::Choice;

    fn ids(text: &str) -> Vec<OptionId> {
        text.split_whitespace().map(|id| OptionId::new(id).unwrap()).collect()
    }

    fn of(kind: Kind, options: &str, keys: &str) -> Question {
        let keys = ids(keys);
        let choice =
            |id: OptionId| Choice { key: keys.contains(&id), id, text: String::new(), reason: String::new() };
        Question { kind, options: ids(options).into_iter().map(choice).collect(), ..question("q", "c", true) }
    }

    #[test]
    fn all_keys_and_nothing_else() {
        let one = of(Kind::Single, "a b c d", "b");
        assert!(mark(&one, &Answer::Choices(ids("b"))));
        for wrong in ["", "a", "a b", "x"] {
            assert!(!mark(&one, &Answer::Choices(ids(wrong))), "{wrong}");
        }
        let two = of(Kind::Multiple { choose: 2 }, "a b c d", "a c");
        assert!(mark(&two, &Answer::Choices(ids("c a"))) && mark(&two, &Answer::Choices(ids("a c c"))));
        for wrong in ["a", "a b", "a b c", "a b c d"] {
            assert!(!mark(&two, &Answer::Choices(ids(wrong))), "{wrong}");
        }
        assert!(!mark(&of(Kind::Single, "a b", ""), &Answer::Choices(vec![])), "no key is no right answer");
    }

    #[test]
    fn the_whole_order() {
        let order = of(Kind::Order, "a b c", "");
        assert!(mark(&order, &Answer::Order(ids("a b c"))));
        for wrong in ["", "a b", "b a c", "a b c c"] {
            assert!(!mark(&order, &Answer::Order(ids(wrong))), "{wrong}");
        }
        assert!(!mark(&order, &Answer::Choices(ids("a b c"))), "another kind of answer");
    }

    #[test]
    fn any_of_the_lines() {
        let line = of(Kind::Line { key_lines: vec![3, 5], reason: String::new() }, "", "");
        assert!(mark(&line, &Answer::Line(3)) && mark(&line, &Answer::Line(5)));
        assert!(!mark(&line, &Answer::Line(4)) && !mark(&line, &Answer::Line(0)));
    }

    #[test]
    fn words_round_trip() {
        let line = Kind::Line { key_lines: vec![3], reason: String::new() };
        for (kind, answer) in [
            (Kind::Single, Answer::Choices(ids("a"))),
            (Kind::Multiple { choose: 2 }, Answer::Choices(ids("b a"))),
            (Kind::Order, Answer::Order(ids("b a"))),
            (line, Answer::Line(7)),
        ] {
            assert_eq!(Answer::from_words(&kind, &answer.words()), Some(answer));
        }
        assert_eq!(Answer::from_words(&Kind::Order, &["Not An Id".into()]), None);
    }
}
