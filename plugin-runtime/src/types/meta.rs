//! What every Kubernetes object has: [`ObjectMeta`], and the selectors and references that Velero's types
//! use. From `k8s.io/apimachinery/pkg/apis/meta/v1` and `k8s.io/api/core/v1`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::absent::{is_default, or_default};
use super::text_enum::text_enum;
use super::time::Time;

/// Name, labels and the rest of an object's metadata, all fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ObjectMeta {
    /// The name, unique within kind and namespace.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub name: String,
    /// The beginning of a name that the API server completes.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub generate_name: String,
    /// The namespace; empty for a cluster-scoped object.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub namespace: String,
    /// An old field; today's API servers leave it empty.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub self_link: String,
    /// Unique in time and space.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub uid: String,
    /// The API server's version of the object: opaque.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub resource_version: String,
    /// Counts the changes of the spec.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub generation: i64,
    /// When the API server made the object.
    #[serde(skip_serializing_if = "is_default")]
    pub creation_timestamp: Option<Time>,
    /// When the object will be deleted; set if somebody asked for it.
    #[serde(skip_serializing_if = "is_default")]
    pub deletion_timestamp: Option<Time>,
    /// Seconds that the object has to end in good order.
    #[serde(skip_serializing_if = "is_default")]
    pub deletion_grace_period_seconds: Option<i64>,
    /// The labels.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
    /// The annotations.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub annotations: BTreeMap<String, String>,
    /// The objects that this one depends on.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub owner_references: Vec<OwnerReference>,
    /// Who has to agree before the object goes away.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub finalizers: Vec<String>,
    /// Which manager set which field, as it came.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub managed_fields: Vec<Value>,
}

/// An object that another one depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct OwnerReference {
    /// Such as `apps/v1`.
    #[serde(deserialize_with = "or_default")]
    pub api_version: String,
    /// Such as `ReplicaSet`.
    #[serde(deserialize_with = "or_default")]
    pub kind: String,
    /// The owner's name, in the same namespace.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The owner's uid.
    #[serde(deserialize_with = "or_default")]
    pub uid: String,
    /// Whether the owner is the managing controller.
    #[serde(skip_serializing_if = "is_default")]
    pub controller: Option<bool>,
    /// Whether the owner stays until this object is gone, in a foreground deletion.
    #[serde(skip_serializing_if = "is_default")]
    pub block_owner_deletion: Option<bool>,
}

impl OwnerReference {
    /// To one of Velero's objects, as Velero's own code writes it.
    pub(crate) fn to_velero(kind: &str, owner: &ObjectMeta) -> Self {
        Self {
            api_version: "velero.io/v1".into(),
            kind: kind.into(),
            name: owner.name.clone(),
            uid: owner.uid.clone(),
            controller: Some(true),
            block_owner_deletion: None,
        }
    }
}

/// Which labels an object must have: all of `match_labels` and of `match_expressions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct LabelSelector {
    /// Labels with exactly these values.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub match_labels: BTreeMap<String, String>,
    /// Conditions on labels.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub match_expressions: Vec<LabelSelectorRequirement>,
}

impl LabelSelector {
    /// Whether labels, which are asked for by key, meet all conditions. An empty selector matches everything.
    ///
    /// ```
    /// use plugwright::types::LabelSelector;
    /// # use plugwright::Item;
    ///
    /// let selector: LabelSelector = serde_json::from_str(r#"{"matchLabels": {"app": "shop"}}"#)?;
    /// let item = Item::from_json(r#"{"kind": "Pod", "metadata": {"labels": {"app": "shop"}}}"#)?;
    /// assert!(selector.matches(|key| item.label(key)));
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    pub fn matches<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        self.match_labels.iter().all(|(key, value)| label(key) == Some(value))
            && self.match_expressions.iter().all(|one| one.is_met_by(label(&one.key)))
    }
}

/// A condition on one label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LabelSelectorRequirement {
    /// The label.
    pub key: String,
    /// What has to be so.
    pub operator: LabelSelectorOperator,
    /// The values of `In` and `NotIn`.
    #[serde(default, skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub values: Vec<String>,
}

impl LabelSelectorRequirement {
    /// A condition without values.
    pub fn new(key: impl Into<String>, operator: LabelSelectorOperator) -> Self {
        Self { key: key.into(), operator, values: Vec::new() }
    }

    /// Whether a label of this value meets the condition; `None` is an object without the label. An operator that this
    /// crate does not know is never met.
    pub fn is_met_by(&self, value: Option<&str>) -> bool {
        let listed = || value.is_some_and(|value| self.values.iter().any(|one| one == value));
        match self.operator {
            LabelSelectorOperator::In => listed(),
            LabelSelectorOperator::NotIn => !listed(),
            LabelSelectorOperator::Exists => value.is_some(),
            LabelSelectorOperator::DoesNotExist => value.is_none(),
            LabelSelectorOperator::Other(_) => false,
        }
    }
}

text_enum! {
    /// What a [`LabelSelectorRequirement`] asks of a label.
    pub enum LabelSelectorOperator {
        /// The label has one of the values.
        In = "In",
        /// The label is missing or has none of the values.
        NotIn = "NotIn",
        /// The label is there.
        Exists = "Exists",
        /// The label is missing.
        DoesNotExist = "DoesNotExist",
    }
}

/// An object in the same namespace, by kind and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct TypedLocalObjectReference {
    /// The API group; none for the core group.
    pub api_group: Option<String>,
    /// Such as `ConfigMap`.
    #[serde(deserialize_with = "or_default")]
    pub kind: String,
    /// The name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
}

/// An object, by what tells it from others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ObjectReference {
    /// Such as `v1`.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub api_version: String,
    /// Such as `Pod`.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub kind: String,
    /// The namespace; empty for a cluster-scoped object.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub namespace: String,
    /// The name.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub name: String,
    /// The uid.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub uid: String,
    /// The API server's version of the object: opaque.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub resource_version: String,
    /// A part of the object, such as `spec.containers{web}`.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub field_path: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_selector_matches_if_all_of_it_is_met() {
        let matches = |selector: Value, labels: &[(&'static str, &'static str)]| {
            let selector: LabelSelector = serde_json::from_value(selector).unwrap();
            selector.matches(|key| labels.iter().find(|(of, _)| *of == key).map(|(_, value)| *value))
        };
        assert!(matches(json!({}), &[]));
        let labels = [("app", "shop"), ("tier", "web")];
        for (expression, met) in [
            (json!({"key": "tier", "operator": "In", "values": ["web", "db"]}), true),
            (json!({"key": "tier", "operator": "In", "values": ["db"]}), false),
            (json!({"key": "tier", "operator": "NotIn", "values": ["web"]}), false),
            (json!({"key": "none", "operator": "NotIn", "values": ["web"]}), true),
            (json!({"key": "tier", "operator": "Exists"}), true),
            (json!({"key": "tier", "operator": "DoesNotExist"}), false),
            (json!({"key": "none", "operator": "DoesNotExist"}), true),
            (json!({"key": "tier", "operator": "Later"}), false),
        ] {
            let selector = json!({"matchLabels": {"app": "shop"}, "matchExpressions": [expression]});
            assert_eq!(matches(selector.clone(), &labels), met, "{expression}");
            assert!(!matches(selector, &[("app", "other"), ("tier", "web")]), "{expression}");
        }
    }
}
