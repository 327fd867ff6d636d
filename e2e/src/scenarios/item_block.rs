//! An item block action adds a related item to the block of an item: Velero backs them up together, instead of in the order in which it
//! found them.

use anyhow::{Result, ensure};
use serde_json::json;

use super::config_maps;
use crate::site::Site;

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("blocks").await?;
    let maps = [("a-first", "block-with:z-last"), ("b-alone", ""), ("z-last", "")];
    config_maps::make(site, &namespace, &maps).await?;
    // The example's plugin, and an action of Velero, add the claims of a pod to its block.
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": namespace},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "", "resources": {"requests": {"storage": "1Gi"}}}});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": namespace}, "spec": {
        "containers": [{"name": "web", "image": "web"}],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
    }});
    for object in [claim, pod] {
        site.objects.create(&object).await?;
    }

    let backup = site.backup("b-blocks", json!({"includedNamespaces": [namespace]})).await?;
    backup.is("Completed")?;
    site.saw_end("backup", &backup);
    let blocks = blocks(site, "b-blocks")?;
    for together in [["a-first", "z-last"], ["data", "web"]] {
        ensure!(
            blocks.iter().any(|block| block == &together),
            "expected the block {together:?}, found {blocks:?}"
        );
    }
    ensure!(
        blocks.iter().any(|block| block == &["b-alone"]),
        "expected a block of b-alone, found {blocks:?}"
    );
    let log = site.velero.store.log("backups", "b-blocks")?;
    ensure!(
        log.iter().any(|record| record.has_message("Hello from my ItemBlockPlugin!")),
        "the example's action was not called"
    );
    site.saw("blocks", json!(blocks));
    Ok(())
}

/// The names of the items in each block, sorted because Velero's order is random.
fn blocks(site: &Site<'_>, backup: &str) -> Result<Vec<Vec<String>>> {
    let mut blocks: Vec<Vec<String>> = Vec::new();
    for record in site.velero.store.log("backups", backup)? {
        if record.has_message("Backing up items in BackupItemBlock") {
            blocks.push(Vec::new());
        } else if record.has_message("Backing up item") {
            blocks.last_mut().into_iter().for_each(|block| block.push(record.get("name")));
        }
    }
    for block in &mut blocks {
        block.sort();
    }
    blocks.sort();
    Ok(blocks)
}
