//! Checks free disk space.

use std::path::Path;

use anyhow::{Result, ensure};

/// The space that the API server, etcd and Velero use in a short run. etcd alone reserves 64 MB for its log.
pub(crate) const FOR_A_RUN: u64 = 300 << 20;

/// Below this, programs fail that reserve more than they write.
const FULL: u64 = 1 << 20;

/// Fails if the disk of a folder has less free space. `how` is the variable that selects another folder.
pub(crate) fn require(folder: &Path, bytes: u64, for_what: &str, how: &str) -> Result<()> {
    if let Some(free) = free(folder) {
        let shown = folder.display();
        ensure!(
            free >= bytes,
            "the disk of {shown} has {} free; {for_what} requires at least {}: free some space, or set {how} to a folder on another disk",
            size(free),
            size(bytes)
        );
    }
    Ok(())
}

/// A message if the disk of a folder is full.
pub(crate) fn is_full(folder: &Path) -> Option<String> {
    let free = free(folder).filter(|free| *free < FULL)?;
    Some(format!("the disk of {} is full ({} free)", folder.display(), size(free)))
}

/// The free space for this user; `None` if it is unknown.
fn free(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn size(bytes: u64) -> String {
    match bytes >> 20 {
        small if small < 1024 => format!("{small} MB"),
        large => format!("{}.{} GB", large / 1024, large % 1024 * 10 / 1024),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_readable() {
        assert_eq!([0, 300 << 20, 1536 << 20, 8 << 30].map(size), ["0 MB", "300 MB", "1.5 GB", "8.0 GB"]);
    }

    #[test]
    fn too_little_space_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(require(folder.path(), 1, "it", "TMPDIR").is_ok());
        let error = require(folder.path(), u64::MAX, "it", "TMPDIR").unwrap_err().to_string();
        assert!(error.contains(" free; it requires at least 17179869183.9 GB: "), "{error}");
    }
}
