use plugwright::{Item, Restore, Result};

#[tokio::test]
async fn a_deployment_is_unpinned() -> Result<()> {
    let plugin = super::plugin().start().await?;
    let deployment = r#"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/hostname": "node-1"}}}}}"#;
    let action = plugin.restore_item_action("example.io/unpin");
    let output = action
        .execute(&Item::from_json(deployment)?, &Restore::default())
        .await?;
    assert_eq!(
        output
            .item
            .get("/spec/template/spec/nodeSelector/kubernetes.io~1hostname"),
        None
    );
    assert!(
        plugin
            .logs()
            .iter()
            .any(|record| record.message == "unpinned")
    );
    Ok(())
}
