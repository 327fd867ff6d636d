//! The access requester. `conformance/ephemeral-access/twin/probe` is its twin in Go, on the host's own packages.

use plugwright::Time;
use plugwright::prelude::*;
use serde_json::json;

use crate::script;

#[access_requester]
#[derive(Default)]
struct Requester;

impl AccessRequester for Requester {
    /// Has no argument, so the environment contains the commands.
    async fn init(&self) -> Result<()> {
        script::each(&std::env::var("PROBE_INIT").unwrap_or_default(), script::unknown)
    }

    async fn grant_access(
        &self,
        request: &AccessRequest,
        application: &Application,
    ) -> Result<GrantResponse> {
        let mut response = GrantResponse::granted(echo(request, application));
        script::each(wish(request), |command| {
            response = match command.verb {
                "granted" => GrantResponse::granted(command.argument),
                "pending" => GrantResponse::pending(command.argument),
                "denied" => GrantResponse::denied(command.argument),
                _ => return script::unknown(command),
            };
            Ok(())
        })?;
        Ok(response)
    }

    async fn revoke_access(
        &self,
        request: &AccessRequest,
        application: &Application,
    ) -> Result<Option<RevokeResponse>> {
        let mut response = Some(RevokeResponse::revoked(echo(request, application)));
        script::each(wish(request), |command| {
            response = match command.verb {
                "revoked" => Some(RevokeResponse::revoked(command.argument)),
                "pending" => Some(RevokeResponse::pending(command.argument)),
                "nothing" => None,
                _ => return script::unknown(command),
            };
            Ok(())
        })?;
        Ok(response)
    }
}

fn wish(request: &AccessRequest) -> &str {
    request.metadata.annotations.get("probe.plugwright.dev/do").map_or("", String::as_str)
}

/// The received objects as JSON. Kubernetes writes times in seconds, so exact times are added in separate fields.
fn echo(request: &AccessRequest, application: &Application) -> String {
    let meta = &request.metadata;
    let mut moments = vec![meta.creation_timestamp, meta.deletion_timestamp, request.status.expires_at];
    moments.extend(request.status.history.iter().map(|entry| entry.transition_time));
    let moments: Vec<_> = moments.iter().flatten().map(Time::to_string).collect();
    json!({"accessRequest": request, "application": application, "moments": moments}).to_string()
}
