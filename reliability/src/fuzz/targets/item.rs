//! Items: the reader of the head, the tree, and every kind of access and edit.

use plugwright::Item;
use serde_json::Value;

use super::input::texts;

/// The item's JSON, then edits: `pointer=JSON` sets, `-pointer` removes, `+key=value` sets a label and an annotation.
pub(super) fn item(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == 0).unwrap_or(input.len());
    let (json, edits) = input.split_at(end);
    let tree = serde_json::from_slice::<Value>(json).ok().filter(|tree| depth(tree) <= 512);
    let Ok(mut item) = Item::from_json(json.to_vec()) else {
        // The head rejects only what the tree rejects.
        assert!(tree.is_none_or(|tree| Item::from_value(tree).is_err()), "expected the item to be read");
        return;
    };
    assert_eq!(Some(item.as_value()), tree.as_ref());
    assert_eq!(item.to_json(), json, "expected an unchanged item to keep its bytes");
    identity(&item);
    for edit in texts(edits).iter().skip(1) {
        change(&mut item, edit);
    }
    read(&item);
    let again = Item::from_json(item.to_json()).expect("an edited item is valid");
    assert_eq!(again, item);
    // The head of the new text is that of the tree.
    identity(&again);
    assert_eq!(again.to_string(), item.to_string());
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or_default(),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

/// The head of an unchanged item is what its tree contains.
fn identity(item: &Item) {
    let tree = item.as_value();
    for (found, pointer) in [
        (item.api_version(), "/apiVersion"),
        (item.kind(), "/kind"),
        (item.name(), "/metadata/name"),
        (item.namespace(), "/metadata/namespace"),
        (item.uid(), "/metadata/uid"),
    ] {
        let expected = tree.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        assert_eq!(found, expected, "{pointer}");
    }
}

fn change(item: &mut Item, edit: &str) {
    if let Some(pointer) = edit.strip_prefix('-') {
        // Some pointers are documented to panic; `set` rejects the same ones.
        let is_valid = item.clone().set(pointer, "x").is_ok();
        if is_valid && !matches!(pointer, "" | "/kind" | "/apiVersion" | "/metadata") {
            let there = item.get(pointer).cloned();
            assert_eq!(item.remove(pointer), there, "{pointer}");
        }
    } else if let Some(label) = edit.strip_prefix('+') {
        let (key, value) = label.split_once('=').unwrap_or((label, ""));
        item.set_label(key, value);
        item.set_annotation(key, value);
        assert_eq!((item.label(key), item.annotation(key)), (Some(value), Some(value)), "{key:?}");
        let _ = (item.remove_label("app"), item.remove_annotation("app"));
    } else {
        let (pointer, json) = edit.split_once('=').unwrap_or((edit, "7"));
        let value = serde_json::from_str(json).unwrap_or_else(|_| Value::from(json));
        let before = item.as_value().clone();
        if item.set(pointer, value.clone()).is_err() {
            assert_eq!(*item.as_value(), before, "expected no change by `{pointer}`");
        } else if !pointer.split('/').any(|name| name == "-") {
            assert_eq!(item.get(pointer), Some(&value), "{pointer}");
        }
    }
}

/// Calls everything that reads the tree or edits all of its places.
fn read(item: &Item) {
    let _ = (format!("{item:?}"), item.group(), item.is("apps", "Deployment"), item.condition("Ready"));
    let _ = (
        item.labels().count(),
        item.annotations().count(),
        item.owner_references(),
        item.finalizers().count(),
    );
    let _ = (item.pod_spec(), item.containers().count());
    let mut other = item.clone();
    other.edit_images(|image| image.strip_prefix("docker.io/").map(str::to_owned));
    other.edit_containers(|container| *container = Value::from(container.to_string()));
    for pointer in ["/spec/containers/*/env/*", "/*", "/metadata/*/*", "/spec/volumes/*/secret"] {
        let found = other.get_each(pointer).count();
        assert!(other.edit_each(pointer, |value| *value = Value::Null) <= found, "{pointer}");
    }
    other.remove_each("/spec/*/*");
}
