//! The net/rpc connection to an access requester.

use std::sync::Arc;

use go_plugin::client::Client as Plugin;
use go_plugin::net_rpc::{Caller, RpcClient, RpcError};
use tokio::sync::OnceCell;

/// A net/rpc plugin, and its dispensed plugin.
pub(super) struct Rpc {
    client: Source,
    requester: OnceCell<Caller>,
}

enum Source {
    Process(Arc<Plugin>),
    InProcess(RpcClient),
}

impl Rpc {
    pub(super) fn of(plugin: Arc<Plugin>) -> Self {
        Self { client: Source::Process(plugin), requester: OnceCell::new() }
    }

    pub(super) fn in_process(client: RpcClient) -> Self {
        Self { client: Source::InProcess(client), requester: OnceCell::new() }
    }

    fn client(&self) -> Result<&RpcClient, RpcError> {
        match &self.client {
            Source::Process(plugin) => plugin.net_rpc().ok_or(RpcError::Ended),
            Source::InProcess(client) => Ok(client),
        }
    }

    /// Returns the plugin of this name, dispensed once.
    pub(super) async fn plugin(&self, name: &str) -> Result<&Caller, RpcError> {
        self.requester.get_or_try_init(|| async { self.client()?.dispense(name).await }).await
    }
}
