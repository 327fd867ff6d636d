//! `generated.BlockStore`, renamed to `VolumeSnapshotter` in Velero 1.0.

use tonic::{Request, Response, Status};

use crate::hosts::ark::proto::v0_9::block_store_server::{BlockStore, serve};
use crate::hosts::ark::proto::v0_9::{
    CreateSnapshotRequest, CreateSnapshotResponse, CreateVolumeRequest, CreateVolumeResponse,
    DeleteSnapshotRequest, Empty, GetVolumeIdRequest, GetVolumeIdResponse, GetVolumeInfoRequest,
    GetVolumeInfoResponse, InitRequest, IsVolumeReadyRequest, IsVolumeReadyResponse, SetVolumeIdRequest,
    SetVolumeIdResponse,
};
use crate::hosts::velero;
use crate::hosts::velero::call::Dispatcher;
use crate::hosts::velero::proto::generated;
use crate::hosts::velero::proto::generated::volume_snapshotter_server::VolumeSnapshotter as _;
use go_plugin::grpc::Methods;

pub(in crate::hosts) fn service(plugin: &str, dispatcher: Dispatcher) -> Methods {
    let velero = velero::volume_snapshotter::Service::new(dispatcher);
    serve(Service { plugin: plugin.to_owned(), velero })
}

pub(super) struct Service {
    plugin: String,
    velero: velero::volume_snapshotter::Service,
}

impl BlockStore for Service {
    async fn init(&self, request: Request<InitRequest>) -> Result<Response<Empty>, Status> {
        let InitRequest { config } = request.into_inner();
        let plugin = self.plugin.clone();
        let request = generated::VolumeSnapshotterInitRequest { plugin, config };
        self.velero.init(Request::new(request)).await.map(|_| Response::new(Empty {}))
    }

    async fn create_volume_from_snapshot(
        &self,
        request: Request<CreateVolumeRequest>,
    ) -> Result<Response<CreateVolumeResponse>, Status> {
        let CreateVolumeRequest { snapshot_id, volume_type, volume_az, iops } = request.into_inner();
        let plugin = self.plugin.clone();
        let request = generated::CreateVolumeRequest { plugin, snapshot_id, volume_type, volume_az, iops };
        let answer = self.velero.create_volume_from_snapshot(Request::new(request)).await?.into_inner();
        Ok(Response::new(CreateVolumeResponse { volume_id: answer.volume_id }))
    }

    async fn get_volume_info(
        &self,
        request: Request<GetVolumeInfoRequest>,
    ) -> Result<Response<GetVolumeInfoResponse>, Status> {
        let GetVolumeInfoRequest { volume_id, volume_az } = request.into_inner();
        let plugin = self.plugin.clone();
        let request = generated::GetVolumeInfoRequest { plugin, volume_id, volume_az };
        let answer = self.velero.get_volume_info(Request::new(request)).await?.into_inner();
        let generated::GetVolumeInfoResponse { volume_type, iops } = answer;
        Ok(Response::new(GetVolumeInfoResponse { volume_type, iops }))
    }

    async fn is_volume_ready(
        &self,
        request: Request<IsVolumeReadyRequest>,
    ) -> Result<Response<IsVolumeReadyResponse>, Status> {
        let IsVolumeReadyRequest { volume_id, volume_az } = request.into_inner();
        let ready = self.velero.is_volume_ready(self.plugin.clone(), volume_id, volume_az).await?;
        Ok(Response::new(IsVolumeReadyResponse { ready }))
    }

    async fn create_snapshot(
        &self,
        request: Request<CreateSnapshotRequest>,
    ) -> Result<Response<CreateSnapshotResponse>, Status> {
        let CreateSnapshotRequest { volume_id, volume_az, tags } = request.into_inner();
        let plugin = self.plugin.clone();
        let request = generated::CreateSnapshotRequest { plugin, volume_id, volume_az, tags };
        let answer = self.velero.create_snapshot(Request::new(request)).await?.into_inner();
        Ok(Response::new(CreateSnapshotResponse { snapshot_id: answer.snapshot_id }))
    }

    async fn delete_snapshot(
        &self,
        request: Request<DeleteSnapshotRequest>,
    ) -> Result<Response<Empty>, Status> {
        let DeleteSnapshotRequest { snapshot_id } = request.into_inner();
        let request = generated::DeleteSnapshotRequest { plugin: self.plugin.clone(), snapshot_id };
        self.velero.delete_snapshot(Request::new(request)).await.map(|_| Response::new(Empty {}))
    }

    async fn get_volume_id(
        &self,
        request: Request<GetVolumeIdRequest>,
    ) -> Result<Response<GetVolumeIdResponse>, Status> {
        let GetVolumeIdRequest { persistent_volume } = request.into_inner();
        let request = generated::GetVolumeIdRequest { plugin: self.plugin.clone(), persistent_volume };
        let answer = self.velero.get_volume_id(Request::new(request)).await?.into_inner();
        Ok(Response::new(GetVolumeIdResponse { volume_id: answer.volume_id }))
    }

    async fn set_volume_id(
        &self,
        request: Request<SetVolumeIdRequest>,
    ) -> Result<Response<SetVolumeIdResponse>, Status> {
        let SetVolumeIdRequest { persistent_volume, volume_id } = request.into_inner();
        let plugin = self.plugin.clone();
        let request = generated::SetVolumeIdRequest { plugin, persistent_volume, volume_id };
        let answer = self.velero.set_volume_id(Request::new(request)).await?.into_inner();
        Ok(Response::new(SetVolumeIdResponse { persistent_volume: answer.persistent_volume }))
    }
}
