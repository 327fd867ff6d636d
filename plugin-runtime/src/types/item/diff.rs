//! Applies the changes made through a typed view to the whole tree; fields unknown to the view stay.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::map::Entry;
use serde_json::{Map, Value};

/// The keys that identify elements of lists in Kubernetes (its API's `patchMergeKey`s), the most common
/// first.
const KEYS: [&str; 9] =
    ["name", "mountPath", "devicePath", "containerPort", "port", "ip", "uid", "topologyKey", "type"];

/// Applies the difference between `before` and `after`, two states of a view of `tree`.
///
/// - Values equal in both are not touched.
/// - Objects are merged by name. A name missing from `after` is removed with everything below it.
/// - Array elements keep fields unknown to the view if they can be matched: see [`merge_array`].
/// - Any other value is replaced by that of `after`.
pub(super) fn apply(tree: &mut Value, before: &Value, after: &Value) {
    if before == after {
        return;
    }
    match (&mut *tree, before, after) {
        (Value::Object(tree), Value::Object(before), Value::Object(after)) => {
            merge_object(tree, before, after);
        }
        // The view omitted it before, as `skip_serializing_if` does with empty values; the tree may have
        // more.
        (Value::Object(tree), Value::Null, Value::Object(after)) => merge_object(tree, &Map::new(), after),
        // The view serializes an object that the tree lacks, with its defaults: these are not changes.
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

/// Merges the elements of `after` into the matching elements of the tree. An element of `after` is matched
///
/// 1. by its key, if all elements of both states have a unique one (see [`KEYS`]);
/// 2. without keys, by equality with an element of `before`;
/// 3. if the number of elements is the same, by position.
///
/// An element without a match is new and has only the fields of the view.
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

/// Returns for each element of `after` its index in `before`. Indexes are unique.
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
        // Match equal elements at the same position first, then the others in order.
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

/// Whether all elements have a unique text or number under this key.
fn tells_apart(key: &str, elements: &[Value]) -> bool {
    let mut seen = HashSet::new();
    elements.iter().all(|element| {
        element.get(key).is_some_and(|value| (value.is_string() || value.is_number()) && seen.insert(value))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn applied(tree: Value, before: &Value, after: &Value) -> Value {
        let mut tree = tree;
        apply(&mut tree, before, after);
        tree
    }

    #[test]
    fn objects_are_merged() {
        let tree = json!({"a": 1, "b": {"c": 2, "unknown": 3}, "gone": {"x": 1, "unknown": 2}, "unknown": 4});
        let before = json!({"a": 1, "b": {"c": 2}, "gone": {"x": 1}});
        let after = json!({"a": 1, "b": {"c": 5, "d": 6}, "new": {"y": 1}});
        assert_eq!(
            applied(tree, &before, &after),
            json!({"a": 1, "b": {"c": 5, "d": 6, "unknown": 3}, "new": {"y": 1}, "unknown": 4})
        );
    }

    #[test]
    fn defaults_of_the_view_are_not_written() {
        let tree = json!({"spec": {"n": 1}, "null": null});
        let before = json!({"spec": {"n": 1}, "status": {}, "creationTimestamp": null, "sub": {"a": 0, "b": 0}, "null": {"a": 0}});
        let mut after = before.clone();
        after["spec"]["n"] = json!(2);
        assert_eq!(applied(tree.clone(), &before, &after), json!({"spec": {"n": 2}, "null": null}));
        after["sub"]["a"] = json!(1);
        after["null"]["b"] = json!(1);
        assert_eq!(
            applied(tree, &before, &after),
            json!({"spec": {"n": 2}, "sub": {"a": 1}, "null": {"b": 1}})
        );
    }

    #[test]
    fn values_omitted_as_empty_are_merged() {
        let tree = json!({"sub": {"unknown": 1}, "list": []});
        let after = json!({"sub": {"x": 1}, "list": [1]});
        assert_eq!(applied(tree, &json!({}), &after), json!({"sub": {"x": 1, "unknown": 1}, "list": [1]}));
    }

    #[test]
    fn other_types_are_replaced() {
        let before = json!({"a": "1", "b": [1], "c": {"x": 1}});
        let after = json!({"a": "2", "b": {"x": 1}, "c": 3});
        assert_eq!(applied(json!({"a": {"was": 1}, "b": [1], "c": {"x": 1}}), &before, &after), after);
        // A view that omits elements cannot match by position.
        assert_eq!(applied(json!([1, null, 2]), &json!([1, 2]), &json!([1, 3])), json!([1, 3]));
    }

    /// A list of objects, each with a field unknown to the view: `[("a", 1)]` is
    /// `[{"name": "a", "x": 1, "u": "a"}]`.
    fn list(key: &str, elements: &[(&str, i32)], unknown: bool) -> Value {
        elements
            .iter()
            .map(|(name, x)| {
                let mut element = json!({key: name, "x": x});
                if unknown {
                    element["u"] = json!(name);
                }
                element
            })
            .collect()
    }

    fn edited(key: &str, before: &[(&str, i32)], after: &[(&str, i32)]) -> Vec<Value> {
        let merged = applied(list(key, before, true), &list(key, before, false), &list(key, after, false));
        let Value::Array(merged) = merged else { panic!("{merged}") };
        for (element, (name, x)) in merged.iter().zip(after) {
            assert_eq!((&element[key], &element["x"]), (&json!(name), &json!(x)));
        }
        assert_eq!(merged.len(), after.len());
        merged.iter().map(|element| element["u"].clone()).collect()
    }

    #[test]
    fn elements_with_keys_keep_unknown_fields_when_moved() {
        for key in KEYS {
            // changed, moved, removed, added at the front and in between, replaced
            assert_eq!(edited(key, &[("a", 1), ("b", 2)], &[("a", 1), ("b", 3)]), ["a", "b"]);
            assert_eq!(edited(key, &[("a", 1), ("b", 2)], &[("b", 2), ("a", 3)]), ["b", "a"]);
            assert_eq!(edited(key, &[("a", 1), ("b", 2), ("c", 3)], &[("a", 9), ("c", 3)]), ["a", "c"]);
            assert_eq!(edited(key, &[("a", 1)], &[("z", 0), ("a", 2)]), [json!(null), json!("a")]);
            assert_eq!(
                edited(key, &[("a", 1), ("b", 2)], &[("z", 0), ("b", 3), ("y", 0), ("a", 1)]),
                [json!(null), json!("b"), json!(null), json!("a")]
            );
            // The same number as before: the element at the same position was renamed.
            assert_eq!(edited(key, &[("a", 1), ("b", 2)], &[("z", 1), ("b", 2)]), ["a", "b"]);
        }
    }

    #[test]
    fn elements_without_keys_match_by_value_or_position() {
        for names in [["a", "b", "c"], ["a", "a", "c"]] {
            let before = [(names[0], 1), (names[1], 2), (names[2], 3)];
            // changed in place, one removed, one added, reversed
            let changed = [before[0], (names[1], 9), before[2]];
            assert_eq!(edited("rule", &before, &changed), [names[0], names[1], names[2]]);
            assert_eq!(edited("rule", &before, &[before[0], before[2]]), [names[0], names[2]]);
            let more = [before[0], ("new", 0), before[1], before[2]];
            let expected = [json!(names[0]), json!(null), json!(names[1]), json!(names[2])];
            assert_eq!(edited("rule", &before, &more), expected);
            let turned = [before[2], before[1], before[0]];
            assert_eq!(edited("rule", &before, &turned), [names[2], names[1], names[0]]);
        }
    }

    #[test]
    fn equal_elements_keep_their_position() {
        let tree = json!([{"a": 1, "u": 1}, {"a": 1, "u": 2}, {"a": 1, "u": 3}]);
        let before = json!([{"a": 1}, {"a": 1}, {"a": 1}]);
        let after = json!([{"a": 1}, {"a": 1}]);
        assert_eq!(applied(tree.clone(), &before, &after), json!([{"a": 1, "u": 1}, {"a": 1, "u": 2}]));
        let after = json!([{"a": 2}, {"a": 1}, {"a": 1}]);
        assert_eq!(
            applied(tree, &before, &after),
            json!([{"a": 2, "u": 1}, {"a": 1, "u": 2}, {"a": 1, "u": 3}])
        );
    }

    #[test]
    fn plain_values_are_replaced() {
        let (before, after) = (json!(["a", "b", "b"]), json!(["b", "c", "a", "b", "b"]));
        assert_eq!(applied(before.clone(), &before, &after), after);
        assert_eq!(applied(json!([1, 2]), &json!([1, 2]), &json!([])), json!([]));
    }

    /// A deterministic pseudo-random generator.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % sides
        }

        fn value(&mut self, depth: u64) -> Value {
            match self.roll(if depth == 0 { 2 } else { 4 }) {
                0 => json!(self.roll(3)),
                1 => json!(["", "a", "b"][usize::try_from(self.roll(3)).unwrap()]),
                2 => (0..self.roll(4)).map(|_| self.value(depth - 1)).collect(),
                _ => self.object(depth),
            }
        }

        fn object(&mut self, depth: u64) -> Value {
            let names = ["a", "b", "name", "u1", "u2"];
            let mut object = Map::new();
            for name in names {
                if self.roll(2) == 0 {
                    object.insert(name.into(), self.value(depth - 1));
                }
            }
            Value::Object(object)
        }

        /// Makes random changes without adding a name unknown to the view.
        fn change(&mut self, value: &mut Value) {
            match value {
                Value::Object(fields) => {
                    fields.retain(|_, _| self.roll(8) != 0);
                    for (_, field) in fields.iter_mut() {
                        self.change(field);
                    }
                    if self.roll(4) == 0 {
                        let new = view(&self.value(2));
                        fields.insert("b".into(), new);
                    }
                }
                Value::Array(elements) => {
                    elements.retain(|_| self.roll(8) != 0);
                    for element in elements.iter_mut() {
                        self.change(element);
                    }
                    if self.roll(4) == 0 {
                        elements.insert(0, view(&self.value(2)));
                    }
                }
                plain if self.roll(4) == 0 => *plain = view(&self.value(1)),
                _ => {}
            }
        }
    }

    /// The view of a type that knows all names but `u1` and `u2`.
    fn view(value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                let known = fields.iter().filter(|(name, _)| !name.starts_with('u'));
                Value::Object(known.map(|(name, field)| (name.clone(), view(field))).collect())
            }
            Value::Array(elements) => elements.iter().map(view).collect(),
            plain => plain.clone(),
        }
    }

    /// Checks that every object that still exists has its unknown fields.
    fn assert_kept(tree: &Value, merged: &Value) {
        if let (Value::Object(tree), Value::Object(merged)) = (tree, merged) {
            for (name, field) in tree {
                match merged.get(name) {
                    Some(kept) if name.starts_with('u') => assert_eq!(kept, field),
                    Some(known) => assert_kept(field, known),
                    None => assert!(!name.starts_with('u')),
                }
            }
        }
    }

    #[test]
    fn random_edits_keep_unknown_fields() {
        let mut dice = Dice(1);
        for _ in 0..5_000 {
            let tree = dice.object(4);
            let before = view(&tree);
            assert_eq!(applied(tree.clone(), &before, &before), tree);

            let mut after = before.clone();
            dice.change(&mut after);
            let merged = applied(tree.clone(), &before, &after);
            assert_eq!(view(&merged), after, "{tree}");
            assert_kept(&tree, &merged);
        }
    }
}
