//! An incomplete object, in a temporary file.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use plugwright::prelude::*;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::spawn_blocking;

/// The folder in the root, in the same file system as the buckets for renaming. It is not a valid bucket name.
const DIRECTORY: &str = ".incoming";

/// The part of an object that is in memory at a time.
const CHUNK: u64 = 256 << 10;

/// The maximum number of attempts to rename a file if its directory is removed concurrently.
const ATTEMPTS: u32 = 3;

/// A temporary file. Dropping it, after an error or when the call is cancelled, removes the file.
pub(super) struct Incoming {
    file: File,
    path: Temporary,
}

struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // Fails after the rename, which is harmless.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Incoming {
    pub(super) async fn create(root: &Path) -> Result<Self> {
        let directory = root.join(DIRECTORY);
        // Create the file and its guard in one step: if the call is cancelled meanwhile, the guard removes the file.
        let create = move || create_in(&directory).with_context(|| directory.display().to_string());
        spawn_blocking(create).await?
    }

    /// Writes the whole body in parts.
    pub(super) async fn write(&mut self, body: &mut ObjectBody) -> Result<()> {
        let mut chunk = Vec::new();
        while (&mut *body).take(CHUNK).read_to_end(&mut chunk).await? > 0 {
            self.file.write_all(&chunk).await?;
            chunk.clear();
        }
        // Wait for the write in the background, and for its error.
        Ok(self.file.flush().await?)
    }

    /// Renames the file to its path, and replaces an existing object.
    pub(super) async fn move_to(self, path: &Path) -> Result<()> {
        let mut attempt = 1;
        loop {
            match self.try_move_to(path).await {
                // A deletion in another process has removed the empty directory.
                Err(error) if error.kind() == ErrorKind::NotFound && attempt < ATTEMPTS => attempt += 1,
                moved => return moved.with_context(|| path.display().to_string()),
            }
        }
    }

    async fn try_move_to(&self, path: &Path) -> io::Result<()> {
        if let Some(directory) = path.parent() {
            tokio::fs::create_dir_all(directory).await?;
        }
        tokio::fs::rename(&self.path.0, path).await
    }
}

fn create_in(directory: &Path) -> io::Result<Incoming> {
    std::fs::create_dir_all(directory)?;
    loop {
        let path = directory.join(fastrand::u64(..).to_string());
        match std::fs::File::create_new(&path) {
            Ok(file) => return Ok(Incoming { file: file.into(), path: Temporary(path) }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}
