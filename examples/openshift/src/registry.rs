//! Finds OpenShift's internal registry, and maps the images in it.

use plugwright::kube::api::ListParams;
use plugwright::prelude::*;
use serde_json::Value;

/// The annotation with the registry of the original cluster, on an item in a backup; empty without a registry.
pub(crate) const BACKUP_REGISTRY: &str = "openshift.io/backup-registry-hostname";
/// The annotation with the registry of the target cluster, on an item in a restore; empty without a registry.
pub(crate) const RESTORE_REGISTRY: &str = "openshift.io/restore-registry-hostname";

/// The host and port of this cluster's registry; empty without a registry.
pub(crate) async fn host(cx: &Context, kubernetes: (u32, u32)) -> Result<String> {
    let streams = cx.api("imagestreams.image.openshift.io/v1", "openshift").await?;
    // The API server for images may be disabled. The configuration also contains the host.
    let streams = streams.list(&ListParams::default().limit(1)).await.map(|streams| streams.items);
    let stream = streams.ok().and_then(|streams| streams.into_iter().next());
    let repository = stream.as_ref().and_then(|stream| text(&stream.data, "/status/dockerImageRepository"));
    if let Some((host, _)) = repository.and_then(|repository| repository.split_once('/')) {
        return Ok(host.to_owned());
    }
    // OpenShift 3.
    if kubernetes <= (1, 11) {
        let service = cx.api("services/v1", "default").await?.get_opt("docker-registry").await?;
        let address = service.as_ref().and_then(|service| {
            Some((text(&service.data, "/spec/clusterIP")?, service.data.pointer("/spec/ports/0/port")?))
        });
        return Ok(address.map(|(ip, port)| format!("{ip}:{port}")).unwrap_or_default());
    }
    let config = cx.api("configmaps/v1", "openshift-apiserver").await?.get("config").await?;
    let config = text(&config.data, "/data/config.yaml").context("ConfigMap openshift-apiserver/config")?;
    let config: Value = serde_json::from_str(config)?;
    Ok(text(&config, "/imagePolicyConfig/internalRegistryHostname").unwrap_or_default().to_owned())
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

/// An image's path in a registry, such as `shop/web:1`; `None` for another registry, or if its name is empty.
pub(crate) fn path<'a>(image: &'a str, registry: Option<&str>) -> Option<&'a str> {
    let (host, path) = image.split_once('/')?;
    (!host.is_empty() && registry == Some(host)).then_some(path)
}

/// Replaces the original cluster's registry in the images of a pod or workload with this cluster's registry. Does nothing
/// if one of the clusters has no registry.
pub(crate) fn relocate_images(item: &mut Item, restore: &Restore) {
    let registry =
        |annotation| item.annotation(annotation).filter(|registry| !registry.is_empty()).map(str::to_owned);
    let (Some(from), Some(to)) = (registry(BACKUP_REGISTRY), registry(RESTORE_REGISTRY)) else { return };
    item.edit_images(|image| {
        let path = path(image, Some(&from))?;
        Some(match path.split_once('/') {
            // OpenShift's own images have other digests in other releases.
            Some(("openshift", name)) if name.contains('@') => format!("{to}/{}", path.split('@').next()?),
            Some((namespace, name)) => format!("{to}/{}/{name}", restore.target_namespace(namespace)),
            None => format!("{to}/{path}"),
        })
    });
}

#[cfg(test)]
mod tests;
