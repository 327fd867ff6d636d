//! [`FakeCluster`]: the interface for tests.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kube::Client;
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::Value;
use tokio::sync::watch::Sender;

use super::fault::Fault;
use super::objects::{Key, Objects, Resource};
use super::service::Service;
use crate::bail;
use crate::error::{ErrorContext, Result};

/// An in-memory Kubernetes API server, the counterpart of controller-runtime's fake client in Go.
///
/// It holds the objects added to it, and supports `get`, `list` (label and field selectors, pages), `create`
/// (`generateName`), `update` (a stale `resourceVersion` is a conflict), `patch` (merge, JSON, strategic and
/// apply), `delete` (finalizers, preconditions), `deletecollection` and `watch`. Clones share the same
/// cluster.
///
/// ```
/// use k8s_openapi::api::core::v1::ServiceAccount;
/// use plugwright::kube::Api;
/// use plugwright::prelude::*;
/// use plugwright::testing::FakeCluster;
/// use serde_json::json;
///
/// #[restore_item_action(name = "example.io/unless-kept", included_resources = ["pods"])]
/// async fn unless_there(cx: &Context, input: &mut RestoreInput) -> Result<RestoreOutput> {
///     let accounts = Api::<ServiceAccount>::namespaced(cx.client().await?, input.item.namespace());
///     Ok(match accounts.get_opt("keep-out").await? {
///         Some(_) => RestoreOutput::skip(),
///         None => RestoreOutput::restore(),
///     })
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let cluster = FakeCluster::new().with([json!({
///     "apiVersion": "v1",
///     "kind": "ServiceAccount",
///     "metadata": {"name": "keep-out", "namespace": "shop"},
/// })])?;
/// let cx = Context::for_tests(plugwright::Kind::RestoreItemAction, "example.io/unless-kept");
/// let cx = cx.with_client(cluster.client());
///
/// let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}});
/// let mut input = RestoreInput::new(Item::from_value(pod)?, Restore::default());
/// assert!(unless_there(&cx, &mut input).await?.is_skipped());
/// assert_eq!(cluster.requests(), ["GET /api/v1/namespaces/shop/serviceaccounts/keep-out"]);
///
/// // From the second request on, requests fail.
/// cluster.fail("get", "serviceaccounts", 403).after(1);
/// assert!(unless_there(&cx, &mut input).await.is_ok());
/// assert!(unless_there(&cx, &mut input).await.is_err());
/// # Ok(())
/// # }
/// ```
///
/// Limits: no validation, defaults, admission or RBAC; one version per resource; the only subresource is
/// `/status`; apply and strategic patches merge lists of objects by `name`, and replace other lists.
#[derive(Debug, Clone, Default)]
pub struct FakeCluster(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    objects: Mutex<Objects>,
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
    #[track_caller]
    pub fn with(self, objects: impl IntoIterator<Item = Value>) -> Result<Self> {
        for object in objects {
            self.add(object)?;
        }
        Ok(self)
    }

    /// Adds the objects of a YAML or JSON file: one or more documents, each an object or a `List`.
    #[track_caller]
    pub fn with_file(self, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let documents: Vec<Value> =
            serde_saphyr::from_multiple(&text).with_context(|| format!("reading {}", path.display()))?;
        self.with(documents.into_iter().filter(|document| !document.is_null()))
            .map_err(|error| error.context(path.display()))
    }

    /// Sets the plural of a kind if it is not the regular English one: `with_resource("kubevirt.io/v1",
    /// "VirtualMachineInstancetype", "virtualmachineinstancetypes")`. Call it before adding such objects.
    #[must_use]
    pub fn with_resource(self, api_version: &str, kind: &str, plural: &str) -> Self {
        let group = group_of(api_version);
        self.objects().name_resource(group, kind, plural);
        self
    }

    /// Adds an object, with a `uid` and a `resourceVersion` if it lacks them. An object with the same name is
    /// replaced. A `List` adds its items.
    #[track_caller]
    pub fn add(&self, object: Value) -> Result<()> {
        if let (Some("List"), Some(Value::Array(items))) = (object["kind"].as_str(), object.get("items")) {
            return items.iter().try_for_each(|item| self.add(item.clone()));
        }
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (api_version, kind, name) = (text("/apiVersion"), text("/kind"), text("/metadata/name"));
        if api_version.is_empty() || kind.is_empty() || name.is_empty() {
            bail!(
                "expected a Kubernetes object with `apiVersion`, `kind` and `metadata.name`, found {object}"
            );
        }
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let mut objects = self.objects();
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
