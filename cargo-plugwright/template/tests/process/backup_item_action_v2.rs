use plugwright::{Backup, Item, Result};

#[tokio::test]
async fn the_backup_waits() -> Result<()> {
    let plugin = super::plugin().start().await?;
    let pod =
        r#"{"kind": "Pod", "metadata": {"name": "cache", "labels": {"example.io/settle": "10h"}}}"#;
    let action = plugin.backup_item_action_v2("example.io/settle");
    let output = action
        .execute(&Item::from_json(pod)?, &Backup::default())
        .await?;
    assert_eq!(output.operation_id.as_deref(), Some("10h0m0s"));

    let error = action
        .progress("soon", &Backup::default())
        .await
        .unwrap_err();
    assert_eq!(error.message(), "operation ID soon is invalid");
    Ok(())
}
