use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

use super::{client, pod};
use crate::client::{CallError, PutObjectError};
use crate::{
    Config, Context, Declaration, Item, ObjectBody, ObjectStore, Result, VolumeInfo, VolumeSnapshotter, bail,
};

#[derive(Default)]
pub(super) struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

impl ObjectStore for Memory {
    async fn init(_: &Context, config: Config) -> Result<Self> {
        config.require("bucket")?;
        Ok(Self::default())
    }

    async fn put_object(&self, _: &str, key: &str, body: &mut ObjectBody) -> Result<()> {
        if key == "full" {
            body.read_u8().await?;
            bail!("disk full");
        }
        let mut object = Vec::new();
        body.read_to_end(&mut object).await?;
        self.0.lock().unwrap().insert(key.into(), object);
        Ok(())
    }

    async fn object_exists(&self, _: &str, key: &str) -> Result<bool> {
        Ok(self.0.lock().unwrap().contains_key(key))
    }

    async fn get_object(&self, _: &str, key: &str) -> Result<ObjectBody> {
        if key == "broken" {
            return Ok(ObjectBody::new(tokio::io::repeat(1).take(100_000).chain(Broken)));
        }
        match self.0.lock().unwrap().get(key) {
            Some(object) => Ok(object.clone().into()),
            None => bail!("no object {key}"),
        }
    }

    async fn list_common_prefixes(&self, bucket: &str, prefix: &str, delimiter: &str) -> Result<Vec<String>> {
        Ok([bucket, prefix, delimiter].map(Into::into).to_vec())
    }

    async fn list_objects(&self, _: &str, prefix: &str) -> Result<Vec<String>> {
        Ok(self.0.lock().unwrap().keys().filter(|key| key.starts_with(prefix)).cloned().collect())
    }

    async fn delete_object(&self, _: &str, key: &str) -> Result<()> {
        self.0.lock().unwrap().remove(key);
        Ok(())
    }

    async fn create_signed_url(&self, bucket: &str, key: &str, ttl: Duration) -> Result<String> {
        Ok(format!("https://{bucket}/{key}?{}", ttl.as_nanos()))
    }
}

/// A reader that ends in an error.
struct Broken;

impl AsyncRead for Broken {
    fn poll_read(self: Pin<&mut Self>, _: &mut TaskContext<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::Error::other("unplugged")))
    }
}

#[tokio::test]
async fn calls_an_object_store() -> Result<()> {
    let client = client([Declaration::object_store::<Memory>("a.b/c")]).await?;
    let store = client.object_store("a.b/c");
    let error = store.init([("region", "x")]).await.unwrap_err();
    assert!(error.message().contains("bucket"), "{error}");
    store.init([("bucket", "b")]).await?;

    // More than one message, and not a multiple of its size.
    let object: Vec<u8> = (0..3_000_001_u32).map(|n| n.to_le_bytes()[1]).collect();
    store.put_object("b", "x/1", object.as_slice()).await?;
    store.put_object("b", "x/2", &b"2"[..]).await?;
    let mut back = Vec::new();
    let mut reader = store.get_object("b", "x/1").await?;
    reader.read_to_end(&mut back).await?;
    assert!(back == object);
    assert_eq!(reader.read_to_end(&mut back).await?, 0);
    // No message means no bucket and no key, which is also an error in Go.
    let put = store.put_object("b", "x/empty", tokio::io::empty()).await;
    assert!(matches!(&put, Err(PutObjectError::Call(error)) if error.message().contains("EOF")), "{put:?}");

    assert_eq!(store.list_objects("b", "x/").await?, ["x/1", "x/2"]);
    store.delete_object("b", "x/1").await?;
    assert_eq!(
        (store.object_exists("b", "x/1").await?, store.object_exists("b", "x/2").await?),
        (false, true)
    );
    assert_eq!(store.list_common_prefixes("b", "p", "d").await?, ["b", "p", "d"]);
    assert_eq!(store.create_signed_url("b", "k", Duration::from_secs(2)).await?, "https://b/k?2000000000");
    assert!(store.create_signed_url("b", "k", Duration::MAX).await?.ends_with("?9223372036854775807"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_put_stores_nothing() -> Result<()> {
    let client = client([Declaration::object_store::<Memory>("a.b/c")]).await?;
    let store = client.object_store("a.b/c");
    store.init([("bucket", "b")]).await?;
    for number in 0..50 {
        let key = format!("cut/{number}");
        let endless = tokio::io::repeat(0).take(50_000).chain(Endless);
        let put = tokio::time::timeout(Duration::from_millis(5), store.put_object("b", &key, endless)).await;
        assert!(put.is_err(), "{put:?}");
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(store.list_objects("b", "cut/").await?, [] as [&str; 0]);
    Ok(())
}

/// A reader that never ends.
struct Endless;

impl AsyncRead for Endless {
    fn poll_read(self: Pin<&mut Self>, _: &mut TaskContext<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn broken_streams_are_errors_on_both_sides() -> Result<()> {
    let client = client([Declaration::object_store::<Memory>("a.b/c")]).await?;
    let store = client.object_store("a.b/c");
    store.init([("bucket", "b")]).await?;

    // The rest of the object is read before the response: Velero's client would otherwise report `EOF`.
    let mut object = tokio::io::repeat(0).take(8 << 20);
    let put = store.put_object("b", "full", &mut object).await;
    assert!(matches!(&put, Err(PutObjectError::Call(error)) if error.message() == "disk full"), "{put:?}");
    assert_eq!(object.limit(), 0);
    let put = store.put_object("b", "half", tokio::io::repeat(0).take(50_000).chain(Broken)).await;
    assert!(matches!(&put, Err(PutObjectError::Read(error)) if error.to_string() == "unplugged"), "{put:?}");

    let mut back = Vec::new();
    let reading =
        async { store.get_object("b", "none").await?.read_to_end(&mut back).await.map_err(Into::into) };
    let error: Result<usize> = reading.await;
    assert!(error.unwrap_err().to_string().contains("no object none"));
    let error = store.get_object("b", "broken").await?.read_to_end(&mut back).await.unwrap_err();
    let error = error.get_ref().and_then(|error| error.downcast_ref::<CallError>()).unwrap();
    assert!(error.message().contains("unplugged"), "{error}");
    Ok(())
}

struct Disks;

impl VolumeSnapshotter for Disks {
    async fn init(_: &Context, _: Config) -> Result<Self> {
        Ok(Self)
    }

    async fn create_volume_from_snapshot(
        &self,
        snapshot_id: &str,
        volume_type: &str,
        volume_az: &str,
        iops: Option<i64>,
    ) -> Result<String> {
        Ok(format!("{snapshot_id} {volume_type} {volume_az} {iops:?}"))
    }

    async fn get_volume_info(&self, volume_id: &str, _: &str) -> Result<VolumeInfo> {
        Ok(VolumeInfo { volume_type: volume_id.into(), iops: (volume_id == "fast").then_some(9) })
    }

    async fn create_snapshot(&self, _: &str, _: &str, tags: &BTreeMap<String, String>) -> Result<String> {
        Ok(format!("{tags:?}"))
    }

    async fn delete_snapshot(&self, snapshot_id: &str) -> Result<()> {
        bail!("{snapshot_id} is in use")
    }

    async fn get_volume_id(&self, volume: &Item) -> Result<Option<String>> {
        Ok(volume.get_str("/spec/disk").map(ToOwned::to_owned))
    }

    async fn set_volume_id(&self, volume: &mut Item, volume_id: &str) -> Result<()> {
        volume.set("/spec/disk", volume_id)
    }
}

#[tokio::test]
async fn calls_a_volume_snapshotter() -> Result<()> {
    let client = client([Declaration::volume_snapshotter::<Disks>("a.b/c")]).await?;
    let disks = client.volume_snapshotter("a.b/c");
    disks.init([("a", "b")]).await?;
    assert_eq!(disks.create_volume_from_snapshot("s", "t", "z", Some(5)).await?, "s t z Some(5)");
    assert_eq!(disks.create_volume_from_snapshot("s", "t", "z", None).await?, "s t z None");
    assert_eq!(disks.get_volume_info("fast", "z").await?.iops, Some(9));
    assert_eq!(disks.get_volume_info("slow", "z").await?.iops, None);
    let tags = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
    assert_eq!(disks.create_snapshot("v", "z", &tags).await?, r#"{"a": "b"}"#);
    assert_eq!(disks.delete_snapshot("s").await.unwrap_err().message(), "s is in use");
    assert_eq!(disks.get_volume_id(&pod()?).await?, None);
    let volume = disks.set_volume_id(&pod()?, "v").await?;
    assert_eq!(disks.get_volume_id(&volume).await?.as_deref(), Some("v"));
    Ok(())
}
