//! The credentials of a store: the file that Velero names, and the profiles in it.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use super::Config;
use crate::bail;
use crate::error::Result;

impl Config {
    /// The file with the store's credentials: the one that Velero names in `credentialsFile` (it writes the Secret of
    /// the location's `spec.credential` there), else the one that the environment variable names. `None` where neither
    /// is set.
    ///
    /// ```
    /// # use plugwright::Config;
    /// let config = Config::from_iter([("credentialsFile", "/tmp/credentials/velero/s3-key")]);
    /// let file = config.credentials_file("AWS_SHARED_CREDENTIALS_FILE").unwrap();
    /// assert_eq!(file.to_str(), Some("/tmp/credentials/velero/s3-key"));
    /// ```
    ///
    /// The variable is the one that the provider's own tools read; `velero install --secret-file` sets
    /// `AWS_SHARED_CREDENTIALS_FILE`, `AZURE_CREDENTIALS_FILE` and `GOOGLE_APPLICATION_CREDENTIALS`.
    pub fn credentials_file(&self, variable: &str) -> Option<PathBuf> {
        self.credentials_file_of(env::var_os(variable))
    }

    fn credentials_file_of(&self, variable: Option<OsString>) -> Option<PathBuf> {
        let named = self.get("credentialsFile").map(OsString::from);
        named.into_iter().chain(variable).find(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// A profile of an ini file, as AWS and others keep credentials in one.
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
    /// `[profile backup]` is the same as `[backup]`. The profile `""` is what comes before the first header, which is all
    /// of a file of `KEY=value` lines. Comments are lines that start with `#` or `;`. Spaces around keys and values do
    /// not count, and of a key that is there twice the last value counts. An error never quotes the file.
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
                bail!("line {} is wrong; expected `[profile]` or `key = value`", number + 1);
            }
        }
        if !found {
            let profiles: Vec<_> = profiles.into_iter().collect();
            match profiles.join(", ") {
                names if names.is_empty() => bail!("profile `{profile}` is missing; the file has none"),
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
    fn the_key_comes_before_the_variable_and_empty_is_absent() {
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
        assert_eq!(error.to_string(), "line 2 is wrong; expected `[profile]` or `key = value`");
        assert_eq!(error.location().line(), line);
        assert_eq!(
            Config::from_ini("", "default").unwrap_err().to_string(),
            "profile `default` is missing; the file has none"
        );
    }
}
