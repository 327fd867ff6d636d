//! Calls the access requester.

use go_plugin::net_rpc::gob::Nil;
use go_plugin::net_rpc::{Caller, RpcError};

use super::connection::Connection;
use super::rpc::Rpc;
use super::status::{CallError, Code};
use crate::hosts::ephemeral_access::wire;
use crate::{AccessRequest, Application, GrantResponse, Kind, RevokeResponse};

/// The access requester of a plugin, from [`Client::access_requester`](super::Client::access_requester).
#[derive(Debug, Clone)]
pub struct AccessRequesterClient {
    connection: Connection,
}

impl AccessRequesterClient {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection }
    }

    /// Calls Init, which the host calls once, before any other method.
    pub async fn init(&self) -> Result<(), CallError> {
        let answer = self.connection.rpc_answer(async {
            let plugin = dispensed(self.rpc()?).await?;
            plugin.call::<_, wire::InitResponse>("Plugin.Init", &Nil).await
        });
        of_plugin(answer.await?.error)
    }

    /// Calls GrantAccess. A status that EphemeralAccess does not define is an error: EphemeralAccess treats
    /// most of them as a grant (its `internal/controller/service.go`, `HandlePermission`).
    pub async fn grant_access(
        &self,
        request: &AccessRequest,
        application: &Application,
    ) -> Result<GrantResponse, CallError> {
        let response = self.access("Plugin.GrantAccess", request, application).await?;
        let wire::Response { status, message } =
            response.ok_or_else(|| CallError::bad_answer("missing response"))?;
        GrantResponse::of(&status, message).ok_or_else(|| unknown(&status))
    }

    /// Calls RevokeAccess for expired access; `None` if the plugin had nothing to do.
    pub async fn revoke_access(
        &self,
        request: &AccessRequest,
        application: &Application,
    ) -> Result<Option<RevokeResponse>, CallError> {
        let response = self.access("Plugin.RevokeAccess", request, application).await?;
        let Some(wire::Response { status, message }) = response else { return Ok(None) };
        RevokeResponse::of(&status, message).map(Some).ok_or_else(|| unknown(&status))
    }

    async fn access(
        &self,
        method: &str,
        request: &AccessRequest,
        application: &Application,
    ) -> Result<Option<wire::Response>, CallError> {
        let arguments =
            wire::AccessArgs { request: Some(request.into()), application: Some(application.into()) };
        let answer = self.connection.rpc_answer(async {
            let plugin = dispensed(self.rpc()?).await?;
            plugin.call::<_, wire::AccessResponse>(method, &arguments).await
        });
        let wire::AccessResponse { response, error } = answer.await?;
        of_plugin(error).map(|()| response)
    }

    fn rpc(&self) -> Result<&Rpc, RpcError> {
        let no_net_rpc = || {
            RpcError::Server(
                "the plugin was started for Velero; to start it for EphemeralAccess, use \
                 `ClientBuilder::ephemeral_access`"
                    .into(),
            )
        };
        self.connection.rpc().ok_or_else(no_net_rpc)
    }
}

async fn dispensed(rpc: &Rpc) -> Result<&Caller, RpcError> {
    rpc.plugin(Kind::AccessRequester.only_name().unwrap_or_default()).await
}

/// The error returned by a method.
fn of_plugin(error: wire::ErrorValue) -> Result<(), CallError> {
    error.0.map_or(Ok(()), |error| Err(CallError::new(Code::Unknown, error.err)))
}

fn unknown(status: &str) -> CallError {
    CallError::bad_answer(format_args!(
        "unknown status `{status}`; expected one that EphemeralAccess defines"
    ))
}
