//! An in-memory Kubernetes API server, for tests of plugins that use Kubernetes (feature `testing`).
//!
//! ```
//! use k8s_openapi::api::core::v1::ServiceAccount;
//! use plugwright::kube::Api;
//! use plugwright::prelude::*;
//! use plugwright::testing::FakeCluster;
//! use serde_json::json;
//!
//! #[restore_item_action(name = "example.io/unless-kept", included_resources = ["pods"])]
//! async fn unless_there(cx: &Context, input: &mut RestoreInput) -> Result<RestoreOutput> {
//!     let accounts = Api::<ServiceAccount>::namespaced(cx.client().await?, input.item.namespace());
//!     Ok(match accounts.get_opt("keep-out").await? {
//!         Some(_) => RestoreOutput::skip(),
//!         None => RestoreOutput::restore(),
//!     })
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let cluster = FakeCluster::new().with([json!({
//!     "apiVersion": "v1",
//!     "kind": "ServiceAccount",
//!     "metadata": {"name": "keep-out", "namespace": "shop"},
//! })])?;
//! let cx = Context::for_tests(plugwright::Kind::RestoreItemAction, "example.io/unless-kept");
//! let cx = cx.with_client(cluster.client());
//!
//! let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}});
//! let mut input = RestoreInput::new(Item::from_value(pod)?, Restore::default());
//! assert!(unless_there(&cx, &mut input).await?.is_skipped());
//! assert_eq!(cluster.requests(), ["GET /api/v1/namespaces/shop/serviceaccounts/keep-out"]);
//!
//! // From the second request on, requests fail.
//! cluster.fail("get", "serviceaccounts", 403).after(1);
//! assert!(unless_there(&cx, &mut input).await.is_ok());
//! assert!(unless_there(&cx, &mut input).await.is_err());
//! # Ok(())
//! # }
//! ```

pub use plugwright_testing::{Error, FakeCluster, FaultIn, ServedCluster};
