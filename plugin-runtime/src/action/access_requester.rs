use std::future::Future;

use crate::Result;
use crate::types::{AccessRequest, Application, GrantResponse, RevokeResponse};

/// Says whether somebody may have the elevated access to an Argo CD application that they ask for.
///
/// Declared by [`#[access_requester]`](macro@crate::access_requester), once in a binary at most. The host is the
/// controller of [Argo CD EphemeralAccess](https://github.com/argoproj-labs/argocd-ephemeral-access).
///
/// ```no_run
/// use plugwright::prelude::*;
///
/// #[access_requester]
/// #[derive(Default)]
/// struct OnlyOnCall;
///
/// impl AccessRequester for OnlyOnCall {
///     async fn grant_access(&self, request: &AccessRequest, _: &Application) -> Result<GrantResponse> {
///         if request.spec.subject.username.ends_with("@oncall.example.io") {
///             Ok(GrantResponse::granted("on call"))
///         } else {
///             Ok(GrantResponse::denied("only who is on call may have this role"))
///         }
///     }
/// }
///
/// plugwright::main!();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `AccessRequester`",
    label = "this struct needs `impl AccessRequester for {Self}`",
    note = "its one required method: `async fn grant_access(&self, request: &AccessRequest, application: &Application) -> Result<GrantResponse>`"
)]
pub trait AccessRequester: Sized + Send + Sync + 'static {
    /// Is called once, when the controller starts, before any other method; unless you write it, it does nothing.
    ///
    /// An error ends the controller (its `cmd/controller/controller.go`, `initPlugin`): it is the place to find out
    /// that a setting is missing. The plugin itself is made just before; an error of its constructor is this call's.
    fn init(&self) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Whether the request is granted now.
    ///
    /// The controller asks each time that it looks at the request, also after it has granted it, until the access
    /// expires (`internal/controller/service.go`, `HandlePermission`): the answer should only depend on what is
    /// given and on the world outside. After an error it asks again later, and the request stays as it is.
    fn grant_access(
        &self,
        request: &AccessRequest,
        application: &Application,
    ) -> impl Future<Output = Result<GrantResponse>> + Send;

    /// Is called when the access has expired, before the controller takes it away, for what the plugin has set up
    /// elsewhere. `None`, which is the answer unless you write this, says that there was nothing to do.
    ///
    /// The message of a response goes into the request's history. The controller takes the access away whatever the
    /// response is (`internal/controller/service.go`, `handleAccessExpired`, of 0.1.5 and later; older ones
    /// do not call this). Only an error makes it try again later, the access still there.
    fn revoke_access(
        &self,
        request: &AccessRequest,
        application: &Application,
    ) -> impl Future<Output = Result<Option<RevokeResponse>>> + Send {
        let _ = (request, application);
        async { Ok(None) }
    }
}

#[cfg(feature = "ephemeral-access")]
pub(crate) use handler::Handler;

#[cfg(feature = "ephemeral-access")]
mod handler;
