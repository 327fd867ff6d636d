//! [`FakeCluster`]: the interface for tests.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kube::Client;
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};
use tokio::sync::watch::Sender;

use crate::error::{Error, Result};
use crate::fault::Fault;
use crate::objects::{Key, Objects, Resource};
use crate::service::Service;

/// The default version of Kubernetes.
const VERSION: &str = "v1.34.0";

/// An in-memory Kubernetes API server, the counterpart of controller-runtime's fake client in Go.
///
/// It holds the objects added to it, and supports `get`, `list` (label and field selectors, pages), `create`
/// (`generateName`), `update` (a stale `resourceVersion` is a conflict), `patch` (merge, JSON, strategic and
/// apply), `delete` (finalizers, preconditions), `deletecollection` and `watch`. Clones share the same
/// cluster.
///
/// ```
/// use k8s_openapi::api::core::v1::ServiceAccount;
/// use kube::Api;
/// use plugwright_testing::FakeCluster;
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let cluster = FakeCluster::new().with([json!({
///     "apiVersion": "v1",
///     "kind": "ServiceAccount",
///     "metadata": {"name": "keep-out", "namespace": "shop"},
/// })])?;
/// let accounts = Api::<ServiceAccount>::namespaced(cluster.client(), "shop");
/// assert!(accounts.get_opt("keep-out").await?.is_some());
/// assert_eq!(cluster.requests(), ["GET /api/v1/namespaces/shop/serviceaccounts/keep-out"]);
///
/// // From the second request on, requests fail.
/// cluster.fail("get", "serviceaccounts", 403).after(1);
/// assert!(accounts.get_opt("keep-out").await.is_ok());
/// assert!(accounts.get_opt("keep-out").await.is_err());
/// # Ok(())
/// # }
/// ```
///
/// Limits: no validation (except that the data of ConfigMaps and Secrets are strings), defaults, admission or RBAC; one version per resource; the only subresource is
/// `/status`; apply and strategic patches merge lists of objects by `name`, and replace other lists.
///
/// `Debug` prints only the requests so far, because objects may be Secrets.
#[derive(Clone, Default)]
pub struct FakeCluster(Arc<Shared>);

#[derive(Default)]
struct Shared {
    objects: Mutex<Objects>,
    /// The version of Kubernetes; empty for the default.
    git_version: Mutex<String>,
    faults: Mutex<Vec<Arc<Fault>>>,
    requests: Mutex<Vec<String>>,
    /// The latest resource version, for watches.
    changed: Sender<u64>,
}

impl FakeCluster {
    /// Creates an empty cluster.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds objects, as [`add`](Self::add) does.
    pub fn with(self, objects: impl IntoIterator<Item = Value>) -> Result<Self> {
        for object in objects {
            self.add(object)?;
        }
        Ok(self)
    }

    /// Adds the objects of a YAML or JSON file: one or more documents, each an object or a `List`.
    pub fn with_file(self, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::of(format_args!("reading {file}"), error))?;
        let documents: Vec<Value> = serde_saphyr::from_multiple(&text)
            .map_err(|error| Error::of(format_args!("reading {file}"), error))?;
        self.with(documents.into_iter().filter(|document| !document.is_null()))
            .map_err(|error| Error::of(file, error))
    }

    /// Sets the plural of a kind if it is not the regular English one: `with_resource("kubevirt.io/v1",
    /// "VirtualMachineInstancetype", "virtualmachineinstancetypes")`. Call it before adding such objects, or add a
    /// `CustomResourceDefinition` instead.
    #[must_use]
    pub fn with_resource(self, api_version: &str, kind: &str, plural: &str) -> Self {
        let group = group_of(api_version);
        self.objects().name_resource(group, kind, plural);
        self
    }

    /// Sets the version of Kubernetes: `with_version("v1.27.4+18eadca")`. Defaults to a recent release.
    #[must_use]
    pub fn with_version(self, git_version: impl Into<String>) -> Self {
        *lock(&self.0.git_version) = git_version.into();
        self
    }

    /// Adds an object, with a `uid` and a `resourceVersion` if it lacks them. An object with the same name is
    /// replaced. A `List` adds its items.
    pub fn add(&self, object: Value) -> Result<()> {
        if let (Some("List"), Some(Value::Array(items))) = (object["kind"].as_str(), object.get("items")) {
            return items.iter().try_for_each(|item| self.add(item.clone()));
        }
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (api_version, kind, name) = (text("/apiVersion"), text("/kind"), text("/metadata/name"));
        if api_version.is_empty() || kind.is_empty() || name.is_empty() {
            return Err(Error::new(format_args!(
                "expected a Kubernetes object with `apiVersion`, `kind` and `metadata.name`, found {object}"
            )));
        }
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        check_texts(group, kind, &object).map_err(|error| Error::of(format_args!("{kind} {name}"), error))?;
        let mut objects = self.objects();
        if (group, kind) == ("apiextensions.k8s.io", "CustomResourceDefinition") {
            objects.name_resource(text("/spec/group"), text("/spec/names/kind"), text("/spec/names/plural"));
        }
        let plural = objects.plural_of(group, kind).map_or_else(
            || ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind)).plural,
            ToOwned::to_owned,
        );
        let resource = Resource { group: group.into(), plural };
        let key = Key { resource, namespace: text("/metadata/namespace").into(), name: name.into() };
        objects.add(key, object);
        self.changed(objects.version());
        Ok(())
    }

    /// Returns the current object: `resource` is `pods` or `virtualmachines.kubevirt.io`, and `namespace` is
    /// empty for a cluster-scoped object.
    pub fn object(&self, resource: &str, namespace: &str, name: &str) -> Option<Value> {
        let key =
            Key { resource: Resource::of_text(resource), namespace: namespace.into(), name: name.into() };
        self.objects().get(&key).cloned()
    }

    /// Returns all current objects of a resource, sorted by namespace and name.
    pub fn all(&self, resource: &str) -> Vec<Value> {
        let resource = Resource::of_text(resource);
        self.objects().of(&resource, None).map(|(_, object)| object.clone()).collect()
    }

    /// Fails requests with this HTTP code: `fail("get", "pods", 404)`. The verb is a Kubernetes verb (`get`,
    /// `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`) or `*`; the resource is
    /// `pods`, `virtualmachines.kubevirt.io`, `pods/status` or `*`. If several match, the first one added
    /// applies.
    #[allow(clippy::must_use_candidate)]
    pub fn fail(&self, verb: &str, resource: &str, code: u16) -> FaultIn {
        let fault = Arc::new(Fault::new(verb, resource, code));
        lock(&self.0.faults).push(Arc::clone(&fault));
        FaultIn(fault)
    }

    /// Returns the requests so far, as method and path with query: `GET /api/v1/namespaces/shop/pods/web`.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.0.requests).clone()
    }

    /// Returns an in-process client for the cluster. Its default namespace is `default`.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, like every client of kube.
    pub fn client(&self) -> Client {
        Client::new(Service(self.clone()), "default")
    }

    /// As the path `/version` has it.
    pub(super) fn version(&self) -> Value {
        let git_version = lock(&self.0.git_version).clone();
        let git_version = if git_version.is_empty() { VERSION.to_owned() } else { git_version };
        let mut numbers = git_version.trim_start_matches('v').split('.');
        let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
        json!({
            "major": major, "minor": minor, "gitVersion": git_version, "gitCommit": "", "gitTreeState": "",
            "buildDate": "", "goVersion": "", "compiler": "", "platform": "linux/amd64",
        })
    }

    pub(super) fn objects(&self) -> MutexGuard<'_, Objects> {
        lock(&self.0.objects)
    }

    pub(super) fn changed(&self, version: u64) {
        self.0.changed.send_replace(version);
    }

    pub(super) fn changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    pub(super) fn note(&self, request: String) {
        lock(&self.0.requests).push(request);
    }

    /// Returns the code of the fault for a request, if any.
    pub(super) fn fault(&self, verb: &str, resource: &Resource, subresource: &str) -> Option<u16> {
        lock(&self.0.faults).iter().find_map(|fault| fault.hit(verb, resource, subresource))
    }
}

impl fmt::Debug for FakeCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeCluster").field("requests", &self.requests()).finish_non_exhaustive()
    }
}

/// A fault of a [`FakeCluster`], to configure when it starts and ends.
#[derive(Debug)]
pub struct FaultIn(Arc<Fault>);

impl FaultIn {
    /// Starts after this many successful requests.
    #[allow(clippy::must_use_candidate, clippy::return_self_not_must_use)]
    pub fn after(self, requests: usize) -> Self {
        self.0.set_after(requests);
        self
    }

    /// Ends after this many failures.
    #[allow(clippy::must_use_candidate, clippy::return_self_not_must_use)]
    pub fn times(self, failures: usize) -> Self {
        self.0.set_times(failures);
        self
    }
}

fn group_of(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

/// Rejects values of a ConfigMap or Secret that are not strings, as an API server does. YAML reads an unquoted `off` as a
/// boolean.
fn check_texts(group: &str, kind: &str, object: &Value) -> Result<()> {
    let fields = match (group, kind) {
        ("", "ConfigMap") => ["data", "binaryData"],
        ("", "Secret") => ["data", "stringData"],
        _ => return Ok(()),
    };
    for field in fields {
        for (key, value) in object.get(field).and_then(Value::as_object).into_iter().flatten() {
            let found = match value {
                Value::String(_) | Value::Null => continue,
                Value::Bool(value) => format!("the boolean {value}; quote it"),
                Value::Number(number) => format!("the number {number}; quote it"),
                Value::Array(_) => "a list".to_owned(),
                Value::Object(_) => "an object".to_owned(),
            };
            return Err(Error::new(format_args!("`{field}.{key}`: expected a string, found {found}")));
        }
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
