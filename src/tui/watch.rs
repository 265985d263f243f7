//! Notices saved files by their times, by looking when the loop turns; no thread, no operating system's help.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The files looked at, with the time of their last change.
#[derive(Debug, Default)]
pub struct Watch(Vec<(PathBuf, Option<SystemTime>)>);

impl Watch {
    /// The files of `paths` that changed since they were last looked at. A file that is new to the list has not
    /// changed.
    pub fn changed(&mut self, paths: &[PathBuf]) -> Vec<PathBuf> {
        let before = std::mem::replace(&mut self.0, times(paths));
        let known = |path: &Path| before.iter().find(|(p, _)| p == path).map(|(_, time)| *time);
        let differs = self.0.iter().filter(|(path, time)| known(path).is_some_and(|old| old != *time));
        differs.map(|(path, _)| path.clone()).collect()
    }

    /// Takes the files as they are now for unchanged.
    pub fn seen(&mut self, paths: &[PathBuf]) {
        self.0 = times(paths);
    }
}

fn times(paths: &[PathBuf]) -> Vec<(PathBuf, Option<SystemTime>)> {
    let time = |path: &PathBuf| std::fs::metadata(path).and_then(|m| m.modified()).ok();
    paths.iter().map(|path| (path.clone(), time(path))).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_saved_file_is_noticed_once() {
        let here = tempfile::tempdir().unwrap();
        let paths = [here.path().join("a"), here.path().join("b")];
        std::fs::write(&paths[0], "").unwrap();
        let mut watch = Watch::default();
        assert!(watch.changed(&paths).is_empty());
        let later = SystemTime::UNIX_EPOCH + Duration::from_secs(7);
        File::options().write(true).open(&paths[0]).unwrap().set_modified(later).unwrap();
        assert_eq!(watch.changed(&paths), [paths[0].clone()]);
        assert!(watch.changed(&paths).is_empty());
        std::fs::write(&paths[1], "").unwrap();
        watch.seen(&paths);
        assert!(watch.changed(&paths).is_empty());
        std::fs::remove_file(&paths[1]).unwrap();
        assert_eq!(watch.changed(&paths), [paths[1].clone()]);
    }
}
