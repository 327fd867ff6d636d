use plugwright::{Backup, Item, Result};

#[tokio::test]
async fn claims_are_related_to_their_pod() -> Result<()> {
    let plugin = super::plugin().start().await?;
    let pod = r#"{"kind": "Pod", "metadata": {"name": "db", "namespace": "shop"},
        "spec": {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data-0"}}]}}"#;
    let action = plugin.item_block_action("example.io/pod-claims");
    let claims = action
        .get_related_items(&Item::from_json(pod)?, &Backup::default())
        .await?;
    assert_eq!(claims[0].to_string(), "persistentvolumeclaims shop/data-0");
    Ok(())
}
