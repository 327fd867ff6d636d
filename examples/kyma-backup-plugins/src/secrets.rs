use plugwright::kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use plugwright::kube::{Client, Error};
use plugwright::prelude::*;
use serde_json::json;
use tracing::info;

/// Makes the `ServiceBinding` the owner of its Secret again. The binding in the new cluster has a new uid, and without an
/// owner, the Secret would outlive it.
///
/// The context creates one client for all items, at the first Secret, and retries at the next one after a failure.
#[restore_item_action(
    name = "kyma-project.io/secrets-restore-plugin",
    included_resources = ["secret"],
)]
async fn set_owner_reference(cx: &Context, input: &mut RestoreInput) -> Result<RestoreOutput> {
    let client = cx.client().await?;
    let item = &input.item;
    // The item has its original namespace.
    let namespace = input.restore.target_namespace(item.namespace());
    // Kyma's console creates bindings with the same name as the Secret. In general, a binding's spec contains the name
    // of its Secret, but the API server cannot search for it.
    let binding = match service_bindings(client, namespace).get_metadata(item.name()).await {
        Err(Error::Api(status)) if status.is_not_found() => {
            info!("Couldn't get SB {}: {}", item.name(), status.message);
            return Ok(RestoreOutput::restore());
        }
        found => found?,
    };
    info!("Setting owner reference for {} {} in namespace {namespace}", item.kind(), item.name());
    let owner = json!({
        "apiVersion": "servicecatalog.k8s.io/v1beta1",
        "kind": "ServiceBinding",
        "name": binding.metadata.name,
        "uid": binding.metadata.uid,
        "controller": true,
        "blockOwnerDeletion": true,
    });
    input.item.set("/metadata/ownerReferences", json!([owner]))?;
    Ok(RestoreOutput::restore())
}

fn service_bindings(client: Client, namespace: &str) -> Api<DynamicObject> {
    let binding = GroupVersionKind::gvk("servicecatalog.k8s.io", "v1beta1", "ServiceBinding");
    Api::namespaced_with(client, namespace, &ApiResource::from_gvk_with_plural(&binding, "servicebindings"))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http::{Request, Response};
    use plugwright::Kind;
    use plugwright::kube::client::Body;
    use serde_json::Value;

    use super::*;

    /// Restores the Secret `shop/redis` with this response of the API server.
    async fn restored(restore: Restore, code: u16, answer: Value) -> Result<(RestoreInput, bool)> {
        let server = tower::service_fn(move |request: Request<Body>| {
            let path = "/apis/servicecatalog.k8s.io/v1beta1/namespaces/shop/servicebindings/redis";
            assert_eq!((request.method().as_str(), request.uri().path()), ("GET", path));
            let body = Body::from(answer.to_string().into_bytes());
            std::future::ready(Ok::<_, Infallible>(Response::builder().status(code).body(body).unwrap()))
        });
        let cx = Context::for_tests(Kind::RestoreItemAction, "kyma-project.io/secrets-restore-plugin")
            .with_client(Client::new(server, "default"));
        let namespace = if restore.spec.namespace_mapping.is_empty() { "shop" } else { "old" };
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "redis", "namespace": namespace, "ownerReferences": [{"name": "redis", "uid": "stale"}]},
        });
        let mut input = RestoreInput::new(Item::from_value(secret)?, restore);
        let output = set_owner_reference(&cx, &mut input).await?;
        Ok((input, output.is_skipped()))
    }

    fn binding() -> Value {
        json!({
            "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata",
            "metadata": {"name": "redis", "namespace": "shop", "uid": "live"},
        })
    }

    fn failure(code: u16, reason: &str, message: &str) -> Value {
        json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message})
    }

    #[tokio::test]
    async fn the_owner_is_the_live_binding() {
        let (input, skipped) = restored(Restore::default(), 200, binding()).await.unwrap();
        assert!(!skipped);
        let expected = json!([{
            "apiVersion": "servicecatalog.k8s.io/v1beta1", "kind": "ServiceBinding", "name": "redis", "uid": "live",
            "controller": true, "blockOwnerDeletion": true,
        }]);
        assert_eq!(input.item.get("/metadata/ownerReferences"), Some(&expected));
    }

    #[tokio::test]
    async fn the_binding_is_in_the_target_namespace() {
        let mut restore = Restore::default();
        restore.spec.namespace_mapping.insert("old".into(), "shop".into());
        let (input, _) = restored(restore, 200, binding()).await.unwrap();
        assert!(input.item.is_changed());
    }

    #[tokio::test]
    async fn without_a_binding_the_secret_is_unchanged() {
        let gone = failure(404, "NotFound", "servicebindings.servicecatalog.k8s.io \"redis\" not found");
        let (input, skipped) = restored(Restore::default(), 404, gone).await.unwrap();
        assert!(!skipped && !input.item.is_changed());
    }

    #[tokio::test]
    async fn other_responses_are_errors() {
        let forbidden = failure(403, "Forbidden", "servicebindings is forbidden: no");
        let error = restored(Restore::default(), 403, forbidden).await.map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "servicebindings is forbidden: no");
    }
}
