//! `generated.VolumeSnapshotter`.

use std::sync::Arc;

use plugwright_model::Kind;
use tonic::{Request, Response, Status};

use super::call::{self, Dispatcher, RunningCall, Target};
use super::proto::generated::volume_snapshotter_server::{VolumeSnapshotter, serve};
use super::proto::generated::{
    CreateSnapshotRequest, CreateSnapshotResponse, CreateVolumeRequest, CreateVolumeResponse,
    DeleteSnapshotRequest, Empty, GetVolumeIdRequest, GetVolumeIdResponse, GetVolumeInfoRequest,
    GetVolumeInfoResponse, SetVolumeIdRequest, SetVolumeIdResponse, VolumeSnapshotterInitRequest,
};
use crate::Result;
use crate::action::volume_snapshotter::Handler;
use go_plugin::grpc::Methods;

const KIND: Kind = Kind::VolumeSnapshotter;

pub(in crate::hosts) fn service(dispatcher: Dispatcher) -> Methods {
    serve(Service { dispatcher })
}

pub(in crate::hosts) struct Service {
    dispatcher: Dispatcher,
}

impl Service {
    pub(in crate::hosts) fn new(dispatcher: Dispatcher) -> Self {
        Self { dispatcher }
    }

    /// Called only by Ark 0.9.
    pub(in crate::hosts) fn is_volume_ready(
        &self,
        plugin: String,
        volume_id: String,
        volume_az: String,
    ) -> RunningCall<bool> {
        let ready = move |handler: Arc<dyn Handler>| async move {
            handler.is_volume_ready(&volume_id, &volume_az).await
        };
        self.dispatcher.call(KIND, plugin, "is_volume_ready", ready)
    }
}

impl VolumeSnapshotter for Service {
    async fn init(&self, request: Request<VolumeSnapshotterInitRequest>) -> Result<Response<Empty>, Status> {
        let VolumeSnapshotterInitRequest { plugin, config } = request.into_inner();
        let init = move |target: Target<dyn Handler>| async move {
            target.handler.init(target.config(config)?).await
        };
        self.dispatcher.run(KIND, plugin, "init", init).await.map(|()| Response::new(Empty {}))
    }

    async fn create_volume_from_snapshot(
        &self,
        request: Request<CreateVolumeRequest>,
    ) -> Result<Response<CreateVolumeResponse>, Status> {
        let CreateVolumeRequest { plugin, snapshot_id, volume_type, volume_az, iops } = request.into_inner();
        let iops = Some(iops).filter(|iops| *iops != 0);
        let create = move |handler: Arc<dyn Handler>| async move {
            handler.create_volume_from_snapshot(&snapshot_id, &volume_type, &volume_az, iops).await
        };
        let volume_id = self.dispatcher.call(KIND, plugin, "create_volume_from_snapshot", create).await?;
        Ok(Response::new(CreateVolumeResponse { volume_id }))
    }

    async fn get_volume_info(
        &self,
        request: Request<GetVolumeInfoRequest>,
    ) -> Result<Response<GetVolumeInfoResponse>, Status> {
        let GetVolumeInfoRequest { plugin, volume_id, volume_az } = request.into_inner();
        let get = move |handler: Arc<dyn Handler>| async move {
            handler.get_volume_info(&volume_id, &volume_az).await
        };
        let info = self.dispatcher.call(KIND, plugin, "get_volume_info", get).await?;
        let iops = info.iops.unwrap_or_default();
        Ok(Response::new(GetVolumeInfoResponse { volume_type: info.volume_type, iops }))
    }

    async fn create_snapshot(
        &self,
        request: Request<CreateSnapshotRequest>,
    ) -> Result<Response<CreateSnapshotResponse>, Status> {
        let CreateSnapshotRequest { plugin, volume_id, volume_az, tags } = request.into_inner();
        let create = move |handler: Arc<dyn Handler>| async move {
            handler.create_snapshot(&volume_id, &volume_az, &tags).await
        };
        let snapshot_id = self.dispatcher.call(KIND, plugin, "create_snapshot", create).await?;
        Ok(Response::new(CreateSnapshotResponse { snapshot_id }))
    }

    async fn delete_snapshot(
        &self,
        request: Request<DeleteSnapshotRequest>,
    ) -> Result<Response<Empty>, Status> {
        let DeleteSnapshotRequest { plugin, snapshot_id } = request.into_inner();
        let delete =
            move |handler: Arc<dyn Handler>| async move { handler.delete_snapshot(&snapshot_id).await };
        self.dispatcher.call(KIND, plugin, "delete_snapshot", delete).await.map(|()| Response::new(Empty {}))
    }

    async fn get_volume_id(
        &self,
        request: Request<GetVolumeIdRequest>,
    ) -> Result<Response<GetVolumeIdResponse>, Status> {
        let GetVolumeIdRequest { plugin, persistent_volume } = request.into_inner();
        let get = move |target: Target<dyn Handler>| async move {
            let volume = call::item(persistent_volume, "PersistentVolume")?;
            target.handler.get_volume_id(&volume).await
        };
        let volume_id = self.dispatcher.run(KIND, plugin, "get_volume_id", get).await?;
        Ok(Response::new(GetVolumeIdResponse { volume_id: volume_id.unwrap_or_default() }))
    }

    async fn set_volume_id(
        &self,
        request: Request<SetVolumeIdRequest>,
    ) -> Result<Response<SetVolumeIdResponse>, Status> {
        let SetVolumeIdRequest { plugin, persistent_volume, volume_id } = request.into_inner();
        let set = move |target: Target<dyn Handler>| async move {
            let mut volume = call::item(persistent_volume, "PersistentVolume")?;
            target.handler.set_volume_id(&mut volume, &volume_id).await?;
            Ok(volume.to_json())
        };
        let persistent_volume = self.dispatcher.run(KIND, plugin, "set_volume_id", set).await?;
        Ok(Response::new(SetVolumeIdResponse { persistent_volume }))
    }
}
