//! Starts the Kubernetes API with the objects of the manifests, and Velero's server.

use std::collections::BTreeSet;

use plugwright_local_velero::{
    ControlPlane, Objects, Programs, Run, Setup, Velero, Version, any_definition, definitions,
};
use serde_json::json;

use super::manifests::{Manifests, Object, namespaces};
use super::plugin::Plugin;
use super::{failure, programs};
use crate::failure::Failure;
use crate::progress::Progress;

/// The running servers. `run` is the last field because dropping it ends all processes.
pub(super) struct Servers {
    pub(super) plane: ControlPlane,
    pub(super) objects: Objects,
    pub(super) programs: Programs,
    pub(super) run: Run,
}

impl Servers {
    /// Starts the Kubernetes API and defines every resource in the manifests.
    pub(super) async fn start(
        version: &Version,
        manifests: &mut Manifests,
        progress: &Progress,
    ) -> Result<Self, Failure> {
        let programs = programs::build(version, progress).await?;
        let run = Run::start("plugwright-run-").map_err(failure)?;
        progress.done("Starting", format_args!("Velero {version}, in {}", run.folder().display()));
        let plane = ControlPlane::start(&run, &programs).await.map_err(failure)?;
        let objects = Objects::new(plane.client.clone());
        plane.install(definitions(&run, &programs).await.map_err(failure)?).await.map_err(failure)?;
        let servers = Self { plane, objects, programs, run };
        servers.define(manifests, progress).await?;
        Ok(servers)
    }

    /// Defines the resources. Velero discovers them when it starts, so all must exist before.
    async fn define(&self, manifests: &mut Manifests, progress: &Progress) -> Result<(), Failure> {
        let is_definition = |object: &Object| object.kind() == "CustomResourceDefinition";
        let mut given = Vec::new();
        for object in manifests.objects.iter().filter(|object| is_definition(object)) {
            let definition = serde_json::from_value(object.value.clone());
            given.push(definition.map_err(|error| Failure::new(format!("{}: {error}", object.source)))?);
        }
        self.plane.install(given).await.map_err(failure)?;
        for object in &mut manifests.objects {
            let (api_version, kind) = (object.api_version().to_owned(), object.kind().to_owned());
            let found = self.objects.discover(&api_version, &kind).await.map_err(failure)?;
            let found = match found {
                Some(found) => found,
                None if api_version.contains('/') => {
                    progress.done(
                        "Defining",
                        format_args!("{kind} ({api_version}) without a schema, because no manifest contains its CustomResourceDefinition"),
                    );
                    let definition = any_definition(&api_version, &kind, !object.namespace().is_empty());
                    let definition = definition.map_err(failure)?;
                    self.plane.install(vec![definition]).await.map_err(failure)?;
                    let found = self.objects.discover(&api_version, &kind).await.map_err(failure)?;
                    found.ok_or_else(|| Failure::new(format!("{}: cannot define {kind}", object.source)))?
                }
                None => {
                    return Err(Failure::new(format!(
                        "{}: {kind} does not exist in {api_version}; check `apiVersion` and `kind`",
                        object.source
                    )));
                }
            };
            if found.is_namespaced && object.namespace().is_empty() {
                object.value["metadata"]["namespace"] = json!("default");
            }
        }
        Ok(())
    }

    /// Starts Velero's server with the plugin.
    pub(super) async fn velero(
        &self,
        namespace: &str,
        plugin: &Plugin,
        manifests: &Manifests,
        is_recorded: bool,
    ) -> Result<Velero<'_>, Failure> {
        let root = self.run.subfolder(&format!("{namespace}/pod")).map_err(failure)?;
        let setup = Setup {
            namespace: namespace.to_owned(),
            plugins: vec![plugin.binary.clone()],
            storage: manifests.storage(plugin, &root)?,
            snapshots: manifests.snapshots(plugin, &root)?,
            is_recorded,
        };
        Velero::start(&self.run, &self.programs, &self.plane, setup).await.map_err(failure)
    }

    /// Creates the objects and their namespaces.
    pub(super) async fn create(&self, objects: &[Object]) -> Result<(), Failure> {
        let given: BTreeSet<&str> =
            objects.iter().filter(|object| object.kind() == "Namespace").map(Object::name).collect();
        for namespace in namespaces(objects).iter().filter(|name| !given.contains(name.as_str())) {
            let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
            if self.objects.live(&object).await.map_err(failure)?.is_none() {
                self.objects.create(&object).await.map_err(failure)?;
            }
        }
        // `define` has created the definitions.
        for object in objects.iter().filter(|object| object.kind() != "CustomResourceDefinition") {
            let created = self.objects.create(&object.value).await;
            created.map_err(|error| Failure::new(format!("{}: {error:#}", object.source)))?;
        }
        Ok(())
    }

    /// Resolves if a server exits or the disk is full.
    pub(super) async fn ended(&self, velero: &Velero<'_>) -> Failure {
        tokio::select! {
            error = self.run.disk_is_full() => failure(error),
            error = self.plane.ended() => failure(error),
            error = velero.ended() => failure(error),
        }
    }

    /// Runs `work`, and fails if a server exits before it completes.
    pub(super) async fn watched<T>(
        &self,
        velero: &Velero<'_>,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            biased;
            done = work => done,
            error = self.ended(velero) => Err(error),
        }
    }
}
