//! `generated.PluginLister`: the plugins for the requesting host.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::generation::Generation;
use super::proto::generated::plugin_lister_server::{PluginLister, serve};
use super::proto::generated::{Empty, ListPluginsResponse, PluginIdentifier};
use crate::Declaration;
use crate::declare::names::Names;
use crate::declare::registry::Registry;
use go_plugin::grpc::Methods;

pub(super) fn service(registry: Arc<Registry>, command: &str, generation: Generation) -> Methods {
    serve(Lister { registry, command: command.to_owned(), generation })
}

#[derive(Clone)]
pub(super) struct Lister {
    registry: Arc<Registry>,
    command: String,
    generation: Generation,
}

impl PluginLister for Lister {
    async fn list_plugins(&self, request: Request<Empty>) -> Result<Response<ListPluginsResponse>, Status> {
        let user_agent = request.metadata().get("user-agent").and_then(|agent| agent.to_str().ok());
        let user_agent = user_agent.unwrap_or_default().to_owned();
        let Self { registry, command, generation } = self.clone();
        let reads_program = generation.reads_program(registry.declarations(), &user_agent);
        let list = move || {
            if let Some(((major, minor), Declaration { kind, name, .. })) = registry.minimum_velero()
                && (major, minor) > (1, 0)
            {
                tracing::debug!(
                    "this binary requires Velero {major}.{minor} or later, because of the {kind} {name}"
                );
            }
            let listed = generation.listed(registry.declarations(), &user_agent).into_iter();
            listed.map(|plugin| identifier(plugin, Names::Velero, &command)).collect()
        };
        let plugins = if reads_program {
            let list = tokio::task::spawn_blocking(list);
            list.await.map_err(|error| Status::internal(format!("cannot list the plugins: {error}")))?
        } else {
            list()
        };
        Ok(Response::new(ListPluginsResponse { plugins }))
    }
}

/// An entry of the list. The host starts `command` again when it needs the plugin.
pub(in crate::hosts) fn identifier(plugin: &Declaration, names: Names, command: &str) -> PluginIdentifier {
    PluginIdentifier {
        command: command.to_owned(),
        kind: names.of_kind(plugin.kind).to_owned(),
        name: names.of(plugin).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use go_plugin::Environment;

    use super::*;
    use crate::Plugins;
    use crate::declare::testing::{delete, restore};
    use crate::hosts::version;
    use crate::log::testing::logged;

    #[test]
    fn the_oldest_supported_velero_is_logged_unless_it_is_the_first() {
        let logged_for = |plugins: Plugins| {
            let registry = Arc::new(plugins.into_registry().unwrap());
            let environment = Environment::of([(version::VARIABLE, "1.18")]);
            let generation = Generation::of_host(&environment).unwrap();
            let lister = Lister { registry, command: String::new(), generation };
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            logged(|| {
                runtime.block_on(lister.list_plugins(Request::new(Empty {}))).unwrap();
            })
        };
        let plugins = Plugins::new().with(restore("a.b/c"));
        assert_eq!(logged_for(plugins.clone()), [] as [&str; 0]);
        let required =
            "DEBUG this binary requires Velero 1.5 or later, because of the DeleteItemAction a.b/d";
        assert_eq!(logged_for(plugins.with(delete("a.b/d"))), [required]);
    }
}
