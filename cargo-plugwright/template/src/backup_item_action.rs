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
        Ok(BackupOutput::backup()
            .additional_items(used)
            .must_include_additional_items())
    }
}

/// The fields of a pod that name ConfigMaps. `*` matches every element of a list.
const CONFIG_MAPS: [&str; 6] = [
    "/spec/volumes/*/configMap/name",
    "/spec/volumes/*/projected/sources/*/configMap/name",
    "/spec/initContainers/*/envFrom/*/configMapRef/name",
    "/spec/initContainers/*/env/*/valueFrom/configMapKeyRef/name",
    "/spec/containers/*/envFrom/*/configMapRef/name",
    "/spec/containers/*/env/*/valueFrom/configMapKeyRef/name",
];

/// The fields of a pod that name Secrets.
const SECRETS: [&str; 7] = [
    "/spec/volumes/*/secret/secretName",
    "/spec/volumes/*/projected/sources/*/secret/name",
    "/spec/initContainers/*/envFrom/*/secretRef/name",
    "/spec/initContainers/*/env/*/valueFrom/secretKeyRef/name",
    "/spec/containers/*/envFrom/*/secretRef/name",
    "/spec/containers/*/env/*/valueFrom/secretKeyRef/name",
    "/spec/imagePullSecrets/*/name",
];

/// The ConfigMaps and Secrets that a pod uses, without duplicates.
fn used_by(pod: &Item) -> Vec<ResourceIdentifier> {
    let mut used = Vec::new();
    for (resource, fields) in [("configmaps", &CONFIG_MAPS[..]), ("secrets", &SECRETS)] {
        let names = fields.iter().flat_map(|field| pod.get_each(field));
        for name in names.filter_map(|name| name.as_str()) {
            let item = ResourceIdentifier::new(resource, pod.namespace(), name);
            // Kubernetes creates `kube-root-ca.crt` in every namespace.
            if name != "kube-root-ca.crt" && !used.contains(&item) {
                used.push(item);
            }
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
                {"name": "scratch", "emptyDir": {}},
                {"name": "account", "projected": {"sources": [{"configMap": {"name": "kube-root-ca.crt"}}]}}
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
