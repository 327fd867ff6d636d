//! `generated.PluginLister`: the plugins for Ark, which rejects the whole binary for one unknown kind
//! (`pkg/plugin/plugin_lister.go`).

use tonic::{Request, Response, Status};

use crate::Declaration;
use crate::declare::names::Names;
use crate::declare::registry::Registry;
use crate::hosts::ark;
use crate::hosts::velero::lister::identifier;
use crate::hosts::velero::proto::generated::plugin_lister_server::{PluginLister, serve};
use crate::hosts::velero::proto::generated::{Empty, ListPluginsResponse, PluginIdentifier};
use go_plugin::grpc::Methods;

pub(super) fn service(registry: &Registry, command: &str) -> Methods {
    let identifier = |plugin| identifier(plugin, Names::Ark, command);
    let mut plugins: Vec<_> = ark::plugins(registry).map(identifier).collect();
    // Sorted by Ark's names: Ark runs the actions of a kind in list order.
    plugins.sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
    let of_velero = |plugin: &&Declaration| plugin.kind.ark().is_none() && plugin.kind.min_velero().is_some();
    let held_back = registry.declarations().filter(of_velero);
    let held_back = held_back.map(|plugin| format!("{} {}", plugin.kind, plugin.name)).collect();
    serve(Lister { plugins, held_back })
}

pub(super) struct Lister {
    plugins: Vec<PluginIdentifier>,
    held_back: Vec<String>,
}

impl PluginLister for Lister {
    async fn list_plugins(&self, _: Request<Empty>) -> Result<Response<ListPluginsResponse>, Status> {
        for plugin in &self.held_back {
            tracing::warn!("{plugin} is omitted: Heptio Ark does not support this kind");
        }
        Ok(Response::new(ListPluginsResponse { plugins: self.plugins.clone() }))
    }
}
