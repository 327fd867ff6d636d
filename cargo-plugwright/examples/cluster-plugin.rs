//! An action that reads the cluster, for the transcripts in `tests/cmd`.

use plugwright::prelude::*;

/// Annotates a pod with the registry that a ConfigMap in Velero's namespace names, and with that namespace.
#[restore_item_action(name = "example.io/registry", included_resources = ["pods"])]
async fn registry(cx: &Context, input: &mut RestoreInput) -> Result<RestoreOutput> {
    let namespace = cx.velero_namespace().unwrap_or_default();
    let settings = cx.api("configmaps/v1", namespace).await?.get("settings").await?;
    let registry = settings.data["data"]["registry"].as_str().context("the ConfigMap names no registry")?;
    input.item.set_annotation("example.io/registry", registry);
    input.item.set_annotation("example.io/velero", namespace);
    // Its resource is called as its definition says.
    cx.api("chassis.example.io/v1", None).await?.get("one").await?;
    Ok(RestoreOutput::restore())
}

plugwright::main!();
