//! The recorded messages of item actions, from Velero's `pkg/plugin/proto`. Later versions of a kind only add fields, so the types
//! of the latest version also decode earlier ones.

use std::fmt;

use anyhow::{Context, Result, bail};
use prost::Message;
use serde_json::Value;

use super::{Execution, What};

/// An object, identified by its resource.
#[derive(Clone, PartialEq, Message)]
pub struct ResourceIdentifier {
    /// `apps`
    #[prost(string, tag = "1")]
    pub group: String,
    /// `deployments`
    #[prost(string, tag = "2")]
    pub resource: String,
    /// Empty for cluster-scoped objects.
    #[prost(string, tag = "3")]
    pub namespace: String,
    /// The object's name.
    #[prost(string, tag = "4")]
    pub name: String,
}

impl fmt::Display for ResourceIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { group, resource, namespace, name } = self;
        let dot = if group.is_empty() { "" } else { "." };
        let slash = if namespace.is_empty() { "" } else { "/" };
        write!(f, "{resource}{dot}{group} {namespace}{slash}{name}")
    }
}

/// The progress of an operation.
#[derive(Clone, PartialEq, Message)]
pub struct OperationProgress {
    /// Whether it is complete.
    #[prost(bool, tag = "1")]
    pub completed: bool,
    /// The error, if it failed.
    #[prost(string, tag = "2")]
    pub error: String,
    /// The completed part of [`Self::total`].
    #[prost(int64, tag = "3")]
    pub done: i64,
    /// The total amount, in [`Self::units`].
    #[prost(int64, tag = "4")]
    pub total: i64,
    /// The unit, such as `bytes`.
    #[prost(string, tag = "5")]
    pub units: String,
    /// A description by the plugin.
    #[prost(string, tag = "6")]
    pub description: String,
}

#[derive(Clone, PartialEq, Message)]
struct ItemRequest {
    #[prost(string, tag = "1")]
    plugin: String,
    #[prost(bytes = "vec", tag = "2")]
    item: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct BackupResponse {
    #[prost(bytes = "vec", tag = "1")]
    item: Vec<u8>,
    #[prost(message, repeated, tag = "2")]
    additional_items: Vec<ResourceIdentifier>,
    #[prost(string, tag = "3")]
    operation_id: String,
    #[prost(message, repeated, tag = "4")]
    post_operation_items: Vec<ResourceIdentifier>,
}

#[derive(Clone, PartialEq, Message)]
struct RestoreResponse {
    #[prost(bytes = "vec", tag = "1")]
    item: Vec<u8>,
    #[prost(message, repeated, tag = "2")]
    additional_items: Vec<ResourceIdentifier>,
    #[prost(bool, tag = "3")]
    skips: bool,
    #[prost(string, tag = "4")]
    operation_id: String,
    #[prost(bool, tag = "5")]
    waits: bool,
}

#[derive(Clone, PartialEq, Message)]
struct RelatedItemsResponse {
    #[prost(message, repeated, tag = "1")]
    items: Vec<ResourceIdentifier>,
}

#[derive(Clone, PartialEq, Message)]
struct OperationRequest {
    #[prost(string, tag = "1")]
    plugin: String,
    #[prost(string, tag = "2")]
    operation_id: String,
}

#[derive(Clone, PartialEq, Message)]
struct ProgressResponse {
    #[prost(message, optional, tag = "1")]
    progress: Option<OperationProgress>,
}

#[derive(Clone, PartialEq, Message)]
struct ItemsReadyRequest {
    #[prost(string, tag = "1")]
    plugin: String,
    #[prost(message, repeated, tag = "3")]
    items: Vec<ResourceIdentifier>,
}

#[derive(Clone, PartialEq, Message)]
struct ItemsReadyResponse {
    #[prost(bool, tag = "1")]
    is_ready: bool,
}

/// Decodes a call. Returns the plugin's name and the call.
pub(super) fn decode(kind: &str, method: &str, request: &[u8], response: &[u8]) -> Result<(String, What)> {
    Ok(match method {
        "Execute" => {
            let request = ItemRequest::decode(request)?;
            let mut execution = Execution { item: json(&request.item)?, ..Execution::default() };
            match kind {
                "BackupItemAction" | "BackupItemActionV2" => {
                    let response = BackupResponse::decode(response)?;
                    execution.after = after(&response.item)?;
                    execution.additional_items = response.additional_items;
                    execution.operation_id = response.operation_id;
                    execution.post_operation_items = response.post_operation_items;
                }
                "RestoreItemAction" | "RestoreItemActionV2" => {
                    let response = RestoreResponse::decode(response)?;
                    execution.after = after(&response.item)?;
                    execution.additional_items = response.additional_items;
                    execution.skips = response.skips;
                    execution.waits = response.waits;
                    execution.operation_id = response.operation_id;
                }
                _ => {}
            }
            (request.plugin, What::Execute(Box::new(execution)))
        }
        "GetRelatedItems" => {
            let request = ItemRequest::decode(request)?;
            let response = RelatedItemsResponse::decode(response)?;
            (request.plugin, What::RelatedItems(json(&request.item)?, response.items))
        }
        "Progress" => {
            let request = OperationRequest::decode(request)?;
            let progress = ProgressResponse::decode(response)?.progress.unwrap_or_default();
            (request.plugin, What::Progress(request.operation_id, progress))
        }
        "Cancel" => {
            let request = OperationRequest::decode(request)?;
            (request.plugin, What::Cancel(request.operation_id))
        }
        "AreAdditionalItemsReady" => {
            let request = ItemsReadyRequest::decode(request)?;
            let is_ready = ItemsReadyResponse::decode(response)?.is_ready;
            (request.plugin, What::ItemsReady(request.items, is_ready))
        }
        _ => bail!("unknown method {method} of {kind}"),
    })
}

fn json(item: &[u8]) -> Result<Value> {
    serde_json::from_slice(item).context("the item is not JSON")
}

fn after(item: &[u8]) -> Result<Option<Value>> {
    if item.is_empty() { Ok(None) } else { json(item).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_is_decoded() {
        let request = ItemRequest { plugin: "example.io/a".into(), item: br#"{"a":1}"#.into() };
        let related = ResourceIdentifier {
            group: "apps".into(),
            resource: "deployments".into(),
            namespace: "shop".into(),
            name: "web".into(),
        };
        let response = BackupResponse {
            item: br#"{"a":2}"#.into(),
            additional_items: vec![related.clone()],
            operation_id: "1".into(),
            post_operation_items: Vec::new(),
        };
        let (request, response) = (request.encode_to_vec(), response.encode_to_vec());
        let (plugin, what) = decode("BackupItemActionV2", "Execute", &request, &response).unwrap();
        assert_eq!(plugin, "example.io/a");
        let expected = Execution {
            item: serde_json::json!({"a": 1}),
            after: Some(serde_json::json!({"a": 2})),
            additional_items: vec![related.clone()],
            operation_id: "1".into(),
            ..Execution::default()
        };
        assert_eq!(what, What::Execute(Box::new(expected)));
        assert_eq!(related.to_string(), "deployments.apps shop/web");
        assert!(decode("BackupItemActionV2", "Other", &request, &response).is_err());
    }
}
