//! A plugin's records are in the log of the backup, with level, fields and source location.

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
        let record = record.with_context(|| format!("expected `{message}` in the log"))?;
        ensure!(record.get("level") == level, "unexpected level of `{message}`: {}", record.get("level"));
        ensure!(
            record.get("backup") == format!("{}/b-logs", site.velero.namespace),
            "unexpected plugin: {}",
            record.get("backup")
        );
        ensure!(record.get("pluginName") == file, "unexpected plugin: {}", record.get("pluginName"));
        let source = record.get("logSource");
        let expected = match site.side {
            Side::Ours => "e2e/plugin/src/main.rs:",
            Side::Go => "/twin/e2e/main.go:",
        };
        ensure!(source.contains(expected), "unexpected source of `{message}`: {source}");
    }
    let record = log.iter().find(|record| record.has_message("an info record"));
    ensure!(record.is_some_and(|record| record.get("answer") == "42"), "the field is missing: {record:?}");
    Ok(())
}
