//! Detects changes in the source of a crate.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How often is looked.
const EVERY: Duration = Duration::from_millis(400);

/// The files of a crate as they were.
pub(super) struct Watch {
    folder: PathBuf,
    target: PathBuf,
    seen: State,
}

/// The number of files, and the last change of one.
type State = (usize, Option<SystemTime>);

impl Watch {
    pub(super) fn new(folder: &Path, target: &Path) -> Self {
        let mut watch = Self { folder: folder.to_owned(), target: target.to_owned(), seen: (0, None) };
        watch.seen = watch.state();
        watch
    }

    /// Waits for a change, and until no further one comes.
    pub(super) async fn changed(&mut self) {
        let mut has_changed = false;
        loop {
            tokio::time::sleep(EVERY).await;
            let state = self.state();
            if state == self.seen && has_changed {
                return;
            }
            has_changed |= state != self.seen;
            self.seen = state;
        }
    }

    fn state(&self) -> State {
        let mut state = (0, None);
        self.look(&self.folder, &mut state);
        state
    }

    fn look(&self, folder: &Path, state: &mut State) {
        // What cannot be read, or goes meanwhile, counts as not there.
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
    async fn source_counts_and_what_is_built_does_not() {
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
}
