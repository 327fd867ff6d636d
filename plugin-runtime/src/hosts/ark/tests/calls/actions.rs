use bytes::Bytes;
use tonic::Code;

use super::{newer, older};
use crate::hosts::ark::proto::{v0_9, v0_10};
use crate::prelude::*;

/// Writes the name of the backup or restore to the item.
#[derive(Default)]
pub(super) struct Echo;

fn secret() -> ResourceIdentifier {
    ResourceIdentifier::new("secrets.example.io", "shop", "tls")
}

impl BackupItemAction for Echo {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutput> {
        ensure!(input.item.name() != "bad", "it is bad");
        input.item.set_label("in", &input.backup.metadata.name);
        Ok(BackupOutput::backup().additional_item(secret()))
    }
}

impl RestoreItemAction for Echo {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
        ensure!(input.item_from_backup.is_none(), "Ark does not send it");
        input.item.set_label("in", &input.restore.metadata.name);
        if input.item.name() == "old" {
            return Ok(RestoreOutput::skip());
        }
        Ok(RestoreOutput::restore().warning("look here"))
    }
}

fn pod(name: &str) -> Bytes {
    format!(r#"{{"kind":"Pod","metadata":{{"name":"{name}"}}}}"#).into()
}

fn changed() -> Bytes {
    Bytes::from(r#"{"kind":"Pod","metadata":{"labels":{"in":"daily"},"name":"web"}}"#)
}

/// The selection that `calls::selecting` declares.
macro_rules! selected {
    ($version:ident) => {
        $version::AppliesToResponse {
            included_namespaces: vec!["in".to_owned()],
            excluded_namespaces: vec!["out".to_owned()],
            included_resources: vec!["pods".to_owned()],
            excluded_resources: vec!["jobs".to_owned()],
            selector: "a=b".to_owned(),
        }
    };
}

/// The JSON of a backup or restore.
fn daily() -> Bytes {
    Bytes::from(r#"{"metadata":{"name":"daily"}}"#)
}

#[tokio::test]
async fn newer_ark_calls_a_backup_item_action() {
    use v0_10::backup_item_action_client::BackupItemActionClient;
    let mut action = BackupItemActionClient::new(newer().await);
    let applies_to = |plugin: &str| v0_10::AppliesToRequest { plugin: plugin.to_owned() };
    let selected = action.applies_to(applies_to("c")).await.unwrap().into_inner();
    assert_eq!(selected, selected!(v0_10));

    let execute = |name| v0_10::ExecuteRequest { plugin: "c".into(), item: pod(name), backup: daily() };
    let output = action.execute(execute("web")).await.unwrap().into_inner();
    assert_eq!(output.item, changed());
    let [additional] = <[_; 1]>::try_from(output.additional_items).unwrap();
    let ResourceIdentifier { group, resource, namespace, name } = secret();
    assert_eq!(additional, v0_10::ResourceIdentifier { group, resource, namespace, name });
    assert_eq!(action.execute(execute("bad")).await.unwrap_err().message(), "it is bad");

    let error = action.applies_to(applies_to("a.b/c")).await.unwrap_err();
    assert_eq!(error.code(), Code::Unknown);
    assert!(error.message().ends_with("a.b/c not found in this binary; plugins of this kind: c"), "{error}");
}

#[tokio::test]
async fn newer_ark_calls_a_restore_item_action() {
    use v0_10::restore_item_action_client::RestoreItemActionClient;
    let mut action = RestoreItemActionClient::new(newer().await);
    let applies_to = v0_10::AppliesToRequest { plugin: "c".into() };
    assert_eq!(action.applies_to(applies_to).await.unwrap().into_inner(), selected!(v0_10));

    let execute =
        |name| v0_10::RestoreExecuteRequest { plugin: "c".into(), item: pod(name), restore: daily() };
    let output = action.execute(execute("web")).await.unwrap().into_inner();
    assert_eq!((output.item, &*output.warning), (changed(), "look here"));
    let output = action.execute(execute("old")).await.unwrap().into_inner();
    assert_eq!(output.item, pod("old"));
}

#[tokio::test]
async fn older_ark_calls_a_backup_item_action() {
    use v0_9::backup_item_action_client::BackupItemActionClient;
    let mut action = BackupItemActionClient::new(older("backupitemaction").await);
    let selected = action.applies_to(v0_9::Empty {}).await.unwrap().into_inner();
    assert_eq!(selected, selected!(v0_9));

    let execute = |name| v0_9::ExecuteRequest { item: pod(name), backup: daily() };
    let output = action.execute(execute("web")).await.unwrap().into_inner();
    assert_eq!(output.item, changed());
    let [additional] = <[_; 1]>::try_from(output.additional_items).unwrap();
    let ResourceIdentifier { group, resource, namespace, name } = secret();
    assert_eq!(additional, v0_9::ResourceIdentifier { group, resource, namespace, name });
    assert_eq!(action.execute(execute("bad")).await.unwrap_err().message(), "it is bad");
}

#[tokio::test]
async fn older_ark_calls_a_restore_item_action() {
    use v0_9::restore_item_action_client::RestoreItemActionClient;
    let mut action = RestoreItemActionClient::new(older("restoreitemaction").await);
    let selected = action.applies_to(v0_9::Empty {}).await.unwrap().into_inner();
    assert_eq!(selected, selected!(v0_9));

    let execute = |name| v0_9::RestoreExecuteRequest { item: pod(name), restore: daily() };
    let output = action.execute(execute("web")).await.unwrap().into_inner();
    assert_eq!((output.item, &*output.warning), (changed(), "look here"));
    let output = action.execute(execute("old")).await.unwrap().into_inner();
    assert_eq!(output.item, pod("old"));
}
