//! Text in as many lines as it needs: broken at blanks, and words that are longer than a line where paths have joints.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `text` in lines of at most `cells`; at least one.
pub fn wrap(text: &str, cells: usize) -> Vec<&str> {
    let cells = cells.max(1);
    let mut lines = Vec::new();
    let mut rest = text.trim_end();
    while rest.width() > cells {
        let line = line(rest, cells);
        lines.push(line.trim_end());
        rest = rest.get(line.len()..).unwrap_or("").trim_start();
    }
    lines.push(rest);
    lines
}

/// The part of a longer text that stands on its first line.
fn line(text: &str, cells: usize) -> &str {
    let most = prefix(text, cells);
    if text.get(most.len()..).is_some_and(|rest| rest.starts_with(' ')) {
        return most;
    }
    let blank = most.trim_start().rfind(' ').map(|at| at + most.len() - most.trim_start().len());
    // A word that fits on a line of its own is not cut; one that does not begins here, where much of it fits.
    let word = text.get(blank.map_or(0, |at| at + 1)..).unwrap_or("").split(' ').next().unwrap_or("");
    if let Some(at) = blank.filter(|at| word.width() <= cells || *at > most.len() / 2) {
        return most.get(..=at).unwrap_or(most);
    }
    let joint = most.rfind(['.', '/', '[', ',', ':', '-', '=']).filter(|at| *at > most.len() / 3);
    match joint {
        // What opens belongs to what follows, and so does a point.
        Some(at) if most.get(at..).is_some_and(|m| m.starts_with(['.', '['])) => {
            most.get(..at).unwrap_or(most)
        }
        Some(at) => most.get(..=at).unwrap_or(most),
        None => most,
    }
}

/// As much of the beginning of `text` as fits into this many cells; at least one character.
pub fn prefix(text: &str, cells: usize) -> &str {
    let mut taken = 0;
    let over = text.char_indices().find(|(at, c)| {
        taken += c.width().unwrap_or(0);
        taken > cells && *at > 0
    });
    text.get(..over.map_or(text.len(), |(at, _)| at)).unwrap_or(text)
}

/// As much of the end of `text` as fits into this many cells.
pub fn suffix(text: &str, cells: usize) -> &str {
    let mut taken = 0;
    let over = text.char_indices().rev().find(|(_, c)| {
        taken += c.width().unwrap_or(0);
        taken > cells
    });
    text.get(over.map_or(0, |(at, c)| at + c.len_utf8())..).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_blanks_and_at_the_joints_of_paths() {
        assert_eq!(wrap("a bc def", 4), ["a bc", "def"]);
        assert_eq!(wrap("a bc def", 8), ["a bc def"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(
            wrap("Pod a: spec.containers[0].securityContext.capabilities.add[0] adds it", 30),
            ["Pod a: spec.containers[0]", ".securityContext.capabilities", ".add[0] adds it"]
        );
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("𝕏é漢字漢", 4), ["𝕏é漢", "字漢"]);
        assert_eq!((prefix("漢字", 1), suffix("漢字", 3)), ("漢", "字"));
    }

    #[test]
    fn no_line_is_wider_and_nothing_is_lost() {
        let text = "container \"app\" of Deployment shop/web: spec.template.spec.containers[0].image is a/b:c, and 漢字";
        for cells in 2..100 {
            let lines = wrap(text, cells);
            assert!(lines.iter().all(|line| line.width() <= cells), "{cells}: {lines:?}");
            assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        }
    }
}
