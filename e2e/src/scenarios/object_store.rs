//! Two servers share the buckets of two clouds: one with the object store plugin, one with Velero's own plugins. Each backs up into both
//! clouds, and finds, describes, restores and deletes the backups of the other.

mod cloud;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use plugwright_local_velero::{BUCKET, Store, until, until_within};
use serde_json::{Value, json};

use self::cloud::{Cloud, variable};
use super::config_maps;
use crate::site::{Side, Site};

/// Velero synchronizes backups once a minute.
const SYNC: Duration = Duration::from_secs(150);

/// The size of the backups, so that all plugins upload them in parts.
const MAPS: usize = 8;
const MAP: usize = 700 << 10;
const PART: u64 = 6 << 20;

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let clouds = [Cloud::aws()?, Cloud::gcp()?];
    for cloud in &clouds {
        cloud.create_location(site).await?;
    }
    let namespace = site.namespace("stored").await?;
    for number in 0..MAPS {
        let mut map = config_maps::config_map(&namespace, &format!("map-{number}"));
        map["data"] = data(number);
        site.objects.create(&map).await?;
    }
    try_join_all(clouds.iter().map(|cloud| back_up(site, cloud, &namespace))).await?;
    try_join_all(clouds.iter().map(|cloud| take_over(site, cloud))).await?;
    let backups = site.velero_api("Backup");
    for cloud in &clouds {
        let own = site.own(&cloud.backup());
        until_within(SYNC, &format!("{own} is gone, because the other server deleted it"), async || {
            Ok(backups.get_opt(&own).await?.is_none().then_some(()))
        })
        .await?;
    }
    Ok(())
}

async fn back_up(site: &Site<'_>, cloud: &Cloud, namespace: &str) -> Result<()> {
    let name = site.own(&cloud.backup());
    let spec = json!({"includedNamespaces": [namespace], "storageLocation": cloud.name});
    let backup = site.backup(&name, spec).await?;
    backup.is("Completed")?;
    site.saw_end(&format!("backup into {}", cloud.name), &backup);
    if cloud.is_s3() {
        let store = s3()?;
        site.saw("keys of the backup", store.keys("backups", &name)?);
        let tarball = store.root.join(BUCKET).join(format!("local/backups/{name}/{name}.tar.gz"));
        let length = std::fs::metadata(&tarball).with_context(|| tarball.display().to_string())?.len();
        ensure!(length > PART, "expected a backup that is uploaded in parts, found {length} bytes");
    }
    Ok(())
}

/// Finds, describes, restores and deletes the other server's backup.
async fn take_over(site: &Site<'_>, cloud: &Cloud) -> Result<()> {
    let (name, namespace) = (site.others(&cloud.backup()), site.others("stored"));
    let backups = site.velero_api("Backup");
    let synchronized = format!("{name} is synchronized");
    let found = until_within(SYNC, &synchronized, async || Ok(backups.get_opt(&name).await?)).await?;
    site.saw(&format!("{} backup of the other", cloud.name), found.data["status"]["phase"].clone());
    // The Go plugin signs URLs of Google's own host.
    if cloud.is_s3() || site.side == Side::Ours {
        show(site, &name, &namespace).await?;
    }

    let restored = site.own(&format!("restored-{}", cloud.name));
    let spec = json!({"backupName": name, "namespaceMapping": {namespace: restored}});
    let restore = site.restore(&site.own(&format!("r-{}", cloud.name)), spec).await?;
    restore.is("Completed")?;
    site.saw_end(&format!("restore from {}", cloud.name), &restore);
    for number in 0..MAPS {
        let live = site.live(&config_maps::config_map(&restored, &format!("map-{number}"))).await?;
        ensure!(live["data"] == data(number), "map-{number} of {name} was restored with other data");
    }

    let request = json!({"backupName": name});
    site.start("DeleteBackupRequest", json!({"name": site.own(&format!("d-{}", cloud.name))}), request)
        .await?;
    until(&format!("{name} is deleted"), async || Ok(backups.get_opt(&name).await?.is_none().then_some(())))
        .await?;
    if cloud.is_s3() {
        let keys = s3()?.keys("backups", &name)?;
        ensure!(keys.is_empty(), "{name} is deleted, but the store still contains {keys:?}");
    }
    Ok(())
}

/// Velero's CLI downloads logs and details from signed URLs.
async fn show(site: &Site<'_>, backup: &str, namespace: &str) -> Result<()> {
    let log = site.velero.cli(&["backup", "logs", backup]).await?;
    ensure!(log.contains("Backed up a total of"), "unexpected log of {backup}:\n{log}");
    let described = site.velero.cli(&["backup", "describe", backup, "--details"]).await?;
    ensure!(!described.contains("<error"), "an error in `velero backup describe`:\n{described}");
    for number in 0..MAPS {
        ensure!(
            described.contains(&format!("{namespace}/map-{number}")),
            "expected map-{number} in the list of resources, found:\n{described}"
        );
    }
    Ok(())
}

/// The objects in the bucket: versitygw stores them as files.
fn s3() -> Result<Store> {
    Ok(Store { root: variable("TEST_S3_DATA")?.into() })
}

/// Data that gzip hardly compresses.
fn data(number: usize) -> Value {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ number as u64;
    let text: String = (0..MAP)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b'0' + (state % 64) as u8)
        })
        .collect();
    json!({"text": text})
}
