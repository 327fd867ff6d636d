//! Items, names and outputs of unusual size.

use serde_json::json;

use super::client;
use crate::{
    Backup, BackupInput, BackupItemAction, BackupOutput, Declaration, Item, ItemBlockAction, ItemBlockInput,
    ResourceIdentifier, Result, bail,
};

/// As many additional items as the annotation says.
#[derive(Default)]
struct Many;

fn related(item: &Item) -> Result<impl Iterator<Item = ResourceIdentifier>> {
    let count: usize = item.annotation("count").unwrap_or("0").parse()?;
    Ok((0..count).map(|number| ResourceIdentifier::new("secrets", "b", format!("{number:0>253}"))))
}

impl BackupItemAction for Many {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutput> {
        if let Some(length) = input.item.annotation("fail") {
            bail!("{}", "é".repeat(length.parse()?));
        }
        let related: Vec<_> = related(&input.item)?.collect();
        input.item.set_label("seen", "yes");
        Ok(BackupOutput::backup().additional_items(related))
    }
}

impl ItemBlockAction for Many {
    async fn get_related_items(&self, input: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>> {
        Ok(related(&input.item)?.collect())
    }
}

fn plugins() -> [Declaration; 2] {
    [
        Declaration::backup_item_action("a.b/many", Many::default),
        Declaration::item_block_action("a.b/many", Many::default),
    ]
}

fn item(annotations: &serde_json::Value, name: &str) -> Result<Item> {
    let metadata = json!({"name": name, "namespace": "b", "annotations": annotations});
    Item::from_value(json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata}))
}

#[tokio::test]
async fn fifty_thousand_additional_items() -> Result<()> {
    let client = client(plugins()).await?;
    let item = item(&json!({"count": "50000"}), "a")?;
    let output = client.backup_item_action("a.b/many").execute(&item, &Backup::default()).await?;
    assert_eq!(output.additional_items.len(), 50_000);
    assert_eq!(output.additional_items[49_999].name, format!("{:0>253}", 49_999));
    let related = client.item_block_action("a.b/many").get_related_items(&item, &Backup::default()).await?;
    assert_eq!(related, output.additional_items);
    Ok(())
}

#[tokio::test]
async fn an_item_of_a_hundred_megabytes() -> Result<()> {
    let client = client(plugins()).await?;
    let text = "x".repeat(100_000_000);
    let item = item(&json!({"count": "0", "large": text}), "a")?;
    let output = client.backup_item_action("a.b/many").execute(&item, &Backup::default()).await?;
    assert_eq!(output.item.annotation("large").map(str::len), Some(text.len()));
    assert_eq!(output.item.label("seen"), Some("yes"));
    Ok(())
}

/// Kubernetes limits names to 253 bytes, and label values to 63. The runtime does not: the API server decides.
#[tokio::test]
async fn names_beyond_every_limit() -> Result<()> {
    let client = client(plugins()).await?;
    for name in ["", "a", &"n".repeat(253), &"n".repeat(254), &"ü".repeat(100_000), "a/b\n\u{0}\u{1f980}\"\\"]
    {
        let item = item(&json!({name: name}), name)?;
        let output = client.backup_item_action("a.b/many").execute(&item, &Backup::default()).await?;
        assert_eq!((output.item.name(), output.item.annotation(name)), (name, Some(name)));
    }
    for plugin in ["", "a.b/", &format!("a.b/{}", "n".repeat(1 << 20))] {
        let error =
            client.backup_item_action(plugin).execute(&item(&json!({}), "a")?, &Backup::default()).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("not found") || error.contains("no BackupItemAction"), "{error:.200}");
    }
    Ok(())
}

#[tokio::test]
async fn error_texts_of_any_length() -> Result<()> {
    let client = client(plugins()).await?;
    for length in [1, 10_000, 500_000, 2_000_000] {
        let item = item(&json!({"fail": length.to_string()}), "a")?;
        let error =
            client.backup_item_action("a.b/many").execute(&item, &Backup::default()).await.unwrap_err();
        let text = error.to_string();
        let expected = "é".repeat(length.min(500_000));
        assert!(text.contains(&expected), "{length}: {text:.200}");
        assert_eq!(text.contains("more bytes)"), length > 500_000, "{length}");
    }
    Ok(())
}
