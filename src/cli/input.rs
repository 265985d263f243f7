//! What is typed or handed in: one line at a time, and files that people name.
//!
//! Nothing here waits for ever, and nothing takes more memory than a line of this length.

use std::fs::{self, File};
use std::io::{self, BufRead, Read};
use std::path::Path;

use super::exit::Failure;

/// The most bytes of a typed line that are looked at; the rest of a longer one is passed over.
const LONGEST: u64 = 4096;

/// How much of a file is read before anybody asks how large it is.
const FIRST: usize = 4096;

/// The next line without its end; none at the end of the input. What is no UTF-8 becomes U+FFFD, so that one wrong
/// key does not end a quiz.
pub fn line(input: &mut dyn BufRead) -> Result<Option<String>, Failure> {
    let mut bytes = Vec::new();
    let failed = |error: io::Error| Failure::file(Path::new("standard input"), &error);
    if Read::take(&mut *input, LONGEST).read_until(b'\n', &mut bytes).map_err(failed)? == 0 {
        return Ok(None);
    }
    while bytes.last() != Some(&b'\n') {
        let mut rest = Vec::new();
        if Read::take(&mut *input, LONGEST).read_until(b'\n', &mut rest).map_err(failed)? == 0 {
            break;
        }
        if rest.last() == Some(&b'\n') {
            bytes.push(b'\n');
        }
    }
    Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned()))
}

/// A file that was named on the command line, or standard input for `-`. At most `most` bytes and one more are read.
pub fn bytes(path: &Path, most: usize, input: &mut dyn BufRead) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    // One byte past the limit is enough to know that it is passed.
    let most = most as u64 + 1;
    if path == Path::new("-") {
        let read = input.take(most).read_to_end(&mut bytes);
        read.map_err(|e| Failure::file(Path::new("standard input"), &e))?;
        return Ok(bytes);
    }
    let failed = |error: io::Error| Failure::file(path, &error);
    refuse_silent_pipe(path, &fs::metadata(path).map_err(failed)?)?;
    File::open(path).map_err(failed)?.take(most).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// What there is in a file.
pub enum Contents {
    /// All of it.
    Bytes(Vec<u8>),
    /// More than was asked for.
    TooLarge,
}

/// All of standard input, or that it is more than `most` bytes.
pub fn standard(most: usize, input: &mut dyn BufRead) -> Result<Contents, Failure> {
    let mut bytes = Vec::new();
    let read = input.take(most as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|e| Failure::file(Path::new("standard input"), &e))?;
    Ok(Contents::of(bytes, most))
}

/// All of a file, or that it is more than `most` bytes: then no more than its beginning is read, where its size says so.
/// `named`: it may be anything; otherwise it is known to be a file.
pub fn contents(path: &Path, most: usize, named: bool) -> Result<Contents, Failure> {
    let failed = |error: io::Error| Failure::file(path, &error);
    if named {
        refuse_silent_pipe(path, &fs::metadata(path).map_err(failed)?)?;
    }
    let mut file = File::open(path).map_err(failed)?;
    // Most files are small: whether one ends is asked sooner than how large it is.
    let mut bytes = Vec::with_capacity(FIRST);
    file.by_ref().take(FIRST as u64).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() < FIRST {
        bytes.shrink_to_fit();
        return Ok(Contents::of(bytes, most));
    }
    let size = file.metadata().map_err(failed)?.len();
    if size > most as u64 {
        return Ok(Contents::TooLarge);
    }
    bytes.reserve_exact((size as usize).saturating_sub(bytes.len()) + 1);
    // One byte past the limit is enough to know that it is passed.
    let rest = (most as u64 + 1).saturating_sub(bytes.len() as u64);
    file.take(rest).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Contents::of(bytes, most))
}

impl Contents {
    fn of(bytes: Vec<u8>, most: usize) -> Self {
        if bytes.len() > most { Self::TooLarge } else { Self::Bytes(bytes) }
    }
}

fn refuse_silent_pipe(path: &Path, found: &fs::Metadata) -> Result<(), Failure> {
    if is_silent_pipe(path, found) {
        return Err(Failure::usage(format!(
            "{}: a pipe, on which one may wait for ever; use - and `< {0}`",
            path.display()
        )));
    }
    Ok(())
}

/// Whether nobody may ever write to it. What a shell's `<(command)` hands over has its writer already.
#[cfg(unix)]
fn is_silent_pipe(path: &Path, found: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    found.file_type().is_fifo() && !path.starts_with("/dev") && !path.starts_with("/proc")
}

#[cfg(not(unix))]
fn is_silent_pipe(_: &Path, _: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_short_and_always_text() {
        let mut long = vec![b'x'; 3 * 4096];
        long.extend_from_slice(b"\r\n\xff 2\n\nlast");
        let mut input = long.as_slice();
        assert_eq!(line(&mut input).unwrap().unwrap().len(), 4096);
        assert_eq!(line(&mut input).unwrap().unwrap(), "\u{fffd} 2");
        assert_eq!(line(&mut input).unwrap().unwrap(), "");
        assert_eq!(line(&mut input).unwrap().unwrap(), "last");
        assert!(line(&mut input).unwrap().is_none());
        let mut endless = vec![b'y'; 4096];
        endless.push(b'\n');
        assert_eq!(line(&mut endless.as_slice()).unwrap().unwrap().len(), 4096);
    }

    #[test]
    fn no_more_is_read_than_was_asked_for() {
        let mut input: &[u8] = b"123456";
        assert_eq!(bytes(Path::new("-"), 3, &mut input).unwrap(), b"1234");
        assert_eq!(
            bytes(Path::new("nowhere"), 3, &mut input).unwrap_err().message,
            "nowhere: no such file or directory"
        );
    }
}
