//! Base64, as Secrets and certificate requests hold it.

/// Decodes base64 (RFC 4648, 4), blanks left out.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut bits, mut have) = (Vec::new(), 0_u32, 0);
    let bytes = text.bytes().filter(|b| !b.is_ascii_whitespace()).take_while(|b| *b != b'=');
    for byte in bytes {
        let six = LETTERS.iter().position(|l| *l == byte)?;
        bits = (bits << 6) | u32::try_from(six).ok()?;
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push(u8::try_from((bits >> have) & 0xff).ok()?);
            bits &= (1 << have) - 1;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn what_is_no_base64_is_nothing() {
        assert_eq!(decode("a2F1 cmk=\n").as_deref(), Some(&b"kauri"[..]));
        assert_eq!(decode("").as_deref(), Some(&b""[..]));
        assert_eq!(decode("${PASSWORD}"), None);
    }
}
