//! [`Config`]: the settings of a store.

use std::collections::{BTreeMap, btree_map};
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::settings;
use crate::bail;
use crate::error::Result;

/// The settings that Velero passes to a store: `spec.config` of the `BackupStorageLocation` or
/// `VolumeSnapshotLocation`.
///
/// For an object store Velero adds `bucket`, `prefix` and `caCert`, and for both kinds `credentialsFile`, the
/// path of a file. The settings of a data mover have the same form. An empty setting counts as not set, except for [`get`](Self::get).
///
/// `Debug` prints only the keys, because values may be secrets.
///
/// ```
/// use std::time::Duration;
/// use plugwright::Config;
///
/// let config = Config::from_iter([("region", "eu-1"), ("insecure", "true"), ("timeout", "1m30s")]);
/// assert_eq!(config.require("region")?, "eu-1");
/// assert_eq!(config.parse("insecure")?, Some(true));
/// assert_eq!(config.parse("timeout")?, Some(Duration::from_secs(90)));
/// assert_eq!(config.parse::<u16>("port")?, None);
/// let error = config.require("bucket").unwrap_err();
/// assert_eq!(error.to_string(), "invalid configuration: `bucket` is missing; found: insecure, region, timeout");
/// # Ok::<(), plugwright::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Config(BTreeMap<String, String>);

impl Config {
    /// Returns the setting unchanged, even if it is empty.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Returns a required setting. If it is missing, the error lists the settings found.
    #[track_caller]
    pub fn require(&self, key: &str) -> Result<&str> {
        match self.set(key) {
            Some(value) => Ok(value),
            None if self.0.contains_key(key) => {
                bail!("invalid configuration: `{key}` is empty; expected a value")
            }
            None => bail!("invalid configuration: `{key}` is missing; {}", self.found()),
        }
    }

    /// Deserializes all settings into a type with a field per key.
    ///
    /// ```
    /// use std::time::Duration;
    /// use plugwright::Config;
    ///
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "camelCase")]
    /// struct Settings {
    ///     bucket: String,
    ///     region: Option<String>,
    ///     #[serde(default)]
    ///     insecure_skip_tls_verify: bool,
    ///     #[serde(default = "minute")]
    ///     timeout: Duration,
    ///     #[serde(default)]
    ///     encryption: Encryption,
    ///     #[serde(default)]
    ///     endpoints: Vec<String>,
    /// }
    /// # fn minute() -> Duration { Duration::from_secs(60) }
    /// #[derive(Default, Debug, PartialEq, serde::Deserialize)]
    /// enum Encryption {
    ///     #[default]
    ///     #[serde(rename = "none")]
    ///     None,
    ///     #[serde(rename = "aws:kms")]
    ///     Kms,
    /// }
    ///
    /// let config = [("bucket", "velero"), ("region", ""), ("timeout", "1m30s"), ("endpoints", "a:9000, b:9000")];
    /// let settings: Settings = Config::from_iter(config).read()?;
    /// assert_eq!((settings.region, settings.timeout.as_secs()), (None, 90));
    /// assert_eq!(settings.endpoints, ["a:9000", "b:9000"]);
    ///
    /// let config = Config::from_iter([("bucket", "velero"), ("encryption", "aws:kmz")]);
    /// let error = config.read::<Settings>().err().unwrap();
    /// assert_eq!(error.to_string(), "invalid configuration: `encryption`: expected one of `none`, `aws:kms`, found \"aws:kmz\"; \
    ///     did you mean `aws:kms`?");
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    ///
    /// The field's type decides how a text is parsed: booleans as in Go's `strconv.ParseBool`, numbers,
    /// durations in Go's form (`1m30s`), enums by variant name, lists as JSON or separated by commas, structs
    /// and maps as JSON. An empty text counts as absent: an `Option` becomes `None`, a default is used, and
    /// any other field is an error. Errors quote only the texts of booleans, numbers, durations and enums.
    ///
    /// Keys without a field are ignored. `config = Settings` in the store's attribute makes them an error of
    /// Init, as in Velero's own plugins. Serde's `deny_unknown_fields` would also reject the keys that Velero
    /// adds.
    #[track_caller]
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        let set = self.0.iter().filter(|(_, text)| !text.is_empty());
        let set = set.map(|(key, text)| (key.clone(), text.clone())).collect();
        match settings::read::<T>(&set, settings::json) {
            Ok(read) => Ok(read.settings),
            Err(error) if error.to_string().ends_with("is missing") => {
                bail!("invalid configuration: {error}; {}", self.found())
            }
            Err(error) => bail!("invalid configuration: {error}"),
        }
    }

    /// Parses one setting. The type decides how, as in [`read`](Self::read): a number, a path, a `bool`, a
    /// [`Duration`](std::time::Duration), an enum or a list. `None` if it is not set.
    #[track_caller]
    pub fn parse<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        match self.set(key).map(|text| settings::parse(text, settings::json)) {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(error)) => bail!("invalid configuration: {}", error.of(key)),
        }
    }

    /// Iterates over all settings, sorted by key.
    pub fn iter(&self) -> btree_map::Iter<'_, String, String> {
        self.0.iter()
    }

    pub(crate) fn bool_of(text: &str) -> Result<bool, &'static str> {
        match text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
            _ => Err("expected `true` or `false`"),
        }
    }

    fn set(&self, key: &str) -> Option<&str> {
        self.get(key).filter(|value| !value.is_empty())
    }

    fn found(&self) -> String {
        match self.0.keys().map(String::as_str).collect::<Vec<_>>().join(", ") {
            keys if keys.is_empty() => "found no settings".to_owned(),
            keys => format!("found: {keys}"),
        }
    }
}

impl From<BTreeMap<String, String>> for Config {
    fn from(settings: BTreeMap<String, String>) -> Self {
        Self(settings)
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Config {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(settings: I) -> Self {
        Self(settings.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl<'a> IntoIterator for &'a Config {
    type Item = (&'a String, &'a String);
    type IntoIter = btree_map::Iter<'a, String, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Config ")?;
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Error;

    fn config() -> Config {
        Config::from_iter([
            ("empty", ""),
            ("port", "70000"),
            ("yes", "T"),
            ("ttl", "1d"),
            ("password", "hunter2"),
        ])
    }

    #[test]
    fn empty_is_not_set() {
        assert_eq!(config().get("empty"), Some(""));
        let error = config().require("empty").unwrap_err();
        assert_eq!(error.to_string(), "invalid configuration: `empty` is empty; expected a value");
        assert_eq!(config().parse::<u16>("empty").unwrap(), None);
        assert_eq!(config().parse::<bool>("empty").unwrap(), None);
        assert_eq!(
            Config::default().require("a").unwrap_err().to_string(),
            "invalid configuration: `a` is missing; found no settings"
        );
    }

    #[test]
    fn errors_name_the_key_and_the_line() {
        const LINE: u32 = line!() + 1;
        let error = config().parse::<u16>("port").unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid configuration: `port`: expected a whole number from 0 to 65535, found \"70000\""
        );
        assert_eq!((error.location().file(), error.location().line()), (file!(), LINE));

        let (error, line) = (config().require("x").unwrap_err(), line!());
        assert_eq!(error.location().line(), line);
        let error = |error: Error| error.to_string();
        assert_eq!(
            config().parse::<bool>("port").map_err(error),
            Err("invalid configuration: `port`: expected `true` or `false`, found \"70000\"".into())
        );
        assert_eq!(
            config().parse::<Duration>("ttl").map_err(error),
            Err("invalid configuration: `ttl`: the duration \"1d\" has the unknown unit \"d\"; use h, m, s, ms, \
                 us or ns, such as 1m30s"
                .into())
        );
        assert!(config().parse::<crate::Time>("ttl").unwrap_err().to_string().contains("`ttl`: "));
    }

    #[test]
    fn values_do_not_leak() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Password(std::net::IpAddr);

        assert_eq!(format!("{:?}", config()), r#"Config {"empty", "password", "port", "ttl", "yes"}"#);
        assert!(!config().parse::<Password>("password").unwrap_err().to_string().contains("hunter2"));
    }

    #[test]
    fn go_booleans() {
        assert_eq!(config().parse("yes").unwrap(), Some(true));
        assert_eq!(Config::from_iter([("no", "False")]).parse("no").unwrap(), Some(false));
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Settings {
        bucket: String,
        #[serde(default)]
        port: u16,
        empty: Option<String>,
        #[serde(default)]
        flag: bool,
    }

    fn read(settings: &[(&str, &str)]) -> Result<Settings, String> {
        settings.iter().copied().collect::<Config>().read().map_err(|error| error.to_string())
    }

    #[test]
    fn empty_texts_count_as_absent() {
        let settings = read(&[("bucket", "b"), ("empty", ""), ("port", ""), ("flag", ""), ("prefix", "p")]);
        assert_eq!(settings, Ok(Settings { bucket: "b".into(), port: 0, empty: None, flag: false }));
        assert_eq!(
            read(&[("bucket", ""), ("port", "1")]).unwrap_err(),
            "invalid configuration: `bucket` is missing; found: bucket, port"
        );
        assert_eq!(read(&[]).unwrap_err(), "invalid configuration: `bucket` is missing; found no settings");
    }

    #[test]
    fn errors_name_key_expected_and_found() {
        assert_eq!(
            read(&[("bucket", "b"), ("port", "70000")]).unwrap_err(),
            "invalid configuration: `port`: expected a whole number from 0 to 65535, found \"70000\""
        );
        assert_eq!(
            read(&[("bucket", "b"), ("flag", "yes")]).unwrap_err(),
            "invalid configuration: `flag`: expected `true` or `false`, found \"yes\""
        );
        let (error, line) = (config().read::<Settings>().unwrap_err(), line!());
        assert_eq!((error.location().file(), error.location().line()), (file!(), line));
    }
}
