use plugwright::prelude::*;
use tracing::info;

/// Adds the ConfigMaps and Secrets that a pod uses to the backup, even if the backup includes only pods.
#[backup_item_action(name = "example.io/pod-config", included_resources = ["pods"])]
#[derive(Default)]
struct PodConfig;

impl BackupItemAction for PodConfig {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutput> {
        let used = used_by(&input.item);
        info!(items = used.len(), "the pod uses ConfigMaps and Secrets");
        Ok(BackupOutput::backup().additional_items(used))
    }
}

/// The ConfigMaps and Secrets in a pod's volumes and environment, without duplicates.
fn used_by(pod: &Item) -> Vec<ResourceIdentifier> {
    let mut used = Vec::new();
    let mut add = |resource: &str, name: Option<&str>| {
        if let Some(name) = name {
            let item = ResourceIdentifier::new(resource, pod.namespace(), name);
            if !used.contains(&item) {
                used.push(item);
            }
        }
    };
    let list = |pointer| {
        pod.get(pointer)
            .and_then(|list| list.as_array())
            .into_iter()
            .flatten()
    };
    for volume in list("/spec/volumes") {
        add(
            "configmaps",
            volume
                .pointer("/configMap/name")
                .and_then(|name| name.as_str()),
        );
        add(
            "secrets",
            volume
                .pointer("/secret/secretName")
                .and_then(|name| name.as_str()),
        );
    }
    for container in list("/spec/initContainers").chain(list("/spec/containers")) {
        let sources = container.get("envFrom").and_then(|list| list.as_array());
        for source in sources.into_iter().flatten() {
            add(
                "configmaps",
                source
                    .pointer("/configMapRef/name")
                    .and_then(|name| name.as_str()),
            );
            add(
                "secrets",
                source
                    .pointer("/secretRef/name")
                    .and_then(|name| name.as_str()),
            );
        }
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_used_object_is_added_once() -> Result<()> {
        let pod = r#"{"kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}, "spec": {
            "volumes": [
                {"name": "pages", "configMap": {"name": "pages"}},
                {"name": "key", "secret": {"secretName": "key"}},
                {"name": "scratch", "emptyDir": {}}
            ],
            "containers": [{"name": "web", "envFrom": [{"secretRef": {"name": "key"}}]}]
        }}"#;
        let mut input = BackupInput::new(Item::from_json(pod)?, Backup::default());
        let output = PodConfig.execute(&mut input).await?;
        let names: Vec<_> = output
            .additional_items
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(names, ["configmaps shop/pages", "secrets shop/key"]);
        assert!(!input.item.is_changed());
        Ok(())
    }
}
