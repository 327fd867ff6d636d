//! `v1.ItemBlockAction`.

use plugwright_model::Kind;
use tonic::{Request, Response, Status};

use super::call::{self, Dispatcher, Target};
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

pub(in crate::hosts) fn service(dispatcher: Dispatcher) -> Methods {
    serve(Service { dispatcher })
}

pub(super) struct Service {
    dispatcher: Dispatcher,
}

impl ItemBlockAction for Service {
    async fn applies_to(
        &self,
        request: Request<ItemBlockActionAppliesToRequest>,
    ) -> Result<Response<ItemBlockActionAppliesToResponse>, Status> {
        let name = request.into_inner().plugin;
        let selector = self.dispatcher.selector(KIND, name).await?;
        Ok(Response::new(ItemBlockActionAppliesToResponse { resource_selector: convert::selector(selector) }))
    }

    async fn get_related_items(
        &self,
        request: Request<ItemBlockActionGetRelatedItemsRequest>,
    ) -> Result<Response<ItemBlockActionGetRelatedItemsResponse>, Status> {
        let ItemBlockActionGetRelatedItemsRequest { plugin, item, backup } = request.into_inner();
        let related = |target: Target<dyn Handler>| async move {
            let input = ItemBlockInput::new(call::item(item, "item")?, target.backup(&backup)?);
            target.handler.get_related_items(&input).await
        };
        let related = self.dispatcher.run(KIND, plugin, "get_related_items", related).await?;
        Ok(Response::new(ItemBlockActionGetRelatedItemsResponse {
            related_items: convert::identifiers(related),
        }))
    }
}
