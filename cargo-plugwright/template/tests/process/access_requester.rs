use plugwright::{AccessRequest, Application, GrantResponse, Result};

#[tokio::test]
async fn a_ticket_grants_access() -> Result<()> {
    let plugin = super::plugin().ephemeral_access().start().await?;
    let request =
        br#"{"metadata": {"name": "r-1", "annotations": {"example.io/ticket": "CHG-7"}}}"#;
    let application = Application::from_json(br#"{"metadata": {"name": "cart"}}"#)?;
    let requester = plugin.access_requester();
    requester.init().await?;
    let answer = requester
        .grant_access(&AccessRequest::from_json(request)?, &application)
        .await?;
    assert_eq!(answer, GrantResponse::granted("For CHG-7."));
    Ok(())
}
