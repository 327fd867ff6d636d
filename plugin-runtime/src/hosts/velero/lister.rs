//! `generated.PluginLister`: what this binary has.

use tonic::{Request, Response, Status};

use super::proto::generated::plugin_lister_server::{PluginLister, PluginListerServer};
use super::proto::generated::{Empty, ListPluginsResponse, PluginIdentifier};
use crate::declare::registry::Registry;

pub(super) fn service(registry: &Registry, command: &str) -> PluginListerServer<Lister> {
    let identifier = |declaration: &crate::Declaration| PluginIdentifier {
        command: command.to_owned(),
        kind: declaration.kind.name().to_owned(),
        name: declaration.name.clone(),
    };
    let of_velero = registry.declarations().filter(|declaration| declaration.kind.min_velero().is_some());
    PluginListerServer::new(Lister { plugins: of_velero.map(identifier).collect() })
}

pub(super) struct Lister {
    plugins: Vec<PluginIdentifier>,
}

#[tonic::async_trait]
impl PluginLister for Lister {
    async fn list_plugins(&self, _: Request<Empty>) -> Result<Response<ListPluginsResponse>, Status> {
        Ok(Response::new(ListPluginsResponse { plugins: self.plugins.clone() }))
    }
}
