//! Levels and versions of the Pod Security Standards.

use std::fmt;

/// How strict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Everything goes.
    Privileged,
    /// Known escapes do not.
    Baseline,
    /// Hardening is asked for.
    Restricted,
}

impl Level {
    /// All of them, from the least strict.
    pub const ALL: [Self; 3] = [Self::Privileged, Self::Baseline, Self::Restricted];

    /// The word for it in labels.
    pub fn word(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }

    /// The level of this word, exactly as in labels.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }
}

/// The minor version of the last change to any check: `latest` and everything above are evaluated as this.
pub const NEWEST: u32 = 37;

/// Which version of the standards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// The newest.
    Latest,
    /// `v1.N`.
    Minor(u32),
}

impl Version {
    /// Reads `latest` or `v1.N`, without leading zeros.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "latest" {
            return Some(Self::Latest);
        }
        let digits = text.strip_prefix("v1.")?;
        let plain =
            digits.bytes().all(|b| b.is_ascii_digit()) && (digits.len() == 1 || !digits.starts_with('0'));
        // Go's ParseInt takes no more than 64 bits; nobody needs more than 32.
        plain.then(|| digits.parse().ok().map(Self::Minor)).flatten()
    }

    /// The minor version that is evaluated.
    pub fn minor(self) -> u32 {
        match self {
            Self::Latest => NEWEST,
            Self::Minor(minor) => minor.min(NEWEST),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest"),
            Self::Minor(minor) => write!(f, "v1.{minor}"),
        }
    }
}

/// A level at a version, as messages name it: `restricted:v1.30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LevelVersion {
    /// How strict.
    pub level: Level,
    /// Of which version.
    pub version: Version,
}

impl LevelVersion {
    /// This level at this version.
    pub fn new(level: Level, version: Version) -> Self {
        Self { level, version }
    }
}

impl fmt::Display for LevelVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.level.word(), self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_latest_or_v1_with_a_plain_number() {
        for (text, minor) in [("latest", 37), ("v1.0", 0), ("v1.8", 8), ("v1.30", 30), ("v1.99", 37)] {
            let version = Version::parse(text).unwrap();
            assert_eq!((version.minor(), version.to_string().as_str()), (minor, text));
        }
        for text in
            ["", "v1", "v1.", "v1.01", "v1.+3", "v2.0", "1.30", "v1.30 ", "Latest", "v1.99999999999999"]
        {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
