//! Reads all values that a pointer with `*` matches.

use serde_json::Value;

use super::Item;

impl Item {
    /// Iterates in order over all values that the pointer matches. `*` in the pointer matches every element
    /// of an array or every field of an object.
    ///
    /// ```
    /// # use plugwright::Item;
    /// let json = r#"{"kind": "Pod", "spec": {"volumes": [
    ///     {"secret": {"secretName": "tls"}}, {"emptyDir": {}}, {"secret": {"secretName": "login"}}]}}"#;
    /// let item = Item::from_json(json)?;
    /// let secrets: Vec<_> = item.get_each("/spec/volumes/*/secret/secretName").collect();
    /// assert_eq!(secrets, ["tls", "login"]);
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get), if the text is not a JSON pointer.
    #[track_caller]
    pub fn get_each(&self, pointer: &str) -> impl Iterator<Item = &Value> + use<'_> {
        self.places(pointer).into_iter().filter_map(|place| self.get(&place))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn matches_elements_and_fields() {
        let item = json!({"kind": "A", "x": [{"n": 1}, {"m": 5}, 7, {"n": null}], "y": {"b~/": {"n": 2}, "a": {"n": 3}}});
        let item = Item::from_value(item).unwrap();
        let each = |pointer| item.get_each(pointer).cloned().collect::<Vec<_>>();
        assert_eq!(each("/x/*/n"), [json!(1), json!(null)]);
        assert_eq!(each("/y/*/n"), [json!(3), json!(2)]);
        assert_eq!(each("/x/2"), [json!(7)]);
        assert_eq!(each("/kind/*"), [] as [Value; 0]);
        assert_eq!(each("/z/*"), [] as [Value; 0]);
    }

    #[test]
    #[should_panic(expected = "invalid JSON pointer; expected `/x/*`")]
    fn invalid_pointer_panics() {
        let item = Item::from_value(json!({"kind": "A"})).unwrap();
        assert_eq!(item.get_each("x.*").count(), 0);
    }
}
