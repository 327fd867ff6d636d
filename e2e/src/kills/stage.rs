//! A server whose plugins, or which itself, is killed again and again.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use kube::Client;
use kube::api::{DynamicObject, Patch, PatchParams};
use plugwright_local_velero::operation::Ended;
use plugwright_local_velero::{Velero, until};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::{Value, json};

use super::moment::{Moment, Operation, Victim};
use super::whole;
use crate::scenarios::config_maps;
use crate::site::{Side, Site};

/// The backup that is restored.
const BASE: &str = "base";

/// How often a moment is tried: a backup may end before it.
const ATTEMPTS: usize = 5;

pub(super) struct Stage<'a> {
    side: Side,
    velero: Velero<'a>,
    client: Client,
    /// The namespace of the ConfigMaps.
    namespace: String,
    /// The duration of an undisturbed backup and restore.
    durations: [Duration; 2],
    created: usize,
}

impl<'a> Stage<'a> {
    /// Creates the ConfigMaps, and measures backups and restores.
    pub(super) async fn new(side: Side, velero: Velero<'a>, client: Client) -> Result<Self> {
        let namespace = format!("{}-maps", velero.namespace);
        let mut stage = Self { side, velero, client, namespace, durations: [Duration::ZERO; 2], created: 0 };
        let at = stage.site();
        let about = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": stage.namespace}});
        at.objects.create(&about).await?;
        let names = whole::names();
        let maps: Vec<_> = names.iter().map(|name| (&**name, "slow")).collect();
        config_maps::make(&at, &stage.namespace, &maps).await?;
        let spec = stage.spec(Operation::Backup, "");
        let base = at.backup(BASE, spec).await?;
        base.is("Completed")?;
        whole::check(&at, Operation::Backup, BASE, "", &base).await?;
        for _ in 0..3 {
            for (index, operation) in Operation::ALL.into_iter().enumerate() {
                let started = Instant::now();
                stage.undisturbed(operation).await?;
                stage.durations[index] = stage.durations[index].max(started.elapsed());
            }
        }
        Ok(stage)
    }

    fn site(&self) -> Site<'_> {
        Site::new(self.side, &self.velero, self.client.clone())
    }

    /// A name for a backup, or for a restore and its namespace.
    fn name(&mut self, operation: Operation) -> String {
        self.created += 1;
        let kind = operation.kind().to_lowercase();
        format!("{}-{kind}-{}", self.velero.namespace, self.created)
    }

    fn spec(&self, operation: Operation, name: &str) -> Value {
        match operation {
            Operation::Backup => json!({"includedNamespaces": [self.namespace]}),
            Operation::Restore => json!({"backupName": BASE, "namespaceMapping": {&self.namespace: name}}),
        }
    }

    /// A backup or restore must be whole.
    async fn undisturbed(&mut self, operation: Operation) -> Result<()> {
        let name = self.name(operation);
        let site = self.site();
        let spec = self.spec(operation, &name);
        let ended = site.velero_object(operation.kind(), json!({"name": name}), spec).await?;
        ended.is("Completed")?;
        whole::check(&site, operation, &name, &name, &ended).await
    }

    /// Kills at this moment, and checks everything. Returns a description.
    pub(super) async fn play(&mut self, moment: &mut Moment) -> Result<String> {
        for _ in 0..ATTEMPTS {
            let name = self.name(moment.operation);
            if let Some(description) = self.attempt(moment, &name).await.context(name)? {
                return Ok(description);
            }
        }
        bail!("the {} ended before the moment, {ATTEMPTS} times", moment.operation.kind())
    }

    /// Returns `None` if the operation ended before the moment.
    async fn attempt(&mut self, moment: &mut Moment, name: &str) -> Result<Option<String>> {
        let operation = moment.operation;
        let duration = self.durations[usize::from(operation == Operation::Restore)];
        let delay = moment.delay(duration);
        let site = self.site();
        let started = Instant::now();
        let object = site.start(operation.kind(), json!({"name": name}), self.spec(operation, name)).await?;
        tokio::time::sleep(delay).await;
        let Some((process, program)) = self.kill(moment.victim, &object).await? else { return Ok(None) };
        let passed = started.elapsed();
        if moment.victim == Victim::Server {
            self.velero.ended().await;
            // Plugins notice that their host is gone.
            let stays = self.nothing_stays(0).await;
            self.remove_velero_plugins(process)?;
            self.velero.restart().await?;
            stays?;
            if operation == Operation::Backup {
                self.touch(&object).await?;
            }
        }

        let site = self.site();
        let ended = site.ended(operation.kind(), &object).await?;
        whole::check(&site, operation, name, name, &ended).await?;
        self.undisturbed(operation).await.context("the next one")?;
        // No process can remove its socket after SIGKILL.
        self.nothing_stays(usize::from(matches!(moment.victim, Victim::Plugin(Signal::KILL, _)))).await?;
        Ok(Some(format!(
            "{:7}  {}  {:4.2} s of {:4.2} s  {:21}  {}",
            operation.kind(),
            moment.victim,
            passed.as_secs_f64(),
            duration.as_secs_f64(),
            program,
            description(&ended)
        )))
    }

    /// Kills, and returns the process and its program. Returns `None` if the operation ended before.
    async fn kill(&self, victim: Victim, object: &DynamicObject) -> Result<Option<(Pid, String)>> {
        let Victim::Plugin(signal, index) = victim else {
            let process = self.velero.process().context("the server has ended")?;
            kill_process(process, Signal::KILL)?;
            return Ok(Some((process, "velero".to_owned())));
        };
        loop {
            let mut processes = self.velero.plugin_processes()?;
            processes.sort_by_key(|(process, _)| process.as_raw_nonzero());
            if !processes.is_empty() {
                let (process, binary) = &processes[index % processes.len()];
                match kill_process(*process, signal) {
                    // It has just exited.
                    Err(Errno::SRCH) => continue,
                    killed => killed?,
                }
                let file = binary.file_name().unwrap_or_default().to_string_lossy().into_owned();
                return Ok(Some((*process, file)));
            }
            let kind = object.types.as_ref().map(|types| types.kind.clone()).unwrap_or_default();
            let name = object.metadata.name.as_deref().unwrap_or_default();
            let now = self.site().velero_api(&kind).get(name).await?;
            if now.data["status"]["completionTimestamp"].is_string() {
                return Ok(None);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Ends what a killed server leaves: the plugins in Velero's own binary do not exit with their host, like all in Go.
    fn remove_velero_plugins(&self, server: Pid) -> Result<()> {
        match kill_process_group(server, Signal::KILL) {
            Err(Errno::SRCH) => {}
            killed => killed?,
        }
        for socket in self.velero.sockets()? {
            std::fs::remove_file(socket)?;
        }
        Ok(())
    }

    /// A restarted server does not continue with a Backup that is `ReadyToStart`: its controller ignores objects that exist already
    /// (`backup_controller.go`, `SetupWithManager`). A change of the object is enough.
    async fn touch(&self, object: &DynamicObject) -> Result<()> {
        let change = Patch::Merge(json!({"metadata": {"annotations": {"e2e.plugwright.dev/touched": "1"}}}));
        let name = object.metadata.name.as_deref().unwrap_or_default();
        self.site().velero_api("Backup").patch(name, &PatchParams::default(), &change).await?;
        Ok(())
    }

    /// No plugin process stays, and at most this many sockets, which are removed.
    async fn nothing_stays(&self, sockets: usize) -> Result<()> {
        until("all plugin processes have exited", async || {
            Ok(self.velero.plugin_processes()?.is_empty().then_some(()))
        })
        .await?;
        let stay = self.sockets()?;
        ensure!(stay.len() <= sockets, "expected at most {sockets} sockets, found {stay:?}");
        for socket in stay {
            std::fs::remove_file(socket)?;
        }
        Ok(())
    }

    /// The sockets whose process has ended. The plugins in Velero's own binary may still run.
    fn sockets(&self) -> Result<Vec<PathBuf>> {
        let mut sockets = self.velero.sockets()?;
        let open = std::fs::read_to_string("/proc/net/unix")?;
        sockets.retain(|socket| !open.lines().any(|line| line.ends_with(&*socket.to_string_lossy())));
        Ok(sockets)
    }
}

fn description(ended: &Ended) -> String {
    let phase = ended.phases.last().map(String::as_str).unwrap_or_default();
    match ended.count("errors") {
        0 => phase.to_owned(),
        errors => format!("{phase}, {errors} errors"),
    }
}
