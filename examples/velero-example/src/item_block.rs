use plugwright::prelude::*;
use tracing::info;

/// Groups a pod with the volume claims that it mounts.
#[item_block_action(name = "example.io/item-block-plugin", included_resources = ["pods"])]
#[derive(Default)]
struct ItemBlockPlugin;

impl ItemBlockAction for ItemBlockPlugin {
    async fn get_related_items(&self, input: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>> {
        info!("Hello from my ItemBlockPlugin!");
        let pod = &input.item;
        if pod.kind() != "Pod" {
            return Ok(Vec::new());
        }
        let mut claims = Vec::new();
        let volumes = pod.get("/spec/volumes").and_then(|volumes| volumes.as_array());
        for volume in volumes.into_iter().flatten() {
            let name = volume.pointer("/persistentVolumeClaim/claimName").and_then(|name| name.as_str());
            let Some(name) = name.filter(|name| !name.is_empty()) else { continue };
            let claim = ResourceIdentifier::new("persistentvolumeclaims", pod.namespace(), name);
            if !claims.contains(&claim) {
                claims.push(claim);
            }
        }
        Ok(claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn claims_of(item: &'static str) -> Vec<String> {
        let input = ItemBlockInput::new(Item::from_json(item).unwrap(), Backup::default());
        let claims = ItemBlockPlugin.get_related_items(&input).await.unwrap();
        assert!(claims.iter().all(|claim| {
            (&*claim.group, &*claim.resource, &*claim.namespace) == ("", "persistentvolumeclaims", "shop")
        }));
        claims.into_iter().map(|claim| claim.name).collect()
    }

    #[tokio::test]
    async fn each_claim_is_related_once() {
        let pod = r#"{"kind": "Pod", "metadata": {"namespace": "shop"}, "spec": {"volumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": "data-0"}},
            {"name": "scratch", "emptyDir": {}},
            {"name": "logs", "persistentVolumeClaim": {"claimName": "logs-0"}},
            {"name": "again", "persistentVolumeClaim": {"claimName": "data-0"}},
            {"name": "none", "persistentVolumeClaim": {"claimName": ""}},
            {"name": "odd", "persistentVolumeClaim": {"claimName": 7}},
            "no volume at all"
        ]}}"#;
        assert_eq!(claims_of(pod).await, ["data-0", "logs-0"]);
    }

    #[tokio::test]
    async fn other_kinds_have_no_related_items() {
        assert!(claims_of(r#"{"kind": "Pod", "spec": {"volumes": null}}"#).await.is_empty());
        let template = r#"{"kind": "PodTemplate", "spec": {"volumes": [
            {"persistentVolumeClaim": {"claimName": "data-0"}}
        ]}}"#;
        assert!(claims_of(template).await.is_empty());
    }
}
