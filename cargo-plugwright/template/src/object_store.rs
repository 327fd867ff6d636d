use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use plugwright::prelude::*;
use serde::Deserialize;
use tempfile::NamedTempFile;
use tracing::info;

/// The configuration of a BackupStorageLocation.
#[derive(Deserialize)]
struct Settings {
    root: PathBuf,
}

/// Stores backups as files, `<root>/<bucket>/<key>`, in a volume of Velero's server.
#[object_store(name = "example.io/files", config = Settings)]
struct Files {
    root: PathBuf,
}

// Each call runs on its own thread and may block.
impl ObjectStore for Files {
    async fn init(_: &Context, config: Config) -> Result<Self> {
        let Settings { root } = config.read()?;
        ensure!(root.is_dir(), "folder {} not found", root.display());
        Ok(Self { root })
    }

    async fn put_object(&self, bucket: &str, key: &str, body: &mut ObjectBody) -> Result<()> {
        let path = self.object(bucket, key)?;
        // Write to a temporary file, so that an incomplete object never has its final name.
        let mut part = NamedTempFile::with_prefix_in(".incoming-", &self.root)?;
        while let Some(chunk) = body.chunk().await? {
            part.write_all(&chunk)?;
        }
        part.as_file().sync_all()?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        part.persist(&path)
            .with_context(|| path.display().to_string())?;
        info!(bucket, key, "stored");
        Ok(())
    }

    async fn object_exists(&self, bucket: &str, key: &str) -> Result<bool> {
        Ok(self.object(bucket, key)?.is_file())
    }

    async fn get_object(&self, bucket: &str, key: &str) -> Result<ObjectBody> {
        let file = File::open(self.object(bucket, key)?);
        Ok(ObjectBody::blocking(file.with_context(|| {
            format!("object {key} in bucket {bucket}")
        })?))
    }

    async fn list_common_prefixes(
        &self,
        bucket: &str,
        prefix: &str,
        delimiter: &str,
    ) -> Result<Vec<String>> {
        let cut = |key: &String| {
            let (before, _) = key.strip_prefix(prefix)?.split_once(delimiter)?;
            Some(format!("{prefix}{before}{delimiter}"))
        };
        let mut prefixes: Vec<_> = self.keys(bucket, prefix)?.iter().filter_map(cut).collect();
        prefixes.dedup();
        Ok(prefixes)
    }

    async fn list_objects(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        self.keys(bucket, prefix)
    }

    async fn delete_object(&self, bucket: &str, key: &str) -> Result<()> {
        match fs::remove_file(self.object(bucket, key)?) {
            // Velero retries a deletion after a failure.
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error)?,
            _ => info!(bucket, key, "deleted"),
        }
        Ok(())
    }

    // `velero backup logs` and `describe --details` require signed URLs.
    async fn create_signed_url(&self, _: &str, _: &str, _: Duration) -> Result<String> {
        bail!("signed URLs are not supported")
    }
}

impl Files {
    /// The bucket's folder, which is always inside the root.
    fn bucket(&self, bucket: &str) -> Result<PathBuf> {
        let is_valid = !bucket.is_empty() && !bucket.starts_with('.') && !bucket.contains('/');
        ensure!(is_valid, "`{bucket}` is not a valid bucket");
        Ok(self.root.join(bucket))
    }

    /// The object's file.
    fn object(&self, bucket: &str, key: &str) -> Result<PathBuf> {
        let is_valid = key.split('/').all(|part| !matches!(part, "" | "." | ".."));
        ensure!(is_valid, "`{key}` is not a valid key");
        Ok(self.bucket(bucket)?.join(key))
    }

    /// All keys that begin with `prefix`, sorted.
    fn keys(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        let bucket = self.bucket(bucket)?;
        let mut keys = Vec::new();
        collect(&bucket, "", &mut keys).with_context(|| bucket.display().to_string())?;
        keys.retain(|key| key.starts_with(prefix));
        keys.sort_unstable();
        Ok(keys)
    }
}

/// Collects the files below a folder, which may be missing.
fn collect(folder: &Path, key: &str, keys: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        // Keys are UTF-8; other files are not objects.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let key = format!("{key}{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{key}/"), keys)?;
        } else {
            keys.push(key);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_object_is_stored_listed_and_deleted() -> Result<()> {
        let root = tempfile::tempdir()?;
        let store = Files {
            root: root.path().into(),
        };
        for key in ["backups/a/data", "backups/b/data", "other"] {
            store
                .put_object("velero", key, &mut ObjectBody::from(key.to_owned()))
                .await?;
        }
        assert_eq!(
            store
                .list_common_prefixes("velero", "backups/", "/")
                .await?,
            ["backups/a/", "backups/b/"]
        );
        let mut body = store.get_object("velero", "backups/a/data").await?;
        let content = body.chunk().await?;
        assert_eq!(content.as_deref(), Some(&b"backups/a/data"[..]));
        store.delete_object("velero", "backups/a/data").await?;
        store.delete_object("velero", "backups/a/data").await?;
        assert_eq!(
            store.list_objects("velero", "backups/").await?,
            ["backups/b/data"]
        );
        assert!(store.list_objects("another", "").await?.is_empty());
        Ok(())
    }

    #[tokio::test]
    async fn paths_outside_of_the_bucket_are_rejected() -> Result<()> {
        let root = tempfile::tempdir()?;
        let store = Files {
            root: root.path().into(),
        };
        for (bucket, key) in [
            ("velero", "../x"),
            ("..", "x"),
            (".incoming-1", "x"),
            ("velero", "/x"),
        ] {
            assert!(
                store.object_exists(bucket, key).await.is_err(),
                "{bucket} {key}"
            );
        }
        Ok(())
    }
}
