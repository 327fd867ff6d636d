use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use plugwright::prelude::*;
use serde::Deserialize;
use tracing::info;

/// The field that identifies a volume.
const PATH: &str = "/spec/hostPath/path";

/// The configuration of a VolumeSnapshotLocation.
#[derive(Deserialize)]
struct Settings {
    snapshots: PathBuf,
}

/// Snapshots `hostPath` volumes by copying their folders, for single-node clusters. Velero's server
/// must mount the folder of the volumes at the same path as the node.
#[volume_snapshotter(name = "example.io/folders", config = Settings)]
struct Folders {
    snapshots: PathBuf,
}

// Each call runs on its own thread and may block.
impl VolumeSnapshotter for Folders {
    async fn init(_: &Context, config: Config) -> Result<Self> {
        let Settings { snapshots } = config.read()?;
        ensure!(
            snapshots.is_dir(),
            "folder {} not found",
            snapshots.display()
        );
        Ok(Self { snapshots })
    }

    async fn get_volume_id(&self, volume: &Item) -> Result<Option<String>> {
        Ok(volume.get_str(PATH).map(str::to_owned))
    }

    async fn set_volume_id(&self, volume: &mut Item, volume_id: &str) -> Result<()> {
        volume.set(PATH, volume_id)
    }

    async fn get_volume_info(&self, _: &str, _: &str) -> Result<VolumeInfo> {
        Ok(VolumeInfo {
            volume_type: "hostPath".into(),
            iops: None,
        })
    }

    async fn create_snapshot(
        &self,
        volume_id: &str,
        _: &str,
        _: &BTreeMap<String, String>,
    ) -> Result<String> {
        let volume = Path::new(volume_id);
        let name = volume
            .file_name()
            .context("expected a folder name at the end of the volume's path")?
            .to_string_lossy();
        let (id, snapshot) = free(&self.snapshots, &name)?;
        copy(volume, &snapshot).with_context(|| format!("cannot copy {volume_id}"))?;
        info!(volume_id, id, "snapshot taken");
        // Remember the original path: a new volume is created beside it.
        fs::write(self.snapshots.join(format!("{id}.volume")), volume_id)?;
        Ok(id)
    }

    async fn create_volume_from_snapshot(
        &self,
        snapshot_id: &str,
        _: &str,
        _: &str,
        _: Option<i64>,
    ) -> Result<String> {
        let snapshot = self.snapshot(snapshot_id)?;
        let original = fs::read_to_string(self.snapshots.join(format!("{snapshot_id}.volume")));
        let original =
            PathBuf::from(original.with_context(|| format!("snapshot {snapshot_id} not found"))?);
        let folder = original
            .parent()
            .context("the volume has no parent folder")?;
        let (_, volume) = free(folder, snapshot_id)?;
        copy(&snapshot, &volume).with_context(|| format!("cannot copy {snapshot_id}"))?;
        info!(snapshot_id, volume = %volume.display(), "volume created");
        Ok(volume.display().to_string())
    }

    async fn delete_snapshot(&self, snapshot_id: &str) -> Result<()> {
        let snapshot = self.snapshot(snapshot_id)?;
        // A missing snapshot is not an error.
        if snapshot.exists() {
            fs::remove_dir_all(&snapshot)?;
            fs::remove_file(self.snapshots.join(format!("{snapshot_id}.volume")))?;
        }
        Ok(())
    }
}

impl Folders {
    fn snapshot(&self, id: &str) -> Result<PathBuf> {
        ensure!(
            !id.contains('/') && !id.starts_with('.') && !id.is_empty(),
            "`{id}` is not a valid snapshot ID"
        );
        Ok(self.snapshots.join(id))
    }
}

/// Creates a folder with an unused name: `<name>-1`, `<name>-2` …
fn free(folder: &Path, name: &str) -> Result<(String, PathBuf)> {
    let mut number = 1;
    loop {
        let id = format!("{name}-{number}");
        let path = folder.join(&id);
        match fs::create_dir(&path) {
            Ok(()) => return Ok((id, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        }
    }
}

/// Copies the contents of a folder; symbolic links stay links.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, file_type) = (to.join(entry.file_name()), entry.file_type()?);
        if file_type.is_dir() {
            fs::create_dir(&path)?;
            copy(&entry.path(), &path)?;
        } else if file_type.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path())?, &path)?;
        } else if file_type.is_file() {
            fs::copy(entry.path(), &path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_volume_is_created_from_a_snapshot() -> Result<()> {
        let (snapshots, volumes) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let store = Folders {
            snapshots: snapshots.path().into(),
        };
        let volume = volumes.path().join("data");
        fs::create_dir_all(volume.join("deep"))?;
        fs::write(volume.join("deep/file"), "before")?;
        let id = store
            .create_snapshot(&volume.display().to_string(), "", &BTreeMap::new())
            .await?;
        fs::write(volume.join("deep/file"), "after")?;

        let made = store
            .create_volume_from_snapshot(&id, "hostPath", "", None)
            .await?;
        assert_eq!(
            fs::read_to_string(Path::new(&made).join("deep/file"))?,
            "before"
        );
        for _ in 0..2 {
            store.delete_snapshot(&id).await?;
            assert_eq!(fs::read_dir(&snapshots)?.count(), 0);
        }
        assert!(store.delete_snapshot("../data").await.is_err());
        Ok(())
    }
}
