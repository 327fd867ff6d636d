use super::client;
use crate::client::Code;
use crate::prelude::*;
use crate::types::RequestState;
use crate::{Declaration, ErrorContext};

/// Returns its input.
struct Echo {
    ready: bool,
}

impl AccessRequester for Echo {
    async fn init(&self) -> Result<()> {
        ensure!(self.ready, "not ready");
        Ok(())
    }

    async fn grant_access(
        &self,
        request: &AccessRequest,
        application: &Application,
    ) -> Result<GrantResponse> {
        match request.metadata.name.as_str() {
            "error" => bail!("no such user"),
            "panic" => panic!("oh no"),
            "pending" => Ok(GrantResponse::pending("later")),
            "denied" => Ok(GrantResponse::denied("")),
            _ => Ok(GrantResponse::granted(serde_json::to_string(&(request, application))?)),
        }
    }

    async fn revoke_access(
        &self,
        request: &AccessRequest,
        application: &Application,
    ) -> Result<Option<RevokeResponse>> {
        match request.metadata.name.as_str() {
            "revoked" => Ok(Some(RevokeResponse::revoked(&*application.metadata.name))),
            "pending" => Ok(Some(RevokeResponse::pending("later"))),
            _ => Ok(None),
        }
    }
}

fn echo() -> Declaration {
    Declaration::access_requester::<Echo, _>(|| Echo { ready: true })
}

fn named(name: &str) -> AccessRequest {
    let mut request = AccessRequest::default();
    request.metadata.name = name.into();
    request
}

const FULL: &str = r#"{
    "apiVersion": "ephemeral-access.argoproj-labs.io/v1alpha1",
    "kind": "AccessRequest",
    "metadata": {
        "name": "alice-dev", "generateName": "alice-", "namespace": "argocd", "selfLink": "/x", "uid": "u-1",
        "resourceVersion": "17", "generation": -3, "creationTimestamp": "2026-05-01T08:00:00Z",
        "deletionTimestamp": "1969-05-01T08:00:00.000000005Z", "deletionGracePeriodSeconds": 30,
        "labels": {"team": "shop", "": "empty"}, "annotations": {"note": "\u00e9"},
        "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u-2", "controller": true}],
        "finalizers": ["a", ""],
        "managedFields": [{
            "manager": "kubectl", "operation": "Update", "apiVersion": "v1", "time": "2026-05-01T08:00:00Z",
            "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:role": {}}}, "subresource": "status"
        }]
    },
    "spec": {
        "duration": "4h0m0s",
        "role": {"templateRef": {"name": "devops", "namespace": "argocd"}, "ordinal": -2, "friendlyName": "DevOps"},
        "application": {"name": "shop", "namespace": "apps"},
        "subject": {"username": "alice", "userId": "a-1"}
    },
    "status": {
        "requestState": "granted", "targetProject": "shop", "expiresAt": "2026-05-01T12:00:00Z",
        "roleTemplateHash": "abc", "roleName": "ephemeral-devops",
        "history": [{"transitionTime": "2026-05-01T08:00:00Z", "status": "requested", "details": "CHG-1"}]
    }
}"#;

#[tokio::test]
async fn every_field_is_transmitted() -> Result<()> {
    let client = client([echo()]).await?;
    let requester = client.access_requester();
    requester.init().await?;
    let request = AccessRequest::from_json(FULL.as_bytes())?;
    assert_eq!(request.status.request_state, Some(RequestState::Granted));
    let application =
        Application::from_json(br#"{"metadata": {"name": "shop"}, "spec": {"project": "shop"}}"#)?;
    let answer = requester.grant_access(&request, &application).await?;
    let (there, of): (AccessRequest, Application) = serde_json::from_str(&answer.message)?;
    assert_eq!((there, of), (request, application));
    let nothing = (AccessRequest::default(), Application::default());
    let answer = requester.grant_access(&nothing.0, &nothing.1).await?;
    assert_eq!(serde_json::from_str::<(AccessRequest, Application)>(&answer.message)?, nothing);
    Ok(())
}

#[tokio::test]
async fn responses_errors_and_panics_are_distinguished() -> Result<()> {
    let client = client([echo()]).await?;
    let requester = client.access_requester();
    let application = Application::from_json(br#"{"metadata": {"name": "shop"}}"#)?;
    let grant = async |name: &str| requester.grant_access(&named(name), &application).await;
    assert_eq!(grant("pending").await?, GrantResponse::pending("later"));
    assert_eq!(grant("denied").await?, GrantResponse::denied(""));
    let revoke = async |name: &str| requester.revoke_access(&named(name), &application).await;
    assert_eq!(revoke("a").await?, None);
    assert_eq!(revoke("revoked").await?, Some(RevokeResponse::revoked("shop")));
    assert_eq!(revoke("pending").await?, Some(RevokeResponse::pending("later")));
    for (name, text) in [("error", "no such user"), ("panic", "plugin panicked: oh no")] {
        let error = grant(name).await.unwrap_err();
        assert_eq!((error.code(), error.message()), (Code::Unknown, text));
    }
    assert_eq!(grant("pending").await?, GrantResponse::pending("later"));
    Ok(())
}

#[tokio::test]
async fn failing_constructor_fails_each_call() -> Result<()> {
    let new = || -> Result<Echo> { None.context("no policy file") };
    let client = client([Declaration::access_requester::<Echo, _>(new)]).await?;
    let requester = client.access_requester();
    for _ in 0..2 {
        assert_eq!(requester.init().await.unwrap_err().message(), "no policy file");
    }
    let not_ready =
        super::client([Declaration::access_requester::<Echo, _>(|| Echo { ready: false })]).await?;
    assert_eq!(not_ready.access_requester().init().await.unwrap_err().message(), "not ready");
    Ok(())
}

#[tokio::test]
async fn velero_does_not_see_the_access_requester() -> Result<()> {
    let delete = Declaration::delete_item_action("a.b/delete", super::actions::Delete::default);
    let both = client([echo(), delete]).await?;
    let listed: Vec<_> = both.plugins().await?.iter().map(ToString::to_string).collect();
    assert_eq!(listed, ["DeleteItemAction a.b/delete"]);
    both.access_requester().init().await?;
    let without =
        client([Declaration::delete_item_action("a.b/delete", super::actions::Delete::default)]).await?;
    let error = without.access_requester().init().await.unwrap_err().to_string();
    assert!(error.contains("ephemeral_access"), "{error}");
    Ok(())
}

#[tokio::test]
async fn concurrent_calls_succeed() -> Result<()> {
    struct Meet(tokio::sync::Barrier);
    impl AccessRequester for Meet {
        async fn grant_access(&self, request: &AccessRequest, _: &Application) -> Result<GrantResponse> {
            self.0.wait().await;
            Ok(GrantResponse::granted(&*request.metadata.name))
        }
    }
    const CALLS: usize = 64;
    let client =
        client([Declaration::access_requester::<Meet, _>(|| Meet(tokio::sync::Barrier::new(CALLS)))]).await?;
    let calls = (0..CALLS).map(|number| {
        let requester = client.access_requester();
        tokio::spawn(async move {
            let mut request = named(&number.to_string());
            request.metadata.annotations.insert("long".into(), "x".repeat(100_000));
            let answer = requester.grant_access(&request, &Application::default()).await?;
            Ok::<_, crate::client::CallError>(answer.message == number.to_string())
        })
    });
    for call in calls.collect::<Vec<_>>() {
        assert!(call.await??);
    }
    Ok(())
}
