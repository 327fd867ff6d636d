//! Typed views of an item.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Item, diff};
use crate::bail;
use crate::error::{Error, Result};

impl Item {
    /// Deserializes the item into your own type or one of `k8s-openapi`. The type needs only the fields you
    /// use.
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
    /// # let json = r#"{"kind": "PersistentVolumeClaim", "spec": {"storageClassName": "fast", "volumeName": "pv-1"}}"#;
    /// # let item = Item::from_json(json)?;
    /// let claim: Claim = item.get_as()?;
    /// assert_eq!(claim.spec.storage_class_name.as_deref(), Some("fast"));
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    #[track_caller]
    pub fn get_as<T: DeserializeOwned>(&self) -> Result<T> {
        match T::deserialize(self.as_value()) {
            Ok(typed) => Ok(typed),
            Err(error) => {
                // Once more, to find the place of the error.
                let error = match serde_path_to_error::deserialize::<_, T>(self.as_value()) {
                    // serde quotes the value, and Velero logs the error.
                    Err(at) if self.kind() == "Secret" => Error::msg(format_args!(
                        "{}: the value does not have the expected type; it is not quoted, because it is in a Secret",
                        at.path()
                    )),
                    Err(at) => Error::from(at),
                    Ok(_) => Error::from(error),
                };
                Err(error.context(format_args!("{self} cannot be read as {}", std::any::type_name::<T>())))
            }
        }
    }

    /// Edits the item through a type, and returns the closure's result.
    ///
    /// Only the closure's changes are written: fields unknown to the type stay, defaults are not added, and a
    /// closure that changes nothing leaves the item unchanged. A removed field is removed with its content.
    /// Array elements keep unknown fields if they can be matched: by the name (or another Kubernetes key)
    /// that all elements have, by equality with a previous element, or, if the number of elements is the
    /// same, by position.
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
    /// # let json = r#"{"kind": "Deployment", "spec": {"replicas": 3, "paused": true}}"#;
    /// # let mut item = Item::from_json(json)?;
    /// let before = item.edit_as(|it: &mut Deployment| std::mem::replace(&mut it.spec.replicas, 0))?;
    /// assert_eq!(before, 3);
    /// assert_eq!(item.to_json(), r#"{"kind":"Deployment","spec":{"paused":true,"replicas":0}}"#);
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    ///
    /// If the closure can fail, return a `Result`: `item.edit_as(|…| …)??`. Changes made before the failure
    /// are written.
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
                bail!(
                    "cannot edit {self} as {}: expected a type that serializes to an object",
                    std::any::type_name::<T>()
                );
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
                Err(error.context(format_args!("{self} cannot be written as {}", std::any::type_name::<T>())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    /// Three fields of a Deployment: with Go's `omitempty`, an option without it, and a default.
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Deployment {
        spec: Spec,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        status: BTreeMap<String, String>,
        creation_timestamp: Option<String>,
    }

    #[derive(Debug, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Spec {
        #[serde(skip_serializing_if = "Option::is_none")]
        replicas: Option<u32>,
        #[serde(default)]
        min_ready_seconds: u32,
        template: Template,
    }

    #[derive(Debug, Default, Serialize, Deserialize)]
    #[serde(default)]
    struct Template {
        containers: Vec<Container>,
    }

    #[derive(Debug, Serialize, Deserialize)]
    struct Container {
        name: String,
        image: String,
    }

    const DEPLOYMENT: &str = r#"{"kind":"Deployment", "apiVersion":"apps/v1","spec":{"replicas":3,"paused":true,
        "template":{"dnsPolicy":"Default","containers":[
            {"name":"a","image":"a:1","env":[{"name":"X","value":"1"}]},
            {"name":"b","image":"b:1","tty":true}]}}}"#;

    fn deployment() -> Item {
        Item::from_json(DEPLOYMENT).unwrap()
    }

    /// Returns the edited item, and the expected one: the same JSON changed by `expected`.
    #[track_caller]
    fn check(edit: impl FnOnce(&mut Deployment), expected: impl FnOnce(&mut Value)) {
        let mut item = deployment();
        item.edit_as(edit).unwrap();
        let mut value: Value = serde_json::from_str(DEPLOYMENT).unwrap();
        expected(&mut value);
        assert_eq!(item.as_value(), &value);
        assert!(item.is_changed());
    }

    #[test]
    fn edit_without_changes_keeps_the_bytes() {
        let mut item = deployment();
        let length =
            item.edit_as(|deployment: &mut Deployment| deployment.spec.template.containers.len()).unwrap();
        assert_eq!(length, 2);
        assert!(!item.is_changed());
        assert_eq!(item.to_json(), DEPLOYMENT);
    }

    #[test]
    fn only_the_difference_is_written() {
        check(|it| it.spec.replicas = Some(0), |value| value["spec"]["replicas"] = json!(0));
        check(
            |it| it.spec.replicas = None,
            |value| {
                value["spec"].as_object_mut().unwrap().remove("replicas");
            },
        );
        check(|it| it.spec.min_ready_seconds = 5, |value| value["spec"]["minReadySeconds"] = json!(5));
        check(
            |it| it.status = [("a".to_owned(), "b".to_owned())].into(),
            |value| value["status"] = json!({"a": "b"}),
        );
        check(
            |it| it.spec.template.containers[1].image.push('2'),
            |value| value["spec"]["template"]["containers"][1]["image"] = json!("b:12"),
        );
    }

    #[test]
    fn added_and_removed_containers_are_complete() {
        check(
            |it| {
                it.spec.template.containers.remove(0);
            },
            |value| {
                value["spec"]["template"]["containers"].as_array_mut().unwrap().remove(0);
            },
        );
        check(
            |it| it.spec.template.containers.insert(0, Container { name: "init".into(), image: "i".into() }),
            |value| {
                let containers = value["spec"]["template"]["containers"].as_array_mut().unwrap();
                containers.insert(0, json!({"name": "init", "image": "i"}));
            },
        );
    }

    #[test]
    fn older_view_of_a_newer_api_loses_nothing() {
        /// `autoscaling/v1` has only one metric.
        #[derive(Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Autoscaler {
            spec: AutoscalerSpec,
        }
        #[derive(Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct AutoscalerSpec {
            scale_target_ref: Target,
            min_replicas: Option<i32>,
            max_replicas: i32,
            #[serde(rename = "targetCPUUtilizationPercentage")]
            target_cpu: Option<i32>,
        }
        #[derive(Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Target {
            api_version: String,
        }
        let v2 = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
            "spec": {"scaleTargetRef": {"apiVersion": "apps/v1beta1", "kind": "Deployment", "name": "web"},
                "maxReplicas": 5,
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}],
                "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}}},
            "status": {"currentMetrics": null, "desiredReplicas": 2}});
        let mut item = Item::from_value(v2.clone()).unwrap();
        item.edit_as(|it: &mut Autoscaler| it.spec.scale_target_ref.api_version = "apps/v1".into()).unwrap();
        let mut expected = v2;
        expected["spec"]["scaleTargetRef"]["apiVersion"] = json!("apps/v1");
        assert_eq!(item.as_value(), &expected);
    }

    #[test]
    fn the_closure_may_fail() {
        let mut item = deployment();
        let result: Result<()> = item
            .edit_as(|deployment: &mut Deployment| -> Result<()> {
                bail!("no {:?}", deployment.spec.replicas)
            })
            .unwrap();
        assert_eq!(result.unwrap_err().to_string(), "no Some(3)");
    }

    #[test]
    fn errors_name_item_place_and_type() {
        let mut item = deployment();
        item.set("/spec/template/containers/1/image", 5).unwrap();
        let error = item.get_as::<Deployment>().unwrap_err();
        let expected = "Deployment cannot be read as plugwright::types::item::typed::tests::Deployment: \
                        spec.template.containers[1].image: invalid type: integer `5`, expected a string";
        assert_eq!(error.to_string(), expected);
        assert_eq!((error.location().file(), error.location().line()), (file!(), line!() - 4));
        assert_eq!(item.edit_as(|_: &mut Deployment| ()).unwrap_err().to_string(), error.to_string());
    }

    #[test]
    fn view_must_serialize_to_an_object() {
        #[derive(Deserialize)]
        struct Text {
            #[serde(default)]
            text: String,
        }
        impl Serialize for Text {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.text)
            }
        }
        let mut item = deployment();
        let error = item.edit_as(|view: &mut Text| view.text.push('x')).unwrap_err().to_string();
        assert!(error.contains("::Text: expected a type that serializes to an object"), "{error}");
        assert!(!item.is_changed());
    }
}
