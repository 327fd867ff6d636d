//! Converts a restore action's output for Ark, which can neither skip an item nor restore additional items.

use bytes::Bytes;

use crate::types::{Item, RestoreOutput};

/// The item to restore, and the warnings of the restore.
pub(super) struct Answer {
    pub(super) item: Bytes,
    pub(super) warning: String,
}

impl Answer {
    /// An item to be skipped is returned unchanged: Ark restores it in any case, even after an error (Ark's
    /// `pkg/restore/restore.go`).
    pub(super) fn new(given: Bytes, item: &Item, output: RestoreOutput) -> Self {
        let RestoreOutput { skip, additional_items, mut warnings, .. } = output;
        if skip {
            warnings.push("Ark cannot skip an item: it is restored unchanged".to_owned());
        } else if !additional_items.is_empty() {
            let items: Vec<_> = additional_items.iter().map(ToString::to_string).collect();
            let items = items.join(", ");
            warnings.push(format!("Ark cannot restore additional items: {items}"));
        }
        for warning in &warnings {
            tracing::warn!("{warning}");
        }
        Self { item: if skip { given } else { item.to_json() }, warning: warnings.join("; ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ResourceIdentifier;

    fn answer(output: RestoreOutput) -> Answer {
        let given = Bytes::from_static(br#"{"kind":"Pod"}"#);
        let mut item = Item::from_json(given.clone()).unwrap();
        item.set_label("a", "b");
        Answer::new(given, &item, output)
    }

    #[test]
    fn changed_item_has_no_warning() {
        let Answer { item, warning } = answer(RestoreOutput::restore());
        assert!(item.ends_with(br#""labels":{"a":"b"}}}"#), "{item:?}");
        assert_eq!(warning, "");
    }

    #[test]
    fn unsupported_results_are_warnings() {
        let Answer { item, warning } = answer(RestoreOutput::skip().warning("look here"));
        assert_eq!(item, r#"{"kind":"Pod"}"#);
        assert_eq!(warning, "look here; Ark cannot skip an item: it is restored unchanged");
        let secret = ResourceIdentifier::new("secrets", "shop", "tls");
        let Answer { warning, .. } = answer(RestoreOutput::restore().additional_item(secret));
        assert!(warning.ends_with("Ark cannot restore additional items: secrets shop/tls"), "{warning}");
    }
}
