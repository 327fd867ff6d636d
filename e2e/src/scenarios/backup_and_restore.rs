//! A namespace is backed up, its objects are deleted and restored.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::site::{Site, annotations, plain};

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("shop").await?;
    let objects = [
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "prices", "namespace": namespace},
            "data": {"tea": "3", "coffee": "4"}}),
        json!({"apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "till", "namespace": namespace, "annotations": {"note": "mine"}}, "data": {"pin": "MTIzNA=="}}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": namespace}, "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web"}]}},
        }}),
    ];
    for object in &objects {
        site.objects.create(object).await?;
    }

    let backup = site.backup("b-shop", json!({"includedNamespaces": [namespace]})).await?;
    backup.is("Completed")?;
    site.saw_end("backup", &backup);
    site.saw("keys of the backup", site.velero.store.keys("backups", "b-shop")?);

    let items = site.velero.store.items("b-shop")?;
    for (path, item) in &items {
        let expected = match item["kind"].as_str() {
            // The second plugin excludes secrets.
            Some("Secret") => json!({"velero.io/my-backup-plugin": "1"}),
            _ => json!({"velero.io/my-backup-plugin": "1", "velero.io/my-backup-pluginv2": "1"}),
        };
        let found = Value::from(annotations(item, "velero.io/my-"));
        ensure!(
            found == expected,
            "{path} in the tarball: expected the annotations {expected}, found {found}"
        );
        site.saw(&format!("{path} in the tarball").replace(&namespace, "shop"), plain(item));
    }
    for path in ["configmaps", "secrets", "deployments.apps"] {
        let start = format!("resources/{path}/namespaces/{namespace}/");
        ensure!(
            items.keys().any(|path| path.starts_with(&start)),
            "expected a path below {start}, found {:?}",
            items.keys()
        );
    }

    for object in &objects {
        site.objects.delete(object).await?;
    }
    let restore = site.restore("r-shop", json!({"backupName": "b-shop"})).await?;
    restore.is("Completed")?;
    site.saw_end("restore", &restore);
    site.saw("keys of the restore", site.velero.store.keys("restores", "r-shop")?);

    for object in &objects {
        let live = site.live(object).await?;
        let name = &live["metadata"]["name"];
        for annotation in ["my-backup-plugin", "my-restore-plugin", "my-restore-pluginv2"] {
            let pointer = format!("/metadata/annotations/velero.io~1{annotation}");
            ensure!(live.pointer(&pointer) == Some(&json!("1")), "{name} was restored without {annotation}");
        }
        ensure!(
            object["data"].is_null() || live["data"] == object["data"],
            "{name} was restored with {}",
            live["data"]
        );
        site.saw(&format!("{name}, restored"), plain(&live));
    }
    Ok(())
}
