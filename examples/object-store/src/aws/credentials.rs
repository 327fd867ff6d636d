//! The source of the credentials. A file takes precedence over the environment. If a configured source fails, the next
//! one is not tried, because it may belong to another account.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use object_store::StaticCredentialProvider;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, AwsCredential, AwsCredentialProvider};
use plugwright::{Result, bail};

use super::assume_role::AssumeRole;
use super::profile::Profile;
use super::region;
use super::settings::Settings;
use crate::http::Http;
use crate::provider::Variables;
use crate::token::Cached;

/// Credentials and their source.
pub(super) struct Credentials {
    /// For the log and for errors.
    pub(super) source: String,
    /// The region of the profile.
    pub(super) region: Option<String>,
    way: Way,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("source", &self.source).finish_non_exhaustive()
    }
}

enum Way {
    Provider(AwsCredentialProvider),
    /// `object_store` fetches them: from STS, from a container's endpoint, or from the metadata server.
    Keys(Vec<(AmazonS3ConfigKey, String)>),
}

impl Credentials {
    pub(super) fn configure(&self, builder: AmazonS3Builder) -> AmazonS3Builder {
        match &self.way {
            Way::Provider(provider) => builder.with_credentials(Arc::clone(provider)),
            Way::Keys(keys) => {
                keys.iter().fold(builder, |builder, (key, value)| builder.with_config(*key, value))
            }
        }
    }

    #[cfg(test)]
    pub(super) fn for_tests(region: Option<&str>) -> Self {
        Self { source: "tests".into(), region: region.map(str::to_owned), way: Way::Keys(Vec::new()) }
    }
}

pub(super) fn find(
    settings: &Settings,
    file: Option<&Path>,
    http: &Http,
    env: Variables<'_>,
) -> Result<Credentials> {
    let name = settings.profile.clone().or_else(|| env("AWS_PROFILE"));
    if let Some(file) = file {
        return of_file(file, name.as_deref().unwrap_or("default"), http, env);
    }
    let home = env("HOME").map(|home| format!("{home}/.aws/credentials"));
    let home = home.filter(|path| Path::new(path).exists());
    if let Some(name) = name {
        let Some(home) = home else {
            bail!(
                "profile {name} is not available: no credentials file is given; set `credential` in the \
                 BackupStorageLocation, or AWS_SHARED_CREDENTIALS_FILE"
            )
        };
        return of_file(Path::new(&home), &name, http, env);
    }
    if let (Some(key_id), Some(secret)) = (env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY")) {
        let keys = Profile::checked(key_id, secret, env("AWS_SESSION_TOKEN"))?;
        return Ok(of_profile(keys, "AWS_ACCESS_KEY_ID of the environment".into(), None, http, env));
    }
    if let (Some(token_file), Some(role)) = (env("AWS_WEB_IDENTITY_TOKEN_FILE"), env("AWS_ROLE_ARN")) {
        let source = format!("AWS_WEB_IDENTITY_TOKEN_FILE of the environment, role {role}");
        let profile = Profile::WebIdentity { role, token_file, session: env("AWS_ROLE_SESSION_NAME") };
        return Ok(of_profile(profile, source, None, http, env));
    }
    if let Some(home) = home {
        return of_file(Path::new(&home), "default", http, env);
    }
    of_platform(env)
}

fn of_file(path: &Path, name: &str, http: &Http, env: Variables<'_>) -> Result<Credentials> {
    let (profile, region) = Profile::read(path, name)?;
    let source = format!("profile {name} of {}", path.display());
    Ok(of_profile(profile, source, region, http, env))
}

fn of_profile(
    profile: Profile,
    source: String,
    region: Option<String>,
    http: &Http,
    env: Variables<'_>,
) -> Credentials {
    // Not the location's `region`, which may belong to another store.
    let sts_region = region.clone().or_else(|| region::of_environment(env));
    let sts_region = sts_region.unwrap_or_else(|| "us-east-1".to_owned());
    let endpoint = env("AWS_ENDPOINT_URL_STS").unwrap_or_else(|| sts(&sts_region));
    let way = match profile {
        Profile::WebIdentity { role, token_file, session } => {
            let mut keys = vec![
                (AmazonS3ConfigKey::RoleArn, role),
                (AmazonS3ConfigKey::WebIdentityTokenFile, token_file),
                (AmazonS3ConfigKey::StsEndpoint, endpoint),
            ];
            keys.extend(session.map(|session| (AmazonS3ConfigKey::RoleSessionName, session)));
            Way::Keys(keys)
        }
        other => match provider(other, &sts_region, &endpoint, http) {
            Some(provider) => Way::Provider(provider),
            None => Way::Keys(Vec::new()),
        },
    };
    Credentials { source, region, way }
}

/// Keys, or a role assumed with keys.
fn provider(profile: Profile, region: &str, endpoint: &str, http: &Http) -> Option<AwsCredentialProvider> {
    match profile {
        Profile::Static { key_id, secret, token } => {
            let credential = AwsCredential { key_id, secret_key: secret, token };
            Some(Arc::new(StaticCredentialProvider::new(credential)))
        }
        Profile::AssumeRole { role, source, session, external_id } => {
            let assume = AssumeRole {
                http: http.client(),
                endpoint: endpoint.to_owned(),
                region: region.to_owned(),
                source: provider(*source, region, endpoint, http)?,
                role,
                session: session.unwrap_or_else(|| "velero".to_owned()),
                external_id,
            };
            Some(Arc::new(Cached::new(super::STORE, assume)))
        }
        Profile::WebIdentity { .. } => None,
    }
}

fn sts(region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://sts.{region}.{domain}")
}

/// The credentials of the container or the virtual machine.
fn of_platform(env: Variables<'_>) -> Result<Credentials> {
    use AmazonS3ConfigKey::{
        ContainerAuthorizationTokenFile, ContainerCredentialsFullUri, ContainerCredentialsRelativeUri,
        ImdsV1Fallback, MetadataEndpoint,
    };
    let of = |source: &str, keys| {
        Ok(Credentials { source: source.to_owned(), region: None, way: Way::Keys(keys) })
    };
    if let Some(uri) = env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        return of("the container's endpoint", vec![(ContainerCredentialsRelativeUri, uri)]);
    }
    if let (Some(uri), Some(file)) =
        (env("AWS_CONTAINER_CREDENTIALS_FULL_URI"), env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"))
    {
        let keys = vec![(ContainerCredentialsFullUri, uri), (ContainerAuthorizationTokenFile, file)];
        return of("EKS Pod Identity", keys);
    }
    if env("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        bail!(
            "no credentials: set `credential` in the BackupStorageLocation to a Secret with a credentials file, or \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    }
    // kube2iam supports only version 1.
    let mut keys = vec![(ImdsV1Fallback, "true".to_owned())];
    keys.extend(env("AWS_EC2_METADATA_SERVICE_ENDPOINT").map(|endpoint| (MetadataEndpoint, endpoint)));
    of("the instance's metadata server", keys)
}

#[cfg(test)]
mod tests {
    use super::super::settings::for_tests;
    use super::*;
    use crate::http::HttpOptions;

    fn source(
        file: Option<&str>,
        settings: &[(&str, &str)],
        variables: &[(&str, &str)],
    ) -> Result<String, String> {
        let written = file.map(|text| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            file
        });
        let env =
            |name: &str| variables.iter().find(|(of, _)| *of == name).map(|(_, value)| (*value).to_owned());
        let http = Http::new(HttpOptions::default()).unwrap();
        let found =
            find(&for_tests(settings), written.as_ref().map(tempfile::NamedTempFile::path), &http, &env);
        let found = found.map_err(|error| error.to_string())?;
        assert!(!format!("{found:?}").contains("hunter2"));
        let path = written.map(|file| file.path().display().to_string()).unwrap_or_default();
        Ok(if path.is_empty() { found.source } else { found.source.replace(&path, "FILE") })
    }

    const FILE: &str = "[default]\naws_access_key_id=A\naws_secret_access_key=hunter2\n\
        [other]\naws_access_key_id=B\naws_secret_access_key=hunter2\n\
        [role]\nrole_arn=arn:r\nsource_profile=other\n";
    const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "C"), ("AWS_SECRET_ACCESS_KEY", "hunter2")];
    const WEB: [(&str, &str); 2] = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"), ("AWS_ROLE_ARN", "arn:r")];

    #[test]
    fn a_file_beats_the_environment() {
        let all = [KEYS, WEB].concat();
        assert_eq!(source(Some(FILE), &[], &all).unwrap(), "profile default of FILE");
        assert_eq!(source(Some(FILE), &[("profile", "other")], &all).unwrap(), "profile other of FILE");
        assert_eq!(source(Some(FILE), &[], &[("AWS_PROFILE", "role")]).unwrap(), "profile role of FILE");
        assert!(
            source(Some(FILE), &[("profile", "missing")], &all).unwrap_err().contains("`missing` is missing")
        );
    }

    #[test]
    fn the_order_of_the_environment() {
        let all = [KEYS, WEB].concat();
        assert_eq!(source(None, &[], &all).unwrap(), "AWS_ACCESS_KEY_ID of the environment");
        let web = "AWS_WEB_IDENTITY_TOKEN_FILE of the environment, role arn:r";
        assert_eq!(source(None, &[], &WEB).unwrap(), web);
        let task = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x")];
        assert_eq!(source(None, &[], &task).unwrap(), "the container's endpoint");
        let pod = [
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token"),
        ];
        assert_eq!(source(None, &[], &pod).unwrap(), "EKS Pod Identity");
        assert_eq!(source(None, &[], &[]).unwrap(), "the instance's metadata server");
        let disabled = [("AWS_EC2_METADATA_DISABLED", "true")];
        assert!(source(None, &[], &disabled).unwrap_err().starts_with("no credentials: set `credential`"));
        let error = source(None, &[("profile", "p")], &KEYS).unwrap_err();
        assert!(error.starts_with("profile p is not available"), "{error}");
    }
}
