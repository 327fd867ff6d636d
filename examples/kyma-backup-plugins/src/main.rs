//! Kyma's backup plugins. Each module is a plugin; registration is automatic.

mod by_label;
mod instances;
mod knative;
mod nats_channels;
mod secrets;

use plugwright::Item;

plugwright::main!();

/// Formats an item as the original's log does: `Service.serving.knative.dev shop/web`.
fn named(item: &Item) -> String {
    let (kind, group) = (item.kind(), item.group());
    let dot = if group.is_empty() { "" } else { "." };
    format!("{kind}{dot}{group} {}/{}", item.namespace(), item.name())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn items_are_named_with_their_group() {
        let item = |api_version| {
            let metadata = json!({"namespace": "shop", "name": "web"});
            named(
                &Item::from_value(
                    json!({"apiVersion": api_version, "kind": "Service", "metadata": metadata}),
                )
                .unwrap(),
            )
        };
        assert_eq!(item("v1"), "Service shop/web");
        assert_eq!(item("serving.knative.dev/v1alpha1"), "Service.serving.knative.dev shop/web");
    }
}
