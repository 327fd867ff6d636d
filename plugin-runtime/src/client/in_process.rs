//! Calls plugins in this process, through the same wire protocol.

use go_plugin::Environment;
use go_plugin::client::channel_over;
use tonic::transport::Channel;

use super::Client;
use super::connection::Connection;
use super::host::NEWEST_VELERO;
use crate::hosts::velero;
use crate::{Error, Plugins, Result};

/// The buffer size between the two sides.
const PIPE: usize = 1 << 20;

impl Client {
    /// Calls plugins in this process, for unit tests of plugins. Everything between Velero and the plugin's
    /// code is the same as for a binary, except the process.
    ///
    /// [`logs`](Self::logs) and [`stdio`](Self::stdio) are empty: events go to the test's own `tracing`
    /// subscriber. Invalid declarations are an error.
    ///
    /// ```
    /// use plugwright::client::Client;
    /// use plugwright::prelude::*;
    /// use plugwright::{Declaration, Plugins};
    ///
    /// #[derive(Default)]
    /// struct Annotate;
    ///
    /// impl BackupItemAction for Annotate {
    ///     async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutput> {
    ///         input.item.set_annotation("example.io/seen", "true");
    ///         Ok(BackupOutput::backup())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let annotate = Declaration::backup_item_action("example.io/annotate", Annotate::default);
    /// let client = Client::in_process(Plugins::new().with(annotate)).await?;
    /// let pod = Item::from_json(r#"{"kind": "Pod"}"#)?;
    /// let output = client.backup_item_action("example.io/annotate").execute(&pod, &Backup::default()).await?;
    /// assert_eq!(output.item.annotation("example.io/seen"), Some("true"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn in_process(plugins: Plugins) -> Result<Self> {
        let mut environment = Environment::of_process();
        environment.set(NEWEST_VELERO.0, NEWEST_VELERO.1);
        // Each connection has its own plugins, as each process has.
        let (for_velero, for_connections) = (plugins.clone(), environment.clone());
        // Report invalid declarations now rather than by a broken connection.
        let _ = server(for_velero.clone(), &environment)?;
        let channel = channel_over(move || {
            let (ours, theirs) = tokio::io::duplex(PIPE);
            let server = server(for_velero.clone(), &for_connections);
            std::future::ready(server.map_err(|error| std::io::Error::other(error.to_string())).map(
                |server| {
                    tokio::spawn(server.serve_connection(theirs));
                    ours
                },
            ))
        });
        let connection = Connection::grpc(channel.await.map_err(Error::msg)?, None);
        #[cfg(feature = "ephemeral-access")]
        let connection = with_access_requester(connection, plugins, &environment)?;
        Ok(Self { connection })
    }

    /// Calls the plugins at the other end of a channel.
    pub(crate) fn over(channel: Channel) -> Self {
        Self { connection: Connection::grpc(channel, None) }
    }
}

fn server(plugins: Plugins, environment: &Environment) -> Result<go_plugin::Server> {
    let registry = plugins.into_registry().map_err(|problems| Error::msg(problems))?;
    velero::server(registry, environment)
}

/// Adds the connection that EphemeralAccess would use, if there is a plugin for it.
#[cfg(feature = "ephemeral-access")]
fn with_access_requester(
    connection: Connection,
    plugins: Plugins,
    environment: &Environment,
) -> Result<Connection> {
    let registry = plugins.into_registry().map_err(|problems| Error::msg(problems))?;
    if !registry.declarations().any(|plugin| plugin.kind == crate::Kind::AccessRequester) {
        return Ok(connection);
    }
    let server = crate::hosts::ephemeral_access::server(&registry, environment)?;
    let (ours, theirs) = tokio::io::duplex(PIPE);
    tokio::spawn(server.serve_connection(theirs));
    let (client, ..) = go_plugin::net_rpc::RpcClient::start(ours)?;
    Ok(connection.with_net_rpc(client))
}
