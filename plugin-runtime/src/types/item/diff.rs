//! What a typed view changed, carried over to the whole tree: what the view does not know stays.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::map::Entry;
use serde_json::{Map, Value};

/// The names by which Kubernetes tells the elements of a list apart (its API's `patchMergeKey`s), the usual one first.
const KEYS: [&str; 9] =
    ["name", "mountPath", "devicePath", "containerPort", "port", "ip", "uid", "topologyKey", "type"];

/// Applies the difference between `before` and `after`, two states of a view of `tree`.
///
/// - What is equal in both is not touched.
/// - Objects are merged name by name. A name that is gone from `after` is removed, with all below it.
/// - Elements of arrays keep what the view does not know of them, if they can be found again: see [`merge_array`].
/// - Everything else becomes what it is in `after`.
pub(super) fn apply(tree: &mut Value, before: &Value, after: &Value) {
    if before == after {
        return;
    }
    match (&mut *tree, before, after) {
        (Value::Object(tree), Value::Object(before), Value::Object(after)) => {
            merge_object(tree, before, after);
        }
        // The view left it out before, as `skip_serializing_if` does with what is empty: that is not all there may be.
        (Value::Object(tree), Value::Null, Value::Object(after)) => merge_object(tree, &Map::new(), after),
        // The view shows an object that the tree does not have, with its defaults: they are no change.
        (Value::Null, Value::Object(before), Value::Object(after)) => {
            let mut made = Map::new();
            merge_object(&mut made, before, after);
            *tree = Value::Object(made);
        }
        (Value::Array(elements), Value::Array(before), Value::Array(after))
            if elements.len() == before.len() =>
        {
            let old = std::mem::take(elements);
            *elements = merge_array(old, before, after);
        }
        _ => *tree = after.clone(),
    }
}

fn merge_object(tree: &mut Map<String, Value>, before: &Map<String, Value>, after: &Map<String, Value>) {
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        tree.remove(name);
    }
    for (name, after) in after {
        let before = before.get(name).unwrap_or(&Value::Null);
        if before == after {
            continue;
        }
        match tree.entry(name) {
            Entry::Occupied(mut value) => apply(value.get_mut(), before, after),
            Entry::Vacant(place) => apply(place.insert(Value::Null), before, after),
        }
    }
}

/// The elements of `after`, each upon the element of the tree that it was before. An element of `after` is found again
///
/// 1. by its key, if all elements of both states have one and none twice (see [`KEYS`]);
/// 2. without keys, by being equal to an element of `before`;
/// 3. if there are as many elements as before, by its place.
///
/// What is not found again is new: only what the view says.
fn merge_array(tree: Vec<Value>, before: &[Value], after: &[Value]) -> Vec<Value> {
    let mut tree: Vec<Option<Value>> = tree.into_iter().map(Some).collect();
    let found = find_again(before, after);
    let merged = after.iter().zip(found).map(|(after, found)| {
        let old = found.and_then(|index| Some((tree.get_mut(index)?.take()?, before.get(index)?)));
        match old {
            Some((mut element, before)) => {
                apply(&mut element, before, after);
                element
            }
            None => after.clone(),
        }
    });
    merged.collect()
}

/// For each element of `after` its index in `before`. No index comes twice.
fn find_again(before: &[Value], after: &[Value]) -> Vec<Option<usize>> {
    let mut found = vec![None; after.len()];
    let mut free = vec![true; before.len()];
    let mut pair = |found: &mut Option<usize>, index: usize| {
        if found.is_none() && std::mem::take(&mut free[index]) {
            *found = Some(index);
        }
    };
    if let Some(key) = KEYS.into_iter().find(|key| tells_apart(key, before) && tells_apart(key, after)) {
        let places: HashMap<&Value, usize> = before.iter().map(|old| &old[key]).zip(0..).collect();
        for (found, element) in found.iter_mut().zip(after) {
            if let Some(&index) = places.get(&element[key]) {
                pair(found, index);
            }
        }
    } else {
        // Of equal elements those that have not moved belong together, then the first ones.
        for (index, (found, element)) in found.iter_mut().zip(after).enumerate() {
            if before.get(index) == Some(element) {
                pair(found, index);
            }
        }
        let mut places: HashMap<&Value, VecDeque<usize>> = HashMap::new();
        for (index, old) in before.iter().enumerate() {
            places.entry(old).or_default().push_back(index);
        }
        for (found, element) in found.iter_mut().zip(after).filter(|(found, _)| found.is_none()) {
            while let (None, Some(index)) = (&found, places.get_mut(element).and_then(VecDeque::pop_front)) {
                pair(found, index);
            }
        }
    }
    if before.len() == after.len() {
        for (index, found) in found.iter_mut().enumerate() {
            pair(found, index);
        }
    }
    found
}

/// Whether all elements have a text or number under this key, and none the same as another.
fn tells_apart(key: &str, elements: &[Value]) -> bool {
    let mut seen = HashSet::new();
    elements.iter().all(|element| {
        element.get(key).is_some_and(|value| (value.is_string() || value.is_number()) && seen.insert(value))
    })
}
