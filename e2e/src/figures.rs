//! Measures the processes, time and memory that Velero spends on our plugins and on Go's.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use plugwright_local_velero::ControlPlane;
use serde_json::json;

use crate::scenario::Servers;
use crate::scenarios::config_maps;
use crate::site::Site;

/// The numbers of ConfigMaps in a backup.
const SIZES: [usize; 2] = [1_000, 10_000];
/// The number of measurements for each median.
const TIMES: usize = 5;
/// The unit of the CPU times in `/proc`, which Linux has fixed for all architectures (`USER_HZ` in `proc_pid_stat(5)`).
const TICKS_PER_SECOND: f64 = 100.0;

/// Measures both sides in turns, so that the load of the machine affects them equally.
pub(crate) async fn measure(plane: &ControlPlane, servers: &Servers<'_>) -> Result<()> {
    let sites: Vec<_> =
        servers.of_side.iter().map(|(side, velero)| Site::new(*side, velero, plane.client.clone())).collect();
    let first = sites.first().context("no server")?;
    let few = first.namespace("few").await?;
    config_maps::make(first, &few, &[("one", "")]).await?;
    let mut many = Vec::new();
    for size in SIZES {
        let namespace = first.namespace(&format!("many-{size}")).await?;
        for number in 0..size {
            let mut object = config_maps::config_map(&namespace, &format!("map-{number:05}"));
            object["data"]["text"] = json!("a text of some length ".repeat(40));
            first.objects.create(&object).await?;
        }
        many.push(namespace);
    }

    let mut rows = vec![
        Row::new("processes that Velero starts for a backup", ""),
        Row::new("processes that Velero starts for a restore", ""),
    ];
    for size in SIZES {
        rows.push(Row::new(&format!("backup of {size} ConfigMaps"), " s"));
        rows.push(Row::new("    CPU time of the plugin's process", " s"));
        rows.push(Row::new("    its peak memory", " MiB"));
    }
    for round in 0..TIMES {
        for (column, site) in sites.iter().enumerate() {
            let file = servers.plugins.files(site.side).first().copied().unwrap_or_default();
            let (of_backup, of_restore) = processes(site, file, &few, &format!("few-{round}")).await?;
            let mut figures = vec![of_backup, of_restore];
            for namespace in &many {
                figures.extend(backup(site, file, namespace, &format!("{namespace}-{round}")).await?);
            }
            for (row, figure) in rows.iter_mut().zip(figures) {
                row.columns[column].push(figure);
            }
        }
    }
    println!("{:55}{:>12}{:>12}", format!("medians of {TIMES}"), "ours", "Go's");
    rows.iter_mut().for_each(Row::print);
    Ok(())
}

struct Row {
    name: String,
    unit: &'static str,
    /// The measurements of each side.
    columns: [Vec<f64>; 2],
}

impl Row {
    fn new(name: &str, unit: &'static str) -> Self {
        Self { name: name.to_owned(), unit, columns: Default::default() }
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

/// Backs up a namespace, and returns the seconds from the creation of the Backup to its last phase, the CPU seconds of the plugin's
/// processes, and their peak memory in MiB.
async fn backup(site: &Site<'_>, file: &str, namespace: &str, name: &str) -> Result<[f64; 3]> {
    let backup = site.backup(name, json!({"includedNamespaces": [namespace]}));
    let mut ticks = HashMap::new();
    let mut peak = 0;
    let watch = async {
        while site.velero.process().is_some()
            && let Ok(processes) = site.velero.plugin_processes()
        {
            for (process, _) in processes.iter().filter(|(_, binary)| binary.ends_with(file)) {
                // The process may have exited already.
                let read =
                    |file: &str| fs::read_to_string(format!("/proc/{process}/{file}")).unwrap_or_default();
                // The kernel records the peak.
                let status = read("status");
                let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
                let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u32>().ok());
                peak = peak.max(kib.unwrap_or(0));
                if let Some(used) = cpu_ticks(&read("stat")) {
                    ticks.insert(*process, used);
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let started = Instant::now();
    tokio::select! {
        ended = backup => ended?.is("Completed")?,
        () = watch => bail!("the server has exited"),
    }
    let took = started.elapsed().as_secs_f64();
    let ticks: u32 = ticks.values().sum();
    Ok([took, f64::from(ticks) / TICKS_PER_SECOND, f64::from(peak) / 1024.0])
}

/// The CPU time in `/proc/PID/stat`, in ticks: `utime` and `stime`, the fields 14 and 15.
fn cpu_ticks(stat: &str) -> Option<u32> {
    // The name, which may contain spaces, ends with the last parenthesis.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let mut next = || fields.next()?.parse::<u32>().ok();
    Some(next()? + next()?)
}
