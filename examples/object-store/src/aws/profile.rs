//! A profile of a credentials file.

use std::path::Path;

use plugwright::{Config, ErrorContext as _, Result, bail, ensure};

/// The source of a profile's credentials.
#[derive(PartialEq, Eq)]
pub(super) enum Profile {
    Static {
        key_id: String,
        secret: String,
        token: Option<String>,
    },
    /// A role, assumed with a token in a file.
    WebIdentity {
        role: String,
        token_file: String,
        session: Option<String>,
    },
    /// A role, assumed with the credentials of another profile.
    AssumeRole {
        role: String,
        source: Box<Profile>,
        session: Option<String>,
        external_id: Option<String>,
    },
}

/// Supported only by AWS's own tools.
const UNSUPPORTED: [&str; 6] = [
    "credential_process",
    "sso_session",
    "sso_start_url",
    "credential_source",
    "mfa_serial",
    "login_session",
];

/// The maximum length of a chain of profiles.
const DEPTH: u32 = 5;

impl Profile {
    /// The profile, and its region.
    pub(super) fn read(path: &Path, name: &str) -> Result<(Self, Option<String>)> {
        let text = std::fs::read_to_string(path);
        let text = text.with_context(|| format!("error reading the credentials file {}", path.display()))?;
        let settings =
            Config::from_ini(&text, name).with_context(|| format!("credentials file {}", path.display()))?;
        let found = Self::of(&text, name, &settings, DEPTH);
        let found =
            found.with_context(|| format!("profile {name} of credentials file {}", path.display()))?;
        Ok((found, setting(&settings, "region")))
    }

    fn of(text: &str, name: &str, settings: &Config, depth: u32) -> Result<Self> {
        let get = |key| setting(settings, key);
        if let Some(role) = get("role_arn")
            && let Some(token_file) = get("web_identity_token_file")
        {
            return Ok(Self::WebIdentity { role, token_file, session: get("role_session_name") });
        }
        if let Some(key) = UNSUPPORTED.iter().find(|key| get(key).is_some()) {
            bail!(
                "{key} is not supported; use aws_access_key_id and aws_secret_access_key, role_arn with source_profile, \
                 or web_identity_token_file"
            )
        }
        if let Some(role) = get("role_arn")
            && let Some(source) = get("source_profile")
        {
            ensure!(depth > 0, "the profiles name one another in a circle");
            let own = source == name && get("aws_access_key_id").is_some();
            let source = if own { Self::keys(settings)? } else { Self::source(text, &source, depth)? };
            let (session, external_id) = (get("role_session_name"), get("external_id"));
            return Ok(Self::AssumeRole { role, source: Box::new(source), session, external_id });
        }
        Self::keys(settings)
    }

    fn source(text: &str, name: &str, depth: u32) -> Result<Self> {
        let settings = Config::from_ini(text, name)?;
        Self::of(text, name, &settings, depth - 1).with_context(|| format!("source_profile {name}"))
    }

    fn keys(settings: &Config) -> Result<Self> {
        let get = |key| setting(settings, key);
        match (get("aws_access_key_id"), get("aws_secret_access_key")) {
            (Some(key_id), Some(secret)) => Self::checked(key_id, secret, get("aws_session_token")),
            (Some(_), None) => bail!("aws_secret_access_key is missing"),
            (None, Some(_)) => bail!("aws_access_key_id is missing"),
            (None, None) => bail!("aws_access_key_id and aws_secret_access_key are missing"),
        }
    }

    /// Checks that the keys are valid in a header.
    pub(super) fn checked(key_id: String, secret: String, token: Option<String>) -> Result<Self> {
        let values = [
            ("access key id", Some(&key_id)),
            ("secret access key", Some(&secret)),
            ("session token", token.as_ref()),
        ];
        for (name, value) in values {
            let is_valid = value.is_none_or(|value| value.bytes().all(|byte| byte.is_ascii_graphic()));
            ensure!(
                is_valid,
                "the {name} has a character that is not allowed; expected letters, digits and punctuation"
            );
        }
        Ok(Self::Static { key_id, secret, token })
    }
}

fn setting(settings: &Config, key: &str) -> Option<String> {
    settings.get(key).filter(|value| !value.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "[default]\naws_access_key_id = AKIA\naws_secret_access_key = wJal/+=\nregion = eu-1\n\n\
        [temporary]\naws_access_key_id=ASIA\naws_secret_access_key=s\naws_session_token=t\n\n\
        [web]\nrole_arn = arn:aws:iam::1:role/r\nweb_identity_token_file = /token\n\n\
        [profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = default\nexternal_id = x\n\n\
        [a]\nrole_arn = r\nsource_profile = b\n\n[b]\nrole_arn = r\nsource_profile = a\n\n\
        [process]\ncredential_process = /bin/helper --secret hunter2\n\n[sso]\nsso_session = corp\n\n\
        [half]\naws_access_key_id = AKIA\n\n[empty]\n\n\
        [split]\naws_access_key_id = AK IA\naws_secret_access_key = s\n";

    fn read(name: &str) -> Result<(Profile, Option<String>), String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), FILE).unwrap();
        Profile::read(file.path(), name).map_err(|error| error.to_string())
    }

    fn keys(key_id: &str, secret: &str, token: Option<&str>) -> Profile {
        Profile::Static { key_id: key_id.into(), secret: secret.into(), token: token.map(str::to_owned) }
    }

    #[test]
    fn profiles() {
        assert!(read("default") == Ok((keys("AKIA", "wJal/+=", None), Some("eu-1".into()))));
        assert!(read("temporary") == Ok((keys("ASIA", "s", Some("t")), None)));
        let (role, session) = ("arn:aws:iam::1:role/r".to_owned(), None);
        let web = Profile::WebIdentity {
            role: role.clone(),
            token_file: "/token".into(),
            session: session.clone(),
        };
        assert!(read("web") == Ok((web, None)));
        let source = Box::new(keys("AKIA", "wJal/+=", None));
        let assumed = Profile::AssumeRole { role, source, session, external_id: Some("x".into()) };
        assert!(read("role") == Ok((assumed, None)));
    }

    #[test]
    fn errors_name_the_file_the_profile_and_what_is_missing() {
        for (name, expected) in [
            ("process", "credential_process is not supported; use aws_access_key_id"),
            ("sso", "sso_session is not supported"),
            ("half", "aws_secret_access_key is missing"),
            ("empty", "aws_access_key_id and aws_secret_access_key are missing"),
            ("split", "the access key id has a character that is not allowed"),
            ("a", "the profiles name one another in a circle"),
        ] {
            let error = read(name).err().unwrap();
            assert!(error.starts_with(&format!("profile {name} of credentials file /")), "{error}");
            assert!(error.contains(expected) && !error.contains("hunter2"), "{error}");
        }
        let error = read("bakcup").err().unwrap();
        assert!(
            error.contains("credentials file /") && error.contains("profile `bakcup` is missing"),
            "{error}"
        );
        let error = Profile::read(Path::new("/none"), "default").err().unwrap().to_string();
        assert!(error.starts_with("error reading the credentials file /none: "), "{error}");
    }
}
