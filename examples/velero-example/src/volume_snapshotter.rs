use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use plugwright::prelude::*;
use tracing::info;

/// The field that identifies a volume.
const PATH: &str = "/spec/hostPath/path";

/// The state of all snapshotters in this process. Each `Init` creates a new snapshotter.
static CLOUD: Mutex<Cloud> = Mutex::new(Cloud { volumes: BTreeMap::new(), snapshots: BTreeSet::new() });

/// A simulated cloud, lost when the process exits.
struct Cloud {
    volumes: BTreeMap<String, VolumeInfo>,
    snapshots: BTreeSet<String>,
}

impl Cloud {
    /// Records a volume that already existed before this process.
    fn discover(&mut self, volume_id: &str) {
        let original = || VolumeInfo { volume_type: "originalVolumeType".to_owned(), iops: Some(100) };
        self.volumes.entry(volume_id.to_owned()).or_insert_with(original);
    }
}

/// Simulates snapshots of `hostPath` volumes, without copying data.
#[volume_snapshotter(name = "example.io/volume-snapshotter-plugin")]
struct HostPathSnapshotter;

impl VolumeSnapshotter for HostPathSnapshotter {
    async fn init(_: &Context, _: Config) -> Result<Self> {
        // Do not log the configuration, which may contain secrets.
        info!("Init called");
        Ok(Self)
    }

    async fn create_volume_from_snapshot(
        &self,
        snapshot_id: &str,
        volume_type: &str,
        volume_az: &str,
        iops: Option<i64>,
    ) -> Result<String> {
        info!(
            snapshotID = snapshot_id,
            volumeType = volume_type,
            volumeAZ = volume_az,
            iops,
            "CreateVolumeFromSnapshot called"
        );
        let mut cloud = cloud();
        // The snapshot may be unknown, because the backup ran in another process.
        let id = new_id(&format!("{snapshot_id}.vol."), |id| cloud.volumes.contains_key(id));
        cloud.volumes.insert(id.clone(), VolumeInfo { volume_type: volume_type.to_owned(), iops });
        Ok(id)
    }

    async fn get_volume_info(&self, volume_id: &str, volume_az: &str) -> Result<VolumeInfo> {
        info!(volumeID = volume_id, volumeAZ = volume_az, "GetVolumeInfo called");
        let info = cloud().volumes.get(volume_id).cloned();
        info.with_context(|| format!("Volume {volume_id} not found"))
    }

    async fn create_snapshot(
        &self,
        volume_id: &str,
        volume_az: &str,
        _tags: &BTreeMap<String, String>,
    ) -> Result<String> {
        info!(volumeID = volume_id, volumeAZ = volume_az, "CreateSnapshot called");
        let mut cloud = cloud();
        cloud.discover(volume_id);
        let id = new_id(&format!("{volume_id}.snap."), |id| cloud.snapshots.contains(id));
        cloud.snapshots.insert(id.clone());
        info!(snapshotID = id, "CreateSnapshot returning");
        Ok(id)
    }

    async fn delete_snapshot(&self, snapshot_id: &str) -> Result<()> {
        info!(snapshotID = snapshot_id, "DeleteSnapshot called");
        cloud().snapshots.remove(snapshot_id);
        Ok(())
    }

    async fn get_volume_id(&self, volume: &Item) -> Result<Option<String>> {
        info!("GetVolumeID called");
        if !is_ours(volume) {
            return Ok(None);
        }
        let path = volume.get_str(PATH).filter(|path| !path.is_empty());
        let path = path.context("spec.hostPath.path not found")?;
        // Velero requests the volume's information next, before the first snapshot.
        cloud().discover(path);
        Ok(Some(path.to_owned()))
    }

    async fn set_volume_id(&self, volume: &mut Item, volume_id: &str) -> Result<()> {
        info!(volumeID = volume_id, "SetVolumeID called");
        ensure!(is_ours(volume), "spec.hostPath.path not found");
        volume.set(PATH, volume_id)
    }
}

/// Never held across an `.await`.
fn cloud() -> MutexGuard<'static, Cloud> {
    CLOUD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn new_id(prefix: &str, is_taken: impl Fn(&str) -> bool) -> String {
    loop {
        let id = format!("{prefix}{}", fastrand::u64(..));
        if !is_taken(&id) {
            return id;
        }
    }
}

fn is_ours(volume: &Item) -> bool {
    volume.get("/spec/hostPath").is_some_and(|host_path| !host_path.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(spec: &str) -> Item {
        Item::from_json(format!(r#"{{"kind":"PersistentVolume","spec":{spec}}}"#)).unwrap()
    }

    #[tokio::test]
    async fn a_restored_volume_has_the_requested_type_and_iops() {
        for iops in [None, Some(300)] {
            let id =
                HostPathSnapshotter.create_volume_from_snapshot("s", "fast", "zone", iops).await.unwrap();
            let number = id.strip_prefix("s.vol.").unwrap();
            assert!(number.parse::<u64>().is_ok(), "{id}");
            let info = HostPathSnapshotter.get_volume_info(&id, "another zone").await.unwrap();
            assert_eq!((&*info.volume_type, info.iops), ("fast", iops));
        }
    }

    #[tokio::test]
    async fn a_snapshot_records_its_volume() {
        let error = HostPathSnapshotter.get_volume_info("/data/7", "").await.unwrap_err();
        assert_eq!(error.to_string(), "Volume /data/7 not found");
        let id = HostPathSnapshotter.create_snapshot("/data/7", "", &BTreeMap::new()).await.unwrap();
        assert!(id.strip_prefix("/data/7.snap.").unwrap().parse::<u64>().is_ok(), "{id}");
        let info = HostPathSnapshotter.get_volume_info("/data/7", "").await.unwrap();
        assert_eq!((&*info.volume_type, info.iops), ("originalVolumeType", Some(100)));
    }

    #[tokio::test]
    async fn deleting_a_snapshot_twice_succeeds() {
        let id = HostPathSnapshotter.create_snapshot("/data/8", "", &BTreeMap::new()).await.unwrap();
        assert!(cloud().snapshots.contains(&id));
        HostPathSnapshotter.delete_snapshot(&id).await.unwrap();
        assert!(!cloud().snapshots.contains(&id));
        HostPathSnapshotter.delete_snapshot(&id).await.unwrap();
    }

    #[test]
    fn ids_in_use_are_not_reused() {
        let draws = std::cell::Cell::new(0);
        let third_is_free = |_: &str| draws.replace(draws.get() + 1) < 2;
        assert!(new_id("v.", third_is_free).starts_with("v."));
        assert_eq!(draws.get(), 3);
    }

    #[tokio::test]
    async fn the_id_is_the_host_path() {
        let id = async |spec: &str| HostPathSnapshotter.get_volume_id(&volume(spec)).await;
        assert_eq!(id(r#"{"hostPath":{"path":"/data/1"}}"#).await.unwrap().as_deref(), Some("/data/1"));
        let info = HostPathSnapshotter.get_volume_info("/data/1", "").await.unwrap();
        assert_eq!(info.volume_type, "originalVolumeType");
        for others in [r#"{"nfs":{"path":"/data/1"}}"#, r#"{"hostPath":null}"#, "null"] {
            assert_eq!(id(others).await.unwrap(), None, "{others}");
        }
        for broken in [r#"{"hostPath":{}}"#, r#"{"hostPath":{"path":""}}"#, r#"{"hostPath":{"path":7}}"#] {
            let error = id(broken).await.unwrap_err();
            assert_eq!(error.to_string(), "spec.hostPath.path not found", "{broken}");
        }
    }

    #[tokio::test]
    async fn only_the_path_changes() {
        let mut changed = volume(r#"{"hostPath":{"path":"/old","type":"Directory"},"later":[1,null]}"#);
        HostPathSnapshotter.set_volume_id(&mut changed, "/new").await.unwrap();
        assert_eq!(changed, volume(r#"{"hostPath":{"path":"/new","type":"Directory"},"later":[1,null]}"#));

        for others in ["{}", r#"{"hostPath":null}"#] {
            let error = HostPathSnapshotter.set_volume_id(&mut volume(others), "/new").await.unwrap_err();
            assert_eq!(error.to_string(), "spec.hostPath.path not found", "{others}");
        }
    }
}
