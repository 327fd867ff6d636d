//! Runs the servers interactively: commands to type, the plugin's log, and a rebuild after each change.

use std::io::Write;
use std::process::ExitCode;

use plugwright_local_velero::Velero;

use super::log::Follower;
use super::manifests::{Manifests, Object, namespaces};
use super::plugin::Plugin;
use super::servers::Servers;
use super::watch::Watch;
use super::{Args, failure};
use crate::cargo::Package;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::style;

/// The default namespace of Velero's CLI.
const NAMESPACE: &str = "velero";

pub(super) async fn run(args: &Args, plugin: Plugin, mut manifests: Manifests) -> Result<ExitCode, Failure> {
    let mut watch = match (args.watch, &plugin.package) {
        (false, _) => None,
        (true, Some(package)) => Some(Watch::new(package.folder(), &package.target_directory)),
        (true, None) => return Err(Failure::new("--watch requires a crate, found a binary")),
    };
    let progress = Progress::new();
    for note in &manifests.notes {
        progress.done("Note", note);
    }
    let servers = Servers::start(&args.velero, &mut manifests, &progress).await?;
    let mut velero = servers.velero(NAMESPACE, &plugin, &manifests, false).await?;
    servers.create(&manifests.objects).await?;
    usage(&servers, &manifests.objects)?;

    let mut follower = Follower::new(plugin.file());
    loop {
        let log = velero.log.clone();
        tokio::select! {
            biased;
            error = servers.ended(&velero) => return Err(error),
            () = changed(&mut watch) => {}
            failed = follower.follow(&log) => failed?,
        }
        if let Some(package) = &plugin.package {
            again(args, package, &plugin, &servers, &mut velero, &progress).await?;
        }
    }
}

/// Resolves after a change; never without a watch.
async fn changed(watch: &mut Option<Watch>) {
    match watch {
        Some(watch) => watch.changed().await,
        None => std::future::pending().await,
    }
}

/// Rebuilds the plugin and restarts Velero. After a failed build, the previous plugin keeps running.
async fn again(
    args: &Args,
    package: &Package,
    plugin: &Plugin,
    servers: &Servers,
    velero: &mut Velero<'_>,
    progress: &Progress,
) -> Result<(), Failure> {
    progress.done("Building", format_args!("{}: the source has changed", package.name));
    let new = tokio::select! {
        biased;
        new = Plugin::of_subject(&args.subject) => new,
        error = servers.ended(velero) => return Err(error),
    };
    if let Err(failure) = new {
        failure.print();
        progress.done("Keeping", format_args!("the previous build of {}", plugin.file()));
        return Ok(());
    }
    velero.restart().await.map_err(failure)?;
    progress.done("Restarted", "Velero, with the new plugin");
    Ok(())
}

/// Prints the commands to type.
fn usage(servers: &Servers, objects: &[Object]) -> Result<(), Failure> {
    let (heading, dim) = (style::HEADING, style::DIM);
    let namespaces: Vec<_> = namespaces(objects).into_iter().collect();
    let namespaces = namespaces.join(",");
    let mut out = anstream::stdout();
    writeln!(out, "\n{heading}In another terminal{heading:#}")?;
    writeln!(out, "  export KUBECONFIG={}", servers.plane.kubeconfig.display())?;
    writeln!(out, "  export PATH={}:$PATH", servers.programs.velero_folder().display())?;
    writeln!(out, "  velero backup create first --include-namespaces {namespaces} --wait")?;
    writeln!(out, "  velero backup describe first --details")?;
    writeln!(out, "  velero backup logs first")?;
    if let Some(object) = objects.last() {
        let (kind, name) = (object.kind().to_lowercase(), object.name());
        let namespace = object.value["metadata"]["namespace"].as_str();
        let namespace = namespace.map(|namespace| format!(" -n {namespace}")).unwrap_or_default();
        writeln!(out, "  kubectl delete {kind} {name}{namespace}")?;
        writeln!(out, "  velero restore create --from-backup first --wait")?;
        writeln!(out, "  kubectl get {kind} {name}{namespace} -o yaml")?;
    }
    writeln!(out, "\n{heading}Log of the plugin{heading:#} {dim}(Ctrl-C to exit){dim:#}")?;
    Ok(())
}
