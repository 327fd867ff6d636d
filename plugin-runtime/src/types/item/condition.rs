//! [`Condition`]: an element of `status.conditions`.

use serde_json::Value;

use super::Item;
use crate::types::Time;

/// A condition in an item's status, following the Kubernetes convention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition<'a> {
    /// Such as `Ready`.
    pub kind: &'a str,
    /// `True`, `False` or `Unknown`.
    pub status: &'a str,
    /// A machine-readable reason, such as `PodCompleted`; empty if missing.
    pub reason: &'a str,
    /// A human-readable message; empty if missing.
    pub message: &'a str,
    /// When the status last changed, if set.
    pub last_transition_time: Option<Time>,
}

impl Condition<'_> {
    /// Whether the status is `True`.
    pub fn is_true(&self) -> bool {
        self.status == "True"
    }
}

impl Item {
    /// Returns the condition of this type in `status.conditions`.
    ///
    /// ```
    /// # use plugwright::Item;
    /// let json = r#"{"kind": "Pod", "status": {"conditions": [
    ///     {"type": "Ready", "status": "False", "reason": "PodCompleted"}]}}"#;
    /// let item = Item::from_json(json)?;
    /// let ready = item.condition("Ready").unwrap();
    /// assert_eq!((ready.is_true(), ready.reason), (false, "PodCompleted"));
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    ///
    /// A restored item has no status yet: use the stored one,
    /// [`RestoreInput::stored`](crate::RestoreInput::stored).
    pub fn condition(&self, kind: &str) -> Option<Condition<'_>> {
        let conditions = self.as_value().pointer("/status/conditions")?.as_array()?;
        let found = conditions.iter().find(|condition| condition.get("type").is_some_and(|of| of == kind))?;
        let text = |field: &str| found.get(field).and_then(Value::as_str).unwrap_or_default();
        Some(Condition {
            kind: text("type"),
            status: text("status"),
            reason: text("reason"),
            message: text("message"),
            last_transition_time: text("lastTransitionTime").parse().ok(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn found_by_type() {
        let item = Item::from_value(json!({"kind": "VirtualMachineInstance", "status": {"conditions": [
            5,
            {"type": "Paused", "status": "True", "message": "by user", "lastTransitionTime": "2026-05-01T12:00:00Z"},
            {"type": "AgentConnected", "lastTransitionTime": null}]}}))
        .unwrap();
        let paused = item.condition("Paused").unwrap();
        assert_eq!(
            (paused.kind, paused.status, paused.reason, paused.message),
            ("Paused", "True", "", "by user")
        );
        assert_eq!(paused.last_transition_time.unwrap().to_string(), "2026-05-01T12:00:00Z");
        assert!(paused.is_true());
        let agent = item.condition("AgentConnected").unwrap();
        assert_eq!((agent.status, agent.is_true(), agent.last_transition_time), ("", false, None));
        assert_eq!(item.condition("Ready"), None);
        for other in [json!({"kind": "A"}), json!({"kind": "A", "status": {"conditions": {"type": "Ready"}}})]
        {
            assert_eq!(Item::from_value(other).unwrap().condition("Ready"), None);
        }
    }
}
