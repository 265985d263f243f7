//! Which names may stand on a certificate: what people can read, and nothing that changes what they read.

/// The longest name, in characters.
const LONGEST: usize = 100;

/// Says why `name` cannot stand on a certificate: it must have 1 to 100 characters, no blanks at its ends, no
/// control characters, no bidirectional controls, nothing invisible.
///
/// Not checked: that it is in Unicode's NFC. Names that look alike stay two names; a digest cannot tell.
pub fn check_name(name: &str) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("the name is empty; give the one that it shall bear".to_owned());
    }
    if name.trim() != name {
        return Err("the name begins or ends with a blank; leave it out".to_owned());
    }
    let length = name.chars().count();
    if length > LONGEST {
        return Err(format!("the name has {length} characters; {LONGEST} is the most; shorten it"));
    }
    for c in name.chars() {
        if let Some(what) = unfit(c) {
            return Err(format!("the name holds {what} (U+{:04X}); leave it out", u32::from(c)));
        }
    }
    Ok(())
}

fn unfit(c: char) -> Option<&'static str> {
    match c {
        c if c.is_control() => Some("a control character"),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some("a character that changes the direction of writing")
        }
        '\u{2028}' | '\u{2029}' => Some("a line break"),
        // Zero width, the Hangul fillers, tags and other characters that leave no mark.
        '\u{ad}'
        | '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200d}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{e0000}'..='\u{e0fff}' => Some("an invisible character"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_pass() {
        for name in ["Zoë Łukasiewicz", "李小龍", "O’Neill-Σωκράτης Jr.", "Ọ́pẹ́", "X", &"é".repeat(100)]
        {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn what_deceives_the_eye_does_not() {
        for name in [
            "",
            " ",
            " a",
            "a ",
            "a\nb",
            "a\tb",
            "\u{1b}[2J",
            "a\u{7f}",
            "a\u{85}b",
            "a\u{202e}b",
            "a\u{2066}b",
            "a\u{200b}b",
            "a\u{200d}b",
            "\u{feff}a",
            "a\u{2028}b",
            "\u{3164}",
            &"a".repeat(101),
        ] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
    }
}
