use plugwright::prelude::*;

/// Groups a pod with the volume claims it mounts, so that Velero backs them up together.
#[item_block_action(name = "example.io/pod-claims", included_resources = ["pods"])]
#[derive(Default)]
struct PodClaims;

impl ItemBlockAction for PodClaims {
    async fn get_related_items(&self, input: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>> {
        let pod = &input.item;
        let mut claims = Vec::new();
        let volumes = pod
            .get("/spec/volumes")
            .and_then(|volumes| volumes.as_array());
        for volume in volumes.into_iter().flatten() {
            let text = |pointer| volume.pointer(pointer).and_then(|value| value.as_str());
            let claim = match (text("/persistentVolumeClaim/claimName"), text("/name")) {
                (Some(claim), _) => claim.to_owned(),
                // Kubernetes names the claim of an ephemeral volume after the pod and the volume.
                (None, Some(name)) if volume.get("ephemeral").is_some() => {
                    format!("{}-{name}", pod.name())
                }
                _ => continue,
            };
            let claim = ResourceIdentifier::new("persistentvolumeclaims", pod.namespace(), claim);
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

    #[tokio::test]
    async fn each_claim_is_related_once() -> Result<()> {
        let pod = r#"{"kind": "Pod", "metadata": {"name": "db", "namespace": "shop"}, "spec": {"volumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": "data-0"}},
            {"name": "again", "persistentVolumeClaim": {"claimName": "data-0"}},
            {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}},
            {"name": "none", "emptyDir": {}}
        ]}}"#;
        let input = ItemBlockInput::new(Item::from_json(pod)?, Backup::default());
        let claims = PodClaims.get_related_items(&input).await?;
        let names: Vec<_> = claims.into_iter().map(|claim| claim.name).collect();
        assert_eq!(names, ["data-0", "db-scratch"]);
        Ok(())
    }
}
