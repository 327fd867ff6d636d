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

/// Names the root directory.
const ROOT: &str = "ARK_FILE_OBJECT_STORE_ROOT";

/// The root directory where [`ROOT`] is not set.
const DEFAULT_ROOT: &str = "/tmp/backups";

/// Where objects are until they are whole: in the root, so that a rename is enough. No bucket is called so.
const INCOMING: &str = ".incoming";

/// How much of an object is in memory at a time.
const CHUNK: usize = 256 << 10;

/// Keeps each object in the file `<root>/<bucket>/<key>`.
#[object_store(name = "example.io/file")]
struct FileStore {
    root: PathBuf,
}

impl ObjectStore for FileStore {
    async fn init(_: &Context, _: Config) -> Result<Self> {
        let root = std::env::var_os(ROOT).filter(|root| !root.is_empty());
        let root = root.map_or_else(|| DEFAULT_ROOT.into(), PathBuf::from);
        info!(root = %root.display(), "Init");
        // Rather now than in the first backup.
        make_directory(&root.join(INCOMING)).await?;
        Ok(Self { root })
    }

    async fn put_object(&self, bucket: &str, key: &str, body: &mut ObjectBody) -> Result<()> {
        info!(bucket, key, "PutObject");
        let path = self.object(bucket, key)?;
        let incoming = self.root.join(INCOMING);
        make_directory(&incoming).await?;
        // An error, and a call that is given up, drop this, and the file is gone.
        let part = spawn_blocking(|| NamedTempFile::new_in(incoming)).await??;
        let mut file = File::from_std(part.reopen()?);
        copy_buf(&mut BufReader::with_capacity(CHUNK, body), &mut file).await?;
        // A write ends in the background; this waits for it, and for its error.
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
        bail!("files have no URLs, signed or not")
    }
}

impl FileStore {
    /// All keys of a bucket that begin with `prefix`.
    async fn keys(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        let (bucket, prefix) = (self.bucket(bucket)?, prefix.to_owned());
        spawn_blocking(move || keys::list(&bucket, &prefix)).await?
    }

    /// The bucket's directory, which nothing leads out of.
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

/// `None` where nothing is, and where the path runs through a file.
fn found<T>(result: io::Result<T>, path: &Path) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}
