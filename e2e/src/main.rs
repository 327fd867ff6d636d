//! Runs a real Velero server with our plugins, and another with the same plugins in Go, against a real Kubernetes API, and
//! compares the results. Start it with `e2e/run`, which builds all parts.
//!
//! ```text
//! programs ─► control plane ─► Velero servers ─► scenarios, on both sides concurrently ─► report
//! └─────────── local-velero ───────────┘
//! ```

mod figures;
mod kills;
mod options;
mod scenario;
mod scenarios;
mod site;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures::future::try_join_all;
use plugwright_local_velero::{
    self as local_velero, ControlPlane, FILE_STORE, Location, Programs, Progress, Run, Setup, Storage,
    Velero, Version,
};
use tokio::signal::unix::{SignalKind, signal};

use self::options::Options;
use self::scenario::{Plugins, Scenario, Servers};
use self::site::Side;

fn main() -> ExitCode {
    if let Some(code) = local_velero::entry() {
        return code;
    }
    match start() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("e2e: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<ExitCode> {
    let options = Options::parse(std::env::args().skip(1).collect())?;
    if options.list {
        for scenario in scenarios::ALL {
            println!("{}", scenario.name);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let without = options.figures || options.kills.is_some();
    let chosen = if without { Vec::new() } else { scenario::chosen(scenarios::ALL, &options.names)? };

    let runtime = tokio::runtime::Runtime::new()?;
    let programs = runtime.block_on(Programs::build(&Version::DEFAULT, &building))?;
    let mut run = Run::start("plugwright-e2e-")?;
    let result = runtime.block_on(async {
        tokio::select! {
            failed = with_plane(&run, &programs, &options, &chosen) => failed.map(|failed| (failed > 0).into()),
            code = interrupted() => code,
        }
    });
    // Dropping the values above has ended all processes.
    runtime.shutdown_timeout(Duration::from_secs(5));
    if !matches!(result, Ok(0)) {
        run.keep_folder();
        eprintln!("e2e: logs and data are in {}", run.folder().display());
    }
    Ok(ExitCode::from(result?))
}

fn building(progress: Progress<'_>) {
    match progress {
        Progress::Waiting(folder) => {
            eprintln!("waiting for another process, which builds into {}", folder.display());
        }
        Progress::Missing(programs, folder) => {
            eprintln!("building {}, once, into {}", programs.join(", "), folder.display());
        }
        Progress::Built(program, took) => eprintln!("built {program}, in {}", seconds(took)),
        Progress::Preparing(_) | Progress::Compiling(..) => {}
    }
}

/// Waits for a signal that ends the run, and returns the exit status.
async fn interrupted() -> Result<u8> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => Ok(130),
        _ = terminate.recv() => Ok(143),
    }
}

/// Runs the scenarios, and returns the number of failures.
async fn with_plane(
    run: &Run,
    programs: &Programs,
    options: &Options,
    chosen: &[&Scenario],
) -> Result<usize> {
    let started = Instant::now();
    let plane = ControlPlane::start(run, programs).await.context("cannot start the control plane")?;
    plane.install(local_velero::definitions(run, programs).await?).await?;
    if options.figures {
        figures::measure(&plane, &servers(run, programs, &plane, options, Plugins::Example).await?).await?;
        return Ok(0);
    }
    if let Some(kills) = &options.kills {
        return kills::run(run, programs, &plane, options, kills).await;
    }
    let is_needed = |set: &Plugins| chosen.iter().any(|scenario| scenario.plugins == *set);
    if is_needed(&Plugins::Kube) {
        let definitions = [scenarios::kyma::definitions()?, scenarios::kubevirt::definitions()?];
        plane.install(definitions.concat()).await?;
    }
    let sets = Plugins::ALL.into_iter().filter(is_needed);
    let servers = try_join_all(sets.map(|set| servers(run, programs, &plane, options, set))).await?;
    let count: usize = servers.iter().map(|set| set.of_side.len()).sum();
    println!(
        "etcd, kube-apiserver, kube-controller-manager and {count} Velero servers, in {}",
        seconds(started.elapsed())
    );
    let failed = play(&plane, &servers, chosen).await;
    println!(
        "{} of {} scenarios pass, in {}",
        chosen.len() - failed,
        chosen.len(),
        seconds(started.elapsed())
    );
    Ok(failed)
}

/// Runs the scenarios one by one, and returns the number of failures.
async fn play(plane: &ControlPlane, servers: &[Servers<'_>], chosen: &[&Scenario]) -> usize {
    let width = chosen.iter().map(|scenario| scenario.name.len()).max().unwrap_or_default();
    let mut failed = 0;
    for scenario in chosen {
        let Some(servers) = servers.iter().find(|set| set.plugins == scenario.plugins) else { continue };
        match scenario.run(plane, servers).await {
            Ok(report) => {
                let compared = if report.compared { "same as Go" } else { "" };
                println!("ok    {:width$}  {compared:10}  {:>7}", scenario.name, seconds(report.took));
            }
            Err(error) => {
                failed += 1;
                println!("FAIL  {}\n{}", scenario.name, indented(&format!("{error:#}")));
            }
        }
    }
    failed
}

/// Starts a server for each side that provides these plugins.
async fn servers<'a>(
    run: &'a Run,
    programs: &'a Programs,
    plane: &ControlPlane,
    options: &Options,
    plugins: Plugins,
) -> Result<Servers<'a>> {
    let sides = Side::BOTH.into_iter().filter(|side| !plugins.files(*side).is_empty());
    let starts = sides.map(async |side| {
        let setup = setup(options, plugins, side, format!("velero-{}-{}", plugins.name(), side.name()));
        Ok::<_, anyhow::Error>((side, Velero::start(run, programs, plane, setup).await?))
    });
    Ok(Servers { plugins, of_side: try_join_all(starts).await? })
}

/// The configuration of a server with these plugins.
fn setup(options: &Options, plugins: Plugins, side: Side, namespace: String) -> Setup {
    let has_example = plugins != Plugins::Stores;
    let storage = if has_example { "example.io/object-store-plugin" } else { FILE_STORE };
    let provider = "example.io/volume-snapshotter-plugin".to_owned();
    Setup {
        namespace,
        plugins: options.folders.plugins(plugins, side),
        storage: Storage::Files(storage),
        snapshots: has_example.then(|| Location { provider, config: BTreeMap::new() }),
        is_recorded: false,
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("      {line}")).collect::<Vec<_>>().join("\n")
}
