//! `v1.ItemBlockAction`.

use plugwright_model::Kind;
use tonic::{Request, Response, Status};

use super::call::{self, Called, Calls};
use super::convert;
use super::proto::v1::item_block_action_server::{ItemBlockAction, serve};
use super::proto::v1::{
    ItemBlockActionAppliesToRequest, ItemBlockActionAppliesToResponse, ItemBlockActionGetRelatedItemsRequest,
    ItemBlockActionGetRelatedItemsResponse,
};
use crate::action::item_block_action::Handler;
use crate::types::ItemBlockInput;
use go_plugin::grpc::Methods;

const KIND: Kind = Kind::ItemBlockAction;

pub(super) fn service(calls: Calls) -> Methods {
    serve(Service { calls })
}

pub(super) struct Service {
    calls: Calls,
}

impl ItemBlockAction for Service {
    async fn applies_to(
        &self,
        request: Request<ItemBlockActionAppliesToRequest>,
    ) -> Result<Response<ItemBlockActionAppliesToResponse>, Status> {
        let name = request.into_inner().plugin;
        let selector = self.calls.selector(KIND, name).await?;
        Ok(Response::new(ItemBlockActionAppliesToResponse { resource_selector: convert::selector(selector) }))
    }

    async fn get_related_items(
        &self,
        request: Request<ItemBlockActionGetRelatedItemsRequest>,
    ) -> Result<Response<ItemBlockActionGetRelatedItemsResponse>, Status> {
        let ItemBlockActionGetRelatedItemsRequest { plugin, item, backup } = request.into_inner();
        let related = |called: Called<dyn Handler>| async move {
            let input = ItemBlockInput::new(call::item(item, "item")?, called.backup(&backup)?);
            called.handler.get_related_items(&input).await
        };
        let related = self.calls.run(KIND, plugin, "get_related_items", related).await?;
        Ok(Response::new(ItemBlockActionGetRelatedItemsResponse {
            related_items: convert::identifiers(related),
        }))
    }
}
