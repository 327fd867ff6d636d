//! The `Debug` output of each type that may contain a secret. `SECRET` is in every place where an object can have one.

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::types::*;
use crate::{
    AccessRequest, Application, Backup, BackupInput, BackupOutput, Config, DeleteInput, Item, ItemBlockInput,
    Restore, RestoreInput, RestoreOutput,
};

const SECRET: &str = "hunter2";

#[track_caller]
fn hidden(object: &(impl Debug + ?Sized)) {
    for text in [format!("{object:?}"), format!("{object:#?}")] {
        assert!(!text.contains(SECRET), "{text}");
    }
}

fn read<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

/// `kubectl apply` stores the whole object in an annotation.
fn metadata() -> Value {
    json!({
        "name": "one", "namespace": "velero",
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": SECRET},
        "managedFields": [{"manager": "kubectl"}],
    })
}

fn item() -> Item {
    Item::from_value(json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": metadata(), "stringData": {"password": SECRET},
    }))
    .unwrap()
}

fn backup() -> Backup {
    let exec = json!({"exec": {"container": "db", "command": ["/bin/dump", "--password", SECRET]}});
    let hooks = json!({"resources": [{"name": "dump", "pre": [exec.clone()], "post": [exec]}]});
    let object = json!({"metadata": metadata(), "spec": {"hooks": hooks, "unknown": SECRET}});
    Backup::from_json(object.to_string().as_bytes()).unwrap()
}

fn restore() -> Restore {
    let exec = json!({"exec": {"command": ["/bin/load", SECRET]}});
    let container = json!({"name": "load", "env": [{"name": "PASSWORD", "value": SECRET}]});
    let init = json!({"init": {"initContainers": [container]}});
    let hooks = json!({"resources": [{"name": "load", "postHooks": [exec, init]}]});
    let object =
        json!({"metadata": metadata(), "spec": {"backupName": "one", "hooks": hooks, "unknown": SECRET}});
    Restore::from_json(object.to_string().as_bytes()).unwrap()
}

#[test]
fn config() {
    let config =
        Config::from_ini(&format!("[default]\naws_secret_access_key = {SECRET}"), "default").unwrap();
    assert_eq!(config.get("aws_secret_access_key"), Some(SECRET));
    hidden(&config);
}

#[test]
fn item_and_what_contains_one() {
    hidden(&item());
    // Read and changed, it consists of its tree.
    let mut changed = item();
    changed.set_label("a", "b");
    hidden(&changed);
    hidden(&BackupInput::new(item(), backup()));
    hidden(&RestoreInput::new(item(), restore()));
    hidden(&DeleteInput::new(item(), backup()));
    hidden(&ItemBlockInput::new(item(), backup()));
    hidden(&(BackupOutput::backup(), RestoreOutput::restore()));
}

/// Velero logs the error of a plugin.
#[test]
fn errors_of_a_secret() {
    #[derive(Debug, Default, serde::Deserialize, serde::Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Ports {
        string_data: std::collections::BTreeMap<String, u16>,
    }
    let error = item().get_as::<Ports>().unwrap_err();
    hidden(&error);
    assert!(error.to_string().contains("stringData.password: the value does not have"), "{error}");
    hidden(&item().edit_as(|_: &mut Ports| ()).unwrap_err());
}

#[test]
fn backup_and_restore() {
    let (backup, restore) = (backup(), restore());
    // The secrets were read.
    let hook = backup.spec.hooks.resources[0].pre_hooks[0].exec.as_ref().unwrap();
    assert_eq!(hook.command[2], SECRET);
    hidden(&backup);
    hidden(&restore);
    let text = format!("{backup:?} {restore:?}");
    assert!(text.contains(r#"command: ["/bin/dump", and 2 arguments]"#), "{text}");
    assert!(text.contains("init_containers: 1") && text.contains("last-applied-configuration"), "{text}");
}

#[test]
fn data_movements() {
    let spec = json!({"dataMoverConfig": {"password": SECRET}});
    let upload: DataUpload = read(json!({"metadata": metadata(), "spec": spec}));
    assert_eq!(upload.spec.data_mover_config.get("password"), Some(SECRET));
    hidden(&upload);
    hidden(&read::<DataDownload>(json!({"metadata": metadata(), "spec": spec})));
    hidden(&read::<PodVolumeBackup>(json!({"metadata": metadata()})));
    hidden(&read::<PodVolumeRestore>(json!({"metadata": metadata()})));
}

#[test]
fn locations() {
    let object = json!({"metadata": metadata(), "spec": {"provider": "aws", "config": {"password": SECRET}}});
    hidden(&read::<VolumeSnapshotLocation>(object.clone()));
    #[cfg(feature = "kube")]
    hidden(&crate::BackupStorageLocation::from_json(object.to_string().as_bytes()).unwrap());
}

#[test]
fn access_requests() {
    hidden(&AccessRequest::from_json(json!({"metadata": metadata()}).to_string().as_bytes()).unwrap());
    hidden(&Application::from_json(json!({"metadata": metadata()}).to_string().as_bytes()).unwrap());
}
