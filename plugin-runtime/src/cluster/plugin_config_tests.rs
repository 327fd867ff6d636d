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
async fn one_is_read() {
    let api = server(json!([map("one", &json!({"dry_run": "true"}))]));
    let cx = context(&api);
    assert_eq!(cx.plugin_config().await.unwrap(), Some(Settings { dry_run: true }));
    assert_eq!(cx.require_plugin_config::<Settings>().await.unwrap(), Settings { dry_run: true });
    assert_eq!(api.requests().len(), 2);
}

#[tokio::test]
async fn one_without_data_is_all_defaults() {
    let api = server(json!([{"metadata": {"name": "one"}}]));
    assert_eq!(context(&api).plugin_config().await.unwrap(), Some(Settings::default()));
}

#[tokio::test]
async fn none_is_the_plugins_to_judge() {
    let cx = context(&server(json!([])));
    assert_eq!(cx.plugin_config::<Settings>().await.unwrap(), None);
    let (error, line) = (cx.require_plugin_config::<Settings>().await.unwrap_err(), line!());
    assert_eq!(
        error.to_string(),
        "RestoreItemAction example.io/a has no configuration: there is no ConfigMap in namespace velero with the labels \
         `velero.io/plugin-config` and `example.io/a=RestoreItemAction`"
    );
    assert_eq!((error.location().file(), error.location().line()), (file!(), line));
}

#[tokio::test]
async fn two_are_an_error_that_names_both() {
    let cx = context(&server(json!([map("one", &json!({})), map("two", &json!({}))])));
    let error = cx.plugin_config::<Settings>().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "RestoreItemAction example.io/a has more than one configuration: the ConfigMaps one, two in namespace velero have \
         the labels `velero.io/plugin-config` and `example.io/a`; take the labels of all but one away"
    );
}

#[tokio::test]
async fn a_wrong_setting_names_the_map_the_plugin_and_the_key() {
    let cx = context(&server(json!([map("one", &json!({"dry_run": "perhaps"}))])));
    assert_eq!(
        cx.plugin_config::<Settings>().await.unwrap_err().to_string(),
        "ConfigMap velero/one, which configures RestoreItemAction example.io/a: `dry_run` is \"perhaps\"; expected `true` or \
         `false`"
    );
}

#[tokio::test]
async fn what_the_api_server_says_is_passed_on() {
    let cx = context(&answer(|_| Some(status(403, "Forbidden", "configmaps is forbidden: no"))));
    let error = cx.plugin_config::<Settings>().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "reading the configuration of RestoreItemAction example.io/a: configmaps is forbidden: no"
    );
}

#[tokio::test]
async fn a_name_that_is_no_label() {
    let name = format!("example.io/{}", "x".repeat(64));
    let cx = Context::for_tests(Kind::DeleteItemAction, name).with_client(answer(|_| None).client());
    let error = cx.plugin_config::<Settings>().await.unwrap_err().to_string();
    assert!(error.contains("can be no label's key") && error.contains("`config_map`"), "{error}");
}

#[tokio::test]
async fn by_name() {
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
