//! Writes down what Velero asks of a plugin, and what the plugin answers.
//!
//! ```text
//! Velero ─► this program, under the plugin's name ─► the plugin
//!                └► a line for each call in the recording
//! ```
//!
//! Bytes pass through as they are, so that any plugin and any version of Velero can be recorded, in Rust or in Go.

mod messages;
mod proxy;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::messages::{OperationProgress, ResourceIdentifier};

/// The variable that names the folder of the plugins that are recorded.
pub(crate) const PLUGINS: &str = "PLUGWRIGHT_RECORDED_PLUGINS";

/// The variable that names the file of the recording.
pub(crate) const RECORDING: &str = "PLUGWRIGHT_RECORDING";

/// A call of an item action.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The kind of plugin, such as `BackupItemActionV2`.
    pub kind: String,
    /// The plugin's name.
    pub plugin: String,
    /// What was asked, and the answer.
    pub what: What,
    /// The error that the plugin answered, if it did.
    pub error: Option<String>,
}

/// A method, with what it was given and what it gave back.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// `Execute`
    Execute(Box<Execution>),
    /// `GetRelatedItems`, with the item.
    RelatedItems(Value, Vec<ResourceIdentifier>),
    /// `Progress`, with the id of the operation; what it answered.
    Progress(String, OperationProgress),
    /// `Cancel`, with the id of the operation.
    Cancel(String),
    /// `AreAdditionalItemsReady`, with the items; whether they are.
    ItemsReady(Vec<ResourceIdentifier>, bool),
}

/// What an action did with an item.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Execution {
    /// The item that it was given.
    pub item: Value,
    /// The item that it gave back; none for kinds that give none back, and after an error.
    pub after: Option<Value>,
    /// Items that it named.
    pub additional_items: Vec<ResourceIdentifier>,
    /// Whether it leaves the item out of the restore.
    pub skips: bool,
    /// Whether Velero waits for the additional items.
    pub waits: bool,
    /// The id of an operation that goes on; empty if none does.
    pub operation_id: String,
    /// Items that are backed up again after the operation.
    pub post_operation_items: Vec<ResourceIdentifier>,
}

/// A line of the recording. Messages are in base64.
#[derive(Serialize, Deserialize)]
struct Line {
    /// Such as `/v2.BackupItemAction/Execute`.
    path: String,
    request: String,
    response: String,
    /// The status of gRPC, if it is not OK.
    error: Option<String>,
}

/// Plays the recorder before the plugin that Velero has started under this name.
pub(crate) fn serve(name: &OsStr, arguments: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let folder = std::env::var_os(PLUGINS).context("the folder of the plugins is not set")?;
    let recording = std::env::var_os(RECORDING).context("the recording is not set")?;
    let file = Path::new(name).file_name().context("the plugin has no name")?;
    let plugin = Path::new(&folder).join(file);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(proxy::serve(&plugin, name, arguments, recording.as_ref()))
}

/// The service of a path, if its calls are recorded, as the kind and the method.
fn recorded(path: &str) -> Option<(&'static str, &str)> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    let kind = match service {
        "generated.BackupItemAction" => "BackupItemAction",
        "v2.BackupItemAction" => "BackupItemActionV2",
        "generated.RestoreItemAction" => "RestoreItemAction",
        "v2.RestoreItemAction" => "RestoreItemActionV2",
        "generated.DeleteItemAction" => "DeleteItemAction",
        "v1.ItemBlockAction" => "ItemBlockAction",
        _ => return None,
    };
    (method != "AppliesTo").then_some((kind, method))
}

/// The calls of a recording, in order; none if nothing was recorded.
pub(crate) fn read(recording: &Path) -> Result<Vec<Call>> {
    let text = match fs::read_to_string(recording) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text.with_context(|| recording.display().to_string())?,
    };
    text.lines().map(|line| call(line).with_context(|| recording.display().to_string())).collect()
}

fn call(line: &str) -> Result<Call> {
    let line: Line = serde_json::from_str(line)?;
    let (kind, method) = recorded(&line.path).with_context(|| format!("unknown call {}", line.path))?;
    let (request, response) = (BASE64.decode(line.request)?, BASE64.decode(line.response)?);
    let (plugin, what) = messages::decode(kind, method, &request, &response)?;
    Ok(Call { kind: kind.to_owned(), plugin, what, error: line.error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_actions_are_recorded_and_nothing_else() {
        assert_eq!(recorded("/v2.BackupItemAction/Execute"), Some(("BackupItemActionV2", "Execute")));
        assert_eq!(recorded("/generated.BackupItemAction/AppliesTo"), None);
        assert_eq!(recorded("/generated.ObjectStore/PutObject"), None);
        assert_eq!(recorded("/plugin.GRPCStdio/StreamStdio"), None);
    }
}
