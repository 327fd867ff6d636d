//! The ConfigMap that configures a plugin, by Velero's convention (`GetPluginConfig` in its
//! `pkg/plugin/framework/common/plugin_config.go`).

use std::future::Future;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, ListParams};
use plugwright_model::{Kind, label, suggest};
use serde::de::DeserializeOwned;

use super::located;
use crate::error::{Error, ErrorContext, Result};
use crate::types::settings;
use crate::{Context, bail};

/// The label that marks such a ConfigMap.
const PLUGIN_CONFIG: &str = "velero.io/plugin-config";

impl Context {
    /// Reads the plugin's configuration: the ConfigMap in Velero's namespace with the label
    /// `velero.io/plugin-config` and a label that maps the plugin's name to its kind. `None` if it does not
    /// exist; if there are several, the error names them. For a kind with two versions, either name matches:
    /// `RestoreItemAction` and `RestoreItemActionV2`.
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: change-registry
    ///   namespace: velero
    ///   labels:
    ///     velero.io/plugin-config: ""
    ///     example.io/change-registry: RestoreItemAction
    /// data:
    ///   registry: registry.example.io
    ///   timeout: 1m30s
    ///   except: |
    ///     - namespace: kube-system
    /// ```
    ///
    /// ```
    /// use std::time::Duration;
    /// use plugwright::prelude::*;
    ///
    /// #[derive(Default, serde::Deserialize)]
    /// #[serde(default, rename_all = "camelCase")]
    /// struct Settings {
    ///     registry: Option<String>,
    ///     timeout: Duration,
    ///     except: Vec<Except>,
    /// }
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Except {
    ///     namespace: String,
    /// }
    ///
    /// #[restore_item_action(name = "example.io/change-registry", included_resources = ["pods"], new = Self::new)]
    /// struct ChangeRegistry(Settings);
    ///
    /// impl ChangeRegistry {
    ///     async fn new(cx: &Context) -> Result<Self> {
    ///         Ok(Self(cx.plugin_config().await?.unwrap_or_default()))
    ///     }
    /// }
    /// # impl RestoreItemAction for ChangeRegistry {
    /// #     async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
    /// #         let _ = (&self.0.registry, self.0.timeout, self.0.except.iter().any(|e| e.namespace == ""));
    /// #         Ok(RestoreOutput::restore())
    /// #     }
    /// # }
    /// ```
    ///
    /// A ConfigMap contains texts, which the fields' types decide how to parse: booleans as in Go, numbers,
    /// durations in Go's form (`1m30s`), enums by variant name, lists as YAML or separated by commas, structs
    /// and maps as YAML or JSON. An empty text is `None` for an `Option`.
    ///
    /// Unknown keys are logged as warnings; `#[serde(deny_unknown_fields)]` makes them an error. A
    /// `BTreeMap<String, String>` and [`Config`](crate::Config) accept any keys.
    ///
    /// A plugin is created for each backup and each restore, so read the configuration in `new`. Velero's
    /// service account has the permission; a restricted one needs `list` on `configmaps` in Velero's
    /// namespace.
    #[track_caller]
    pub fn plugin_config<T: DeserializeOwned>(&self) -> impl Future<Output = Result<Option<T>>> + Send {
        located(async { self.find_config().await?.map(|found| self.read(&found)).transpose() })
    }

    /// Like [`plugin_config`](Self::plugin_config), but a missing ConfigMap is an error that describes the
    /// expected labels.
    #[track_caller]
    pub fn require_plugin_config<T: DeserializeOwned>(&self) -> impl Future<Output = Result<T>> + Send {
        located(async {
            match self.find_config().await? {
                Some(found) => self.read(&found),
                None => bail!(
                    "missing configuration of {} {}: expected a ConfigMap in namespace {} with the labels \
                     `{PLUGIN_CONFIG}` and `{}={}`",
                    self.kind(),
                    self.name(),
                    self.required_namespace()?,
                    self.name(),
                    self.kind()
                ),
            }
        })
    }

    /// Reads a ConfigMap by name, like [`plugin_config`](Self::plugin_config); `None` if it does not exist.
    /// `namespace` defaults to Velero's.
    #[track_caller]
    pub fn config_map<T: DeserializeOwned>(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> impl Future<Output = Result<Option<T>>> + Send {
        located(async move {
            let namespace = namespace.map_or_else(|| self.required_namespace(), Ok)?;
            let maps = Api::<ConfigMap>::namespaced(self.client().await?, namespace);
            let found = maps.get_opt(name).await;
            let found = found.with_context(|| format!("reading ConfigMap {namespace}/{name}"))?;
            found.map(|found| self.read(&found)).transpose()
        })
    }

    /// Velero's namespace, or an error.
    pub(super) fn required_namespace(&self) -> Result<&str> {
        self.velero_namespace().context(
            "unknown Velero namespace; expected the variable `VELERO_NAMESPACE` or the service account of a \
             pod",
        )
    }

    async fn find_config(&self) -> Result<Option<ConfigMap>> {
        let (kind, name) = (self.kind(), self.name());
        let kinds = self.kinds().iter().flat_map(|kind| [Some(*kind), kind.twin()]).flatten();
        if let Err(error) = label::check_key(name) {
            bail!(
                "the name of {kind} {name} is not a valid label key ({error}), so a ConfigMap cannot refer to it; \
                 read one by name with `config_map`"
            )
        }
        let kinds: Vec<_> = kinds.map(Kind::name).collect();
        let kinds = kinds.join(",");
        let selector = format!("{PLUGIN_CONFIG},{name} in ({kinds})");
        let namespace = self.required_namespace()?;
        let maps = Api::<ConfigMap>::namespaced(self.client().await?, namespace);
        let found = maps.list(&ListParams::default().labels(&selector)).await;
        let found = found.with_context(|| format!("reading the configuration of {kind} {name}"))?;
        let names = || found.items.iter().filter_map(|map| map.metadata.name.as_deref()).collect::<Vec<_>>();
        match found.items.as_slice() {
            [] | [_] => Ok(found.items.into_iter().next()),
            _ => bail!(
                "{kind} {name} has more than one configuration: the ConfigMaps {} in namespace {namespace} have the \
                 labels `{PLUGIN_CONFIG}` and `{name}`; remove the labels from all but one",
                names().join(", ")
            ),
        }
    }

    fn read<T: DeserializeOwned>(&self, map: &ConfigMap) -> Result<T> {
        let metadata = &map.metadata;
        let at = |part: &Option<String>| part.clone().unwrap_or_default();
        let map_name = format!("{}/{}", at(&metadata.namespace), at(&metadata.name));
        let read = settings::read::<T>(
            map.data.as_ref().unwrap_or(&std::collections::BTreeMap::new()),
            settings::yaml,
        );
        let read = read.map_err(|error| {
            let (kind, name) = (self.kind(), self.name());
            Error::from(error).context(format_args!("invalid ConfigMap {map_name} of {kind} {name}"))
        })?;
        for key in &read.unknown {
            let hint = match suggest::closest(key, read.known.iter().copied()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("expected one of: {}", read.known.join(", ")),
            };
            tracing::warn!(
                "ConfigMap {map_name} has the key `{key}`, which {} does not use; {hint}",
                self.name()
            );
        }
        Ok(read.settings)
    }
}

#[cfg(test)]
#[path = "plugin_config_tests.rs"]
mod tests;
