//! Measures the processes, time and memory that Velero spends on our plugins and on Go's.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use plugwright_local_velero::ControlPlane;
use serde_json::json;

use crate::scenario::Servers;
use crate::scenarios::config_maps;
use crate::site::Site;

const CONFIG_MAPS: usize = 1000;
/// The number of measurements for each median.
const TIMES: usize = 5;

/// Measures both sides in turns, so that the load of the machine affects them equally.
pub(crate) async fn measure(plane: &ControlPlane, servers: &Servers<'_>) -> Result<()> {
    let sites: Vec<_> =
        servers.of_side.iter().map(|(side, velero)| Site::new(*side, velero, plane.client.clone())).collect();
    let first = sites.first().context("no server")?;
    let (few, many) = (first.namespace("few").await?, first.namespace("many").await?);
    config_maps::make(first, &few, &[("one", "")]).await?;
    for number in 0..CONFIG_MAPS {
        let mut object = config_maps::config_map(&many, &format!("map-{number:04}"));
        object["data"]["text"] = json!("a text of some length ".repeat(40));
        first.objects.create(&object).await?;
    }

    let mut rows = [
        Row::new("processes that Velero starts for a backup", ""),
        Row::new("processes that Velero starts for a restore", ""),
        Row::new("backup of 1,000 ConfigMaps", " s"),
        Row::new("peak memory of the plugin's process during this", " MiB"),
    ];
    for round in 0..TIMES {
        for (column, site) in sites.iter().enumerate() {
            let file = servers.plugins.files(site.side).first().copied().unwrap_or_default();
            let name = |what: &str| format!("{what}-{round}");
            let (of_backup, of_restore) = processes(site, file, &few, &name("few")).await?;
            rows[0].columns[column].push(of_backup);
            rows[1].columns[column].push(of_restore);
            rows[2].columns[column].push(time(site, &many, &name("timed")).await?);
            rows[3].columns[column].push(memory(site, file, &many, &name("watched")).await?);
        }
    }
    println!("{:55}{:>12}{:>12}", format!("medians of {TIMES}"), "ours", "Go's");
    rows.iter_mut().for_each(Row::print);
    Ok(())
}

struct Row {
    name: &'static str,
    unit: &'static str,
    /// The measurements of each side.
    columns: [Vec<f64>; 2],
}

impl Row {
    fn new(name: &'static str, unit: &'static str) -> Self {
        Self { name, unit, columns: Default::default() }
    }

    fn print(&mut self) {
        let digits = if self.unit.is_empty() { 0 } else { 2 };
        let [ours, go] = self.columns.each_mut().map(|column| {
            column.sort_by(f64::total_cmp);
            format!("{:.digits$}{}", column[column.len() / 2], self.unit)
        });
        println!("{:55}{ours:>12}{go:>12}", self.name);
    }
}

/// The number of processes for a backup and for a restore.
async fn processes(site: &Site<'_>, file: &str, namespace: &str, name: &str) -> Result<(f64, f64)> {
    let before = starts(site, file)?;
    site.backup(name, json!({"includedNamespaces": [namespace]})).await?.is("Completed")?;
    let between = starts(site, file)?;
    site.restore(name, json!({"backupName": name})).await?.is("Completed")?;
    Ok((between - before, starts(site, file)? - between))
}

/// The number of processes so far, from the server's log.
fn starts(site: &Site<'_>, file: &str) -> Result<f64> {
    let records = site.velero.records("starting plugin")?;
    let is_start = |record: &&serde_json::Value| {
        record["msg"] == "starting plugin"
            && record["path"].as_str().is_some_and(|path| path.ends_with(&format!("/{file}")))
    };
    let count = u32::try_from(records.iter().filter(is_start).count())?;
    Ok(count.into())
}

/// The duration of a backup in seconds, from its creation to its last phase.
async fn time(site: &Site<'_>, namespace: &str, name: &str) -> Result<f64> {
    let started = Instant::now();
    site.backup(name, json!({"includedNamespaces": [namespace]})).await?.is("Completed")?;
    Ok(started.elapsed().as_secs_f64())
}

/// The peak memory of the plugin's processes during a backup, in MiB.
async fn memory(site: &Site<'_>, file: &str, namespace: &str, name: &str) -> Result<f64> {
    let backup = site.backup(name, json!({"includedNamespaces": [namespace]}));
    let mut peak = 0;
    let watch = async {
        while site.velero.process().is_some()
            && let Ok(processes) = site.velero.plugin_processes()
        {
            for (process, _) in processes.iter().filter(|(_, binary)| binary.ends_with(file)) {
                // The kernel records the peak. The process may have exited already.
                let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
                let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
                let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u32>().ok());
                peak = peak.max(kib.unwrap_or(0));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        ended = backup => ended?.is("Completed")?,
        () = watch => bail!("the server has exited"),
    }
    Ok(f64::from(peak) / 1024.0)
}
