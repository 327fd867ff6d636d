//! One client for all plugins of a process, created on first use.

use std::fmt;
use std::sync::Arc;

use kube::Client;
use rustls::crypto::CryptoProvider;
use tokio::sync::{Mutex, OnceCell};

use super::located;
use crate::{Backup, Context, Error, Result};

/// The cluster state shared by all plugins of a process.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Inner>);

#[derive(Default)]
struct Inner {
    client: OnceCell<Client>,
    /// The last Backup read, with the uid of its Restore.
    backup: Mutex<Option<(String, Arc<Backup>)>>,
}

impl Shared {
    /// Uses an existing client.
    pub(crate) fn of(client: Client) -> Self {
        Self(Arc::new(Inner { client: OnceCell::new_with(Some(client)), backup: Mutex::default() }))
    }

    pub(super) fn backup(&self) -> &Mutex<Option<(String, Arc<Backup>)>> {
        &self.0.backup
    }
}

/// kube's client does not implement `Debug`.
impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Shared {{ client: {} }}",
            if self.0.client.initialized() { "created" } else { "not created" }
        )
    }
}

/// If a binary contains two providers (some cloud SDKs add aws-lc), rustls panics unless one is the default.
async fn connect() -> Result<Client, kube::Error> {
    if CryptoProvider::get_default().is_none() {
        // An error means that another thread set it first.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    Client::try_default().await
}

impl Context {
    /// Returns the Kubernetes client of this process, which all plugins share. Cloning it is cheap.
    ///
    /// It is created on the first call, from a kubeconfig (`KUBECONFIG`, or else `~/.kube/config`) or the
    /// service account of the pod, which in Velero's pod is Velero's own. If that fails, the next call
    /// retries. The client does not throttle, so the API server's limits apply; responses 429, 503 and 504
    /// are retried.
    ///
    /// ```
    /// use k8s_openapi::api::core::v1::ServiceAccount;
    /// use plugwright::kube::Api;
    /// use plugwright::prelude::*;
    ///
    /// #[restore_item_action(name = "example.io/unless-there", included_resources = ["pods"])]
    /// async fn unless_there(cx: &Context, input: &mut RestoreInput) -> Result<RestoreOutput> {
    ///     let accounts = Api::<ServiceAccount>::namespaced(cx.client().await?, input.item.namespace());
    ///     Ok(match accounts.get_opt("keep-out").await? {
    ///         Some(_) => RestoreOutput::skip(),
    ///         None => RestoreOutput::restore(),
    ///     })
    /// }
    /// ```
    #[track_caller]
    pub fn client(&self) -> impl Future<Output = Result<Client>> + Send {
        located(async {
            let made = self.cluster().0.client.get_or_try_init(connect).await;
            made.cloned().map_err(|error| {
                let error = match error {
                    // Its text already contains both causes, one of which is its source.
                    kube::Error::InferConfig(tried) => Error::msg(tried),
                    other => Error::from(other),
                };
                error.context(
                    "cannot connect to the Kubernetes API: expected a kubeconfig (`KUBECONFIG`, or else \
                     ~/.kube/config) or the service account of a pod (`KUBERNETES_SERVICE_HOST` and a token)",
                )
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::testing::{answer, context};

    #[tokio::test]
    async fn contexts_share_one_client() {
        let api = answer(|_| None);
        let cx = context(&api);
        let client = cx.client().await.unwrap();
        let error =
            client.request_text(http::Request::get("/version").body(vec![]).unwrap()).await.unwrap_err();
        assert!(matches!(error, kube::Error::Api(status) if status.is_not_found()));
        assert_eq!(api.requests(), ["GET /version"]);
        assert_eq!(format!("{:?}", Shared::default()), "Shared { client: not created }");
    }

    /// Run by the next test, in a process without access to a cluster.
    #[tokio::test]
    #[ignore = "needs its own environment"]
    async fn nowhere() {
        let cx = Context::for_tests(crate::Kind::RestoreItemAction, "example.io/a");
        for _ in 0..2 {
            let (error, line) = (cx.client().await.map(|_| ()).unwrap_err(), line!());
            println!("{error}");
            assert_eq!((error.location().file(), error.location().line()), (file!(), line));
        }
    }

    #[test]
    fn connect_error_lists_attempts_and_location() {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.env_clear().env("KUBECONFIG", "/nowhere/config").env("HOME", "/nowhere");
        child.args(["--exact", "cluster::client::tests::nowhere", "--ignored", "--nocapture"]);
        let output = child.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}");
        let lines: Vec<_> =
            text.lines().filter(|line| line.starts_with("cannot connect to the Kubernetes API")).collect();
        assert_eq!(lines.len(), 2, "{text}");
        for line in lines {
            assert_eq!(line.matches("/nowhere/config").count(), 1, "{line}");
            assert!(line.contains("failed to read an incluster environment variable"), "{line}");
        }
    }
}
