//! `cargo plugwright try`
//!
//! ```text
//! manifests ─┐
//! plan ──────┴ trial (as Velero, with plugwright's chains) → report → text | json
//! request, application → access (as EphemeralAccess) ─────────────────────────────────────┘
//! location → store | snapshotter (as Velero) → calls → text | json
//! ```

mod access;
mod calls;
pub(crate) mod diff;
mod json;
mod location;
mod plan;
mod report;
mod snapshotter;
mod store;
mod text;
mod trial;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::ValueEnum;
use plugwright::{Backup, Restore};

use crate::cargo::Subject;
use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::manifest;
use crate::patience;
use crate::session::{Host, Launch, LogLevel, Session};
use report::Summary;
use trial::Patient;

/// Call the plugins of a binary or crate as Velero or EphemeralAccess does, without a cluster
///
/// With --item, calls item block and backup actions as in a backup, restore actions as in a restore, and delete item actions.
/// Each action receives the item that the previous action returned. Additional items are looked up among the items.
///
/// With --location, calls the object store or volume snapshotter of the location: --put stores, reads and deletes a file,
/// --list lists objects, and --snapshot takes and deletes a snapshot.
///
/// With --access-request and --application, calls the access requester to grant the request and, if granted, to revoke the
/// access.
///
/// With --cluster, the plugin's Kubernetes client connects to an in-memory API server with the given objects: sets KUBECONFIG,
/// and VELERO_NAMESPACE unless it is set. An empty file is an empty cluster. Without the option, the client uses the cluster in its environment.
///
/// The plugin's code runs as in a cluster, so its effects are real.
///
/// Exits with status 1 if a plugin returns an error.
// The help has no code font.
#[allow(clippy::doc_markdown)]
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    subject: Subject,
    /// Items as YAML or JSON: a file, a folder, or `-` for stdin; may be repeated
    #[arg(long = "item", value_name = "FILE", required_unless_present_any = ["access_request", "location"], help_heading = "Item actions")]
    items: Vec<PathBuf>,
    /// The Backup in progress; without --restore, restore actions are skipped
    #[arg(long, value_name = "FILE", help_heading = "Item actions")]
    backup: Option<PathBuf>,
    /// The Restore in progress; without --backup, only restore actions run
    #[arg(long, value_name = "FILE", help_heading = "Item actions")]
    restore: Option<PathBuf>,
    /// Only call this plugin; may be repeated
    #[arg(long = "plugin", value_name = "NAME", help_heading = "Item actions")]
    plugins: Vec<String>,
    #[command(flatten)]
    location: location::Options,
    /// The `AccessRequest`, as YAML or JSON, `-` for stdin
    #[arg(long, value_name = "FILE", requires = "application", conflicts_with_all = ["items", "backup", "restore", "plugins", "location"], help_heading = "Access requesters")]
    access_request: Option<PathBuf>,
    /// The Argo CD Application of the request
    #[arg(long, value_name = "FILE", requires = "access_request", help_heading = "Access requesters")]
    application: Option<PathBuf>,
    /// Objects for the plugin's Kubernetes client, as YAML or JSON, `-` for stdin; may be repeated
    #[arg(long, value_name = "FILE")]
    cluster: Vec<PathBuf>,
    /// The limit for a start or a call, such as 30s [default for calls: none, as in Velero]
    #[arg(long, value_name = "TIME", value_parser = patience::parse)]
    timeout: Option<Duration>,
    /// The lowest level of log records to show; printed lines are debug records
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = LogLevel::Info)]
    log_level: LogLevel,
    /// The output format
    #[arg(long, short, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Output {
    Text,
    Json,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    if let (Some(request), Some(application)) = (&args.access_request, &args.application) {
        return access::run(&args, request, application).await;
    }
    if let Some(file) = &args.location.location {
        return Box::pin(location::run(&args, file)).await;
    }
    let mut manifests = Vec::new();
    for path in &args.items {
        let files = manifest::files(path)?;
        if files.is_empty() {
            let folder = path.display();
            return Err(Failure::new(format!("{folder}: expected .yaml, .yml or .json files, found none")));
        }
        for file in files {
            manifests.extend(manifest::read(&file)?);
        }
    }
    let backup = match &args.backup {
        Some(file) => Some(manifest::read_as(file, "Backup", Backup::from_json)?),
        None => args.restore.is_none().then(Backup::default),
    };
    let restore = match &args.restore {
        Some(file) => Some(manifest::read_as(file, "Restore", Restore::from_json)?),
        None => args.backup.is_none().then(Restore::default),
    };

    let mut session = session(&args, Host::Velero).await?;
    let mut caller = Patient { session: &mut session, timeout: args.timeout };
    let (items, origins): (Vec<_>, Vec<_>) =
        manifests.into_iter().map(|manifest| (manifest.item, (manifest.source, manifest.doubts))).unzip();
    let plan = plan::make(&mut caller, &args.plugins, &items).await?;
    let mut logs = plan.logs().to_vec();
    logs.extend(caller.session.take_logs());
    let mut out = anstream::stdout();
    let mut summary = Summary::new(&plan, logs);
    if args.output == Output::Text {
        text::beginning(&mut out, &summary)?;
    }
    let reports = trial::run(&mut caller, &plan, items, origins, (backup.as_ref(), restore.as_ref())).await?;
    for report in &reports {
        summary.count(report);
        if args.output == Output::Text {
            text::item(&mut out, report)?;
        }
    }
    summary.end_logs = session.end().await;
    summary.hidden_lines = session.hidden_lines();
    summary.lacks_cluster &= args.cluster.is_empty();
    match args.output {
        Output::Text => text::end(&mut out, &summary)?,
        Output::Json => {
            let reports: Vec<_> = reports.iter().map(json::item).collect();
            writeln!(out, "{:#}", json::all(&reports, &summary))?;
        }
    }
    Ok(ExitCode::from(u8::from(summary.has_errors())))
}

/// Builds the subject if it is a crate, and starts it.
async fn session(args: &Args, host: Host) -> Result<Session, Failure> {
    let binary = args.subject.binary().await?;
    let cluster = match &args.cluster[..] {
        [] => None,
        files => Some(Cluster::of(files).await?),
    };
    let launch = Launch::new(&binary, args.log_level.into(), host).timeout(args.timeout).cluster(cluster);
    Session::start_for(launch).await
}
