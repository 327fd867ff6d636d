//! What Ark gets of a restore action's output. It has no way to leave an item out, nor to restore others with it.

use bytes::Bytes;

use crate::types::{Item, RestoreOutput};

/// The item to restore, and what goes among the warnings of the restore.
pub(super) struct Answer {
    pub(super) item: Bytes,
    pub(super) warning: String,
}

impl Answer {
    /// An item that was to be left out is restored as it was: Ark restores it in any case, after an error, too
    /// (Ark's `pkg/restore/restore.go`).
    pub(super) fn new(given: Bytes, item: &Item, output: RestoreOutput) -> Self {
        let RestoreOutput { skip, additional_items, mut warnings, .. } = output;
        if skip {
            warnings.push("this item was to be left out of the restore, which Ark cannot do".to_owned());
        } else if !additional_items.is_empty() {
            let items: Vec<_> = additional_items.iter().map(ToString::to_string).collect();
            let items = items.join(", ");
            warnings
                .push(format!("other items were to be restored with this one, which Ark cannot do: {items}"));
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
    fn a_changed_item_goes_back_without_a_warning() {
        let Answer { item, warning } = answer(RestoreOutput::restore());
        assert!(item.ends_with(br#""labels":{"a":"b"}}}"#), "{item:?}");
        assert_eq!(warning, "");
    }

    #[test]
    fn what_ark_cannot_do_is_a_warning() {
        let Answer { item, warning } = answer(RestoreOutput::skip().warning("look here"));
        assert_eq!(item, r#"{"kind":"Pod"}"#);
        assert_eq!(warning, "look here; this item was to be left out of the restore, which Ark cannot do");
        let secret = ResourceIdentifier::new("secrets", "shop", "tls");
        let Answer { warning, .. } = answer(RestoreOutput::restore().additional_item(secret));
        assert!(warning.ends_with("which Ark cannot do: secrets shop/tls"), "{warning}");
    }
}
