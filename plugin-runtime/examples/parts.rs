//! An object store that uploads in parts, for `tests/ending.rs` and `tests/faults.rs`: a part is a file in the bucket's directory,
//! and each request takes a while. With the argument `host`, this program is instead a host of that plugin,
//! which puts one object and is killed during the put.

use std::path::{Path, PathBuf};
use std::time::Duration;

use plugwright::client::Client;
use plugwright::prelude::*;
use tokio::io::AsyncReadExt;

/// The latency of the store.
const AWAY: Duration = Duration::from_millis(200);
const PART: usize = 1 << 20;

#[object_store(name = "example.io/parts")]
struct Parts {
    cx: Context,
}

/// An upload that removes its parts unless it is completed.
struct Upload {
    bucket: PathBuf,
    completed: bool,
}

impl Upload {
    async fn part(&self, number: usize, data: &[u8]) -> Result<()> {
        tokio::time::sleep(AWAY / 10).await;
        tracing::info!(number, at = %Time::now(), "part");
        Ok(std::fs::write(self.bucket.join(format!("{number}.part")), data)?)
    }

    async fn abort(bucket: PathBuf) {
        tokio::time::sleep(AWAY).await;
        for entry in std::fs::read_dir(bucket).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "part") {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.completed {
            tokio::spawn(Self::abort(self.bucket.clone()));
        }
    }
}

impl ObjectStore for Parts {
    async fn init(cx: &Context, _: Config) -> Result<Self> {
        Ok(Self { cx: cx.clone() })
    }

    async fn put_object(&self, bucket: &str, key: &str, body: &mut ObjectBody) -> Result<()> {
        let mut upload = Upload { bucket: bucket.into(), completed: false };
        if key == "stopping" {
            // Keeps the body unread, so that only `stopping` can end this.
            upload.part(0, b"one").await?;
            self.cx.stopping().await;
            upload.completed = true;
            Upload::abort(bucket.into()).await;
            bail!("aborted");
        }
        if key == "stuck" {
            upload.part(0, b"one").await?;
            std::future::pending::<()>().await;
        }
        for number in 0.. {
            let mut part = vec![0; PART];
            let read = body.read_exact(&mut part).await;
            match read {
                Ok(_) => upload.part(number, &part).await?,
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof && number >= 64 => break,
                Err(error) => return Err(error.into()),
            }
        }
        upload.completed = true;
        Ok(())
    }

    async fn object_exists(&self, _: &str, _: &str) -> Result<bool> {
        Ok(false)
    }

    async fn get_object(&self, bucket: &str, key: &str) -> Result<ObjectBody> {
        Ok(ObjectBody::blocking(std::fs::File::open(Path::new(bucket).join(key))?))
    }

    async fn list_common_prefixes(&self, _: &str, _: &str, _: &str) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    async fn list_objects(&self, _: &str, _: &str) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    async fn delete_object(&self, _: &str, _: &str) -> Result<()> {
        Ok(())
    }

    async fn create_signed_url(&self, _: &str, _: &str, _: Duration) -> Result<String> {
        bail!("not supported")
    }
}

/// Puts 64 MiB into this bucket, and prints the plugin's process id first.
async fn host(bucket: &Path, key: &str) -> Result<()> {
    let plugin = Client::builder(std::env::current_exe()?).start().await?;
    println!("{}", plugin.id().context("the plugin has ended")?);
    let bucket = bucket.to_str().context("the bucket is not UTF-8")?;
    let store = plugin.object_store("example.io/parts");
    store.init([("bucket", bucket)]).await?;
    store.put_object(bucket, key, &vec![7; 64 << 20][..]).await?;
    Ok(())
}

fn main() -> std::process::ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let [_, host, bucket, key] = args.as_slice() else { return plugwright::serve() };
    assert_eq!(host, "host");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let hosted =
        runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(self::host(bucket.as_ref(), key)));
    match hosted {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
