use plugwright::prelude::*;
use tracing::info;

/// The annotation on each backed-up item.
const ANNOTATION: &str = "ark.heptio.com/my-plugin";

/// Logs a message, and annotates each backed-up item.
#[backup_item_action(name = "example.io/log-and-annotate")]
async fn log_and_annotate(input: &mut BackupInput) -> Result<BackupOutput> {
    info!("Hello from the backup action");
    input.item.set_annotation(ANNOTATION, "1");
    Ok(BackupOutput::backup())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_annotation_is_added() {
        let item = Item::from_json(r#"{"kind":"Pod","metadata":{"annotations":{"note":"mine"}}}"#).unwrap();
        let mut input = BackupInput::new(item, Backup::default());
        let output = log_and_annotate(&mut input).await.unwrap();
        assert!(!output.is_skipped() && output.additional_items.is_empty());
        let annotations: Vec<_> = input.item.annotations().collect();
        assert_eq!(annotations, [(ANNOTATION, "1"), ("note", "mine")]);
    }
}
