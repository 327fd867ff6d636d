use plugwright::prelude::*;
use tracing::info;

/// The host name in the nodeSelector of a pod or of a workload's pod template.
const HOST_NAME: [&str; 2] = [
    "/spec/nodeSelector/kubernetes.io~1hostname",
    "/spec/template/spec/nodeSelector/kubernetes.io~1hostname",
];

/// Lets a restored workload run on any node, because its original node may not exist in the new cluster.
#[restore_item_action(
    name = "example.io/unpin",
    included_resources = ["pods", "deployments.apps", "statefulsets.apps", "daemonsets.apps"],
)]
#[derive(Default)]
struct Unpin;

impl RestoreItemAction for Unpin {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
        for pointer in HOST_NAME {
            if let Some(node) = input.item.remove(pointer) {
                info!(node = node.as_str(), "unpinned");
            }
        }
        Ok(RestoreOutput::restore())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn unpinned(item: &'static str) -> Result<Item> {
        let mut input = RestoreInput::new(Item::from_json(item)?, Restore::default());
        assert!(!Unpin.execute(&mut input).await?.is_skipped());
        Ok(input.item)
    }

    #[tokio::test]
    async fn only_the_host_name_is_removed() -> Result<()> {
        let pod = r#"{"kind": "Pod", "spec": {"nodeSelector": {"kubernetes.io/hostname": "a", "disk": "ssd"}}}"#;
        let pod = unpinned(pod).await?;
        assert_eq!(
            pod.to_json(),
            r#"{"kind":"Pod","spec":{"nodeSelector":{"disk":"ssd"}}}"#
        );
        Ok(())
    }

    #[tokio::test]
    async fn other_items_are_unchanged() -> Result<()> {
        assert!(
            !unpinned(r#"{"kind": "Deployment", "spec": {"replicas": 2}}"#)
                .await?
                .is_changed()
        );
        Ok(())
    }
}
