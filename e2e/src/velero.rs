//! A Velero server with a plugin folder of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use rustix::process::Pid;
use serde_json::{Value, json};

use crate::control_plane::ControlPlane;
use crate::downloads::Downloads;
use crate::keeper;
use crate::objects::Objects;
use crate::process::Process;
use crate::run::Run;
use crate::store::{BUCKET, PREFIX, Store};

const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Velero<'a> {
    run: &'a Run,
    kubeconfig: PathBuf,
    /// Where its objects are; a server looks at those of one namespace only.
    pub(crate) namespace: String,
    pub(crate) store: Store,
    /// Serves what the object store signs URLs for.
    pub(crate) downloads: Downloads,
    /// What the server itself logs, in JSON.
    pub(crate) log: PathBuf,
    process: Process,
}

impl<'a> Velero<'a> {
    /// Starts a server that loads these plugins, and waits until its storage location is there.
    pub(crate) async fn start(
        run: &'a Run,
        plane: &ControlPlane,
        namespace: &str,
        plugins: &[PathBuf],
    ) -> Result<Self> {
        let folder = run.subfolder(namespace)?;
        let plugin_folder = run.subfolder(&format!("{namespace}/plugins"))?;
        for plugin in plugins {
            install(plugin, &plugin_folder)?;
        }
        let store = Store { root: run.subfolder(&format!("{namespace}/store"))? };
        let downloads = Downloads::serve(store.root.clone()).await?;

        let objects = Objects::new(plane.client.clone());
        for object in objects_of(namespace, &downloads) {
            objects.create(&object).await?;
        }

        let log = folder.join("velero.log");
        let mut command = run.command("velero")?;
        // The server hands its arguments from the second on to its plugins.
        command.arg("server").arg("--kubeconfig").arg(&plane.kubeconfig).args(["--namespace", namespace]);
        command.arg("--plugin-dir").arg(&plugin_folder);
        command.args([
            "--log-level=debug",
            "--log-format=json",
            "--metrics-address=127.0.0.1:0",
            "--profiler-address=",
        ]);
        command.args([
            "--item-operation-sync-frequency=1s",
            "--store-validation-frequency=1m",
            "--backup-sync-period=1m",
        ]);
        command.arg("--default-volume-snapshot-locations=example.io/volume-snapshotter-plugin:snapshots");
        // Plugins know nothing of the server's flags.
        command.env("KUBECONFIG", &plane.kubeconfig);
        command.env("VELERO_NAMESPACE", namespace).env("ARK_FILE_OBJECT_STORE_ROOT", &store.root);
        let mut process = Process::start(&format!("the Velero server of {namespace}"), command, &log)?;
        let is_available = async || {
            let location = objects.velero(namespace, "BackupStorageLocation").get("default").await;
            location.is_ok_and(|location| location.data.pointer("/status/phase") == Some(&json!("Available")))
        };
        process.ready(LIMIT, is_available).await?;
        let kubeconfig = plane.kubeconfig.clone();
        Ok(Self { run, kubeconfig, namespace: namespace.to_owned(), store, downloads, log, process })
    }

    /// The processes that the server runs a plugin's file in at the moment.
    pub(crate) fn plugin_processes(&self, file: &str) -> Result<Vec<Pid>> {
        let server = self.process.id().context("the server has ended")?.to_string();
        let is_one = |process: &Pid| {
            let folder = PathBuf::from(format!("/proc/{process}"));
            let program = fs::read_link(folder.join("exe")).unwrap_or_default();
            let status = fs::read_to_string(folder.join("status")).unwrap_or_default();
            let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
            program.ends_with(file) && parent.is_some_and(|parent| parent.trim() == server)
        };
        Ok(keeper::processes(&self.run.mark)?.into_iter().filter(is_one).collect())
    }

    /// Runs the command line client, and gives what it prints.
    pub(crate) async fn cli(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.run.command("velero")?;
        command
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(["--namespace", &self.namespace])
            .args(arguments);
        text(&command.kill_on_drop(true).output().await?, &format!("velero {}", arguments.join(" ")))
    }

    /// The records with this text in them that the server has written so far.
    pub(crate) fn records(&self, text: &str) -> Result<Vec<Value>> {
        let log = fs::read_to_string(&self.log).with_context(|| self.log.display().to_string())?;
        let lines = log.lines().filter(|line| line.contains(text));
        // The last line may be on its way, and libraries write lines of their own.
        Ok(lines.filter_map(|line| serde_json::from_str(line).ok()).collect())
    }
}

/// The custom resources of this Velero.
pub(crate) async fn definitions(run: &Run) -> Result<Vec<CustomResourceDefinition>> {
    let mut command = run.command("velero")?;
    command.args(["install", "--crds-only", "--dry-run", "--output=json"]);
    let list: Value = serde_json::from_str(&text(&command.output().await?, "velero install")?)?;
    let items = list["items"].as_array().context("velero install printed no list")?;
    Ok(items.iter().cloned().map(serde_json::from_value).collect::<Result<_, _>>()?)
}

fn text(output: &Output, what: &str) -> Result<String> {
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{what}` ended with {}: {}", output.status, errors.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn install(plugin: &Path, folder: &Path) -> Result<()> {
    let name = plugin.file_name().with_context(|| plugin.display().to_string())?;
    let target = folder.join(name);
    fs::copy(plugin, &target).with_context(|| plugin.display().to_string())?;
    fs::set_permissions(&target, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// What a server needs to find in its namespace.
fn objects_of(namespace: &str, downloads: &Downloads) -> Vec<Value> {
    let in_namespace = |name: &str| json!({"name": name, "namespace": namespace});
    vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}),
        // Velero's own action for volumes reads its image from here (pkg/restore/actions/pod_volume_restore_action.go);
        // without it no restore is Completed.
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
        json!({"apiVersion": "velero.io/v1", "kind": "BackupStorageLocation", "metadata": in_namespace("default"), "spec": {
            "provider": "example.io/object-store-plugin",
            "default": true,
            "objectStorage": {"bucket": BUCKET, "prefix": PREFIX},
            "config": {"publicUrl": downloads.url()},
            "credential": {"name": "store", "key": "key"},
        }}),
        json!({"apiVersion": "velero.io/v1", "kind": "VolumeSnapshotLocation", "metadata": in_namespace("snapshots"),
            "spec": {"provider": "example.io/volume-snapshotter-plugin"}}),
    ]
}
