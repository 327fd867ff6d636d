//! The volume snapshotter. It returns its arguments as text, to show that each was received.

use std::collections::BTreeMap;

use plugwright::prelude::*;

use crate::edit::annotate;
use crate::script::{self, wish};

// Same `ark_name` as the object store in memory: in Ark 0.9, one process can serve two stores of the same name.
#[volume_snapshotter(name = "probe.plugwright.dev/volume-snapshotter", ark_name = "in-memory")]
struct Probe {
    config: Config,
}

impl VolumeSnapshotter for Probe {
    async fn init(_: &Context, config: Config) -> Result<Self> {
        script::text(config.get("do").unwrap_or_default())?;
        Ok(Self { config })
    }

    async fn create_volume_from_snapshot(
        &self,
        snapshot_id: &str,
        volume_type: &str,
        volume_az: &str,
        iops: Option<i64>,
    ) -> Result<String> {
        script::text(snapshot_id)?;
        let iops = iops.map_or("none".into(), |iops| iops.to_string());
        Ok(["volume", snapshot_id, volume_type, volume_az, &iops].join("|"))
    }

    async fn get_volume_info(&self, volume_id: &str, volume_az: &str) -> Result<VolumeInfo> {
        script::text(volume_id)?;
        if let Some(key) = volume_id.strip_prefix("config:") {
            let value = self.config.get(key).unwrap_or_default();
            return Ok(VolumeInfo { volume_type: value.into(), iops: None });
        }
        let iops = (volume_id == "fast").then_some(300);
        Ok(VolumeInfo { volume_type: format!("{volume_id}|{volume_az}"), iops })
    }

    async fn create_snapshot(
        &self,
        volume_id: &str,
        volume_az: &str,
        tags: &BTreeMap<String, String>,
    ) -> Result<String> {
        script::text(volume_id)?;
        let tags = tags.iter().map(|(name, value)| format!("|{name}={value}"));
        Ok(format!("snapshot|{volume_id}|{volume_az}{}", tags.collect::<String>()))
    }

    async fn delete_snapshot(&self, snapshot_id: &str) -> Result<()> {
        script::text(snapshot_id)
    }

    async fn get_volume_id(&self, volume: &Item) -> Result<Option<String>> {
        script::each(&wish(volume), script::unknown)?;
        Ok(volume.annotation("probe.plugwright.dev/volume-id").map(ToOwned::to_owned))
    }

    async fn set_volume_id(&self, volume: &mut Item, volume_id: &str) -> Result<()> {
        script::each(&wish(volume), script::unknown)?;
        annotate(volume, "volume-id", volume_id);
        Ok(())
    }
}
