use plugwright::Result;

#[tokio::test]
async fn an_object_is_stored_and_read() -> Result<()> {
    let root = tempfile::tempdir()?;
    let plugin = super::plugin().start().await?;
    let store = plugin.object_store("example.io/files");
    store
        .init([
            ("bucket", "velero"),
            ("root", root.path().to_str().unwrap_or_default()),
        ])
        .await?;
    let body = vec![7; 100_000];
    store
        .put_object("velero", "backups/a/data", body.as_slice())
        .await?;
    assert!(store.object_exists("velero", "backups/a/data").await?);
    assert_eq!(
        std::fs::read(root.path().join("velero/backups/a/data"))?,
        body
    );

    let error = store
        .init([("bucket", "velero"), ("rot", "/x")])
        .await
        .unwrap_err();
    assert!(error.message().contains("rot"), "{error}");
    Ok(())
}
