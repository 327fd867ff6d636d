//! One client for all plugins of a process, made when the first of them asks.

use std::fmt;
use std::sync::Arc;

use kube::Client;
use rustls::crypto::CryptoProvider;
use tokio::sync::{Mutex, OnceCell};

use super::located;
use crate::{Backup, Context, Error, Result};

/// What all plugins of a process share of the cluster.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Inner>);

#[derive(Default)]
struct Inner {
    client: OnceCell<Client>,
    /// The last Backup that was asked for, and the uid of the Restore that it was for.
    backup: Mutex<Option<(String, Arc<Backup>)>>,
}

impl Shared {
    /// With a client that is there already.
    pub(crate) fn of(client: Client) -> Self {
        Self(Arc::new(Inner { client: OnceCell::new_with(Some(client)), backup: Mutex::default() }))
    }

    pub(super) fn backup(&self) -> &Mutex<Option<(String, Arc<Backup>)>> {
        &self.0.backup
    }
}

/// kube's client has no `Debug`.
impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shared {{ client: {} }}", if self.0.client.initialized() { "made" } else { "not made" })
    }
}

/// With two providers in a binary (the SDKs of some clouds bring aws-lc), rustls panics unless one is the default.
async fn connect() -> Result<Client, kube::Error> {
    if CryptoProvider::get_default().is_none() {
        // An error means that another thread was faster.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    Client::try_default().await
}

impl Context {
    /// A client for Kubernetes' API: the one of this process, which all of its plugins share. Cloning it costs nothing.
    ///
    /// It is made on the first call, from a kubeconfig (the variable `KUBECONFIG`, else `~/.kube/config`), or else from
    /// the service account of the pod, which in Velero's pod is Velero's own. Where that fails, the next call tries
    /// again. There is no throttle in it: the API server's own limits hold, and an answer of 429, 503 or 504 is tried
    /// again.
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
                    // Its text has both reasons already, and its source is one of them.
                    kube::Error::InferConfig(tried) => Error::msg(tried),
                    other => Error::from(other),
                };
                error.context(
                    "no connection to Kubernetes' API: it needs a kubeconfig (the variable `KUBECONFIG`, else \
                     ~/.kube/config) or a pod with a service account (`KUBERNETES_SERVICE_HOST` and its token)",
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
    async fn one_client_is_shared_by_the_contexts_of_a_process() {
        let api = answer(|_| None);
        let cx = context(&api);
        let client = cx.client().await.unwrap();
        let error =
            client.request_text(http::Request::get("/version").body(vec![]).unwrap()).await.unwrap_err();
        assert!(matches!(error, kube::Error::Api(status) if status.is_not_found()));
        assert_eq!(api.requests(), ["GET /version"]);
        assert_eq!(format!("{:?}", Shared::default()), "Shared { client: not made }");
    }

    /// Run by the next test, in a process that has nothing to find a cluster by.
    #[tokio::test]
    #[ignore = "needs an environment of its own"]
    async fn nowhere() {
        let cx = Context::for_tests(crate::Kind::RestoreItemAction, "example.io/a");
        for _ in 0..2 {
            let (error, line) = (cx.client().await.map(|_| ()).unwrap_err(), line!());
            println!("{error}");
            assert_eq!((error.location().file(), error.location().line()), (file!(), line));
        }
    }

    #[test]
    fn the_error_says_what_was_tried_and_where_it_was_asked_for() {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.env_clear().env("KUBECONFIG", "/nowhere/config").env("HOME", "/nowhere");
        child.args(["--exact", "cluster::client::tests::nowhere", "--ignored", "--nocapture"]);
        let output = child.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}");
        let lines: Vec<_> =
            text.lines().filter(|line| line.starts_with("no connection to Kubernetes")).collect();
        assert_eq!(lines.len(), 2, "{text}");
        for line in lines {
            assert_eq!(line.matches("/nowhere/config").count(), 1, "{line}");
            assert!(line.contains("failed to read an incluster environment variable"), "{line}");
        }
    }
}
