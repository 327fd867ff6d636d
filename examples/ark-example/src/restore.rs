use plugwright::prelude::*;
use tracing::info;

/// The annotation on each restored item.
const ANNOTATION: &str = "ark.heptio.com/my-restore-plugin";

/// Logs a message, and annotates each restored item. The backup action has the same name, because names are unique only
/// within a kind.
#[restore_item_action(name = "example.io/log-and-annotate")]
async fn log_and_annotate(input: &mut RestoreInput) -> Result<RestoreOutput> {
    info!("Hello from the restore action");
    input.item.set_annotation(ANNOTATION, "1");
    Ok(RestoreOutput::restore())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_annotation_is_added() {
        let item = Item::from_json(r#"{"kind":"ConfigMap","data":{"key":"value"}}"#).unwrap();
        let mut input = RestoreInput::new(item, Restore::default());
        let output = log_and_annotate(&mut input).await.unwrap();
        assert!(!output.is_skipped() && output.additional_items.is_empty());
        assert_eq!(input.item.annotation(ANNOTATION), Some("1"));
        assert_eq!(input.item.get_str("/data/key"), Some("value"));
    }
}
