//! The four kinds of patches.

use serde_json::{Map, Value};

use crate::status::Failure;

/// Applies a patch of a media type to an object.
pub(super) fn apply(media_type: &str, object: &mut Value, patch: &Value) -> Result<(), Failure> {
    match media_type {
        "application/merge-patch+json" => merge(object, patch, Lists::Replaced),
        "application/strategic-merge-patch+json" | "application/apply-patch+yaml" => {
            merge(object, patch, Lists::ByName);
        }
        "application/json-patch+json" => {
            let operations = patch
                .as_array()
                .ok_or_else(|| Failure::bad_request("expected a list of JSON patch operations".to_owned()))?;
            operations.iter().try_for_each(|operation| step(object, operation))?;
        }
        other => return Err(Failure::media_type(other)),
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lists {
    /// Replaced, as in RFC 7396.
    Replaced,
    /// Entries with the same `name` are merged, others are added.
    ByName,
}

fn merge(object: &mut Value, patch: &Value, lists: Lists) {
    match (&mut *object, patch) {
        (_, Value::Object(patch)) => {
            if !object.is_object() {
                *object = Value::Object(Map::new());
            }
            let Value::Object(object) = object else { return };
            for (key, value) in patch {
                if value.is_null() {
                    object.remove(key);
                } else {
                    merge(object.entry(key).or_insert(Value::Null), value, lists);
                }
            }
        }
        (Value::Array(old), Value::Array(new))
            if lists == Lists::ByName && are_named(old) && are_named(new) =>
        {
            for entry in new {
                match old.iter_mut().find(|old| old["name"] == entry["name"]) {
                    Some(old) => merge(old, entry, lists),
                    None => old.push(entry.clone()),
                }
            }
        }
        (object, patch) => patch.clone_into(object),
    }
}

fn are_named(list: &[Value]) -> bool {
    list.iter().all(|entry| entry.get("name").is_some_and(Value::is_string))
}

/// One operation of RFC 6902.
fn step(object: &mut Value, operation: &Value) -> Result<(), Failure> {
    let text = |key: &str| operation.get(key).and_then(Value::as_str);
    let path = text("path").unwrap_or_default();
    let failed = |why: &str| {
        let name = text("op").unwrap_or_default();
        Failure::bad_request(format!("the JSON patch cannot `{name}` \"{path}\": {why}"))
    };
    let value = || operation.get("value").cloned().ok_or_else(|| failed("missing `value`"));
    let from = || text("from").ok_or_else(|| failed("missing `from`"));
    match text("op").unwrap_or_default() {
        "add" => add(object, path, value()?).map_err(failed),
        "remove" => remove(object, path).map(drop).map_err(failed),
        "replace" => {
            *object.pointer_mut(path).ok_or_else(|| failed(MISSING))? = value()?;
            Ok(())
        }
        "move" => {
            let moved = remove(object, from()?).map_err(failed)?;
            add(object, path, moved).map_err(failed)
        }
        "copy" => {
            let copied = object.pointer(from()?).cloned().ok_or_else(|| failed(MISSING))?;
            add(object, path, copied).map_err(failed)
        }
        "test" if object.pointer(path) == Some(&value()?) => Ok(()),
        "test" => Err(failed("the value differs")),
        _ => Err(failed("unknown operation")),
    }
}

const MISSING: &str = "the path does not exist";

fn add(object: &mut Value, path: &str, value: Value) -> Result<(), &'static str> {
    if path.is_empty() {
        *object = value;
        return Ok(());
    }
    let (parent, key) = parent(object, path)?;
    match parent {
        Value::Object(fields) => {
            fields.insert(key, value);
        }
        Value::Array(entries) => {
            let at = if key == "-" { entries.len() } else { key.parse().map_err(|_| "expected an index")? };
            if at > entries.len() {
                return Err("the index is out of range");
            }
            entries.insert(at, value);
        }
        _ => return Err(MISSING),
    }
    Ok(())
}

fn remove(object: &mut Value, path: &str) -> Result<Value, &'static str> {
    let (parent, key) = parent(object, path)?;
    let removed = match parent {
        Value::Object(fields) => fields.remove(&key),
        Value::Array(entries) => {
            key.parse().ok().filter(|at| *at < entries.len()).map(|at: usize| entries.remove(at))
        }
        _ => None,
    };
    removed.ok_or(MISSING)
}

fn parent<'a>(object: &'a mut Value, path: &str) -> Result<(&'a mut Value, String), &'static str> {
    let (parent, key) = path.rsplit_once('/').ok_or("expected a path that starts with `/`")?;
    let parent = object.pointer_mut(parent).ok_or(MISSING)?;
    Ok((parent, key.replace("~1", "/").replace("~0", "~")))
}
