//! Detects changes in the source of a crate.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The polling interval.
const EVERY: Duration = Duration::from_millis(400);

/// Polls the source files of a crate for changes.
pub(super) struct Watch {
    folder: PathBuf,
    target: PathBuf,
    seen: State,
    /// A change was seen but not yet reported. Kept here because the future of [`changed`](Self::changed) may be dropped.
    has_changed: bool,
}

/// The number of files, and the latest modification time.
type State = (usize, Option<SystemTime>);

impl Watch {
    pub(super) fn new(folder: &Path, target: &Path) -> Self {
        let (folder, target) = (folder.to_owned(), target.to_owned());
        let mut watch = Self { folder, target, seen: (0, None), has_changed: false };
        watch.seen = watch.state();
        watch
    }

    /// Waits for a change, and then until the files are stable.
    pub(super) async fn changed(&mut self) {
        loop {
            tokio::time::sleep(EVERY).await;
            let state = self.state();
            if state == self.seen && self.has_changed {
                self.has_changed = false;
                return;
            }
            self.has_changed |= state != self.seen;
            self.seen = state;
        }
    }

    fn state(&self) -> State {
        let mut state = (0, None);
        self.look(&self.folder, &mut state);
        state
    }

    fn look(&self, folder: &Path, state: &mut State) {
        // Unreadable and deleted files are ignored.
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            let Ok(metadata) = entry.metadata() else { continue };
            if is_hidden || path == self.target {
                continue;
            }
            if metadata.is_dir() {
                self.look(&path, state);
            } else if path.extension().is_some_and(|end| end == "rs" || end == "toml") {
                state.0 += 1;
                state.1 = state.1.max(metadata.modified().ok());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn only_source_files_are_watched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        for name in ["src", "target"] {
            fs::create_dir(path.join(name)).unwrap();
        }
        fs::write(path.join("src/main.rs"), "").unwrap();
        let mut watch = Watch::new(path, &path.join("target"));
        let before = watch.state();
        fs::write(path.join("target/made.rs"), "").unwrap();
        fs::write(path.join("src/notes.txt"), "").unwrap();
        assert_eq!(watch.state(), before);
        fs::write(path.join("src/new.rs"), "").unwrap();
        assert_ne!(watch.state(), before);
        watch.changed().await;
        assert_eq!(watch.seen.0, 2);
    }

    #[tokio::test]
    async fn a_change_outlives_a_dropped_wait() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let mut watch = Watch::new(path, &path.join("target"));
        fs::write(path.join("main.rs"), "").unwrap();
        // Drop the future once the change is seen, as `select!` does when a log record arrives.
        let mut wait = Box::pin(watch.changed());
        assert!(tokio::time::timeout(EVERY * 3 / 2, &mut wait).await.is_err());
        drop(wait);
        assert_eq!(watch.seen.0, 1);
        tokio::time::timeout(EVERY * 20, watch.changed()).await.expect("the change was lost");
    }
}
