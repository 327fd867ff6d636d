//! Typed views of an item.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Item, diff};
use crate::bail;
use crate::error::{Error, Result};

impl Item {
    /// The item as a type of yours or of `k8s-openapi`; a struct with three fields is enough.
    ///
    /// ```
    /// # use plugwright::Item;
    /// #[derive(serde::Deserialize)]
    /// struct Claim {
    ///     spec: ClaimSpec,
    /// }
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "camelCase")]
    /// struct ClaimSpec {
    ///     storage_class_name: Option<String>,
    /// }
    /// # let item = Item::from_json(r#"{"kind": "PersistentVolumeClaim", "spec": {"storageClassName": "fast", "volumeName": "pv-1"}}"#)?;
    /// let claim: Claim = item.get_as()?;
    /// assert_eq!(claim.spec.storage_class_name.as_deref(), Some("fast"));
    /// # plugwright::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn get_as<T: DeserializeOwned>(&self) -> Result<T> {
        match T::deserialize(self.as_value()) {
            Ok(typed) => Ok(typed),
            Err(error) => {
                let error = Error::from(error);
                Err(error.context(format_args!("{self} can't be read as {}", std::any::type_name::<T>())))
            }
        }
    }

    /// Changes the item through a type, and returns what the closure returns.
    ///
    /// Only what the closure changes is written: what the type does not know stays, no default of it comes in, and if the
    /// closure changes nothing, neither does the item. A field that the closure takes away is removed with all that is in it.
    /// An element of an array keeps what the type does not know if it can be found again: by the name (or another key of
    /// Kubernetes) that all elements have, or by being equal to an element before, or, if there are as many elements as
    /// before, by its place.
    ///
    /// ```
    /// # use plugwright::Item;
    /// #[derive(serde::Deserialize, serde::Serialize)]
    /// struct Deployment {
    ///     spec: DeploymentSpec,
    /// }
    /// #[derive(serde::Deserialize, serde::Serialize)]
    /// struct DeploymentSpec {
    ///     replicas: u32,
    /// }
    /// # let mut item = Item::from_json(r#"{"kind": "Deployment", "spec": {"replicas": 3, "paused": true}}"#)?;
    /// let before = item.edit_as(|deployment: &mut Deployment| std::mem::replace(&mut deployment.spec.replicas, 0))?;
    /// assert_eq!(before, 3);
    /// assert_eq!(item.to_json(), r#"{"kind":"Deployment","spec":{"paused":true,"replicas":0}}"#);
    /// # plugwright::Result::Ok(())
    /// ```
    ///
    /// A closure that can fail returns a `Result`, and what it did before it failed is written: `item.edit_as(|…| …)??`.
    #[track_caller]
    pub fn edit_as<T, R>(&mut self, edit: impl FnOnce(&mut T) -> R) -> Result<R>
    where
        T: DeserializeOwned + Serialize,
    {
        let mut typed: T = self.get_as()?;
        let before = self.written(&typed)?;
        let result = edit(&mut typed);
        let after = self.written(&typed)?;
        if before != after {
            if !after.is_object() {
                bail!("{} writes no object, so {self} can't be edited as one", std::any::type_name::<T>());
            }
            let kind = self.as_value().get("kind").cloned().unwrap_or_default();
            let Ok(()) = self.change(|tree| {
                diff::apply(tree, &before, &after);
                if tree["kind"].as_str().unwrap_or_default().is_empty() {
                    tree["kind"] = kind;
                }
                Ok::<(), std::convert::Infallible>(())
            });
        }
        Ok(result)
    }

    #[track_caller]
    fn written<T: Serialize>(&self, typed: &T) -> Result<Value> {
        match serde_json::to_value(typed) {
            Ok(value) => Ok(value),
            Err(error) => {
                let error = Error::from(error);
                Err(error.context(format_args!("{self} can't be written as {}", std::any::type_name::<T>())))
            }
        }
    }
}
