use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::Kind;
use crate::cluster::testing::{Api as Server, answer, context, status};

const LIST: &str = "/api/v1/namespaces/velero/configmaps?&labelSelector=\
                    velero.io%2Fplugin-config%2Cexample.io%2Fa+in+%28RestoreItemAction%2CRestoreItemActionV2%29";

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Settings {
    dry_run: bool,
}

fn server(maps: Value) -> Server {
    answer(move |path| {
        (path == LIST).then(|| json!({"kind": "ConfigMapList", "metadata": {}, "items": maps}))
    })
}

fn map(name: &str, data: &Value) -> Value {
    json!({"metadata": {"name": name, "namespace": "velero"}, "data": data})
}

#[tokio::test]
async fn reads_one_config_map() {
    let api = server(json!([map("one", &json!({"dry_run": "true"}))]));
    let cx = context(&api);
    assert_eq!(cx.plugin_config().await.unwrap(), Some(Settings { dry_run: true }));
    assert_eq!(cx.require_plugin_config::<Settings>().await.unwrap(), Settings { dry_run: true });
    assert_eq!(api.requests().len(), 2);
}

#[tokio::test]
async fn config_map_without_data_has_defaults() {
    let api = server(json!([{"metadata": {"name": "one"}}]));
    assert_eq!(context(&api).plugin_config().await.unwrap(), Some(Settings::default()));
}

#[tokio::test]
async fn missing_config_map_is_optional_or_required() {
    let cx = context(&server(json!([])));
    assert_eq!(cx.plugin_config::<Settings>().await.unwrap(), None);
    let (error, line) = (cx.require_plugin_config::<Settings>().await.unwrap_err(), line!());
    assert_eq!(
        error.to_string(),
        "missing configuration of RestoreItemAction example.io/a: expected a ConfigMap in namespace velero with the labels \
         `velero.io/plugin-config` and `example.io/a=RestoreItemAction`"
    );
    assert_eq!((error.location().file(), error.location().line()), (file!(), line));
}

#[tokio::test]
async fn two_config_maps_are_an_error() {
    let cx = context(&server(json!([map("one", &json!({})), map("two", &json!({}))])));
    let error = cx.plugin_config::<Settings>().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "RestoreItemAction example.io/a has more than one configuration: the ConfigMaps one, two in namespace velero have \
         the labels `velero.io/plugin-config` and `example.io/a`; remove the labels from all but one"
    );
}

#[tokio::test]
async fn invalid_setting_names_map_plugin_and_key() {
    let cx = context(&server(json!([map("one", &json!({"dry_run": "perhaps"}))])));
    assert_eq!(
        cx.plugin_config::<Settings>().await.unwrap_err().to_string(),
        "invalid ConfigMap velero/one of RestoreItemAction example.io/a: `dry_run`: expected `true` or `false`, \
         found \"perhaps\""
    );
}

#[tokio::test]
async fn api_server_errors_are_returned() {
    let cx = context(&answer(|_| Some(status(403, "Forbidden", "configmaps is forbidden: no"))));
    let error = cx.plugin_config::<Settings>().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "reading the configuration of RestoreItemAction example.io/a: configmaps is forbidden: no"
    );
}

#[tokio::test]
async fn rejects_a_name_that_is_not_a_label() {
    let name = format!("example.io/{}", "x".repeat(64));
    let cx = Context::for_tests(Kind::DeleteItemAction, name).with_client(answer(|_| None).client());
    let error = cx.plugin_config::<Settings>().await.unwrap_err().to_string();
    assert!(error.contains("is not a valid label key") && error.contains("`config_map`"), "{error}");
}

#[tokio::test]
async fn reads_config_map_by_name() {
    let api = answer(|path| {
        let (namespace, name) = path.strip_prefix("/api/v1/namespaces/")?.split_once("/configmaps/")?;
        (name == "here").then(|| map(namespace, &json!({"dry_run": "1"})))
    });
    let cx = context(&api);
    assert_eq!(cx.config_map(None, "here").await.unwrap(), Some(Settings { dry_run: true }));
    assert_eq!(cx.config_map(Some("other"), "here").await.unwrap(), Some(Settings { dry_run: true }));
    assert_eq!(cx.config_map::<Settings>(None, "gone").await.unwrap(), None);
    let paths = ["velero/configmaps/here", "other/configmaps/here", "velero/configmaps/gone"];
    assert_eq!(api.requests(), paths.map(|path| format!("GET /api/v1/namespaces/{path}")));
}
