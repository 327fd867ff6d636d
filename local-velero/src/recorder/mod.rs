//! Records Velero's calls to a plugin and the responses.
//!
//! ```text
//! Velero ─► this program, under the plugin's name ─► plugin
//!                └► recording, a line per call
//! ```
//!
//! It forwards all bytes unchanged, so it works with any plugin, in Rust or Go, and with any version of Velero.

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

/// The variable with the folder of the recorded plugins.
pub(crate) const PLUGINS: &str = "PLUGWRIGHT_RECORDED_PLUGINS";

/// The variable with the file of the recording.
pub(crate) const RECORDING: &str = "PLUGWRIGHT_RECORDING";

/// A call to an item action.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The kind of plugin, such as `BackupItemActionV2`.
    pub kind: String,
    /// The plugin's name.
    pub plugin: String,
    /// The request and the response.
    pub what: What,
    /// The error, if the plugin returned one.
    pub error: Option<String>,
}

/// A method with its arguments and results.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// `Execute`
    Execute(Box<Execution>),
    /// `GetRelatedItems`, with the item and the related items.
    RelatedItems(Value, Vec<ResourceIdentifier>),
    /// `Progress`, with the operation ID and the result.
    Progress(String, OperationProgress),
    /// `Cancel`, with the operation ID.
    Cancel(String),
    /// `AreAdditionalItemsReady`, with the items and the result.
    ItemsReady(Vec<ResourceIdentifier>, bool),
}

/// The effect of an action on an item.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Execution {
    /// The item before the call.
    pub item: Value,
    /// The returned item; `None` after an error and for kinds that return no item.
    pub after: Option<Value>,
    /// The additional items.
    pub additional_items: Vec<ResourceIdentifier>,
    /// Whether Velero skips the item.
    pub skips: bool,
    /// Whether Velero waits for the additional items.
    pub waits: bool,
    /// The ID of the started operation; empty if none was started.
    pub operation_id: String,
    /// The items to back up again after the operation.
    pub post_operation_items: Vec<ResourceIdentifier>,
}

/// A line of the recording, with messages in base64.
#[derive(Serialize, Deserialize)]
struct Line {
    /// The gRPC path, such as `/v2.BackupItemAction/Execute`.
    path: String,
    request: String,
    response: String,
    /// The gRPC status message, if the status is not OK.
    error: Option<String>,
}

/// Runs the recorder for the plugin that Velero started under this name.
pub(crate) fn serve(name: &OsStr, arguments: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let folder = std::env::var_os(PLUGINS).context("PLUGWRIGHT_RECORDED_PLUGINS is not set")?;
    let recording = std::env::var_os(RECORDING).context("PLUGWRIGHT_RECORDING is not set")?;
    let file = Path::new(name).file_name().context("the plugin has no name")?;
    let plugin = Path::new(&folder).join(file);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(proxy::serve(&plugin, name, arguments, recording.as_ref()))
}

/// The kind and method of a path; `None` if its calls are not recorded.
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

/// Reads the calls of a recording, in order. A missing file has no calls.
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
    fn only_item_actions_are_recorded() {
        assert_eq!(recorded("/v2.BackupItemAction/Execute"), Some(("BackupItemActionV2", "Execute")));
        assert_eq!(recorded("/generated.BackupItemAction/AppliesTo"), None);
        assert_eq!(recorded("/generated.ObjectStore/PutObject"), None);
        assert_eq!(recorded("/plugin.GRPCStdio/StreamStdio"), None);
    }
}
