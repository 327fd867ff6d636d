//! Connects to a running plugin (go-plugin `client.go`, `reattach`).

use std::path::PathBuf;

use tokio::task::JoinSet;

use super::connect::Connector;
use super::logs::Logs;
use super::process::Process;
use super::running::Client;
use super::start_error::{StartError, StartErrorReason};
use super::stdio::Collector;
use crate::transport::Security;
use crate::{Address, HandshakeLine, ProtocolType};

/// The data for connecting to a plugin started by another host: go-plugin's `ReattachConfig`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reattach {
    /// The negotiated version of the application protocol.
    pub version: u32,
    /// The wire protocol.
    pub protocol: ProtocolType,
    /// The address.
    pub address: Address,
    /// The process id.
    pub pid: u32,
}

impl Client {
    /// Connects to a running plugin. Must be called inside a tokio runtime.
    ///
    /// The process ends with [`shutdown`](Self::shutdown), and continues if this is dropped. Its log goes to
    /// the host that started it, and its exit status is unknown here. As in Go, TLS and multiplexing are not
    /// supported.
    pub async fn reattach(reattach: Reattach) -> Result<Self, StartError> {
        let Reattach { version, protocol, address, pid } = reattach;
        let failed = |reason| {
            StartError::new(PathBuf::from(format!("process {pid}")), reason, String::new(), String::new())
        };
        let process = Process::existing(pid).ok_or_else(|| failed(StartErrorReason::Gone))?;
        let line = HandshakeLine { version, address, protocol, certificate: String::new(), multiplex: None };
        let (printed, mut tasks) = (Collector::default(), JoinSet::new());
        let connector =
            Connector { security: Security::Plain, multiplex: false, printed: &printed, tasks: &mut tasks };
        let connection = connector
            .connect(&line)
            .await
            .map_err(|source| failed(StartErrorReason::Connect { address: line.address.clone(), source }))?;
        Ok(Self { line, connection, process, logs: Logs::new(None), printed, _tasks: tasks })
    }

    /// Returns the data for another host to connect to this plugin. `None` once the process has exited.
    pub fn reattach_config(&self) -> Option<Reattach> {
        Some(Reattach {
            version: self.line.version,
            protocol: self.line.protocol,
            address: self.line.address.clone(),
            pid: self.id()?,
        })
    }
}
