use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kube::{Api, Resource};
use serde::de::DeserializeOwned;

use super::poll;
use crate::error::{ErrorContext, Result};

/// The polling interval.
const EVERY: Duration = Duration::from_secs(1);

/// Waits until an object meets a condition, at most for `limit`, and returns the object. `condition` receives
/// `None` while the object does not exist; if it accepts that, the result is `None`.
///
/// ```
/// # use std::time::Duration;
/// use k8s_openapi::api::core::v1::Pod;
/// use plugwright::kube::Api;
/// use plugwright::wait::wait_for;
/// use plugwright::{Context, Result};
///
/// # async fn wait(cx: &Context) -> Result<()> {
/// let pods = Api::<Pod>::namespaced(cx.client().await?, "shop");
/// let phase = |pod: &Pod| pod.status.as_ref().and_then(|status| status.phase.clone());
/// let running = |pod: Option<&Pod>| pod.and_then(phase).is_some_and(|phase| phase == "Running");
/// wait_for(&pods, "web", Duration::from_secs(60), running).await?;
/// // Or until it is gone:
/// wait_for(&pods, "old", Duration::from_secs(60), |pod| pod.is_none()).await?;
/// # Ok(())
/// # }
/// ```
pub async fn wait_for<K>(
    api: &Api<K>,
    name: &str,
    limit: Duration,
    condition: impl Fn(Option<&K>) -> bool + Send + Sync,
) -> Result<Option<K>>
where
    K: Resource + Clone + DeserializeOwned + fmt::Debug,
{
    let (looked, is_there) = (AtomicBool::new(false), AtomicBool::new(false));
    let waited = poll(EVERY, limit, || {
        let object = api.get_opt(name);
        let (condition, looked, is_there) = (&condition, &looked, &is_there);
        async move {
            let object = object.await?;
            looked.store(true, Ordering::Relaxed);
            is_there.store(object.is_some(), Ordering::Relaxed);
            Ok(condition(object.as_ref()).then_some(object))
        }
    });
    let waited = waited.await;
    waited.with_context(|| {
        let seen = match (looked.into_inner(), is_there.into_inner()) {
            (false, _) => "",
            (true, false) => ", which does not exist",
            (true, true) => ", which does not meet the condition",
        };
        format!("waiting for {}/{name}{seen}", api.resource_url())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use k8s_openapi::api::core::v1::ConfigMap;
    use serde_json::json;

    use super::*;
    use crate::cluster::testing::{Api as Server, answer, status};

    const LIMIT: Duration = Duration::from_secs(60);

    fn maps(server: &Server) -> Api<ConfigMap> {
        Api::namespaced(server.client(), "shop")
    }

    fn done(map: Option<&ConfigMap>) -> bool {
        map.and_then(|map| map.data.as_ref()).is_some_and(|data| data.contains_key("done"))
    }

    #[tokio::test]
    async fn waits_for_an_object() {
        let asked = AtomicU8::new(0);
        let server = answer(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
            0 => None,
            _ => Some(json!({"metadata": {"name": "a"}, "data": {"done": "1"}})),
        });
        let found = wait_for(&maps(&server), "a", LIMIT, done).await.unwrap();
        assert_eq!(found.unwrap().metadata.name.as_deref(), Some("a"));
        assert_eq!(server.requests().len(), 2);
    }

    #[tokio::test]
    async fn waits_until_an_object_is_gone() {
        let gone = wait_for(&maps(&answer(|_| None)), "a", LIMIT, |map| map.is_none()).await;
        assert_eq!(gone.unwrap(), None);
    }

    #[tokio::test]
    async fn error_describes_the_last_state() {
        let limit = Duration::from_millis(20);
        let waiting =
            |server: Server| async move { wait_for(&maps(&server), "a", limit, done).await.unwrap_err() };
        let there = answer(|_| Some(json!({"metadata": {"name": "a"}})));
        assert_eq!(
            waiting(there).await.to_string(),
            "waiting for /api/v1/namespaces/shop/configmaps/a, which does not meet the condition: timed out after 20ms"
        );
        assert!(waiting(answer(|_| None)).await.to_string().contains("which does not exist: timed out"));
        let forbidden = waiting(answer(|_| Some(status(403, "Forbidden", "you may not")))).await.to_string();
        assert!(forbidden.ends_with("configmaps/a: you may not"), "{forbidden}");
    }
}
