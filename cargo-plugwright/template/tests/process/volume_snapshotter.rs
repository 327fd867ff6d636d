use plugwright::{Item, Result};

#[tokio::test]
async fn other_volumes_are_ignored() -> Result<()> {
    let snapshots = tempfile::tempdir()?;
    let plugin = super::plugin().start().await?;
    let snapshotter = plugin.volume_snapshotter("example.io/folders");
    snapshotter
        .init([("snapshots", snapshots.path().to_str().unwrap_or_default())])
        .await?;
    let volume = Item::from_json(
        r#"{"kind": "PersistentVolume", "spec": {"hostPath": {"path": "/data/1"}}}"#,
    )?;
    assert_eq!(
        snapshotter.get_volume_id(&volume).await?.as_deref(),
        Some("/data/1")
    );
    let changed = snapshotter.set_volume_id(&volume, "/data/2").await?;
    assert_eq!(changed.get_str("/spec/hostPath/path"), Some("/data/2"));
    let other =
        Item::from_json(r#"{"kind": "PersistentVolume", "spec": {"nfs": {"path": "/data/1"}}}"#)?;
    assert_eq!(snapshotter.get_volume_id(&other).await?, None);
    Ok(())
}
