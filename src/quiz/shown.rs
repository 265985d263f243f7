//! In which order questions and options are shown: drawn from an attempt's seed, so that it can be shown again.
//!
//! The draw is `SplitMix64` (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014) and
//! a Fisher-Yates shuffle. It is written out here because stored attempts depend on every bit of it.

use crate::course::{Choice, Kind, Question};

/// What an order is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(u64);

impl Seed {
    /// The seed for the `number`-th showing of what `name` names.
    pub fn new(name: &str, number: u64) -> Self {
        // FNV-1a, 64 bits.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(hash ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// The seed that these bits are.
    pub fn from_bits(bits: i64) -> Self {
        Self(bits as u64)
    }

    /// Its bits, for a database's integer.
    pub fn bits(self) -> i64 {
        self.0 as i64
    }

    /// The seed for one thing among those shown together.
    #[must_use]
    pub fn of(self, name: &str) -> Self {
        Self::new(name, self.0)
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 where `bound` is 0. The high half of a product: no division, and a bias below
    /// 2^-32 for the handful of options that there are.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.draw()) * bound as u128) >> 64) as usize
    }
}

/// Shuffles `items` as `seed` has it.
pub fn shuffle<T>(items: &mut [T], mut seed: Seed) {
    for i in (1..items.len()).rev() {
        items.swap(i, seed.below(i + 1));
    }
}

/// The order in which a question's options are shown: indices into [`Question::options`].
///
/// Numbers in rising order stay so, since people look for a number where it belongs. The options of an `order`
/// question are never shown in the right order: a shuffle that gives it is turned by one.
pub fn shown_options(question: &Question, seed: Seed) -> Vec<usize> {
    let mut order: Vec<usize> = (0..question.options.len()).collect();
    if question.kind != Kind::Order && are_rising_numbers(&question.options) {
        return order;
    }
    shuffle(&mut order, seed.of(question.id.as_str()));
    if question.kind == Kind::Order && order.is_sorted() && !order.is_empty() {
        order.rotate_left(1);
    }
    order
}

/// Whether each text is a number, alone or with the same unit behind it, and each is greater than the one before.
fn are_rising_numbers(options: &[Choice]) -> bool {
    let Some(numbers) = options.iter().map(|o| number(&o.text)).collect::<Option<Vec<_>>>() else {
        return false;
    };
    numbers.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 == pair[1].1)
}

/// The number that a text begins with, and what is left of it.
fn number(text: &str) -> Option<(f64, &str)> {
    let text = text.trim().trim_matches('`').trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).unwrap_or(text.len());
    let value = text.get(..end)?.parse().ok()?;
    Some((value, text.get(end..)?.trim()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::question;
    use super::*;
    use crate::ids::OptionId;

    fn of(kind: Kind, texts: &[&str]) -> Question {
        let choice = |(i, text): (usize, &&str)| Choice {
            id: OptionId::new(&format!("o{i}")).unwrap(),
            text: (*text).into(),
            key: false,
            reason: String::new(),
        };
        Question { kind, options: texts.iter().enumerate().map(choice).collect(), ..question("q", "c", true) }
    }

    #[test]
    fn the_draw_never_changes() {
        // The first numbers of SplitMix64 from 1234567, as in the author's reference (prng.di.unimi.it/splitmix64.c).
        let mut seed = Seed(1_234_567);
        assert_eq!(seed.draw(), 6_457_827_717_110_365_317);
        assert_eq!(seed.draw(), 3_203_168_211_198_807_973);
        let mut items = [0, 1, 2, 3, 4, 5];
        shuffle(&mut items, Seed::new("05-running-as-non-root", 1));
        assert_eq!(items, [1, 2, 5, 0, 4, 3], "stored attempts are shown again by this order");
    }

    #[test]
    fn rising_numbers_stay() {
        for texts in [&["0", "1000", "65534"][..], &["`10`", "20", "30.5"], &["10 s", "20 s", "1000 s"]] {
            for n in 0..20 {
                let order = shown_options(&of(Kind::Single, texts), Seed::new("x", n));
                assert_eq!(order, [0, 1, 2], "{texts:?}");
            }
        }
        for texts in [&["10", "9", "11"][..], &["1 s", "2 min", "3 s"], &["1", "2", "none"]] {
            let question = of(Kind::Single, texts);
            let orders: std::collections::BTreeSet<_> =
                (0..60).map(|n| shown_options(&question, Seed::new("x", n))).collect();
            assert_eq!(orders.len(), 6, "every order comes up: {texts:?}");
        }
    }

    proptest! {
        #[test]
        fn a_shuffle_loses_nothing_and_can_be_repeated(bits: i64, n in 0usize..9) {
            let texts = vec!["text"; n];
            let question = of(Kind::Single, &texts);
            let order = shown_options(&question, Seed::from_bits(bits));
            prop_assert_eq!(&order, &shown_options(&question, Seed::from_bits(Seed::from_bits(bits).bits())));
            let mut sorted = order;
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..n).collect::<Vec<_>>());
        }

        #[test]
        fn an_order_question_never_starts_solved(bits: i64, n in 2usize..7) {
            let texts = vec!["1"; n];
            let order = shown_options(&of(Kind::Order, &texts), Seed::from_bits(bits));
            prop_assert!(!order.is_sorted());
        }
    }
}
