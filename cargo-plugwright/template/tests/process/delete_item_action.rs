use plugwright::{Backup, Item, Result};

#[tokio::test]
async fn a_dump_is_deleted_with_its_backup() -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("shop.sql"), "select 1")?;
    let plugin = super::plugin().env("DUMPS", folder.path()).start().await?;
    let item = r#"{"kind": "StatefulSet", "metadata": {"name": "db", "labels": {"example.io/dump": "shop.sql"}}}"#;
    let action = plugin.delete_item_action("example.io/dumps");
    action
        .execute(&Item::from_json(item)?, &Backup::default())
        .await?;
    assert!(!folder.path().join("shop.sql").exists());
    Ok(())
}
