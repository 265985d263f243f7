//! Putting a text in the place of a file that is there.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Puts `text` in the file's place at once: whoever reads it meanwhile has the old one or the new. Its permissions stay,
/// and a link stays one.
pub fn replace_file(path: &Path, text: &str) -> io::Result<()> {
    let target = fs::canonicalize(path)?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let draft = target.with_file_name(format!(".{name}.sealegs"));
    // What lies there was left by a run that was cut off, or is a trap: a link must not lead the text elsewhere.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let permissions = fs::metadata(&target)?.permissions();
    let written = fs::OpenOptions::new().write(true).create_new(true).open(&draft).and_then(|mut file| {
        // Before the first byte: nobody shall read what the file itself keeps from them.
        file.set_permissions(permissions)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, &target)
    });
    written.inspect_err(|_| {
        // The draft is ours; that it cannot be taken away says nothing new.
        let _ = fs::remove_file(&draft);
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn permissions_and_links_stay() {
        let here = tempfile::tempdir().unwrap();
        let (file, link) = (here.path().join("pod.yaml"), here.path().join("link.yaml"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        replace_file(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(here.path()).unwrap().count(), 2, "no draft is left");
    }

    #[test]
    fn a_link_in_the_draft_s_place_leads_nowhere() {
        let here = tempfile::tempdir().unwrap();
        let (file, precious) = (here.path().join("pod.yaml"), here.path().join("precious"));
        fs::write(&file, "old").unwrap();
        fs::write(&precious, "kept").unwrap();
        symlink(&precious, here.path().join(".pod.yaml.sealegs")).unwrap();
        replace_file(&file, "new").unwrap();
        assert_eq!(fs::read_to_string(&precious).unwrap(), "kept");
        assert!(fs::symlink_metadata(&file).unwrap().is_file(), "the file is one still");
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    }
}
