//! Objects are restored into another namespace.

use anyhow::{Result, ensure};
use serde_json::json;

use super::config_maps;
use crate::site::{Site, plain};

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let (from, to) = (site.namespace("mapped-from").await?, site.own("mapped-to"));
    config_maps::make(site, &from, &[("moved", "")]).await?;
    site.backup("b-mapped", json!({"includedNamespaces": [from]})).await?.is("Completed")?;
    let spec = json!({"backupName": "b-mapped", "namespaceMapping": {&from: &to}});
    let restore = site.restore("r-mapped", spec).await?;
    restore.is("Completed")?;
    site.saw_end("restore", &restore);

    let live = site.live(&config_maps::config_map(&to, "moved")).await?;
    for annotation in ["my-backup-plugin", "my-restore-plugin", "my-restore-pluginv2"] {
        let pointer = format!("/metadata/annotations/velero.io~1{annotation}");
        ensure!(live.pointer(&pointer) == Some(&json!("1")), "restored without {annotation}: {live}");
    }
    site.saw("the object in its new namespace", plain(&live));
    Ok(())
}
