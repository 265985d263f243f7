//! Names in quotes.

/// `text` in quotes, as `{:?}` writes it: what would not be seen is escaped.
pub fn quoted(text: &str) -> String {
    // Names are plain for the most part, and then nothing has to be looked up.
    if text.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\') {
        return ["\"", text, "\""].concat();
    }
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_debug_writes() {
        for text in ["", "a", "a b-c.d/e'f", "a\"b", "a\\b", "a\nb", "\u{7f}", "é", "\u{200b}"] {
            assert_eq!(quoted(text), format!("{text:?}"));
        }
    }
}
