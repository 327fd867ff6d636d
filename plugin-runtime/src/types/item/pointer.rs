//! JSON pointers (RFC 6901) that change a tree. For reading there is [`Value::pointer`].

use serde_json::{Map, Value};

use crate::bail;
use crate::error::Result;

/// Puts `value` where the pointer says, and makes missing parents. Changes nothing if it can't.
pub(super) fn set(tree: &mut Value, pointer: &str, value: Value) -> Result<()> {
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
                    None => bail!(
                        "`{}` is an array of {length}; it has no `{token}` (`-` appends)",
                        join(parents)
                    ),
                }
            }
            other => bail!("`{}` is {}, which has nothing inside", join(parents), kind_of(other)),
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
fn make(done: &[String], rest: &[String], value: Value) -> Result<Value> {
    let mut made = value;
    for (depth, token) in rest.iter().enumerate().rev() {
        if index(token).is_some() {
            let missing: Vec<String> = done.iter().chain(&rest[..depth]).cloned().collect();
            bail!("`{}` is missing, so there is no `{token}`; set `{0}` first", join(&missing));
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
fn tokens(pointer: &str) -> Result<Vec<String>> {
    if pointer.is_empty() {
        return Ok(Vec::new());
    }
    let Some(names) = pointer.strip_prefix('/') else {
        bail!("it is no JSON pointer, which starts with `/`: `/{pointer}`");
    };
    for (at, _) in names.match_indices('~') {
        if !names[at + 1..].starts_with(['0', '1']) {
            bail!("it is no JSON pointer: `~` is written `~0` (and `/` in a name `~1`)");
        }
    }
    Ok(names.split('/').map(|name| name.replace("~1", "/").replace("~0", "~")).collect())
}

/// The pointer of these names.
fn join(tokens: &[String]) -> String {
    tokens.iter().fold(String::new(), |path, name| path + "/" + &name.replace('~', "~0").replace('/', "~1"))
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
