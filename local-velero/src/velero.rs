//! A Velero server with its own plugin folder.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use anyhow::{Context, Error, Result, bail, ensure};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use rustix::process::Pid;
use serde_json::{Value, json};

use crate::control_plane::ControlPlane;
use crate::downloads::Downloads;
use crate::keeper;
use crate::objects::Objects;
use crate::process::Process;
use crate::programs::Programs;
use crate::recorder;
use crate::run::Run;
use crate::store::{BUCKET, PREFIX, Store};
use crate::{file_store, file_store::FILE_STORE};

const LIMIT: Duration = Duration::from_secs(60);

/// The configuration of a server.
pub struct Setup {
    /// The namespace of Velero's objects. A server watches only one namespace.
    pub namespace: String,
    /// The plugin binaries.
    pub plugins: Vec<PathBuf>,
    /// The storage for backups.
    pub storage: Storage,
    /// The location for volume snapshots, if any.
    pub snapshots: Option<Location>,
    /// Whether to record calls to the plugins for [`Velero::calls`].
    pub is_recorded: bool,
}

/// The object store of the storage location.
pub enum Storage {
    /// A plugin with this name that stores files below the folder in `ARK_FILE_OBJECT_STORE_ROOT` and signs URLs for
    /// [`Downloads`]: [`FILE_STORE`](crate::FILE_STORE), or the plugin of Velero's own example.
    Files(&'static str),
    /// Any other object store.
    Other(Location),
}

/// A provider and its configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Location {
    /// The plugin's name.
    pub provider: String,
    /// The configuration.
    pub config: BTreeMap<String, String>,
}

/// A running server. Dropping it ends the process.
pub struct Velero<'a> {
    run: &'a Run,
    programs: &'a Programs,
    kubeconfig: PathBuf,
    objects: Objects,
    setup: Setup,
    /// The namespace of Velero's objects.
    pub namespace: String,
    /// The content of the store, for [`Storage::Files`].
    pub store: Store,
    /// The web server for signed URLs of the store.
    pub downloads: Downloads,
    /// The server's log, in JSON.
    pub log: PathBuf,
    folder: PathBuf,
    process: Process,
}

impl<'a> Velero<'a> {
    /// Starts a server, and waits until the storage location is available.
    pub async fn start(
        run: &'a Run,
        programs: &'a Programs,
        plane: &ControlPlane,
        setup: Setup,
    ) -> Result<Self> {
        let namespace = setup.namespace.clone();
        let folder = run.subfolder(&namespace)?;
        let store = Store { root: run.subfolder(&format!("{namespace}/store"))? };
        let downloads = Downloads::serve(store.root.clone()).await?;
        let objects = Objects::new(plane.client.clone());
        for object in objects_of(&setup, &downloads) {
            objects.create(&object).await?;
        }
        let log = folder.join("velero.log");
        let starting = Starting {
            run,
            programs,
            kubeconfig: &plane.kubeconfig,
            folder: &folder,
            store: &store,
            log: &log,
        };
        let process = starting.start(&setup, &objects).await?;
        let kubeconfig = plane.kubeconfig.clone();
        Ok(Self {
            run,
            programs,
            kubeconfig,
            objects,
            setup,
            namespace,
            store,
            downloads,
            log,
            folder,
            process,
        })
    }

    /// Restarts the server with the current plugin binaries.
    pub async fn restart(&mut self) -> Result<()> {
        let location = self.objects.velero(&self.namespace, "BackupStorageLocation");
        // Reset the phase: Velero keeps the old one until it has validated the location again.
        let none = json!({"status": {"phase": null, "lastValidationTime": null}});
        let merge = kube::api::Patch::Merge(&none);
        location.patch("default", &kube::api::PatchParams::default(), &merge).await?;
        let starting = Starting {
            run: self.run,
            programs: self.programs,
            kubeconfig: &self.kubeconfig,
            folder: &self.folder,
            store: &self.store,
            log: &self.log,
        };
        // Stop the old server first: two servers would process the same objects.
        self.process.kill().await;
        self.process = starting.start(&self.setup, &self.objects).await?;
        Ok(())
    }

    /// Waits until the server exits unexpectedly, and returns the cause.
    pub async fn ended(&self) -> Error {
        self.process.ended().await
    }

    /// The server's process, while it runs.
    pub fn process(&self) -> Option<Pid> {
        self.process.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)
    }

    /// The running processes of plugins, each with its binary. They may outlive the server.
    pub fn plugin_processes(&self) -> Result<Vec<(Pid, PathBuf)>> {
        let plugins = fs::canonicalize(self.folder.join(PLUGINS))?;
        let binary = |process: Pid| {
            let binary = fs::read_link(format!("/proc/{process}/exe")).ok()?;
            binary.starts_with(&plugins).then_some((process, binary))
        };
        Ok(keeper::processes(self.run.mark())?.into_iter().filter_map(binary).collect())
    }

    /// The sockets of plugins, including those in Velero's own binary.
    pub fn sockets(&self) -> Result<Vec<PathBuf>> {
        let mut sockets = Vec::new();
        for entry in fs::read_dir(temporary(self.run, &self.namespace)?)? {
            let entry = entry?;
            if entry.file_type().is_ok_and(|kind| kind.is_socket()) {
                sockets.push(entry.path());
            }
        }
        Ok(sockets)
    }

    /// Runs Velero's CLI, and returns its stdout.
    pub async fn cli(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.run.command(&self.programs.velero())?;
        command
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(["--namespace", &self.namespace])
            .args(arguments);
        text(&command.kill_on_drop(true).output().await?, &format!("velero {}", arguments.join(" ")))
    }

    /// The records in the server's log that contain this text.
    pub fn records(&self, text: &str) -> Result<Vec<Value>> {
        let log = fs::read_to_string(&self.log).with_context(|| self.log.display().to_string())?;
        let lines = log.lines().filter(|line| line.contains(text));
        // The last line may be incomplete, and libraries may print other lines.
        Ok(lines.filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    /// The calls to the plugins so far, if they are recorded.
    pub fn calls(&self) -> Result<Vec<recorder::Call>> {
        recorder::read(&self.folder.join(RECORDING))
    }
}

/// The server's folder for temporary files, and for the sockets of its plugins.
fn temporary(run: &Run, namespace: &str) -> Result<PathBuf> {
    run.subfolder(&format!("tmp/{namespace}"))
}

/// The folder of the plugin binaries.
const PLUGINS: &str = "plugins";

/// The file of [`Velero::calls`].
const RECORDING: &str = "calls.jsonl";

/// Velero's custom resource definitions.
pub async fn definitions(run: &Run, programs: &Programs) -> Result<Vec<CustomResourceDefinition>> {
    let mut command = run.command(&programs.velero())?;
    command.args(["install", "--crds-only", "--dry-run", "--output=json"]);
    let list: Value = serde_json::from_str(&text(&command.output().await?, "velero install")?)?;
    let items = list["items"].as_array().context("expected a list from `velero install`")?;
    Ok(items.iter().cloned().map(serde_json::from_value).collect::<Result<_, _>>()?)
}

fn text(output: &Output, what: &str) -> Result<String> {
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{what}` ended with {}: {}", output.status, errors.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// One start of the server.
struct Starting<'a> {
    run: &'a Run,
    programs: &'a Programs,
    kubeconfig: &'a Path,
    folder: &'a Path,
    store: &'a Store,
    log: &'a Path,
}

impl Starting<'_> {
    async fn start(&self, setup: &Setup, objects: &Objects) -> Result<Process> {
        let namespace = &setup.namespace;
        let plugins = self.install(setup)?;
        let mut command = self.run.command(&self.programs.velero())?;
        // The server passes its arguments from the second on to its plugins.
        command.arg("server").arg("--kubeconfig").arg(self.kubeconfig).args(["--namespace", namespace]);
        command.arg("--plugin-dir").arg(plugins);
        command.args(["--log-level=debug", "--log-format=json"]);
        command.args(["--metrics-address=127.0.0.1:0", "--profiler-address="]);
        command.args(["--store-validation-frequency=1m", "--backup-sync-period=1m"]);
        if self.programs.version().is_at_least(1, 11) {
            command.arg("--item-operation-sync-frequency=1s");
        }
        if let Some(location) = &setup.snapshots {
            let provider = &location.provider;
            command.arg(format!("--default-volume-snapshot-locations={provider}:{SNAPSHOT_LOCATION}"));
        }
        // Plugins do not receive the server's flags, only its environment.
        command.env("KUBECONFIG", self.kubeconfig).env("VELERO_NAMESPACE", namespace);
        command.env(file_store::ROOT, &self.store.root).env("TMPDIR", temporary(self.run, namespace)?);
        if setup.is_recorded {
            command.env(recorder::PLUGINS, self.folder.join("recorded"));
            command.env(recorder::RECORDING, self.folder.join(RECORDING));
            // With a recorder in between, a plugin cannot inspect the server process.
            command.env("PLUGWRIGHT_HOST_VERSION", self.programs.version().to_string());
        }
        let name = format!("Velero's server (namespace {namespace})");
        let process = Process::start(&name, command, self.log)?;
        let location = objects.velero(namespace, "BackupStorageLocation");
        let is_available = async || {
            let Ok(location) = location.get("default").await else { return Ok(false) };
            let status =
                |field: &str| location.data.pointer(&format!("/status/{field}")).and_then(Value::as_str);
            match status("phase") {
                Some("Available") => Ok(true),
                Some("Unavailable") => {
                    let why = status("message").unwrap_or("no reason given");
                    bail!("Velero reports that the BackupStorageLocation is unavailable: {why}")
                }
                _ => Ok(false),
            }
        };
        process.ready(LIMIT, is_available).await?;
        Ok(process)
    }

    /// Fills the plugin folder.
    fn install(&self, setup: &Setup) -> Result<PathBuf> {
        let folder = |name| self.run.subfolder(&format!("{}/{name}", setup.namespace));
        let (plugins, recorded) = (folder(PLUGINS)?, folder("recorded")?);
        for plugin in &setup.plugins {
            let name = plugin.file_name().with_context(|| plugin.display().to_string())?;
            let target = if setup.is_recorded {
                link_to_this_program(&plugins.join(name))?;
                recorded.join(name)
            } else {
                plugins.join(name)
            };
            // A running executable cannot be written, but it can be replaced.
            let new = recorded.join(".new");
            fs::copy(plugin, &new).with_context(|| format!("cannot copy {}", plugin.display()))?;
            fs::set_permissions(&new, fs::Permissions::from_mode(0o755))?;
            fs::rename(&new, target)?;
        }
        if matches!(setup.storage, Storage::Files(FILE_STORE)) {
            link_to_this_program(&plugins.join(file_store::FILE))?;
        }
        Ok(plugins)
    }
}

/// See [`crate::entry`].
fn link_to_this_program(link: &Path) -> Result<()> {
    let program = std::env::current_exe().context("cannot find the program of this process")?;
    match symlink(program, link) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("cannot create {}", link.display()))
        }
        _ => Ok(()),
    }
}

const SNAPSHOT_LOCATION: &str = "snapshots";

/// The objects that a server requires in its namespace.
fn objects_of(setup: &Setup, downloads: &Downloads) -> Vec<Value> {
    let namespace = &setup.namespace;
    let in_namespace = |name: &str| json!({"name": name, "namespace": namespace});
    let mut objects = vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}),
        // Velero's own action for volumes reads its image from here (pkg/restore/actions/pod_volume_restore_action.go).
        // Without it, no restore completes.
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": in_namespace("velero"), "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {"app": "velero"}},
            "template": {
                "metadata": {"labels": {"app": "velero"}},
                "spec": {"containers": [{"name": "velero", "image": "velero"}]},
            },
        }}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": in_namespace("store"),
            "stringData": {"key": downloads.secret()}}),
    ];
    let mut spec = json!({"default": true, "objectStorage": {"bucket": BUCKET, "prefix": PREFIX}});
    match &setup.storage {
        Storage::Files(provider) => {
            spec["provider"] = json!(provider);
            spec["config"] = json!({"publicUrl": downloads.url()});
            spec["credential"] = json!({"name": "store", "key": "key"});
        }
        Storage::Other(location) => {
            spec["provider"] = json!(location.provider);
            spec["config"] = json!(location.config);
        }
    }
    objects.push(json!({"apiVersion": "velero.io/v1", "kind": "BackupStorageLocation",
        "metadata": in_namespace("default"), "spec": spec}));
    if let Some(location) = &setup.snapshots {
        objects.push(json!({"apiVersion": "velero.io/v1", "kind": "VolumeSnapshotLocation",
            "metadata": in_namespace(SNAPSHOT_LOCATION),
            "spec": {"provider": location.provider, "config": location.config}}));
    }
    objects
}
