//! An object on its way in: a file that nobody sees until it is whole.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use plugwright::prelude::*;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::spawn_blocking;

/// In the root directory, so that a rename is enough. No bucket is called so.
const DIRECTORY: &str = ".incoming";

/// How much of an object is in memory at a time.
const CHUNK: u64 = 256 << 10;

/// How often a file is moved to its place before its directory's going counts as an error.
const ATTEMPTS: u32 = 3;

/// A temporary file. It is removed when this is dropped: after an error, and when the call is given up.
pub(super) struct Incoming {
    file: File,
    path: Temporary,
}

struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // After the move there is nothing left to remove.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Incoming {
    pub(super) async fn create(root: &Path) -> Result<Self> {
        let directory = root.join(DIRECTORY);
        // In one piece: if the call is given up meanwhile, the file is dropped with what this returns.
        let create = move || create_in(&directory).with_context(|| directory.display().to_string());
        spawn_blocking(create).await?
    }

    /// Takes the whole body, piece by piece.
    pub(super) async fn write(&mut self, body: &mut ObjectBody) -> Result<()> {
        let mut chunk = Vec::new();
        while (&mut *body).take(CHUNK).read_to_end(&mut chunk).await? > 0 {
            self.file.write_all(&chunk).await?;
            chunk.clear();
        }
        // A write ends in the background; this waits for it, and for its error.
        Ok(self.file.flush().await?)
    }

    /// Gives the file its place, instead of what was there.
    pub(super) async fn move_to(self, path: &Path) -> Result<()> {
        let mut attempt = 1;
        loop {
            match self.try_move_to(path).await {
                // A delete in another process has taken the directory away, which had become empty.
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
