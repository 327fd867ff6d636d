//! An incomplete object, in a temporary file.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use plugwright::prelude::*;

/// The folder in the root, in the same file system as the buckets for renaming. It is not a valid bucket name.
const DIRECTORY: &str = ".incoming";

/// The maximum number of attempts to rename a file if its directory is removed concurrently.
const ATTEMPTS: u32 = 100;

/// A temporary file. Dropping it, after an error or when the call is cancelled, removes the file.
pub(super) struct Incoming {
    file: File,
    path: Temporary,
}

struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // Fails after the rename, which is harmless.
        let _ = fs::remove_file(&self.0);
    }
}

impl Incoming {
    pub(super) fn create(root: &Path) -> Result<Self> {
        let directory = root.join(DIRECTORY);
        create_in(&directory).with_context(|| directory.display().to_string())
    }

    /// Writes the whole body in chunks.
    pub(super) async fn write(&mut self, body: &mut ObjectBody) -> Result<()> {
        while let Some(chunk) = body.chunk().await? {
            self.file.write_all(&chunk)?;
        }
        Ok(())
    }

    /// Renames the file to its path, and replaces an existing object.
    pub(super) fn move_to(self, path: &Path) -> Result<()> {
        let mut attempt = 1;
        loop {
            match self.try_move_to(path) {
                // A deletion has removed the empty directory, before the rename or during the creation of its parts.
                Err(error) if is_transient(error.kind()) && attempt < ATTEMPTS => attempt += 1,
                moved => return moved.with_context(|| path.display().to_string()),
            }
        }
    }

    fn try_move_to(&self, path: &Path) -> io::Result<()> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::rename(&self.path.0, path)
    }
}

fn is_transient(error: ErrorKind) -> bool {
    matches!(error, ErrorKind::NotFound | ErrorKind::AlreadyExists)
}

fn create_in(directory: &Path) -> io::Result<Incoming> {
    fs::create_dir_all(directory)?;
    loop {
        let path = directory.join(fastrand::u64(..).to_string());
        match File::create_new(&path) {
            Ok(file) => return Ok(Incoming { file, path: Temporary(path) }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}
