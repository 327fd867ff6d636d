//! `run --check`: one backup and one restore, without a prompt.

use std::process::ExitCode;

use plugwright::Kind;

use super::backup_and_restore::{self as operations, Outcome, Plan};
use super::manifests::Manifests;
use super::plugin::Plugin;
use super::servers::Servers;
use super::{Args, comparison, failure, report};
use crate::failure::Failure;
use crate::progress::Progress;

pub(super) async fn run(args: &Args, plugin: Plugin, mut manifests: Manifests) -> Result<ExitCode, Failure> {
    let other = match &args.against {
        Some(binary) => Some(Plugin::of_binary(binary).await?),
        None => None,
    };
    let deletes = plugin.first(Kind::DeleteItemAction).is_some();
    let plan = Plan::new(args, deletes)?;
    let progress = Progress::new();
    for note in &manifests.notes {
        progress.done("Note", note);
    }
    let servers = Servers::start(&args.velero, &mut manifests, &progress).await?;
    let outcome = of_plugin("velero", &servers, &plan, &plugin, &manifests, &progress).await?;
    let mut out = anstream::stdout();
    report::write(&mut out, &plan, &outcome)?;
    let mut is_good = outcome.is_complete();
    if let Some(other) = other {
        progress.done("Comparing", format_args!("with {}", other.binary.display()));
        for object in manifests.objects.iter().rev() {
            let mut target = object.value.clone();
            if let Some(namespace) = target["metadata"]["namespace"].as_str() {
                target["metadata"]["namespace"] = plan.target(namespace).into();
            }
            servers.objects.delete(&target).await.map_err(failure)?;
        }
        let others = of_plugin("velero-against", &servers, &plan, &other, &manifests, &progress).await?;
        let names = [plugin.binary.display().to_string(), other.binary.display().to_string()];
        is_good &= comparison::write(&mut out, &names, &outcome, &others)?;
    }
    Ok(ExitCode::from(u8::from(!is_good)))
}

/// Checks one plugin with its own server, which exits before this returns.
async fn of_plugin(
    namespace: &str,
    servers: &Servers,
    plan: &Plan,
    plugin: &Plugin,
    manifests: &Manifests,
    progress: &Progress,
) -> Result<Outcome, Failure> {
    let velero = servers.velero(namespace, plugin, manifests, true).await?;
    let file = plugin.file();
    servers
        .watched(&velero, async {
            servers.create(&manifests.objects).await?;
            operations::run(plan, servers, &velero, &manifests.objects, &file, progress).await
        })
        .await
}

impl Outcome {
    /// Whether Velero completed the backup and the restore.
    pub(super) fn is_complete(&self) -> bool {
        let mut ended = self.stages.iter().filter_map(|stage| stage.ended.as_ref());
        self.stages.iter().any(|stage| stage.name == "Restore")
            && ended.all(|ended| ended.is("Completed").is_ok())
    }
}
