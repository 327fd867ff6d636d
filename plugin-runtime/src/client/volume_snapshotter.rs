//! Calls volume snapshotters.

use std::collections::BTreeMap;

use go_plugin::__private::Checked;

use super::connection::Connection;
use super::convert;
use super::proto::generated::volume_snapshotter_client::VolumeSnapshotterClient as Grpc;
use super::proto::generated::{
    CreateSnapshotRequest, CreateVolumeRequest, DeleteSnapshotRequest, GetVolumeIdRequest,
    GetVolumeInfoRequest, SetVolumeIdRequest, VolumeSnapshotterInitRequest,
};
use super::status::CallError;
use crate::{Item, VolumeInfo};

/// A volume snapshotter, from [`Client::volume_snapshotter`](super::Client::volume_snapshotter).
#[derive(Debug, Clone)]
pub struct VolumeSnapshotterClient {
    connection: Connection,
    plugin: String,
}

impl VolumeSnapshotterClient {
    pub(super) fn new(connection: Connection, plugin: String) -> Self {
        Self { connection, plugin }
    }

    fn grpc(&self) -> Grpc<Checked> {
        Grpc::new(self.connection.checked()).max_decoding_message_size(usize::MAX)
    }

    /// Calls Init with the configuration of a volume snapshot location; call it before all other methods.
    pub async fn init<K, V>(&self, config: impl IntoIterator<Item = (K, V)>) -> Result<(), CallError>
    where
        K: Into<String>,
        V: Into<String>,
    {
        let config = config.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        let request = VolumeSnapshotterInitRequest { plugin: self.plugin.clone(), config };
        self.connection.answer(self.grpc().init(request)).await.map(drop)
    }

    /// Creates a volume from a snapshot; returns its id. `None` is sent as 0 IOPS.
    pub async fn create_volume_from_snapshot(
        &self,
        snapshot_id: &str,
        volume_type: &str,
        volume_az: &str,
        iops: Option<i64>,
    ) -> Result<String, CallError> {
        let request = CreateVolumeRequest {
            plugin: self.plugin.clone(),
            snapshot_id: snapshot_id.into(),
            volume_type: volume_type.into(),
            volume_az: volume_az.into(),
            iops: iops.unwrap_or_default(),
        };
        Ok(self.connection.answer(self.grpc().create_volume_from_snapshot(request)).await?.volume_id)
    }

    /// Returns the type of a volume, and its IOPS if known.
    pub async fn get_volume_info(&self, volume_id: &str, volume_az: &str) -> Result<VolumeInfo, CallError> {
        let request = GetVolumeInfoRequest {
            plugin: self.plugin.clone(),
            volume_id: volume_id.into(),
            volume_az: volume_az.into(),
        };
        let response = self.connection.answer(self.grpc().get_volume_info(request)).await?;
        let iops = (response.iops != 0).then_some(response.iops);
        Ok(VolumeInfo { volume_type: response.volume_type, iops })
    }

    /// Takes a snapshot; returns its id.
    pub async fn create_snapshot(
        &self,
        volume_id: &str,
        volume_az: &str,
        tags: &BTreeMap<String, String>,
    ) -> Result<String, CallError> {
        let request = CreateSnapshotRequest {
            plugin: self.plugin.clone(),
            volume_id: volume_id.into(),
            volume_az: volume_az.into(),
            tags: tags.clone(),
        };
        Ok(self.connection.answer(self.grpc().create_snapshot(request)).await?.snapshot_id)
    }

    /// Deletes a snapshot.
    pub async fn delete_snapshot(&self, snapshot_id: &str) -> Result<(), CallError> {
        let request = DeleteSnapshotRequest { plugin: self.plugin.clone(), snapshot_id: snapshot_id.into() };
        self.connection.answer(self.grpc().delete_snapshot(request)).await.map(drop)
    }

    /// Returns the volume of a `PersistentVolume`; `None` if it is not this plugin's, an empty id on the
    /// wire.
    pub async fn get_volume_id(&self, volume: &Item) -> Result<Option<String>, CallError> {
        let request = GetVolumeIdRequest { plugin: self.plugin.clone(), persistent_volume: volume.to_json() };
        let id = self.connection.answer(self.grpc().get_volume_id(request)).await?.volume_id;
        Ok((!id.is_empty()).then_some(id))
    }

    /// Changes a `PersistentVolume` to refer to another volume; returns the changed one.
    pub async fn set_volume_id(&self, volume: &Item, volume_id: &str) -> Result<Item, CallError> {
        let request = SetVolumeIdRequest {
            plugin: self.plugin.clone(),
            persistent_volume: volume.to_json(),
            volume_id: volume_id.into(),
        };
        convert::item(self.connection.answer(self.grpc().set_volume_id(request)).await?.persistent_volume)
    }
}
