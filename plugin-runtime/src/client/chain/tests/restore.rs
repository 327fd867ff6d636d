use std::time::Duration;

use serde_json::json;

use super::plugins::{self, V1};
use super::{client, fates, id, item};
use crate::client::chain::{Chain, Follow};
use crate::{Declaration, Item, Restore, Result};

#[tokio::test]
async fn items_are_reset_and_restored_in_the_order_of_resources() -> Result<()> {
    let late = Declaration::restore_item_action("a.b/z", V1::default).label_selector("app=other");
    let client = client(plugins::restore().into_iter().chain([late])).await?;
    let items = [
        item("Service", "web", &json!({}))?,
        item("Pod", "web", &json!({"do": "relabel"}))?,
        item("Secret", "key", &json!({"do": "skip", "additional": ["other"]}))?,
        Item::from_json(r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}"#)?,
        item("Event", "e", &json!({}))?,
    ];
    let report = client.restore(&items, &Restore::named("velero", "r")).await?;
    assert_eq!(
        fates(&report),
        [
            "shop: excluded: Velero creates namespaces without restore item actions",
            "key: skipped by a.b/v1",
            "web: kept",
            "web: kept",
            "e: excluded: the restore excludes its resource"
        ]
    );
    // An action that skips the item returns no additional items.
    assert_eq!(report.warnings().count(), 0);
    let pod = report.item(&id("pods", "web")).unwrap();
    // The labels are those set by earlier actions.
    assert_eq!(pod.result().unwrap().annotation("way"), Some("v1 v1 v2 "));
    assert_eq!((pod.result().unwrap().uid(), pod.index), ("", 1));
    Ok(())
}

#[tokio::test]
async fn additional_items_come_first_and_are_looked_up_in_the_backup() -> Result<()> {
    let billing =
        Declaration::restore_item_action("a.b/billing", V1::default).included_namespaces(["billing"]);
    let client = client(plugins::restore().into_iter().chain([billing])).await?;
    let mut restore = Restore::named("velero", "r");
    restore.spec.namespace_mapping.insert("shop".into(), "billing".into());
    restore.spec.included_resources = vec!["cm".into(), "secrets".into()];
    let items = [
        item("Secret", "key", &json!({"do": "fail"}))?,
        item("ConfigMap", "web", &json!({"additional": ["key", "none"]}))?,
        item("Pod", "web", &json!({}))?,
    ];
    let report = client.restore(&items, &restore).await?;
    assert_eq!(
        fates(&report),
        ["key: failed: a.b/billing failed", "web: kept", "web: excluded: the restore excludes its resource"]
    );
    let warnings: Vec<_> = report.warnings().collect();
    let warning =
        "configmaps shop/web: additional item secrets shop/none is not in the backup, unable to restore it";
    assert_eq!(warnings, [warning, warning], "two actions name it");
    assert_eq!(report.errors().count(), 1, "the error of the additional item is its own");
    Ok(())
}

#[tokio::test]
async fn complete_pods_and_other_scopes_are_not_restored() -> Result<()> {
    let client = client(plugins::restore()).await?;
    let mut pod = item("Pod", "done", &json!({}))?;
    pod.set("/status", json!({"phase": "Succeeded"}))?;
    let mut restore = Restore::named("velero", "r");
    restore.spec.included_namespaces = vec!["shop".into()];
    let volume = r#"{"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"pv"}}"#;
    let report = client.restore(&[pod, Item::from_json(volume)?], &restore).await?;
    assert_eq!(
        fates(&report),
        [
            "pv: excluded: it is cluster-scoped, and the restore includes only some namespaces",
            "done: excluded: it is complete: Velero does not restore it"
        ]
    );
    Ok(())
}

#[tokio::test]
async fn additional_items_and_operations_are_waited_for() -> Result<()> {
    let client = client(plugins::restore()).await?;
    let items = [
        item("Pod", "web", &json!({"wait": ["key"], "operation": "ends"}))?,
        item("Pod", "db", &json!({"wait": ["none"]}))?,
        item("Secret", "key", &json!({}))?,
    ];
    let follow = Follow::for_at_most(Duration::from_millis(100)).every(Duration::from_millis(1));
    let report = Chain::of([&client]).follow(follow).restore(&items, &Restore::named("velero", "r")).await?;
    let web = report.item(&id("pods", "web")).unwrap().effect("a.b/v2").unwrap();
    assert!(web.not_ready.is_none() && web.operation.as_ref().unwrap().succeeded(), "{web:?}");
    // Only existing items count: nothing has to become ready.
    let errors: Vec<_> = report.errors().collect();
    assert_eq!(errors, ["pods shop/db: a.b/v2: no answer within 100ms"]);
    Ok(())
}
