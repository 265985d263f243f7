//! Ranges of semantic versions, as `semver_compare` reads them: github.com/blang/semver, `ParseRange`.

use crate::sim::cel::semver::Semver;

/// Whether a version is in a range such as `>=1.2.0 <2.0.0 || 3.0.0`. `None` for a range that is none; a version
/// that is none counts as `0.0.0`. Wildcards (`1.2.x`) are not read.
pub(super) fn in_range(version: &str, range: &str) -> Option<bool> {
    let zero = || Semver::parse("0.0.0", false).ok();
    let version = Semver::parse(version, false).ok().or_else(zero)?;
    let mut found = false;
    for part in range.split("||") {
        let mut all = true;
        let mut any = false;
        // A blank may stand between an operator and its version.
        let tidy =
            [">", "<", "=", "!"].iter().fold(part.to_owned(), |text, op| text.replace(&format!("{op} "), op));
        for condition in tidy.split_whitespace() {
            let digits = condition.find(|c: char| c.is_ascii_digit())?;
            let other = Semver::parse(&condition[digits..], false).ok()?;
            any = true;
            all &= match &condition[..digits] {
                "" | "=" | "==" => version == other,
                "!" | "!=" => version != other,
                ">" => version > other,
                ">=" => version >= other,
                "<" => version < other,
                "<=" => version <= other,
                _ => return None,
            };
        }
        if !any {
            return None;
        }
        found |= all;
    }
    Some(found)
}

/// How two versions stand to each other, where both are some.
pub(super) fn compared(a: &str, b: &str) -> Option<std::cmp::Ordering> {
    Some(Semver::parse(a, false).ok()?.cmp(&Semver::parse(b, false).ok()?))
}
