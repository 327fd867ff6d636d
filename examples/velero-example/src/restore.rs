use plugwright::prelude::*;
use tracing::info;

/// Annotates each restored item.
#[restore_item_action(name = "example.io/restore-plugin")]
#[derive(Default)]
struct RestorePlugin;

impl RestoreItemAction for RestorePlugin {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
        info!("Hello from my RestorePlugin!");
        input.item.set_annotation("velero.io/my-restore-plugin", "1");
        Ok(RestoreOutput::restore())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_annotation_is_added() {
        let item = Item::from_json(r#"{"kind":"ConfigMap","data":{"key":"value"}}"#).unwrap();
        let mut input = RestoreInput::new(item, Restore::default());
        let output = RestorePlugin.execute(&mut input).await.unwrap();
        assert!(!output.is_skipped() && output.additional_items.is_empty());
        assert_eq!(input.item.annotation("velero.io/my-restore-plugin"), Some("1"));
        assert_eq!(input.item.get_str("/data/key"), Some("value"));
    }
}
