//! Returns every possible response of an access requester, selected by the role, for the transcripts in `tests/cmd`.

use plugwright::prelude::*;

/// Grants the role `read` always, and the role `write` with a ticket.
#[access_requester]
#[derive(Default)]
struct Access;

impl AccessRequester for Access {
    async fn init(&self) -> Result<()> {
        if std::env::var_os("NO_SERVICE").is_some() {
            bail!("the ticket service does not answer");
        }
        tracing::info!(tickets = 3, "ready");
        Ok(())
    }

    async fn grant_access(
        &self,
        request: &AccessRequest,
        application: &Application,
    ) -> Result<GrantResponse> {
        tracing::warn!(project = application.spec.project, "asked");
        match request.spec.role.template_ref.name.as_str() {
            "read" => Ok(GrantResponse::granted("")),
            "write" => match application.metadata.annotations.get("example.io/ticket") {
                Some(ticket) => Ok(GrantResponse::granted(format!("with the ticket `{ticket}`"))),
                None => Ok(GrantResponse::pending("missing ticket:\n\n- `example.io/ticket` is not set")),
            },
            "fail" => bail!("the role requests an error"),
            "panic" => panic!("oh"),
            "exit" => std::process::exit(7),
            role => Ok(GrantResponse::denied(format!("unknown role **{role}**"))),
        }
    }

    async fn revoke_access(
        &self,
        request: &AccessRequest,
        _: &Application,
    ) -> Result<Option<RevokeResponse>> {
        tracing::info!(expires = request.status.expires_at.is_some(), "expired");
        match request.spec.role.template_ref.name.as_str() {
            "read" => Ok(None),
            _ => Ok(Some(RevokeResponse::revoked("the ticket is closed"))),
        }
    }
}

plugwright::main!();
