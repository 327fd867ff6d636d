use plugwright::{Backup, Item, Result};

#[tokio::test]
async fn the_config_of_a_pod_is_added() -> Result<()> {
    let plugin = super::plugin().start().await?;
    let pod = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"volumes": [{"name": "pages", "configMap": {"name": "pages"}}]}}"#;
    let action = plugin.backup_item_action("example.io/pod-config");
    assert_eq!(action.applies_to().await?.included_resources, ["pods"]);
    let output = action
        .execute(&Item::from_json(pod)?, &Backup::default())
        .await?;
    assert_eq!(
        output.additional_items[0].to_string(),
        "configmaps shop/pages"
    );
    assert!(output.must_include_additional_items());
    Ok(())
}
