mod incoming;
mod keys;
mod links;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use plugwright::prelude::*;
use tracing::info;

use self::incoming::Incoming;
use self::links::Links;

/// The variable with the root directory.
const ROOT: &str = "ARK_FILE_OBJECT_STORE_ROOT";

/// The default root directory.
const DEFAULT_ROOT: &str = "/tmp/backups";

/// Stores each object in the file `<root>/<bucket>/<key>`.
#[object_store(name = "example.io/object-store-plugin")]
struct FileObjectStore {
    root: PathBuf,
    links: Links,
}

impl ObjectStore for FileObjectStore {
    async fn init(_: &Context, config: Config) -> Result<Self> {
        info!("FileObjectStore.Init called");
        let root =
            std::env::var_os(ROOT).filter(|root| !root.is_empty()).unwrap_or_else(|| DEFAULT_ROOT.into());
        let store = Self { root: root.into(), links: Links::new(&config) };
        let [bucket, prefix] = ["bucket", "prefix"].map(|key| config.get(key).unwrap_or_default());
        store.make_directory(bucket, prefix)?;
        Ok(store)
    }

    async fn put_object(&self, bucket: &str, key: &str, body: &mut ObjectBody) -> Result<()> {
        info!(bucket, key, "PutObject");
        let path = self.object(bucket, key)?;
        let mut incoming = Incoming::create(&self.root)?;
        incoming.write(body).await?;
        incoming.move_to(&path)
    }

    async fn object_exists(&self, bucket: &str, key: &str) -> Result<bool> {
        info!(bucket, key, "ObjectExists");
        is_file(&self.object(bucket, key)?)
    }

    async fn get_object(&self, bucket: &str, key: &str) -> Result<ObjectBody> {
        info!(bucket, key, "GetObject");
        let path = self.object(bucket, key)?;
        let file = if is_file(&path)? { found(fs::File::open(&path), &path)? } else { None };
        let file = file.with_context(|| format!("Object {key} not found in bucket {bucket}"))?;
        Ok(ObjectBody::blocking(file))
    }

    async fn list_common_prefixes(&self, bucket: &str, prefix: &str, delimiter: &str) -> Result<Vec<String>> {
        info!(bucket, prefix, delimiter, "ListCommonPrefixes");
        let keys = keys::list(&self.bucket(bucket)?, prefix)?;
        Ok(keys::common_prefixes(&keys, prefix, delimiter))
    }

    async fn list_objects(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        info!(bucket, prefix, "ListObjects");
        keys::list(&self.bucket(bucket)?, prefix)
    }

    async fn delete_object(&self, bucket: &str, key: &str) -> Result<()> {
        info!(bucket, key, "DeleteObject");
        let (bucket, path) = (self.bucket(bucket)?, self.object(bucket, key)?);
        if is_file(&path)? {
            found(fs::remove_file(&path), &path)?;
        }
        // Remove empty parent directories, up to the first that is not empty or does not exist.
        for directory in path.ancestors().skip(1).take_while(|directory| *directory != bucket) {
            if fs::remove_dir(directory).is_err() {
                break;
            }
        }
        Ok(())
    }

    async fn create_signed_url(&self, bucket: &str, key: &str, ttl: Duration) -> Result<String> {
        info!(bucket, key, "CreateSignedURL");
        self.object(bucket, key)?;
        self.links.sign(bucket, key, ttl)
    }
}

impl FileObjectStore {
    /// Creates `<root>/<bucket>/<prefix>`, the directory of a location.
    fn make_directory(&self, bucket: &str, prefix: &str) -> Result<()> {
        // Joining a path that begins with `/` would leave the root.
        let directory = self.root.join(bucket.trim_start_matches('/')).join(prefix.trim_start_matches('/'));
        fs::create_dir_all(&directory).with_context(|| directory.display().to_string())
    }

    /// The bucket's directory.
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

/// Whether an object exists. A directory is not an object.
fn is_file(path: &Path) -> Result<bool> {
    let metadata = found(fs::metadata(path), path)?;
    Ok(metadata.is_some_and(|metadata| metadata.is_file()))
}

/// `None` if the path does not exist, or leads through a file.
fn found<T>(result: io::Result<T>, path: &Path) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}
