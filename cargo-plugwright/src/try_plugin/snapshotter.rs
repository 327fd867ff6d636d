//! Calls a volume snapshotter as Velero does in a backup, and optionally as in a restore.

use std::collections::BTreeMap;

use plugwright::Item;
use plugwright::client::VolumeSnapshotterClient;
use serde_json::{Value, json};

use super::calls::{Calls, Outcome};
use super::diff;

/// The labels in which Velero looks for a volume's zone (`pkg/backup/item_backupper.go`, `takePVSnapshot`).
const ZONE_LABELS: [&str; 2] = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];

pub(super) async fn run(
    calls: &mut Calls<'_>,
    snapshotter: &VolumeSnapshotterClient,
    config: &BTreeMap<String, String>,
    volume: &Item,
    create_volume: bool,
) {
    if calls.call("init", snapshotter.init(config.clone()), |()| Ok(Outcome::ok())).await.is_none() {
        return;
    }
    let id = calls
        .call("get_volume_id", snapshotter.get_volume_id(volume), |id| {
            Ok(match id {
                Some(id) => Outcome::new(id.as_str(), json!({"volumeID": id})),
                None => Outcome::new("not a volume of this plugin", json!({"volumeID": null})),
            })
        })
        .await;
    let Some(Some(id)) = id else { return };
    let zone = ZONE_LABELS.iter().find_map(|label| volume.label(label)).unwrap_or_default();
    let info = calls
        .call("get_volume_info", snapshotter.get_volume_info(&id, zone), |info| {
            let iops = info.iops.map_or_else(String::new, |iops| format!(", {iops} IOPS"));
            let detail = json!({"volumeType": info.volume_type, "iops": info.iops});
            Ok(Outcome::new(format!("type {:?}{iops}", info.volume_type), detail))
        })
        .await;
    let Some(info) = info else { return };
    let tags = BTreeMap::from([
        ("velero.io/backup".to_owned(), "plugwright-try".to_owned()),
        ("velero.io/pv".to_owned(), volume.name().to_owned()),
    ]);
    let snapshot = calls
        .call("create_snapshot", snapshotter.create_snapshot(&id, zone, &tags), |snapshot| {
            non_empty(snapshot, "snapshotID")
        })
        .await;
    let Some(snapshot) = snapshot else { return };
    if create_volume {
        let answer = snapshotter.create_volume_from_snapshot(&snapshot, &info.volume_type, zone, info.iops);
        let made =
            calls.call("create_volume_from_snapshot", answer, |made| non_empty(made, "volumeID")).await;
        if let Some(made) = made {
            calls
                .call("set_volume_id", snapshotter.set_volume_id(volume, &made), |changed| {
                    let detail = json!({"item": changed.as_value()});
                    Ok(Outcome::diff(diff::lines(volume, changed), detail))
                })
                .await;
        }
    }
    calls.call("delete_snapshot", snapshotter.delete_snapshot(&snapshot), |()| Ok(Outcome::ok())).await;
}

fn non_empty(id: &str, key: &str) -> Result<Outcome, String> {
    if id.is_empty() {
        return Err("expected a snapshot ID, found an empty string".to_owned());
    }
    Ok(Outcome::new(id, Value::Object([(key.to_owned(), id.into())].into_iter().collect())))
}
