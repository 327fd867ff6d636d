use plugwright::{Item, Restore, Result};

#[tokio::test]
async fn the_restore_waits() -> Result<()> {
    let plugin = super::plugin().start().await?;
    let pod = r#"{"kind": "Pod", "metadata": {"name": "search", "labels": {"example.io/warm-up": "10h"}}}"#;
    let action = plugin.restore_item_action_v2("example.io/warm-up");
    let output = action
        .execute(&Item::from_json(pod)?, &Restore::default())
        .await?;
    assert_eq!(output.operation_id.as_deref(), Some("10h0m0s"));

    let error = action
        .progress("soon", &Restore::default())
        .await
        .unwrap_err();
    assert_eq!(error.message(), "operation ID soon is invalid");
    Ok(())
}
