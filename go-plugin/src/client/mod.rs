//! The host side: starts a plugin, connects to it, and shuts it down.
//!
//! It behaves like go-plugin's `client.go`: the same environment, the same parsing of the handshake line and
//! log records.
//!
//! ```no_run
//! use go_plugin::Handshake;
//! use go_plugin::client::Client;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! const HANDSHAKE: Handshake = Handshake::new("BASIC_PLUGIN", "hello");
//!
//! let plugin = Client::builder("./kv-plugin", HANDSHAKE).version(1).start().await?;
//! let channel = plugin.channel().ok_or("the plugin uses net/rpc")?;
//! // `KvClient::new(channel)` creates a tonic client.
//! # let _ = channel;
//! plugin.shutdown().await?;
//! # Ok(())
//! # }
//! ```
//!
//! ```text
//! Client ─┬ process  its start, the handshake line, its end
//!         ├ logs     its stderr as log records
//!         ├ stdio    its output
//!         └ connect  a tonic channel, or net/rpc
//! ```

#[cfg(not(unix))]
compile_error!("go-plugin's feature `client` requires Unix");

mod builder;
mod checksum;
mod connect;
mod log_record;
mod logs;
mod process;
mod reattach;
mod running;
mod start_error;
mod stdio;

pub use crate::grpc::channel::{ConnectError, channel_over, lazy_channel_over};
pub use builder::ClientBuilder;
pub use log_record::LogRecord;
pub use logs::LogStream;
pub(crate) use logs::read_log;
pub use reattach::Reattach;
pub use running::{Client, ping};
pub use start_error::{StartError, StartErrorReason};
pub use stdio::Stdio;

#[cfg(test)]
mod tests;
