//! Assumes a role with other credentials, through STS.

use std::time::{Duration, SystemTime};

use object_store::aws::{AwsAuthorizer, AwsCredential, AwsCredentialProvider};
use object_store::client::HttpClient;
use serde::Deserialize;

use crate::failure::Failure;
use crate::token::{Fetch, form, request};

/// The validity of the credentials: the default for roles.
const VALID: u64 = 3600;

pub(super) struct AssumeRole {
    pub(super) http: HttpClient,
    pub(super) endpoint: String,
    pub(super) region: String,
    pub(super) source: AwsCredentialProvider,
    pub(super) role: String,
    pub(super) session: String,
    pub(super) external_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AssumeRoleResponse {
    assume_role_result: AssumeRoleResult,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AssumeRoleResult {
    credentials: Credentials,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
}

#[async_trait::async_trait]
impl Fetch for AssumeRole {
    type Credential = AwsCredential;

    async fn fetch(&self) -> Result<(AwsCredential, Duration), Failure> {
        let named = |failure: Failure| failure.context(&format!("assuming role {}", self.role));
        let source = self.source.get_credential().await.map_err(|error| Failure::of(&error))?;
        let duration = VALID.to_string();
        let mut fields = vec![
            ("Action", "AssumeRole"),
            ("Version", "2011-06-15"),
            ("RoleArn", &self.role),
            ("RoleSessionName", &self.session),
            ("DurationSeconds", &duration),
        ];
        fields.extend(self.external_id.as_deref().map(|id| ("ExternalId", id)));
        let mut asked = form(&self.endpoint, &fields)?;
        let authorizer = AwsAuthorizer::new(&source, "sts", &self.region);
        authorizer.try_authorize(&mut asked, None).map_err(|error| Failure::of(&error))?;
        let before = SystemTime::now();
        let body = request(&self.http, asked).await.map_err(named)?;
        let response: AssumeRoleResponse = quick_xml::de::from_str(&body)
            .map_err(|_| named(Failure::msg("the response of STS is not valid")))?;
        let Credentials { access_key_id, secret_access_key, session_token } =
            response.assume_role_result.credentials;
        let credential = AwsCredential {
            key_id: access_key_id,
            secret_key: secret_access_key,
            token: Some(session_token),
        };
        let valid = Duration::from_secs(VALID).saturating_sub(before.elapsed().unwrap_or_default());
        Ok((credential, valid))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use object_store::StaticCredentialProvider;

    use super::*;
    use crate::http::canned::Canned;

    async fn fetch(status: u16, body: &str) -> (Result<(AwsCredential, Duration), Failure>, Vec<String>) {
        let sts = Canned::new(&[(status, body)]);
        let keys = AwsCredential { key_id: "AKIA".into(), secret_key: "hunter2".into(), token: None };
        let assume = AssumeRole {
            http: sts.client(),
            endpoint: "https://sts.eu-1.amazonaws.com".into(),
            region: "eu-1".into(),
            source: Arc::new(StaticCredentialProvider::new(keys)),
            role: "arn:aws:iam::1:role/r".into(),
            session: "velero".into(),
            external_id: Some("x".into()),
        };
        let fetched = assume.fetch().await;
        let asked = sts.asked().into_iter().flat_map(|asked| [asked.body, asked.authorization]).collect();
        (fetched, asked)
    }

    #[tokio::test]
    async fn a_role_is_assumed() {
        let (fetched, asked) = fetch(
            200,
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s\
             </SecretAccessKey><SessionToken>t</SessionToken></Credentials></AssumeRoleResult></AssumeRoleResponse>",
        )
        .await;
        let (credential, valid) = fetched.unwrap();
        assert!(
            credential
                == AwsCredential { key_id: "ASIA".into(), secret_key: "s".into(), token: Some("t".into()) }
        );
        assert!(valid > Duration::from_secs(3500));
        assert!(
            asked[0].contains("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr")
                && asked[0].ends_with("ExternalId=x")
        );
        assert!(asked[1].contains("Credential=AKIA/") && asked[1].contains("/eu-1/sts/"), "{}", asked[1]);
    }

    #[tokio::test]
    async fn an_error_names_the_role() {
        let (fetched, _) = fetch(
            403,
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>",
        )
        .await;
        let failure = fetched.err().unwrap();
        assert_eq!(failure.to_string(), "AccessDenied: assuming role arn:aws:iam::1:role/r: no");
    }
}
