//! What changed between two texts, line by line. Pure.

/// A line of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// In both.
    Same(&'a str),
    /// Only in the old text.
    Gone(&'a str),
    /// Only in the new text.
    New(&'a str),
}

/// Above this many pairs of lines the middle is shown as replaced whole.
const MOST: usize = 4_000_000;

/// Compares two texts by their longest common subsequence of lines.
pub fn diff<'a>(old: &'a str, new: &'a str) -> Vec<Change<'a>> {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (left, right) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let mut out: Vec<Change> = a[..head].iter().map(|l| Change::Same(l)).collect();
    if left.len().saturating_mul(right.len()) > MOST {
        out.extend(left.iter().map(|l| Change::Gone(l)));
        out.extend(right.iter().map(|l| Change::New(l)));
    } else {
        middle(left, right, &mut out);
    }
    out.extend(a[a.len() - tail..].iter().map(|l| Change::Same(l)));
    out
}

fn middle<'a>(a: &[&'a str], b: &[&'a str], out: &mut Vec<Change<'a>>) {
    // common[i][j]: length of the longest common subsequence of a[i..] and b[j..].
    let mut common = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] =
                if a[i] == b[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            out.push(Change::Same(a[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < a.len() && (j == b.len() || common[i + 1][j] >= common[i][j + 1]) {
            out.push(Change::Gone(a[i]));
            i += 1;
        } else {
            out.push(Change::New(b[j]));
            j += 1;
        }
    }
}

/// The comparison as text with `-`, `+` and blanks in front, and only `around` unchanged lines near a change.
pub fn shown(changes: &[Change], around: usize) -> Vec<(char, String)> {
    let changed: Vec<usize> =
        changes.iter().enumerate().filter(|(_, c)| !matches!(c, Change::Same(_))).map(|(i, _)| i).collect();
    let near = |i: usize| changed.iter().any(|c| c.abs_diff(i) <= around);
    let mut out: Vec<(char, String)> = Vec::new();
    for (i, change) in changes.iter().enumerate() {
        match change {
            Change::Gone(line) => out.push(('-', (*line).to_owned())),
            Change::New(line) => out.push(('+', (*line).to_owned())),
            Change::Same(line) if near(i) => out.push((' ', (*line).to_owned())),
            Change::Same(_) => {
                if out.last().is_none_or(|(sign, _)| *sign != '~') {
                    out.push(('~', String::new()));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_changed_line_is_gone_and_new() {
        let changes = diff("a\nb\nc\n", "a\nx\nc\nd\n");
        let signs: String = shown(&changes, 1).iter().map(|(sign, _)| *sign).collect();
        assert_eq!(signs, " -+ +");
        assert_eq!(changes[1], Change::Gone("b"));
        assert!(shown(&diff("a\n", "a\n"), 2).iter().all(|(sign, _)| *sign == '~'));
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_off(old in "[ab\n]{0,20}", new in "[ab\n]{0,20}") {
            let changes = diff(&old, &new);
            let of = |want_old: bool| -> Vec<&str> {
                changes.iter().filter_map(|c| match c {
                    Change::Same(l) => Some(*l),
                    Change::Gone(l) => want_old.then_some(*l),
                    Change::New(l) => (!want_old).then_some(*l),
                }).collect()
            };
            prop_assert_eq!(of(true), old.lines().collect::<Vec<_>>());
            prop_assert_eq!(of(false), new.lines().collect::<Vec<_>>());
        }
    }
}
