//! Changes to a tree by JSON pointer (RFC 6901). For reading, use [`Value::pointer`].

use serde_json::{Map, Value};

/// Sets the value at the pointer and creates missing parents. Changes nothing on error.
pub(super) fn set(tree: &mut Value, pointer: &str, value: Value) -> Result<(), String> {
    let tokens = tokens(pointer)?;
    let mut place = tree;
    for (depth, token) in tokens.iter().enumerate() {
        let (parents, rest) = (&tokens[..depth], &tokens[depth + 1..]);
        place = match place {
            Value::Object(fields) => {
                // Nothing may be inserted before the rest of the path is known to be valid.
                if fields.get(token).is_none_or(Value::is_null) {
                    fields.insert(token.clone(), make(&tokens[..=depth], rest, value)?);
                    return Ok(());
                }
                &mut fields[token.as_str()]
            }
            Value::Array(elements) if token == "-" => {
                elements.push(make(&tokens[..=depth], rest, value)?);
                return Ok(());
            }
            Value::Array(elements) => {
                let length = elements.len();
                match index(token).and_then(|index| elements.get_mut(index)) {
                    Some(element) if element.is_null() => {
                        *element = make(&tokens[..=depth], rest, value)?;
                        return Ok(());
                    }
                    Some(element) => element,
                    None => {
                        return Err(format!(
                            "expected an index below {length} or `-` (append) in `{}`, found `{token}`",
                            join(parents)
                        ));
                    }
                }
            }
            other => {
                return Err(format!(
                    "expected an object or array at `{}`, found {}",
                    join(parents),
                    kind_of(other)
                ));
            }
        };
    }
    *place = value;
    Ok(())
}

/// Removes the value at the pointer.
pub(super) fn remove(tree: &mut Value, pointer: &str) -> Option<Value> {
    let tokens = tokens(pointer).ok()?;
    let (last, parents) = tokens.split_last()?;
    match tree.pointer_mut(&join(parents))? {
        Value::Object(fields) => fields.remove(last),
        Value::Array(elements) => {
            let index = index(last).filter(|&index| index < elements.len())?;
            Some(elements.remove(index))
        }
        _ => None,
    }
}

/// Builds the value below `rest`. Missing parents become objects, or an array if the next step appends.
fn make(done: &[String], rest: &[String], value: Value) -> Result<Value, String> {
    let mut made = value;
    for (depth, token) in rest.iter().enumerate().rev() {
        if index(token).is_some() {
            let missing: Vec<String> = done.iter().chain(&rest[..depth]).cloned().collect();
            return Err(format!(
                "cannot index `{token}` in `{}`, which is missing; set `{0}` first",
                join(&missing)
            ));
        }
        made = if token == "-" {
            Value::Array(vec![made])
        } else {
            Value::Object(Map::from_iter([(token.clone(), made)]))
        };
    }
    Ok(made)
}

/// The unescaped names of the path.
fn tokens(pointer: &str) -> Result<Vec<String>, String> {
    check(pointer)?;
    Ok(pointer.split('/').skip(1).map(|name| name.replace("~1", "/").replace("~0", "~")).collect())
}

/// Rejects a text that is not a pointer.
pub(super) fn check(pointer: &str) -> Result<(), String> {
    if pointer.is_empty() {
        return Ok(());
    }
    if !pointer.starts_with('/') {
        let path = if pointer.contains('/') { pointer.to_owned() } else { pointer.replace('.', "/") };
        return Err(format!("invalid JSON pointer; expected `/{path}`"));
    }
    if pointer.match_indices('~').any(|(at, _)| !pointer[at + 1..].starts_with(['0', '1'])) {
        return Err("invalid JSON pointer; expected `~0` for `~`, and `~1` for `/` in a name".to_owned());
    }
    check_key(pointer)
}

/// A label or annotation key may contain `/`, which a pointer reads as the next level. The values are texts,
/// so such a pointer never matches.
fn check_key(pointer: &str) -> Result<(), String> {
    for map in ["/metadata/annotations/", "/metadata/labels/"] {
        let Some(at) = pointer.find(map) else { continue };
        let (before, key) = pointer.split_at(at + map.len());
        if key.contains('/') {
            return Err(format!("the key contains `/`; expected `{before}{}`", key.replace('/', "~1")));
        }
    }
    Ok(())
}

/// Escapes a name for a pointer.
pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Joins names to a pointer.
fn join(tokens: &[String]) -> String {
    tokens.iter().fold(String::new(), |path, name| path + "/" + &escape(name))
}

/// Parses an array index: digits without leading zeros.
fn index(token: &str) -> Option<usize> {
    let digits = !token.is_empty() && token.bytes().all(|b| b.is_ascii_digit());
    (digits && (token == "0" || !token.starts_with('0'))).then(|| token.parse().ok()).flatten()
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "`null`",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tree() -> Value {
        json!({"a": {"b": [1, {"c": 2}], "n": null}, "x/y": {"m~n": 3}, "": {"": 4}, "01": [5], "s": "text"})
    }

    fn after(pointer: &str, value: Value) -> Value {
        let mut tree = tree();
        set(&mut tree, pointer, value).unwrap();
        tree
    }

    #[test]
    fn sets_existing_values() {
        for pointer in
            ["/a", "/a/b", "/a/b/0", "/a/b/1/c", "/x~1y/m~0n", "/", "//", "/01", "/01/0", "/s", "/a/n"]
        {
            let mut expected = tree();
            *expected.pointer_mut(pointer).unwrap() = json!({"new": true});
            assert_eq!(after(pointer, json!({"new": true})), expected, "{pointer}");
        }
        assert_eq!(after("", json!(1)), json!(1));
    }

    #[test]
    fn creates_missing_parents() {
        assert_eq!(after("/a/x/y", json!(1))["a"]["x"], json!({"y": 1}));
        assert_eq!(after("/a/n/y", json!(1))["a"]["n"], json!({"y": 1}));
        assert_eq!(after("/new~1/a~0/b", json!(1))["new/"], json!({"a~": {"b": 1}}));
        assert_eq!(after("/a/b/-", json!(1))["a"]["b"], json!([1, {"c": 2}, 1]));
        assert_eq!(after("/a/b/-/d/e", json!(1))["a"]["b"][2], json!({"d": {"e": 1}}));
        assert_eq!(after("/l/-/m/-", json!(1))["l"], json!([{"m": [1]}]));
        // In an object, digits are a name.
        assert_eq!(after("/a/0", json!(1))["a"]["0"], json!(1));
    }

    #[test]
    fn rejected_changes_leave_the_tree_unchanged() {
        for (pointer, why) in [
            ("a/b", "invalid JSON pointer; expected `/a/b`"),
            ("a.b", "invalid JSON pointer; expected `/a/b`"),
            ("/a~2b", "invalid JSON pointer; expected `~0` for `~`, and `~1` for `/` in a name"),
            ("/a~", "invalid JSON pointer; expected `~0` for `~`, and `~1` for `/` in a name"),
            (
                "/metadata/labels/example.com/a",
                "the key contains `/`; expected `/metadata/labels/example.com~1a`",
            ),
            (
                "/x/metadata/annotations/a~0/b/c",
                "the key contains `/`; expected `/x/metadata/annotations/a~0~1b~1c`",
            ),
            ("/s/x", "expected an object or array at `/s`, found a string"),
            ("/a/b/0/x", "expected an object or array at `/a/b/0`, found a number"),
            ("/a/b/2", "expected an index below 2 or `-` (append) in `/a/b`, found `2`"),
            ("/a/b/01", "expected an index below 2 or `-` (append) in `/a/b`, found `01`"),
            ("/a/b/+1", "expected an index below 2 or `-` (append) in `/a/b`, found `+1`"),
            (
                "/a/b/99999999999999999999",
                "expected an index below 2 or `-` (append) in `/a/b`, found `99999999999999999999`",
            ),
            ("/a/b/x/y", "expected an index below 2 or `-` (append) in `/a/b`, found `x`"),
            ("/a/x/y/0/z", "cannot index `0` in `/a/x/y`, which is missing; set `/a/x/y` first"),
            ("/a/b/-/0", "cannot index `0` in `/a/b/-`, which is missing; set `/a/b/-` first"),
            ("/a/n/0", "cannot index `0` in `/a/n`, which is missing; set `/a/n` first"),
        ] {
            let mut changed = tree();
            assert_eq!(set(&mut changed, pointer, json!(1)).unwrap_err(), why);
            assert_eq!(changed, tree(), "{pointer}");
        }
    }

    #[test]
    fn removes() {
        for (pointer, removed) in [
            ("/a/b/1/c", json!(2)),
            ("/a/b/0", json!(1)),
            ("/x~1y/m~0n", json!(3)),
            ("//", json!(4)),
            ("/01/0", json!(5)),
        ] {
            let mut changed = tree();
            assert_eq!(remove(&mut changed, pointer), Some(removed), "{pointer}");
            assert_ne!(changed, tree());
        }
        for pointer in ["", "a", "/z", "/a/b/2", "/a/b/-", "/a/b/01", "/s/x", "/z/y", "/a~2"] {
            let mut changed = tree();
            assert_eq!(remove(&mut changed, pointer), None, "{pointer}");
            assert_eq!(changed, tree());
        }
    }
}
