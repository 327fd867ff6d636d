use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use plugwright::prelude::*;
use tempfile::NamedTempFile;
use tokio::io::AsyncReadExt;
use tracing::info;

/// How much of an object is in memory at a time.
const CHUNK: u64 = 256 << 10;

/// Keeps backups as files, `<root>/<bucket>/<key>`, in a volume that the server mounts.
#[object_store(name = "example.io/files", config_keys = ["root"])]
struct Files {
    root: PathBuf,
}

// Every call has a thread of its own: it may block.
impl ObjectStore for Files {
    async fn init(_: &Context, config: Config) -> Result<Self> {
        let root = PathBuf::from(config.require("root")?);
        ensure!(root.is_dir(), "there is no folder {}", root.display());
        Ok(Self { root })
    }

    async fn put_object(&self, bucket: &str, key: &str, body: &mut ObjectBody) -> Result<()> {
        let path = self.object(bucket, key)?;
        // Nobody sees half an object: it gets its name when it is whole, and is gone after an error.
        let mut part = NamedTempFile::with_prefix_in(".incoming-", &self.root)?;
        let mut chunk = Vec::new();
        while (&mut *body).take(CHUNK).read_to_end(&mut chunk).await? > 0 {
            part.write_all(&chunk)?;
            chunk.clear();
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
            // A delete is tried again after a failure.
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error)?,
            _ => info!(bucket, key, "removed"),
        }
        Ok(())
    }

    // So `velero backup logs` has nothing to download from.
    async fn create_signed_url(&self, _: &str, _: &str, _: Duration) -> Result<String> {
        bail!("files have no URLs")
    }
}

impl Files {
    /// The bucket's folder, which nothing leads out of.
    fn bucket(&self, bucket: &str) -> Result<PathBuf> {
        let is_valid = !bucket.is_empty() && !bucket.starts_with('.') && !bucket.contains('/');
        ensure!(is_valid, "`{bucket}` cannot be a bucket");
        Ok(self.root.join(bucket))
    }

    /// The object's file.
    fn object(&self, bucket: &str, key: &str) -> Result<PathBuf> {
        let is_valid = key.split('/').all(|part| !matches!(part, "" | "." | ".."));
        ensure!(is_valid, "`{key}` cannot be a key");
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

/// The files of a folder and of those in it. One that is not there has none.
fn collect(folder: &Path, key: &str, keys: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        // Keys are text: a file whose name is not is nobody's object.
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
    async fn an_object_comes_back_until_it_is_deleted() -> Result<()> {
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
        let mut content = String::new();
        store
            .get_object("velero", "backups/a/data")
            .await?
            .read_to_string(&mut content)
            .await?;
        assert_eq!(content, "backups/a/data");
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
    async fn nothing_leads_out_of_a_bucket() -> Result<()> {
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
