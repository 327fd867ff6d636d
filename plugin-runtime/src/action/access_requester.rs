use std::future::Future;

use crate::Result;
use crate::types::{AccessRequest, Application, GrantResponse, RevokeResponse};

/// Decides whether a user gets the requested elevated access to an Argo CD application.
///
/// Declared by [`#[access_requester]`](macro@crate::access_requester), at most once per binary. The host is
/// the controller of [Argo CD EphemeralAccess](https://github.com/argoproj-labs/argocd-ephemeral-access).
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
///             Ok(GrantResponse::denied("this role requires being on call"))
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
    /// Called once, when the controller starts, before any other method. The default does nothing.
    ///
    /// An error ends the controller (its `cmd/controller/controller.go`, `initPlugin`), so this is the place
    /// to check for missing settings. The plugin is constructed just before; an error of its constructor is
    /// reported by this call.
    fn init(&self) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Decides whether the request is granted now.
    ///
    /// The controller calls this each time it reconciles the request, also after it was granted, until the
    /// access expires (`internal/controller/service.go`, `HandlePermission`). The result should depend only
    /// on the arguments and on external state. After an error the controller retries later, and the request
    /// keeps its state.
    fn grant_access(
        &self,
        request: &AccessRequest,
        application: &Application,
    ) -> impl Future<Output = Result<GrantResponse>> + Send;

    /// Called when the access has expired, before the controller revokes it, to clean up external state. The
    /// default returns `None`: nothing to do.
    ///
    /// The response's message is added to the request's history. The controller revokes the access whatever
    /// the response (`internal/controller/service.go`, `handleAccessExpired`, in 0.1.5 and later; older
    /// versions do not call this). After an error it retries later, and the access remains until then.
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
