//! Plugins that are called in this process, through the same wire.

use tokio::task::JoinSet;

use super::connection::{self, Connection};
use super::handshake::NEWEST_VELERO;
use super::logs::Logs;
use super::{Client, stdio};
use crate::go_plugin::environment::Environment;
use crate::go_plugin::net_rpc;
use crate::go_plugin::protocol::Protocol;
use crate::go_plugin::server::Server;
use crate::go_plugin::stdio::Stdio;
use crate::hosts::{ephemeral_access, velero};
use crate::{Error, Kind, Plugins, Result};

/// As much as may be under way between the two sides.
const PIPE: usize = 1 << 20;

impl Client {
    /// Calls plugins of this process, for a plugin's unit tests: everything between Velero and the
    /// plugin's code is as it is with a binary, but for the process.
    ///
    /// There are no [`logs`](Self::logs) and no [`stdio`](Self::stdio): events go where the test's own
    /// `tracing` subscriber takes them. An error says what is wrong with the plugins' declarations.
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
        // Each host's plugins are its own, and are made for it.
        let for_access = plugins.clone().into_registry().map_err(|problems| Error::msg(problems))?;
        let registry = plugins.into_registry().map_err(|problems| Error::msg(problems))?;
        let mut environment = Environment::of_process();
        let (key, version) = NEWEST_VELERO;
        environment.set(key, version);
        let plugin = velero::plugin(registry, &environment)?;
        let server = Server::new(plugin.services, plugin.descriptors, Stdio::default());
        let channel = connection::connect_with(move || {
            let (ours, theirs) = tokio::io::duplex(PIPE);
            tokio::spawn(server.clone().serve_stream(theirs));
            std::future::ready(Ok(ours))
        });
        let channel = channel.await.map_err(Error::msg)?;
        let mut connection = Connection::new(channel, None);
        if for_access.declarations().any(|plugin| plugin.kind == Kind::AccessRequester) {
            let plugins = ephemeral_access::plugins(&for_access, &Environment::of_process())?;
            let server = net_rpc::server::Server::new(plugins, Stdio::default());
            let (ours, theirs) = tokio::io::duplex(PIPE);
            tokio::spawn(server.serve(theirs));
            let (client, _, _) = net_rpc::client::Client::start(ours)?;
            connection = connection.with_net_rpc(client);
        }
        Ok(Self {
            connection,
            process: None,
            socket: None,
            logs: Logs::new(None),
            printed: stdio::Collector::default(),
            tasks: JoinSet::new(),
        })
    }
}
