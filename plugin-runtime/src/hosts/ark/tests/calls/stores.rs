use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncReadExt as _;
use tonic::Code;

use super::{newer, older};
use crate::hosts::ark::proto::v0_9;
use crate::hosts::velero::proto::generated;
use crate::prelude::*;

/// Keeps objects in memory, and returns its arguments.
#[derive(Default)]
pub(super) struct Objects(Mutex<BTreeMap<String, Bytes>>);

impl ObjectStore for Objects {
    async fn init(_: &Context, config: Config) -> Result<Self> {
        config.require("bucket")?;
        Ok(Self::default())
    }

    async fn put_object(&self, bucket: &str, key: &str, body: &mut ObjectBody) -> Result<()> {
        let mut object = Vec::new();
        body.read_to_end(&mut object).await?;
        self.0.lock().unwrap().insert(format!("{bucket}/{key}"), object.into());
        Ok(())
    }

    async fn object_exists(&self, bucket: &str, key: &str) -> Result<bool> {
        Ok(self.0.lock().unwrap().contains_key(&format!("{bucket}/{key}")))
    }

    async fn get_object(&self, bucket: &str, key: &str) -> Result<ObjectBody> {
        let object = self.0.lock().unwrap().get(&format!("{bucket}/{key}")).cloned();
        Ok(object.context("no such object")?.into())
    }

    async fn list_common_prefixes(&self, bucket: &str, prefix: &str, delimiter: &str) -> Result<Vec<String>> {
        Ok([bucket, prefix].map(|text| format!("{text}{delimiter}")).to_vec())
    }

    async fn list_objects(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        let prefix = format!("{bucket}/{prefix}");
        Ok(self.0.lock().unwrap().keys().filter(|key| key.starts_with(&prefix)).cloned().collect())
    }

    async fn delete_object(&self, bucket: &str, key: &str) -> Result<()> {
        self.0.lock().unwrap().remove(&format!("{bucket}/{key}"));
        Ok(())
    }

    async fn create_signed_url(&self, bucket: &str, key: &str, ttl: Duration) -> Result<String> {
        Ok(format!("https://{bucket}/{key}?{}", ttl.as_secs()))
    }
}

/// Returns its arguments.
pub(super) struct Disks;

impl VolumeSnapshotter for Disks {
    async fn init(_: &Context, config: Config) -> Result<Self> {
        config.require("region")?;
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

    async fn is_volume_ready(&self, volume_id: &str, volume_az: &str) -> Result<bool> {
        Ok((volume_id, volume_az) == ("v", "z"))
    }

    async fn get_volume_info(&self, volume_id: &str, volume_az: &str) -> Result<VolumeInfo> {
        Ok(VolumeInfo { volume_type: format!("{volume_id} {volume_az}"), iops: Some(9) })
    }

    async fn create_snapshot(
        &self,
        volume_id: &str,
        volume_az: &str,
        tags: &BTreeMap<String, String>,
    ) -> Result<String> {
        Ok(format!("{volume_id} {volume_az} {tags:?}"))
    }

    async fn delete_snapshot(&self, snapshot_id: &str) -> Result<()> {
        ensure!(snapshot_id != "used", "the snapshot is in use");
        Ok(())
    }

    async fn get_volume_id(&self, volume: &Item) -> Result<Option<String>> {
        Ok(volume.get_str("/spec/disk").map(ToOwned::to_owned))
    }

    async fn set_volume_id(&self, volume: &mut Item, volume_id: &str) -> Result<()> {
        volume.set("/spec/disk", volume_id)
    }
}

fn config(key: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(key.to_owned(), "x".to_owned())])
}

#[tokio::test]
async fn older_ark_calls_an_object_store() {
    use v0_9::object_store_client::ObjectStoreClient;
    let mut store = ObjectStoreClient::new(older("objectstore").await);
    let init = |key| v0_9::InitRequest { config: config(key) };
    let error = store.init(init("region")).await.unwrap_err();
    assert!(error.message().contains("bucket"), "{error}");
    store.init(init("bucket")).await.unwrap();

    let part = |bucket: &str, key: &str, body: &str| v0_9::PutObjectRequest {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        body: body.to_owned().into(),
    };
    let parts = [part("b", "x/1", "first, "), part("", "", "second")];
    store.put_object(tokio_stream::iter(parts)).await.unwrap();
    let error = store.put_object(tokio_stream::empty()).await.unwrap_err();
    assert!(error.message().starts_with("EOF"), "{error}");

    let get = |key: &str| v0_9::GetObjectRequest { bucket: "b".into(), key: key.into() };
    let mut parts = store.get_object(get("x/1")).await.unwrap().into_inner();
    let mut object = Vec::new();
    while let Some(part) = parts.message().await.unwrap() {
        object.extend_from_slice(&part.data);
    }
    assert_eq!(object, b"first, second");
    assert_eq!(store.get_object(get("none")).await.unwrap_err().message(), "no such object");

    let list = || v0_9::ListObjectsRequest { bucket: "b".into(), prefix: "x/".into() };
    assert_eq!(store.list_objects(list()).await.unwrap().into_inner().keys, ["b/x/1"]);
    store.delete_object(v0_9::DeleteObjectRequest { bucket: "b".into(), key: "x/1".into() }).await.unwrap();
    assert_eq!(store.list_objects(list()).await.unwrap().into_inner().keys, [] as [&str; 0]);

    let list = v0_9::ListCommonPrefixesRequest { bucket: "b".into(), delimiter: "/".into() };
    assert_eq!(store.list_common_prefixes(list).await.unwrap().into_inner().prefixes, ["b", ""]);
    let url = v0_9::CreateSignedUrlRequest { bucket: "b".into(), key: "k".into(), ttl: 2_000_000_000 };
    assert_eq!(store.create_signed_url(url).await.unwrap().into_inner().url, "https://b/k?2");
}

#[tokio::test]
async fn older_ark_calls_a_block_store() {
    use v0_9::block_store_client::BlockStoreClient;
    let (v, z) = (|| "v".to_owned(), || "z".to_owned());
    let mut disks = BlockStoreClient::new(older("blockstore").await);
    let error = disks.init(v0_9::InitRequest { config: config("bucket") }).await.unwrap_err();
    assert!(error.message().contains("region"), "{error}");
    disks.init(v0_9::InitRequest { config: config("region") }).await.unwrap();

    let create = v0_9::CreateVolumeRequest {
        snapshot_id: "s".into(),
        volume_type: "t".into(),
        volume_az: z(),
        iops: 5,
    };
    let created = disks.create_volume_from_snapshot(create).await.unwrap().into_inner();
    assert_eq!(created.volume_id, "s t z Some(5)");
    for (volume_id, ready) in [("v", true), ("new", false)] {
        let request = v0_9::IsVolumeReadyRequest { volume_id: volume_id.into(), volume_az: z() };
        assert_eq!(disks.is_volume_ready(request).await.unwrap().into_inner().ready, ready);
    }
    let info = v0_9::GetVolumeInfoRequest { volume_id: v(), volume_az: z() };
    let info = disks.get_volume_info(info).await.unwrap().into_inner();
    assert_eq!((&*info.volume_type, info.iops), ("v z", 9));
    let create = v0_9::CreateSnapshotRequest { volume_id: v(), volume_az: z(), tags: config("a") };
    let created = disks.create_snapshot(create).await.unwrap().into_inner();
    assert_eq!(created.snapshot_id, r#"v z {"a": "x"}"#);
    let delete = |id: &str| v0_9::DeleteSnapshotRequest { snapshot_id: id.to_owned() };
    disks.delete_snapshot(delete("s")).await.unwrap();
    assert_eq!(disks.delete_snapshot(delete("used")).await.unwrap_err().message(), "the snapshot is in use");

    let persistent_volume = Bytes::from(r#"{"kind":"PersistentVolume","spec":{"disk":"old"}}"#);
    let set = v0_9::SetVolumeIdRequest { persistent_volume: persistent_volume.clone(), volume_id: v() };
    let set = disks.set_volume_id(set).await.unwrap().into_inner().persistent_volume;
    for (persistent_volume, expected) in [(persistent_volume, "old"), (set, "v")] {
        let get = v0_9::GetVolumeIdRequest { persistent_volume };
        assert_eq!(disks.get_volume_id(get).await.unwrap().into_inner().volume_id, expected);
    }
}

/// Only the name of the service differs from Velero's.
#[tokio::test]
async fn newer_ark_calls_stores_with_veleros_messages() {
    use generated::object_store_client::ObjectStoreClient;
    let channel = newer().await;
    let mut store = ObjectStoreClient::new(channel.clone());
    let init = |plugin: &str| generated::ObjectStoreInitRequest {
        plugin: plugin.to_owned(),
        config: config("bucket"),
    };
    store.init(init("c")).await.unwrap();
    assert_eq!(store.init(init("d")).await.unwrap_err().code(), Code::Unknown);

    let mut grpc = tonic::client::Grpc::new(channel);
    let mut block_store = async |key| {
        grpc.ready().await.unwrap();
        let request = generated::VolumeSnapshotterInitRequest { plugin: "c".into(), config: config(key) };
        let path = http::uri::PathAndQuery::from_static("/generated.BlockStore/Init");
        let codec = tonic_prost::ProstCodec::<_, generated::Empty>::default();
        grpc.unary(tonic::Request::new(request), path, codec).await
    };
    block_store("region").await.unwrap();
    assert!(block_store("bucket").await.unwrap_err().message().contains("region"));
}
