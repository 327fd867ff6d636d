//! An object store for plugin binaries without one. Each object is the file `<root>/<bucket>/<key>`.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use plugwright::prelude::*;
use tempfile::NamedTempFile;
use tokio::io::AsyncReadExt;

use crate::downloads;

/// The plugin's name.
pub const FILE_STORE: &str = "plugwright.local/files";

/// The file name under which Velero's server starts this program as the plugin.
pub(crate) const FILE: &str = "plugwright-file-store";

/// The variable with the root directory, as in Velero's example plugins.
pub(crate) const ROOT: &str = "ARK_FILE_OBJECT_STORE_ROOT";

/// The part of an object that is in memory at a time.
const CHUNK: u64 = 256 << 10;

#[object_store(name = "plugwright.local/files", config_keys = ["publicUrl"])]
struct FileStore {
    root: PathBuf,
    public_url: String,
    /// The file with the secret shared with the web server.
    secret: PathBuf,
}

// Each call runs on its own thread and may block.
impl ObjectStore for FileStore {
    async fn init(_: &Context, config: Config) -> Result<Self> {
        let root = std::env::var_os(ROOT).with_context(|| format!("{ROOT} is not set"))?;
        Ok(Self {
            root: root.into(),
            public_url: config.require("publicUrl")?.to_owned(),
            secret: config.require("credentialsFile")?.into(),
        })
    }

    async fn put_object(&self, bucket: &str, key: &str, body: &mut ObjectBody) -> Result<()> {
        let path = self.object(bucket, key)?;
        // Rename the file once it is complete: readers must not see a partial object.
        let mut part = NamedTempFile::with_prefix_in(".incoming-", &self.root)?;
        let mut chunk = Vec::new();
        while (&mut *body).take(CHUNK).read_to_end(&mut chunk).await? > 0 {
            part.write_all(&chunk)?;
            chunk.clear();
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        part.persist(&path).with_context(|| path.display().to_string())?;
        Ok(())
    }

    async fn object_exists(&self, bucket: &str, key: &str) -> Result<bool> {
        Ok(self.object(bucket, key)?.is_file())
    }

    async fn get_object(&self, bucket: &str, key: &str) -> Result<ObjectBody> {
        let file = File::open(self.object(bucket, key)?);
        Ok(ObjectBody::blocking(file.with_context(|| format!("object {key} in bucket {bucket}"))?))
    }

    async fn list_common_prefixes(&self, bucket: &str, prefix: &str, delimiter: &str) -> Result<Vec<String>> {
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
            _ => Ok(()),
        }
    }

    async fn create_signed_url(&self, bucket: &str, key: &str, ttl: Duration) -> Result<String> {
        self.object(bucket, key)?;
        let secret = fs::read(&self.secret).with_context(|| self.secret.display().to_string())?;
        let expires = (SystemTime::now() + ttl).duration_since(UNIX_EPOCH)?.as_secs();
        let signed = downloads::sign(&secret, bucket, key, expires)
            .map_err(|error| plugwright::Error::msg(error.to_string()))?;
        Ok(format!("{}/{signed}", self.public_url))
    }
}

impl FileStore {
    /// The object's file.
    fn object(&self, bucket: &str, key: &str) -> Result<PathBuf> {
        let is_valid = key.split('/').all(|part| !matches!(part, "" | "." | ".."));
        ensure!(is_valid, "`{key}` is not a valid key");
        Ok(self.root.join(bucket).join(key))
    }

    /// All keys that begin with `prefix`, sorted.
    fn keys(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        let bucket = self.root.join(bucket);
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
        let Ok(name) = entry.file_name().into_string() else { continue };
        let key = format!("{key}{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{key}/"), keys)?;
        } else {
            keys.push(key);
        }
    }
    Ok(())
}
