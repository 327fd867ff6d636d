//! What a plugin logs stands in the log of the backup: with its level, its fields, and the line of the plugin that has logged it.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::config_maps;
use crate::scenario::Plugins;
use crate::site::{Side, Site};

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("logs").await?;
    config_maps::make(site, &namespace, &[("talks", "backup-log")]).await?;
    let backup = site.backup("b-logs", json!({"includedNamespaces": [namespace]})).await?;
    site.saw_end("backup", &backup);

    let file = Plugins::Test.files(site.side).last().copied().unwrap_or_default();
    let log = site.velero.store.log("backups", "b-logs")?;
    for (level, message) in [
        ("debug", "a debug record"),
        ("info", "an info record"),
        ("warning", "a warn record"),
        ("error", "an error record"),
    ] {
        let record = log.iter().find(|record| record.has_message(message));
        let record = record.with_context(|| format!("`{message}` is not in the log"))?;
        ensure!(record.get("level") == level, "`{message}` has the level {}", record.get("level"));
        ensure!(
            record.get("backup") == format!("{}/b-logs", site.velero.namespace),
            "it is of {}",
            record.get("backup")
        );
        ensure!(record.get("pluginName") == file, "it is of {}", record.get("pluginName"));
        let source = record.get("logSource");
        let expected = match site.side {
            Side::Ours => "e2e/plugin/src/main.rs:",
            Side::Go => "/twin/e2e/main.go:",
        };
        ensure!(source.contains(expected), "`{message}` is said to come from {source}");
    }
    let record = log.iter().find(|record| record.has_message("an info record"));
    ensure!(record.is_some_and(|record| record.get("answer") == "42"), "the field is missing: {record:?}");
    Ok(())
}
