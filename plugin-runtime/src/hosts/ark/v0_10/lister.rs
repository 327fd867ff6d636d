//! `generated.PluginLister`: what this binary has for Ark, which refuses all of it for one kind that it does not
//! know (`pkg/plugin/plugin_lister.go`).

use tonic::{Request, Response, Status};

use crate::declare::names::Names;
use crate::declare::registry::Registry;
use crate::hosts::ark;
use crate::hosts::velero::lister::identifier;
use crate::hosts::velero::proto::generated::plugin_lister_server::{PluginLister, PluginListerServer};
use crate::hosts::velero::proto::generated::{Empty, ListPluginsResponse, PluginIdentifier};

pub(super) fn service(registry: &Registry, command: &str) -> PluginListerServer<Lister> {
    let identifier = |plugin| identifier(plugin, Names::Ark, command);
    let mut plugins: Vec<_> = ark::plugins(registry).map(identifier).collect();
    // By Ark's names: Ark runs the actions of a kind in the order of the list.
    plugins.sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
    PluginListerServer::new(Lister { plugins })
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
