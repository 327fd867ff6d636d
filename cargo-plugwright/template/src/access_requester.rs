use plugwright::prelude::*;
use plugwright::types::RequestState;
use tracing::info;

/// The annotation with the ticket of an AccessRequest.
const TICKET: &str = "example.io/ticket";

/// Grants access to requests with a ticket.
#[access_requester]
#[derive(Default)]
struct Tickets;

impl AccessRequester for Tickets {
    async fn grant_access(
        &self,
        request: &AccessRequest,
        _: &Application,
    ) -> Result<GrantResponse> {
        // The controller repeats the call after it has granted access.
        if request.status.request_state == Some(RequestState::Granted) {
            return Ok(GrantResponse::granted(""));
        }
        let answer = match request.metadata.annotations.get(TICKET).map(String::as_str) {
            None => GrantResponse::pending(format!("Add the annotation `{TICKET}`, with a ticket such as `CHG-1`.")),
            // Query your ticket system here.
            Some(ticket) if ticket.starts_with("CHG-") => {
                GrantResponse::granted(format!("For {ticket}."))
            }
            Some(ticket) => GrantResponse::denied(format!(
                "Expected a ticket such as `CHG-1`, found `{ticket}`."
            )),
        };
        info!(
            user = request.spec.subject.username,
            answer = answer.status.as_str(),
            "decided"
        );
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(annotations: &str) -> Result<&'static str> {
        let request = format!(r#"{{"metadata": {{"name": "r-1", "annotations": {annotations}}}}}"#);
        let request = AccessRequest::from_json(request.as_bytes())?;
        let application = Application::from_json(br#"{"metadata": {"name": "cart"}}"#)?;
        Ok(Tickets
            .grant_access(&request, &application)
            .await?
            .status
            .as_str())
    }

    #[tokio::test]
    async fn a_ticket_grants_access() -> Result<()> {
        assert_eq!(
            answer(r#"{"example.io/ticket": "CHG-7"}"#).await?,
            "granted"
        );
        assert_eq!(
            answer(r#"{"example.io/ticket": "please"}"#).await?,
            "denied"
        );
        assert_eq!(answer("{}").await?, "grant-pending");
        Ok(())
    }
}
