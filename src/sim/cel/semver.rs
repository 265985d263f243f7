//! Semantic versions. k8s.io/apiserver `pkg/cel/library/semverlib.go`, semver.org 2.0.0.

use std::cmp::Ordering;

/// A version; what stands behind the `+` does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Semver {
    numbers: [u64; 3],
    before: Vec<String>,
}

impl Semver {
    /// Reads a version; a lenient reader takes `v1.2` and `01.2.3`, too.
    pub fn parse(text: &str, lenient: bool) -> Result<Self, String> {
        let bad = || format!("{text:?} is no semantic version");
        let plain = if lenient { text.strip_prefix('v').unwrap_or(text) } else { text };
        let (plain, build) = plain.split_once('+').map_or((plain, None), |(a, b)| (a, Some(b)));
        let (core, before) = plain.split_once('-').map_or((plain, None), |(a, b)| (a, Some(b)));
        let word =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if build.is_some_and(|b| !b.split('.').all(word)) {
            return Err(bad());
        }
        let mut numbers = [0; 3];
        let parts: Vec<_> = core.split('.').collect();
        // What is shorter has nothing behind it.
        let short = lenient && before.is_none() && build.is_none();
        if parts.len() > 3 || (parts.len() < 3 && !short) {
            return Err(bad());
        }
        for (number, part) in numbers.iter_mut().zip(&parts) {
            let padded = part.len() > 1 && part.starts_with('0');
            if !digits(part) || (padded && !lenient) {
                return Err(bad());
            }
            *number = part.parse().map_err(|_| bad())?;
        }
        let before: Vec<_> = before.map(|b| b.split('.').map(str::to_owned).collect()).unwrap_or_default();
        let padded = |part: &String| digits(part) && part.len() > 1 && part.starts_with('0');
        if before.iter().any(|part| !word(part) || padded(part)) {
            return Err(bad());
        }
        Ok(Self { numbers, before })
    }

    /// `major`, `minor` or `patch`.
    pub fn part(&self, name: &str) -> Option<i64> {
        let at = ["major", "minor", "patch"].iter().position(|n| *n == name)?;
        i64::try_from(*self.numbers.get(at)?).ok()
    }
}

impl PartialOrd for Semver {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Semver {
    fn cmp(&self, other: &Self) -> Ordering {
        let parts = |a: &String, b: &String| match (a.parse::<u64>(), b.parse::<u64>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            _ => a.cmp(b),
        };
        self.numbers.cmp(&other.numbers).then_with(|| {
            match (self.before.is_empty(), other.before.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => {
                    let pairs = self.before.iter().zip(&other.before);
                    let differ = pairs.map(|(a, b)| parts(a, b)).find(|o| *o != Ordering::Equal);
                    differ.unwrap_or_else(|| self.before.len().cmp(&other.before.len()))
                }
            }
        })
    }
}
