//! `cargo plugwright try`
//!
//! ```text
//! manifests ─┐
//! plan ──────┴ trial (Velero's part: who is called, in which order, with what) → report → text | json
//! request, application → access (EphemeralAccess's part) ─────────────────────────────────┘
//! ```

mod access;
pub(crate) mod diff;
mod json;
mod plan;
mod report;
mod text;
mod trial;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use plugwright::{Backup, Restore};
use serde_json::Value;

use crate::cargo::Subject;
use crate::failure::Failure;
use crate::manifest;
use crate::session::{Host, LogLevel, Session};
use plan::Plan;
use report::Summary;
use trial::Trial;

/// Run manifests through the plugins of a binary or crate, as Velero or EphemeralAccess would
///
/// With --item, each item goes through item block actions and backup actions as in a backup, through restore actions as in a restore,
/// and through delete item actions; every action gets the item as the one before it left it. With --access-request and
/// --application, the access requester is asked as EphemeralAccess's controller asks it: whether it grants the request, and,
/// where it does, what there is to revoke when the access expires.
///
/// Nothing is written and no cluster is needed, but the plugin's own code runs: what it does to the world outside, it does.
///
/// The exit status is 1 where a plugin answers with an error.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    subject: Subject,
    /// Items as YAML or JSON, `-` for stdin; may be given several times
    #[arg(long = "item", value_name = "FILE", required_unless_present = "access_request")]
    items: Vec<PathBuf>,
    /// The Backup that is under way; without --restore, restore actions are left out
    #[arg(long, value_name = "FILE")]
    backup: Option<PathBuf>,
    /// The Restore that is under way; without --backup, only restore actions run
    #[arg(long, value_name = "FILE")]
    restore: Option<PathBuf>,
    /// Only this plugin; may be given several times
    #[arg(long = "plugin", value_name = "NAME")]
    plugins: Vec<String>,
    /// The request for access that is looked at, as YAML or JSON, `-` for stdin
    #[arg(long, value_name = "FILE", requires = "application", conflicts_with_all = ["items", "backup", "restore", "plugins"])]
    access_request: Option<PathBuf>,
    /// The Argo CD Application that it is about
    #[arg(long, value_name = "FILE", requires = "access_request")]
    application: Option<PathBuf>,
    /// What the plugin writes to its log; what it prints without levels counts as debug
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = LogLevel::Info)]
    log_level: LogLevel,
    /// The form of the report
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
    let mut manifests = Vec::new();
    for file in &args.items {
        manifests.extend(manifest::read(file)?);
    }
    let backup = match &args.backup {
        Some(file) => Some(manifest::read_as(file, "Backup", Backup::from_json)?),
        None => args.restore.is_none().then(Backup::default),
    };
    let restore = match &args.restore {
        Some(file) => Some(manifest::read_as(file, "Restore", Restore::from_json)?),
        None => args.backup.is_none().then(Restore::default),
    };

    let session =
        Session::start_for(&args.subject.binary().await?, args.log_level.into(), Host::Velero).await?;
    let plan = Plan::make(&session, &args.plugins, &manifests).await?;
    let mut out = anstream::stdout();
    let mut summary = Summary::new(&plan, session.take_logs());
    if args.output == Output::Text {
        text::beginning(&mut out, &summary)?;
    }
    let mut trial = Trial { session, plan, backup, restore };
    let mut reports: Vec<Value> = Vec::new();
    for manifest in manifests {
        let report = trial.item(manifest).await?;
        summary.count(&report);
        match args.output {
            Output::Text => text::item(&mut out, &report)?,
            Output::Json => reports.push(json::item(&report)),
        }
    }
    summary.end_logs = trial.session.end().await;
    match args.output {
        Output::Text => text::end(&mut out, &summary)?,
        Output::Json => writeln!(out, "{:#}", json::all(&reports, &summary))?,
    }
    Ok(ExitCode::from(u8::from(summary.has_errors())))
}
