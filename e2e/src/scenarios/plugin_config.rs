//! A plugin reads its ConfigMap, found by labels, into its own type.

use anyhow::{Context, Result, ensure};
use plugwright_local_velero::operation::Ended;
use serde_json::{Value, json};

use crate::site::Site;

const PLUGIN: &str = "e2e.plugwright.dev/configured";
const PLUGIN_V2: &str = "e2e.plugwright.dev/configured-v2";

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("configured").await?;
    let item = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "item", "namespace": namespace, "labels": {"e2e": "configured"}}});
    site.objects.create(&item).await?;
    site.backup("b-configured", json!({"includedNamespaces": [namespace]})).await?.is("Completed")?;
    let at = Stage { site, item };

    // Without a ConfigMap, the plugins write null.
    at.restored("r-none", &Value::Null, &Value::Null).await?;

    let data = json!({
        "dryRun": "true", "retries": "3", "timeout": "1m30s", "images": "a, b", "retires": "5",
        "rules": "- namespace: shop\n  limits: {cpu: 2}\n",
    });
    let settings = json!({
        "dryRun": true, "retries": 3, "timeout": {"secs": 90, "nanos": 0}, "images": ["a", "b"],
        "rules": [{"namespace": "shop", "limits": {"cpu": 2}}],
    });
    let any = json!({"fast": "slow", "on": "true"});
    // Version 1 and 2 plugins are both configured, by either kind's name.
    for (round, of_v1, of_v2) in [
        ("r-v1", "RestoreItemAction", "RestoreItemAction"),
        ("r-v2", "RestoreItemActionV2", "RestoreItemActionV2"),
    ] {
        let first = at.config("settings", PLUGIN, of_v1, &data).await?;
        let second = at.config("any", PLUGIN_V2, of_v2, &any).await?;
        at.restored(round, &settings, &any).await?;
        let expected = format!(
            "ConfigMap {}/settings has the key `retires`, which {PLUGIN} does not use; did you mean `retries`?",
            site.velero.namespace
        );
        let log = site.velero.store.log("restores", round)?;
        let warned = log.iter().any(|line| line.get("level") == "warning" && line.has_message(&expected));
        ensure!(warned, "expected the warning `{expected}` of {round}");
        site.objects.delete(&first).await?;
        site.objects.delete(&second).await?;
    }

    // An invalid setting and a second ConfigMap fail the restore.
    let wrong = at.config("wrong", PLUGIN, "RestoreItemAction", &json!({"retries": "300"})).await?;
    let message = format!(
        "invalid ConfigMap {}/wrong of RestoreItemAction {PLUGIN}: `retries`: expected a whole number from 0 to 255, found \"300\"",
        site.velero.namespace
    );
    at.refused("r-wrong", &message).await?;
    let other = at.config("other", PLUGIN, "RestoreItemActionV2", &json!({})).await?;
    let message = format!(
        "RestoreItemAction {PLUGIN} has more than one configuration: the ConfigMaps other, wrong in namespace {}",
        site.velero.namespace
    );
    at.refused("r-two", &message).await?;
    site.objects.delete(&wrong).await?;
    site.objects.delete(&other).await
}

struct Stage<'a> {
    site: &'a Site<'a>,
    item: Value,
}

impl Stage<'_> {
    async fn config(&self, name: &str, plugin: &str, kind: &str, data: &Value) -> Result<Value> {
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": data, "metadata": {
            "name": name, "namespace": self.site.velero.namespace,
            "labels": {"velero.io/plugin-config": "", plugin: kind},
        }});
        self.site.objects.create(&map).await?;
        Ok(map)
    }

    async fn restore(&self, name: &str) -> Result<Ended> {
        self.site.objects.delete(&self.item).await?;
        self.site.restore(name, json!({"backupName": "b-configured"})).await
    }

    /// Restores, and checks the settings that the plugins read.
    async fn restored(&self, name: &str, settings: &Value, any: &Value) -> Result<()> {
        self.restore(name).await?.is("Completed")?;
        let live = self.site.objects.live(&self.item).await?.context("the item was not restored")?;
        let annotations = live.metadata.annotations.unwrap_or_default();
        for (plugin, expected) in [(PLUGIN, settings), (PLUGIN_V2, any)] {
            let noted = annotations.get(plugin).with_context(|| format!("{name}: no result of {plugin}"))?;
            let noted: Value = serde_json::from_str(noted)?;
            ensure!(noted == *expected, "{name}: expected {plugin} to read {expected}, found {noted}");
        }
        Ok(())
    }

    /// Checks that a restore fails with this error.
    async fn refused(&self, name: &str, message: &str) -> Result<()> {
        let ended = self.restore(name).await?;
        ensure!(ended.is("Completed").is_err(), "{name} is {:?}", ended.phases);
        let text = self.site.velero.store.text("restores", name, &format!("restore-{name}-results.gz"))?;
        // The results are JSON, so the message is escaped.
        let expected = json!(message).to_string();
        ensure!(
            text.contains(expected.trim_matches('"')),
            "expected {message} in the results of {name}, found {text}"
        );
        Ok(())
    }
}
