//! Tests each kind from handle to trait and back, in this process.

#[cfg(feature = "ephemeral-access")]
mod access;
mod actions;
mod sizes;
mod stores;

use super::Client;
use crate::{Declaration, Item, Plugins, Result};

async fn client(plugins: impl IntoIterator<Item = Declaration>) -> Result<Client> {
    Client::in_process(plugins.into_iter().collect::<Plugins>()).await
}

fn pod() -> Result<Item> {
    Item::from_json(r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"b"},"x":1.0}"#)
}

#[tokio::test]
async fn lists_plugins_checks_health_and_stops() -> Result<()> {
    let client = client([
        Declaration::delete_item_action("a.b/delete", actions::Delete::default),
        Declaration::object_store::<stores::Memory>("a.b/store"),
    ])
    .await?;
    let listed: Vec<_> = client.plugins().await?.iter().map(ToString::to_string).collect();
    assert_eq!(listed, ["ObjectStore a.b/store", "DeleteItemAction a.b/delete"]);
    client.ping().await?;
    assert_eq!((client.id(), client.logs(), client.stdio()), (None, Vec::new(), super::Stdio::default()));
    assert!(client.shutdown().await?.success());
    Ok(())
}

#[tokio::test]
async fn invalid_declarations_are_an_error() {
    let delete = || Declaration::delete_item_action("nameless", actions::Delete::default);
    let error = client([delete()]).await.unwrap_err().to_string();
    assert!(error.contains("nameless"), "{error}");
}
