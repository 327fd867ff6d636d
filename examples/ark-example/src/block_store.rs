use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use plugwright::prelude::*;
use tracing::info;

/// The field that identifies a volume.
const PATH: &str = "/spec/hostPath/path";

/// The state of all block stores in this process. Each `Init` creates a new store.
static CLOUD: Mutex<Cloud> = Mutex::new(Cloud { volumes: BTreeMap::new(), snapshots: BTreeSet::new() });

/// A simulated cloud, lost when the process exits.
struct Cloud {
    volumes: BTreeMap<String, VolumeInfo>,
    snapshots: BTreeSet<String>,
}

/// Simulates snapshots of `hostPath` volumes, without copying data.
///
/// Its name on Ark is `example`, as in the Config of clusters with Heptio's plugin.
#[volume_snapshotter(name = "example.io/host-path", ark_name = "example")]
struct HostPathStore;

impl VolumeSnapshotter for HostPathStore {
    async fn init(_: &Context, _: Config) -> Result<Self> {
        info!("Init");
        Ok(Self)
    }

    async fn create_volume_from_snapshot(
        &self,
        snapshot_id: &str,
        volume_type: &str,
        volume_az: &str,
        iops: Option<i64>,
    ) -> Result<String> {
        // The snapshot may be unknown, because the backup ran in another process.
        let id = format!("{snapshot_id}.vol.{}", fastrand::u64(..));
        info!(snapshot_id, volume_type, volume_az, iops, volume_id = id, "CreateVolumeFromSnapshot");
        cloud().volumes.insert(id.clone(), VolumeInfo { volume_type: volume_type.to_owned(), iops });
        Ok(id)
    }

    /// An existing volume is ready.
    async fn is_volume_ready(&self, volume_id: &str, volume_az: &str) -> Result<bool> {
        info!(volume_id, volume_az, "IsVolumeReady");
        cloud().volume(volume_id).map(|_| true)
    }

    async fn get_volume_info(&self, volume_id: &str, volume_az: &str) -> Result<VolumeInfo> {
        info!(volume_id, volume_az, "GetVolumeInfo");
        cloud().volume(volume_id).cloned()
    }

    async fn create_snapshot(
        &self,
        volume_id: &str,
        volume_az: &str,
        _tags: &BTreeMap<String, String>,
    ) -> Result<String> {
        let id = format!("{volume_id}.snap.{}", fastrand::u64(..));
        info!(volume_id, volume_az, snapshot_id = id, "CreateSnapshot");
        let mut cloud = cloud();
        cloud.discover(volume_id);
        cloud.snapshots.insert(id.clone());
        Ok(id)
    }

    async fn delete_snapshot(&self, snapshot_id: &str) -> Result<()> {
        info!(snapshot_id, "DeleteSnapshot");
        cloud().snapshots.remove(snapshot_id);
        Ok(())
    }

    async fn get_volume_id(&self, volume: &Item) -> Result<Option<String>> {
        let Some(id) = host_path(volume) else { return Ok(None) };
        info!(volume_id = id, "GetVolumeID");
        // Ark 0.10 and Velero request the volume's information next, before the first snapshot.
        cloud().discover(id);
        Ok(Some(id.to_owned()))
    }

    async fn set_volume_id(&self, volume: &mut Item, volume_id: &str) -> Result<()> {
        info!(volume_id, "SetVolumeID");
        ensure!(host_path(volume).is_some(), "the volume has no spec.hostPath.path");
        volume.set(PATH, volume_id)
    }
}

impl Cloud {
    fn volume(&self, id: &str) -> Result<&VolumeInfo> {
        self.volumes.get(id).with_context(|| format!("Volume {id} not found"))
    }

    /// Records a volume that another process or user created.
    fn discover(&mut self, id: &str) {
        let info = || VolumeInfo { volume_type: "hostPath".to_owned(), iops: None };
        self.volumes.entry(id.to_owned()).or_insert_with(info);
    }
}

/// Never held across an `.await`.
fn cloud() -> MutexGuard<'static, Cloud> {
    CLOUD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn host_path(volume: &Item) -> Option<&str> {
    volume.get_str(PATH).filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(spec: &str) -> Item {
        Item::from_json(format!(r#"{{"kind":"PersistentVolume","spec":{spec}}}"#)).unwrap()
    }

    fn number(id: &str, prefix: &str) -> u64 {
        id.strip_prefix(prefix).and_then(|number| number.parse().ok()).expect(id)
    }

    #[tokio::test]
    async fn a_restored_volume_has_the_requested_type_and_iops() {
        for iops in [None, Some(300)] {
            let id = HostPathStore.create_volume_from_snapshot("s", "fast", "zone", iops).await.unwrap();
            number(&id, "s.vol.");
            let info = HostPathStore.get_volume_info(&id, "zone").await.unwrap();
            assert_eq!((&*info.volume_type, info.iops), ("fast", iops));
        }
    }

    #[tokio::test]
    async fn a_created_volume_is_ready() {
        let id = HostPathStore.create_volume_from_snapshot("s", "fast", "", None).await.unwrap();
        assert!(HostPathStore.is_volume_ready(&id, "").await.unwrap());
        let error = HostPathStore.is_volume_ready("s.vol.none", "").await.unwrap_err();
        assert_eq!(error.to_string(), "Volume s.vol.none not found");
    }

    #[tokio::test]
    async fn a_volume_is_recorded_before_its_first_snapshot() {
        let unknown = HostPathStore.get_volume_info("/data/7", "").await.unwrap_err();
        assert_eq!(unknown.to_string(), "Volume /data/7 not found");
        let id = HostPathStore.get_volume_id(&volume(r#"{"hostPath":{"path":"/data/7"}}"#)).await.unwrap();
        assert_eq!(id.as_deref(), Some("/data/7"));
        let info = HostPathStore.get_volume_info("/data/7", "").await.unwrap();
        assert_eq!((&*info.volume_type, info.iops), ("hostPath", None));
    }

    #[tokio::test]
    async fn deleting_a_snapshot_twice_succeeds_and_keeps_the_volume() {
        let take = async || HostPathStore.create_snapshot("/data/8", "", &BTreeMap::new()).await.unwrap();
        let (id, other) = (take().await, take().await);
        assert_ne!(number(&id, "/data/8.snap."), number(&other, "/data/8.snap."));
        for _ in 0..2 {
            HostPathStore.delete_snapshot(&id).await.unwrap();
            assert!(!cloud().snapshots.contains(&id) && cloud().snapshots.contains(&other));
        }
        assert_eq!(HostPathStore.get_volume_info("/data/8", "").await.unwrap().volume_type, "hostPath");
    }

    #[tokio::test]
    async fn other_volumes_are_ignored() {
        for spec in
            ["{}", r#"{"nfs":{"path":"/data"}}"#, r#"{"hostPath":{"path":""}}"#, r#"{"hostPath":null}"#]
        {
            assert_eq!(HostPathStore.get_volume_id(&volume(spec)).await.unwrap(), None, "{spec}");
            let error = HostPathStore.set_volume_id(&mut volume(spec), "/new").await.unwrap_err();
            assert_eq!(error.to_string(), "the volume has no spec.hostPath.path", "{spec}");
        }
    }

    #[tokio::test]
    async fn only_the_path_changes() {
        let mut changed = volume(r#"{"hostPath":{"path":"/old","type":"Directory"},"later":[1,null]}"#);
        HostPathStore.set_volume_id(&mut changed, "/new").await.unwrap();
        assert_eq!(changed, volume(r#"{"hostPath":{"path":"/new","type":"Directory"},"later":[1,null]}"#));
    }
}
