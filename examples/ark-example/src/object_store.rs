mod keys;
#[cfg(test)]
mod tests;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use plugwright::prelude::*;
use tempfile::NamedTempFile;
use tokio::fs::{self, File};
use tokio::io::{AsyncWriteExt, BufReader, copy_buf};
use tokio::task::spawn_blocking;
use tracing::info;

/// The variable with the root directory.
const ROOT: &str = "ARK_FILE_OBJECT_STORE_ROOT";

/// The default root directory.
const DEFAULT_ROOT: &str = "/tmp/backups";

/// The folder for incomplete objects, in the same file system as the buckets for renaming. It is not a valid bucket name.
const INCOMING: &str = ".incoming";

/// The part of an object that is in memory at a time.
const CHUNK: usize = 256 << 10;

/// Stores each object in the file `<root>/<bucket>/<key>`.
#[object_store(name = "example.io/file")]
struct FileStore {
    root: PathBuf,
}

impl ObjectStore for FileStore {
    async fn init(_: &Context, _: Config) -> Result<Self> {
        let root = std::env::var_os(ROOT).filter(|root| !root.is_empty());
        let root = root.map_or_else(|| DEFAULT_ROOT.into(), PathBuf::from);
        info!(root = %root.display(), "Init");
        // Fail now rather than in the first backup.
        make_directory(&root.join(INCOMING)).await?;
        Ok(Self { root })
    }

    async fn put_object(&self, bucket: &str, key: &str, body: &mut ObjectBody) -> Result<()> {
        info!(bucket, key, "PutObject");
        let path = self.object(bucket, key)?;
        let incoming = self.root.join(INCOMING);
        make_directory(&incoming).await?;
        // Dropped and removed after an error or when the call is cancelled.
        let part = spawn_blocking(|| NamedTempFile::new_in(incoming)).await??;
        let mut file = File::from_std(part.reopen()?);
        copy_buf(&mut BufReader::with_capacity(CHUNK, body), &mut file).await?;
        // Wait for the write in the background, and for its error.
        file.flush().await?;
        file.sync_all().await?;
        if let Some(directory) = path.parent() {
            make_directory(directory).await?;
        }
        part.persist(&path).map(drop).with_context(|| path.display().to_string())
    }

    async fn object_exists(&self, bucket: &str, key: &str) -> Result<bool> {
        info!(bucket, key, "ObjectExists");
        let path = self.object(bucket, key)?;
        let metadata = found(fs::metadata(&path).await, &path)?;
        Ok(metadata.is_some_and(|metadata| metadata.is_file()))
    }

    async fn get_object(&self, bucket: &str, key: &str) -> Result<ObjectBody> {
        info!(bucket, key, "GetObject");
        let path = self.object(bucket, key)?;
        let file = found(File::open(&path).await, &path)?;
        let file = file.with_context(|| format!("Object {key} not found in bucket {bucket}"))?;
        ensure!(file.metadata().await?.is_file(), "Object {key} not found in bucket {bucket}");
        Ok(ObjectBody::blocking(file.into_std().await))
    }

    async fn list_common_prefixes(&self, bucket: &str, prefix: &str, delimiter: &str) -> Result<Vec<String>> {
        info!(bucket, prefix, delimiter, "ListCommonPrefixes");
        Ok(keys::common_prefixes(&self.keys(bucket, prefix).await?, prefix, delimiter))
    }

    async fn list_objects(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        info!(bucket, prefix, "ListObjects");
        self.keys(bucket, prefix).await
    }

    async fn delete_object(&self, bucket: &str, key: &str) -> Result<()> {
        info!(bucket, key, "DeleteObject");
        let path = self.object(bucket, key)?;
        found(fs::remove_file(&path).await, &path)?;
        Ok(())
    }

    async fn create_signed_url(&self, _: &str, _: &str, _: Duration) -> Result<String> {
        bail!("signed URLs are not supported")
    }
}

impl FileStore {
    /// All keys in a bucket that begin with `prefix`.
    async fn keys(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        let (bucket, prefix) = (self.bucket(bucket)?, prefix.to_owned());
        spawn_blocking(move || keys::list(&bucket, &prefix)).await?
    }

    /// The bucket's directory, which is always inside the root.
    fn bucket(&self, bucket: &str) -> Result<PathBuf> {
        let is_valid = !bucket.is_empty() && !bucket.starts_with('.') && !bucket.contains('/');
        ensure!(is_valid, "Bucket {bucket} is not valid");
        Ok(self.root.join(bucket))
    }

    /// The object's file.
    fn object(&self, bucket: &str, key: &str) -> Result<PathBuf> {
        let bucket = self.bucket(bucket)?;
        let is_valid = key.split('/').all(|part| !matches!(part, "" | "." | ".."));
        ensure!(is_valid, "Key {key} is not valid");
        Ok(bucket.join(key))
    }
}

async fn make_directory(path: &Path) -> Result<()> {
    fs::create_dir_all(path).await.with_context(|| path.display().to_string())
}

/// `None` if the path does not exist, or leads through a file.
fn found<T>(result: io::Result<T>, path: &Path) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}
