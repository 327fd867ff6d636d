//! The credentials of a store: the file named by Velero, and the profiles in it.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use super::Config;
use crate::bail;
use crate::error::Result;

impl Config {
    /// Returns the file with the store's credentials: `credentialsFile`, to which Velero writes the Secret of
    /// the location's `spec.credential`, or else the value of the environment variable. `None` if neither is
    /// set.
    ///
    /// ```
    /// # use plugwright::Config;
    /// let config = Config::from_iter([("credentialsFile", "/tmp/credentials/velero/s3-key")]);
    /// let file = config.credentials_file("AWS_SHARED_CREDENTIALS_FILE").unwrap();
    /// assert_eq!(file.to_str(), Some("/tmp/credentials/velero/s3-key"));
    /// ```
    ///
    /// Pass the variable that the provider's own tools read; `velero install --secret-file` sets
    /// `AWS_SHARED_CREDENTIALS_FILE`, `AZURE_CREDENTIALS_FILE` and `GOOGLE_APPLICATION_CREDENTIALS`.
    pub fn credentials_file(&self, variable: &str) -> Option<PathBuf> {
        self.credentials_file_of(env::var_os(variable))
    }

    fn credentials_file_of(&self, variable: Option<OsString>) -> Option<PathBuf> {
        let named = self.get("credentialsFile").map(OsString::from);
        named.into_iter().chain(variable).find(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// Reads a profile of an ini file, the format of AWS credentials.
    ///
    /// ```
    /// # use plugwright::Config;
    /// let file = "[default]\naws_access_key_id = AKIA\n\n[backup]\naws_access_key_id = AKIB\n";
    /// assert_eq!(Config::from_ini(file, "backup")?.require("aws_access_key_id")?, "AKIB");
    /// let error = Config::from_ini(file, "bakcup").unwrap_err();
    /// assert_eq!(error.to_string(), "profile `bakcup` is missing; the file has: backup, default");
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    ///
    /// `[profile backup]` is the same as `[backup]`. The profile `""` is the part before the first header,
    /// which is the whole file if it consists of `KEY=value` lines. Lines that start with `#` or `;` are
    /// comments. Spaces around keys and values are ignored, and the last value of a repeated key counts.
    /// Errors never quote the file.
    #[track_caller]
    pub fn from_ini(text: &str, profile: &str) -> Result<Self> {
        let mut found = profile.is_empty();
        let mut profiles = BTreeSet::new();
        let mut settings = BTreeMap::new();
        let mut current = "";
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                let header = header.trim();
                current = header.strip_prefix("profile ").map_or(header, str::trim);
                found |= current == profile;
                profiles.insert(current);
            } else if let Some((key, value)) = line.split_once('=') {
                if current == profile {
                    settings.insert(key.trim().to_owned(), value.trim().to_owned());
                }
            } else {
                bail!("invalid line {}; expected `[profile]` or `key = value`", number + 1);
            }
        }
        if !found {
            let profiles: Vec<_> = profiles.into_iter().collect();
            match profiles.join(", ") {
                names if names.is_empty() => {
                    bail!("profile `{profile}` is missing; the file has no profiles")
                }
                names => bail!("profile `{profile}` is missing; the file has: {names}"),
            }
        }
        Ok(settings.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_takes_precedence_over_variable() {
        let file = |named: &str, variable: Option<&str>| {
            let config = Config::from_iter([("credentialsFile", named)]);
            config.credentials_file_of(variable.map(OsString::from))
        };
        assert_eq!(file("/a", Some("/b")), Some("/a".into()));
        assert_eq!(file("", Some("/b")), Some("/b".into()));
        assert_eq!((file("", Some("")), file("", None)), (None, None));
        assert_eq!(Config::default().credentials_file_of(Some("/b".into())), Some("/b".into()));
    }

    const FILE: &str = "# AWS\n[default]\r\naws_access_key_id=A\naws_secret_access_key = s/=+ # x\n; old\n\
                        [profile backup]\n\taws_access_key_id = first\naws_access_key_id = B\n[empty]\n";

    #[test]
    fn profiles() {
        let profile = |name| Config::from_ini(FILE, name).map_err(|error| error.to_string());
        let default = profile("default").unwrap();
        assert_eq!(default.get("aws_access_key_id"), Some("A"));
        assert_eq!(default.get("aws_secret_access_key"), Some("s/=+ # x"));
        assert_eq!(profile("backup").unwrap().require("aws_access_key_id").unwrap(), "B");
        assert_eq!(profile("empty"), Ok(Config::default()));
        assert_eq!(profile("x"), Err("profile `x` is missing; the file has: backup, default, empty".into()));
        let azure = Config::from_ini("AZURE_CLIENT_ID=1\nAZURE_CLOUD_NAME = AzurePublicCloud\n", "").unwrap();
        assert_eq!(azure.get("AZURE_CLOUD_NAME"), Some("AzurePublicCloud"));
    }

    #[test]
    fn errors_do_not_quote_the_file() {
        let (error, line) = (Config::from_ini("[default]\nsecret\n", "default").unwrap_err(), line!());
        assert_eq!(error.to_string(), "invalid line 2; expected `[profile]` or `key = value`");
        assert_eq!(error.location().line(), line);
        assert_eq!(
            Config::from_ini("", "default").unwrap_err().to_string(),
            "profile `default` is missing; the file has no profiles"
        );
    }
}
