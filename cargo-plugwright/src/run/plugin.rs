//! The plugin binary and its plugins.

use std::path::{Path, PathBuf};

use plugwright::Kind;

use crate::cargo::{Package, Subject};
use crate::failure::Failure;
use crate::session::{Host, LogLevel, Session};

pub(super) struct Plugin {
    pub(super) binary: PathBuf,
    /// `None` for a binary.
    pub(super) package: Option<Package>,
    /// Kinds and names, in the order in which the binary lists them.
    pub(super) plugins: Vec<(Kind, String)>,
}

impl Plugin {
    /// Builds a crate, or opens a binary.
    pub(super) async fn of_subject(subject: &Subject) -> Result<Self, Failure> {
        let package = subject.package().await?;
        let binary = subject.binary().await?;
        Ok(Self { package, ..Self::of_binary(&binary).await? })
    }

    /// Starts the binary as a plugin of Velero, and lists its plugins.
    pub(super) async fn of_binary(binary: &Path) -> Result<Self, Failure> {
        let plugins = match Session::start(binary, LogLevel::Error.into(), Host::Velero).await {
            Ok(session) => {
                let plugins = session.plugins().await?;
                session.end().await;
                Ok(plugins)
            }
            Err(error) => Err(error),
        };
        let has_plugins = plugins.as_ref().is_ok_and(|plugins| !plugins.is_empty());
        if !has_plugins && Session::access_requester(binary).await.is_some() {
            return Err(Failure::new(format!(
                "`run` supports Velero only; {} is a plugin for EphemeralAccess: use `cargo plugwright try --access-request`",
                binary.display()
            )));
        }
        let plugins = plugins?;
        if plugins.is_empty() {
            return Err(Failure::new(format!(
                "{} contains no plugin for Velero; `cargo plugwright list` shows its plugins",
                binary.display()
            )));
        }
        let plugins = plugins.into_iter().map(|plugin| (plugin.kind, plugin.name)).collect();
        Ok(Self { binary: binary.to_owned(), package: None, plugins })
    }

    /// The file name, which identifies the plugin in Velero's log.
    pub(super) fn file(&self) -> String {
        self.binary.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The name of the first plugin of a kind.
    pub(super) fn first(&self, kind: Kind) -> Option<&str> {
        self.plugins.iter().find(|plugin| plugin.0 == kind).map(|plugin| plugin.1.as_str())
    }
}
