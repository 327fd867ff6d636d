//! Workload identity federation (`external_account`): exchanges a token of another provider for one of Google.

use std::time::Duration;

use object_store::client::{HttpClient, HttpRequestBody};
use object_store::gcp::GcpCredential;
use plugwright::{ErrorContext as _, Result, bail};
use serde_json::Value;

use crate::failure::Failure;
use crate::token::{Fetch, access_token, checked, form, read_token, request, text_of};

const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.read_write";

/// The scope for impersonation.
const ALL: &str = "https://www.googleapis.com/auth/cloud-platform";

/// Google's default, for responses without `expires_in`.
const VALID: u64 = 3600;

pub(super) struct Federation {
    http: HttpClient,
    token_url: String,
    audience: String,
    subject_type: String,
    subject: Subject,
    /// The field with the token, if the token is in JSON.
    field: Option<String>,
    /// `…/serviceAccounts/E-MAIL:generateAccessToken`.
    impersonation: Option<String>,
}

enum Subject {
    File(String),
    Url { url: String, headers: Vec<(String, String)> },
}

impl Federation {
    pub(super) fn read(json: &Value, http: HttpClient) -> Result<Self> {
        let text = |key: &str| json.get(key).and_then(Value::as_str).map(str::to_owned);
        let required = |key: &str| text(key).with_context(|| format!("`{key}` is missing"));
        let token_url = required("token_url")?;
        let source = json.get("credential_source").context("`credential_source` is missing")?;
        let of_source = |key: &str| source.get(key).and_then(Value::as_str).map(str::to_owned);
        let subject = match (of_source("file"), of_source("url"), of_source("environment_id")) {
            (Some(file), ..) => Subject::File(file),
            (None, Some(url), None) => Subject::Url { url, headers: headers(source.get("headers")) },
            _ => bail!("this `credential_source` is not supported; expected one with `file`, or with `url`"),
        };
        let format = source.get("format");
        let is_json = format.and_then(|format| format.get("type")) == Some(&Value::from("json"));
        let field = format.and_then(|format| format.get("subject_token_field_name")).and_then(Value::as_str);
        Ok(Self {
            http,
            token_url,
            audience: required("audience")?,
            subject_type: required("subject_token_type")?,
            subject,
            field: is_json.then(|| field.unwrap_or("access_token").to_owned()),
            impersonation: text("service_account_impersonation_url"),
        })
    }

    /// The e-mail of the impersonated account.
    pub(super) fn account(&self) -> Option<&str> {
        let (_, account) = self.impersonation.as_deref()?.split_once("/serviceAccounts/")?;
        account.strip_suffix(":generateAccessToken")
    }

    async fn subject_token(&self) -> Result<String, Failure> {
        let text = match &self.subject {
            Subject::File(path) => read_token(path)?,
            Subject::Url { url, headers } => {
                let asked = http::Request::get(url);
                let asked = headers.iter().fold(asked, |asked, (name, value)| asked.header(name, value));
                request(&self.http, checked(url, asked.body(HttpRequestBody::empty()))?).await?
            }
        };
        let Some(field) = &self.field else { return Ok(text.trim().to_owned()) };
        text_of(&text, field).ok_or_else(|| Failure::msg(format!("the token has no field {field}")))
    }

    async fn impersonate(&self, url: &str, token: &str) -> Result<String, Failure> {
        let body = serde_json::json!({ "scope": [SCOPE], "lifetime": format!("{VALID}s") }).to_string();
        let asked = http::Request::post(url)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"))
            .body(HttpRequestBody::from(body));
        let body = request(&self.http, checked(url, asked)?).await?;
        text_of(&body, "accessToken").ok_or_else(|| Failure::msg("the response has no accessToken"))
    }
}

#[async_trait::async_trait]
impl Fetch for Federation {
    type Credential = GcpCredential;

    async fn fetch(&self) -> Result<(GcpCredential, Duration), Failure> {
        let subject = self.subject_token().await?;
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("audience", &self.audience),
            ("scope", if self.impersonation.is_some() { ALL } else { SCOPE }),
            ("subject_token_type", &self.subject_type),
            ("subject_token", &subject),
        ];
        let body = request(&self.http, form(&self.token_url, &fields)?).await?;
        let token = access_token(&body)?;
        let valid =
            serde_json::from_str::<Value>(&body).ok().and_then(|json| json.get("expires_in")?.as_u64());
        let bearer = match &self.impersonation {
            Some(url) => self.impersonate(url, &token).await?,
            None => token,
        };
        Ok((GcpCredential { bearer }, Duration::from_secs(valid.unwrap_or(VALID).min(VALID))))
    }
}

fn headers(headers: Option<&Value>) -> Vec<(String, String)> {
    let headers = headers.and_then(Value::as_object).into_iter().flatten();
    headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::canned::Canned;

    async fn fetch(json: &Value, responses: &[&str]) -> (Result<GcpCredential, String>, Vec<String>) {
        let responses: Vec<_> = responses.iter().map(|body| (200, *body)).collect();
        let google = Canned::new(&responses);
        let federation = Federation::read(json, google.client());
        let federation = match federation {
            Ok(federation) => federation,
            Err(error) => return (Err(error.to_string()), Vec::new()),
        };
        let fetched =
            federation.fetch().await.map(|(credential, _)| credential).map_err(|error| error.to_string());
        let asked = google.asked().iter().map(|asked| format!("{} {}", asked.uri, asked.body)).collect();
        (fetched, asked)
    }

    fn json(source: &Value) -> Value {
        serde_json::json!({
            "token_url": "https://sts.googleapis.com/v1/token",
            "audience": "//iam/pool",
            "subject_token_type": "urn:jwt",
            "credential_source": source,
        })
    }

    #[tokio::test]
    async fn a_token_of_a_file_is_exchanged() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "subject\n").unwrap();
        let json = json(&serde_json::json!({ "file": file.path() }));
        let (fetched, asked) = fetch(&json, &[r#"{"access_token": "bearer", "expires_in": 3599}"#]).await;
        assert_eq!(fetched.unwrap().bearer, "bearer");
        assert!(asked[0].starts_with("https://sts.googleapis.com/v1/token grant_type=urn"), "{asked:?}");
        assert!(asked[0].ends_with("subject_token=subject"), "{asked:?}");
    }

    #[tokio::test]
    async fn a_token_of_a_url_for_an_account() {
        let mut json = json(&serde_json::json!({
            "url": "http://h/token",
            "format": { "type": "json", "subject_token_field_name": "value" },
        }));
        let impersonation =
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b:generateAccessToken";
        json["service_account_impersonation_url"] = impersonation.into();
        let responses =
            [r#"{"value": "subject"}"#, r#"{"access_token": "first"}"#, r#"{"accessToken": "bearer"}"#];
        let (fetched, asked) = fetch(&json, &responses).await;
        assert_eq!(fetched.unwrap().bearer, "bearer");
        assert!(asked[0].starts_with("http://h/token") && asked[2].starts_with(impersonation), "{asked:?}");
    }

    #[tokio::test]
    async fn sources_that_are_not_supported() {
        for source in [
            serde_json::json!({ "executable": {} }),
            serde_json::json!({ "environment_id": "aws1", "url": "u" }),
        ] {
            let (fetched, _) = fetch(&json(&source), &[]).await;
            assert!(fetched.unwrap_err().starts_with("this `credential_source` is not supported"));
        }
    }
}
