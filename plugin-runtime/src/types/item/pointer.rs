//! JSON pointers (RFC 6901) that change a tree. For reading there is [`Value::pointer`].

use serde_json::{Map, Value};

/// Puts `value` where the pointer says, and makes missing parents. Changes nothing if it can't.
pub(super) fn set(tree: &mut Value, pointer: &str, value: Value) -> Result<(), String> {
    let tokens = tokens(pointer)?;
    let mut place = tree;
    for (depth, token) in tokens.iter().enumerate() {
        let (parents, rest) = (&tokens[..depth], &tokens[depth + 1..]);
        place = match place {
            Value::Object(fields) => {
                // Nothing may be put there before it is sure that all of the path can be made.
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
                            "`{}` is an array of {length}; it has no `{token}` (`-` appends)",
                            join(parents)
                        ));
                    }
                }
            }
            other => {
                return Err(format!("`{}` is {}, which has nothing inside", join(parents), kind_of(other)));
            }
        };
    }
    *place = value;
    Ok(())
}

/// Takes out what the pointer names.
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

/// The value under all `rest`. What is missing becomes an object, or an array where the next step appends.
fn make(done: &[String], rest: &[String], value: Value) -> Result<Value, String> {
    let mut made = value;
    for (depth, token) in rest.iter().enumerate().rev() {
        if index(token).is_some() {
            let missing: Vec<String> = done.iter().chain(&rest[..depth]).cloned().collect();
            return Err(format!(
                "`{}` is missing, so there is no `{token}`; set `{0}` first",
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

/// The names on the way, unescaped.
fn tokens(pointer: &str) -> Result<Vec<String>, String> {
    check(pointer)?;
    Ok(pointer.split('/').skip(1).map(|name| name.replace("~1", "/").replace("~0", "~")).collect())
}

/// Refuses a text that cannot name anything.
pub(super) fn check(pointer: &str) -> Result<(), String> {
    if pointer.is_empty() {
        return Ok(());
    }
    if !pointer.starts_with('/') {
        let path = if pointer.contains('/') { pointer.to_owned() } else { pointer.replace('.', "/") };
        return Err(format!("it is not a JSON pointer; expected `/{path}`"));
    }
    if pointer.match_indices('~').any(|(at, _)| !pointer[at + 1..].starts_with(['0', '1'])) {
        return Err("it is not a JSON pointer; expected `~0` for `~`, and `~1` for `/` in a name".to_owned());
    }
    check_key(pointer)
}

/// A key of a label or annotation may contain `/`, which a pointer would take for the next level. The values are texts,
/// so that such a pointer never names anything.
fn check_key(pointer: &str) -> Result<(), String> {
    for map in ["/metadata/annotations/", "/metadata/labels/"] {
        let Some(at) = pointer.find(map) else { continue };
        let (before, key) = pointer.split_at(at + map.len());
        if key.contains('/') {
            return Err(format!("its key contains `/`; expected `{before}{}`", key.replace('/', "~1")));
        }
    }
    Ok(())
}

/// A name as a part of a pointer.
pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The pointer of these names.
fn join(tokens: &[String]) -> String {
    tokens.iter().fold(String::new(), |path, name| path + "/" + &escape(name))
}

/// An array's index: digits, no zero before others.
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
    fn sets_what_is_there() {
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
    fn makes_what_is_missing() {
        assert_eq!(after("/a/x/y", json!(1))["a"]["x"], json!({"y": 1}));
        assert_eq!(after("/a/n/y", json!(1))["a"]["n"], json!({"y": 1}));
        assert_eq!(after("/new~1/a~0/b", json!(1))["new/"], json!({"a~": {"b": 1}}));
        assert_eq!(after("/a/b/-", json!(1))["a"]["b"], json!([1, {"c": 2}, 1]));
        assert_eq!(after("/a/b/-/d/e", json!(1))["a"]["b"][2], json!({"d": {"e": 1}}));
        assert_eq!(after("/l/-/m/-", json!(1))["l"], json!([{"m": [1]}]));
        // A name of digits is a name where there is an object.
        assert_eq!(after("/a/0", json!(1))["a"]["0"], json!(1));
    }

    #[test]
    fn refuses_what_it_cant_and_changes_nothing() {
        for (pointer, why) in [
            ("a/b", "it is not a JSON pointer; expected `/a/b`"),
            ("a.b", "it is not a JSON pointer; expected `/a/b`"),
            ("/a~2b", "it is not a JSON pointer; expected `~0` for `~`, and `~1` for `/` in a name"),
            ("/a~", "it is not a JSON pointer; expected `~0` for `~`, and `~1` for `/` in a name"),
            (
                "/metadata/labels/example.com/a",
                "its key contains `/`; expected `/metadata/labels/example.com~1a`",
            ),
            (
                "/x/metadata/annotations/a~0/b/c",
                "its key contains `/`; expected `/x/metadata/annotations/a~0~1b~1c`",
            ),
            ("/s/x", "`/s` is a string, which has nothing inside"),
            ("/a/b/0/x", "`/a/b/0` is a number, which has nothing inside"),
            ("/a/b/2", "`/a/b` is an array of 2; it has no `2` (`-` appends)"),
            ("/a/b/01", "`/a/b` is an array of 2; it has no `01` (`-` appends)"),
            ("/a/b/+1", "`/a/b` is an array of 2; it has no `+1` (`-` appends)"),
            (
                "/a/b/99999999999999999999",
                "`/a/b` is an array of 2; it has no `99999999999999999999` (`-` appends)",
            ),
            ("/a/b/x/y", "`/a/b` is an array of 2; it has no `x` (`-` appends)"),
            ("/a/x/y/0/z", "`/a/x/y` is missing, so there is no `0`; set `/a/x/y` first"),
            ("/a/b/-/0", "`/a/b/-` is missing, so there is no `0`; set `/a/b/-` first"),
            ("/a/n/0", "`/a/n` is missing, so there is no `0`; set `/a/n` first"),
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
