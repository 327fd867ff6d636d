//! Changes to all values that a pointer with `*` matches.

use serde_json::Value;

use super::{Item, pointer};

impl Item {
    /// Passes each value that the pointer matches to `edit`, and returns how many it changed. `*` in the
    /// pointer matches every element of an array or every field of an object.
    ///
    /// ```
    /// # use plugwright::Item;
    /// let json = r#"{"kind": "Service", "spec": {"ports": [{"port": 80, "nodePort": 30080}, {"port": 443}]}}"#;
    /// let mut item = Item::from_json(json)?;
    /// let changed = item.edit_each("/spec/ports/*/port", |port| {
    ///     if *port == 80 {
    ///         *port = 8080.into();
    ///     }
    /// });
    /// assert_eq!((changed, item.get("/spec/ports/0/port")), (1, Some(&8080.into())));
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    ///
    /// A field named `*` cannot be selected alone. `kind`, `apiVersion` and `metadata` keep their type: a
    /// change that breaks one is undone and not counted.
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get), if the text is not a JSON pointer.
    #[track_caller]
    pub fn edit_each(&mut self, pointer: &str, mut edit: impl FnMut(&mut Value)) -> usize {
        let mut changed = 0;
        for place in self.places(pointer) {
            let Some(before) = self.get(&place) else { continue };
            let mut after = before.clone();
            edit(&mut after);
            if after != *before && self.set(&place, after).is_ok() {
                changed += 1;
            }
        }
        changed
    }

    /// Removes all values that the pointer matches, and returns how many. `*` in the pointer matches every
    /// element of an array or every field of an object.
    ///
    /// ```
    /// # use plugwright::Item;
    /// let json = r#"{"kind": "Service", "spec": {"ports": [{"port": 80, "nodePort": 30080}, {"port": 443}]}}"#;
    /// let mut item = Item::from_json(json)?;
    /// assert_eq!(item.remove_each("/spec/ports/*/nodePort"), 1);
    /// assert_eq!(item.to_json(), r#"{"kind":"Service","spec":{"ports":[{"port":80},{"port":443}]}}"#);
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// As [`remove`](Self::remove).
    #[track_caller]
    pub fn remove_each(&mut self, pointer: &str) -> usize {
        let places = self.places(pointer);
        // Backwards, so that the indexes of the remaining elements stay valid.
        places.iter().rev().filter(|place| self.remove(place).is_some()).count()
    }

    /// The matching places, in order.
    #[track_caller]
    pub(super) fn places(&self, pointer: &str) -> Vec<String> {
        super::expect_pointer(self, pointer);
        let mut places = vec![(String::new(), self.as_value())];
        for token in pointer.split('/').skip(1) {
            places = places.into_iter().flat_map(|(path, value)| inside(&path, value, token)).collect();
        }
        places.into_iter().map(|(path, _)| path).collect()
    }
}

/// The places that a token, as written in the pointer, matches in a value.
fn inside<'a>(path: &str, value: &'a Value, token: &str) -> Vec<(String, &'a Value)> {
    match value {
        Value::Array(elements) if token == "*" => {
            elements.iter().enumerate().map(|(index, element)| (format!("{path}/{index}"), element)).collect()
        }
        Value::Object(fields) if token == "*" => fields
            .iter()
            .map(|(name, field)| (path.to_owned() + "/" + &pointer::escape(name), field))
            .collect(),
        value => {
            let found = value.pointer(&format!("/{token}"));
            found.map(|value| (format!("{path}/{token}"), value)).into_iter().collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item() -> Item {
        let object = json!({"apiVersion": "v1", "kind": "Pod", "spec": {
            "volumes": [{"name": "a", "x": 1}, {"name": "b"}, {"name": "c", "x": null}],
            "by~name": {"a/b": {"x": 1}, "c~d": {"x": 2}, "": {"x": 3}}}});
        Item::from_json(object.to_string()).unwrap()
    }

    #[test]
    fn removes_in_arrays_and_objects() {
        let mut it = item();
        assert_eq!(it.remove_each("/spec/volumes/*/x"), 2);
        assert_eq!(it.get("/spec/volumes"), Some(&json!([{"name": "a"}, {"name": "b"}, {"name": "c"}])));
        assert_eq!(it.remove_each("/spec/by~0name/*/x"), 3);
        assert_eq!(it.get("/spec/by~0name"), Some(&json!({"a/b": {}, "c~d": {}, "": {}})));
        assert_eq!(it.remove_each("/spec/volumes/*"), 3);
        assert_eq!(it.get("/spec/volumes"), Some(&json!([])));
        assert_eq!(item().remove_each("/spec/*/*"), 6);
        assert_eq!(item().remove_each("/spec/volumes/0/x"), 1);
    }

    #[test]
    fn missing_places_are_not_changes() {
        let mut it = item();
        for pointer in
            ["/spec/volumes/*/y", "/spec/none/*/x", "/kind/*", "/spec/volumes/*/name/*", "/spec/volumes/7"]
        {
            assert_eq!(it.remove_each(pointer), 0, "{pointer}");
            assert_eq!(it.edit_each(pointer, |value| *value = json!(9)), 0, "{pointer}");
        }
        assert_eq!(it.edit_each("/spec/volumes/*/x", |_| ()), 0);
        assert!(!it.is_changed());
    }

    #[test]
    fn edits_what_the_closure_changes() {
        let mut it = item();
        let raised = it.edit_each("/spec/*/*/x", |x| *x = x.as_i64().map_or(json!(0), |x| json!(x.max(2))));
        assert_eq!(raised, 3);
        assert_eq!(it.get("/spec/by~0name/a~1b/x"), Some(&json!(2)));
        assert_eq!(it.get("/spec/volumes/2/x"), Some(&json!(0)));
        assert_eq!(it.edit_each("/*", |value| *value = json!(5)), 1);
        assert_eq!((it.kind(), it.get("/spec")), ("Pod", Some(&json!(5))));
    }
}
