//! "Did you mean": the known word that is closest to one that is not known.

/// The word of `known` that `word` was most likely meant to be; none where nothing is close.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let allowed = (word.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .map(|k| (distance(&word.to_lowercase(), &k.to_lowercase()), k))
        .filter(|(d, k)| *d <= allowed || (word.len() >= 3 && (k.starts_with(word) || word.starts_with(*k))))
        .min()
        .map(|(_, k)| k)
}

/// The help line that goes with an unknown word: the closest one, or else what there is.
pub fn suggest<I>(word: &str, known: I) -> String
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    let known: Vec<_> = known.into_iter().collect();
    let known: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
    match nearest(word, known.iter().copied()) {
        None if known.is_empty() => "there is none yet: write it first".to_owned(),
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("use one of {}", list(&known)),
    }
}

/// The words in back quotes, with commas; the first dozen where there are more.
pub fn list(words: &[&str]) -> String {
    let shown: Vec<_> = words.iter().take(12).map(|w| format!("`{w}`")).collect();
    let more = if words.len() > 12 { ", …" } else { "" };
    shown.join(", ") + more
}

/// Insertions, deletions, changes, and swaps of neighbours between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_and_strangers_are_not() {
        let known = ["title", "track", "status", "key_lines", "runAsNonRoot", "container"];
        assert_eq!(nearest("titel", known), Some("title"));
        assert_eq!(nearest("keylines", known), Some("key_lines"));
        assert_eq!(nearest("stat", known), Some("status"));
        assert_eq!(nearest("runAsNonroot", known), Some("runAsNonRoot"));
        assert_eq!(nearest("cotnainer", known), Some("container"));
        assert_eq!(nearest("banana", known), None);
        assert_eq!(suggest("banana", ["pod", "container"]), "use one of `pod`, `container`");
    }
}
