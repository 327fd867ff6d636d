use plugwright::prelude::*;
use tracing::info;

/// Annotates each backed-up item.
#[backup_item_action(name = "example.io/backup-plugin")]
#[derive(Default)]
struct BackupPlugin;

impl BackupItemAction for BackupPlugin {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutput> {
        info!("Hello from my BackupPlugin(v1)!");
        input.item.set_annotation("velero.io/my-backup-plugin", "1");
        Ok(BackupOutput::backup())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_annotation_is_added() {
        let item = Item::from_json(r#"{"kind":"Pod","metadata":{"annotations":{"note":"mine"}}}"#).unwrap();
        let mut input = BackupInput::new(item, Backup::default());
        let output = BackupPlugin.execute(&mut input).await.unwrap();
        assert!(!output.is_skipped() && output.additional_items.is_empty());
        let annotations: Vec<_> = input.item.annotations().collect();
        assert_eq!(annotations, [("note", "mine"), ("velero.io/my-backup-plugin", "1")]);
    }
}
