//! Reads items from files: YAML or JSON, several documents in one, lists.

use std::fmt;
use std::io::Read;
use std::path::Path;

use plugwright::Item;
use serde_json::Value;

use crate::failure::{Failure, OrFail};
use crate::yaml;

/// One Kubernetes object, and where it comes from.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) source: Source,
    pub(crate) item: Item,
}

/// `pods.yaml, document 2, line 7, items[1]`
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Source {
    pub(crate) file: String,
    /// From 1.
    pub(crate) document: usize,
    /// On which the document begins, from 1.
    pub(crate) line: usize,
    /// In a list, from 0.
    pub(crate) index: Option<usize>,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, document, line, index } = self;
        write!(f, "{file}, document {document}, line {line}")?;
        index.map_or(Ok(()), |index| write!(f, ", items[{index}]"))
    }
}

/// All items of a file, those in lists one by one; `-` is stdin. There is at least one.
pub(crate) fn read(path: &Path) -> Result<Vec<Manifest>, Failure> {
    let file = name(path);
    let text = text(path)?;
    let mut manifests = Vec::new();
    for (n, document) in documents(&text).or_fail(&file)?.into_iter().enumerate() {
        if document.value.is_null() {
            continue;
        }
        let source = Source { file: file.clone(), document: n + 1, line: document.line, index: None };
        unroll(document.value, source, &mut manifests)?;
    }
    if manifests.is_empty() {
        return Err(Failure::new(format!("{file}: there is no Kubernetes object in it")));
    }
    Ok(manifests)
}

/// The one object of a file, as JSON; its kind must be this one, if it says any.
fn read_one(path: &Path, kind: &str) -> Result<Vec<u8>, Failure> {
    let file = name(path);
    let text = text(path)?;
    let mut documents = documents(&text).or_fail(&file)?;
    documents.retain(|document| !document.value.is_null());
    let [document] = documents.as_slice() else {
        let n = documents.len();
        return Err(Failure::new(format!("{file}: one {kind} must be in it, but {n} documents are")));
    };
    match document.value.get("kind").map(Value::as_str) {
        None => {}
        Some(Some(found)) if found == kind => {}
        Some(found) => {
            let found = found.unwrap_or("something that is no text");
            return Err(Failure::new(format!("{file}: its kind must be {kind}, but is {found}")));
        }
    }
    if !document.value.is_object() {
        return Err(Failure::new(format!(
            "{file}: a {kind} must be in it, but {} is",
            describe(&document.value)
        )));
    }
    Ok(document.value.to_string().into_bytes())
}

/// The one object of a file as what `from_json` makes of it.
pub(crate) fn read_as<T>(
    path: &Path,
    kind: &str,
    from_json: impl FnOnce(&[u8]) -> plugwright::Result<T>,
) -> Result<T, Failure> {
    from_json(&read_one(path, kind)?).map_err(|error| {
        // The place is one in the JSON that was made of the file.
        let error = error.to_string();
        let error = error.split_once(" at line ").map_or(&*error, |(problem, _)| problem);
        Failure::new(format!("{}: {error}", name(path)))
    })
}

fn name(path: &Path) -> String {
    if path == Path::new("-") { "stdin".into() } else { path.display().to_string() }
}

fn text(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).or_fail("cannot read stdin")?;
    } else {
        bytes = std::fs::read(path).or_fail(format_args!("cannot read {}", path.display()))?;
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.split(|&byte| byte == b'\n').count();
        Failure::new(format!("{}: line {line} is not UTF-8", name(path)))
    })
}

/// As kubectl: what begins with `{` is JSON, several objects in a row perhaps, unless it is only YAML.
fn documents(text: &str) -> Result<Vec<yaml::Document>, String> {
    if !text.trim_start().starts_with('{') {
        return yaml::read(text).map_err(|error| error.to_string());
    }
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut documents = Vec::new();
    loop {
        let before = &text[..stream.byte_offset()];
        let blank = text[before.len()..].len() - text[before.len()..].trim_start().len();
        let line = text[..before.len() + blank].matches('\n').count() + 1;
        match stream.next() {
            None => return Ok(documents),
            Some(Ok(value)) => documents.push(yaml::Document { line, value }),
            Some(Err(error)) => {
                return yaml::read(text).map_err(|_| format!("document {}: {error}", documents.len() + 1));
            }
        }
    }
}

fn unroll(value: Value, source: Source, into: &mut Vec<Manifest>) -> Result<(), Failure> {
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    let Some(item_kind) =
        kind.strip_suffix("List").filter(|_| value.get("items").is_some_and(Value::is_array))
    else {
        if !value.is_object() {
            let found = describe(&value);
            return Err(Failure::new(format!(
                "{source}: a Kubernetes object is expected, but {found} is there"
            )));
        }
        let item = Item::from_value(value).or_fail(&source)?;
        into.push(Manifest { source, item });
        return Ok(());
    };
    let item_kind = item_kind.to_owned();
    let Value::Object(mut list) = value else { return Ok(()) };
    let api_version = list.remove("apiVersion");
    let Some(Value::Array(items)) = list.remove("items") else { return Ok(()) };
    for (n, mut item) in items.into_iter().enumerate() {
        // The items of a `PodList` need not repeat what the list says.
        if let (Value::Object(item), false) = (&mut item, item_kind.is_empty()) {
            item.entry("kind").or_insert_with(|| item_kind.clone().into());
            if let Some(api_version) = &api_version {
                item.entry("apiVersion").or_insert_with(|| api_version.clone());
            }
        }
        unroll(item, Source { index: Some(n), ..source.clone() }, into)?;
    }
    Ok(())
}

fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, String)> {
        let mut manifests = Vec::new();
        for (n, document) in documents(text).unwrap().into_iter().enumerate() {
            let source = Source { file: "f".into(), document: n + 1, line: document.line, index: None };
            unroll(document.value, source, &mut manifests).unwrap();
        }
        let describe = |manifest: &Manifest| {
            let item = &manifest.item;
            (format!("{} {} {}", item.api_version(), item.kind(), item.name()), manifest.source.to_string())
        };
        manifests.iter().map(describe).collect()
    }

    fn pair(item: &str, source: &str) -> (String, String) {
        (item.into(), source.into())
    }

    #[test]
    fn documents_and_lists_are_unrolled() {
        let text = "kind: Pod\nmetadata: {name: a}\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: apps/v1, kind: Deployment, metadata: {name: b}}\n- {kind: PodList, items: [{metadata: {name: c}}]}\n";
        assert_eq!(
            found(text),
            [
                pair(" Pod a", "f, document 1, line 1"),
                pair("apps/v1 Deployment b", "f, document 2, line 4, items[0]"),
                pair(" Pod c", "f, document 2, line 4, items[0]"),
            ]
        );
    }

    #[test]
    fn json_may_be_one_object_after_the_other() {
        let text = "{\"kind\": \"Pod\", \"metadata\": {\"name\": \"a\"}}\n\n{\"kind\": \"PodList\", \"apiVersion\": \"v1\",\n \"items\": [{}]}\n";
        assert_eq!(
            found(text),
            [pair(" Pod a", "f, document 1, line 1"), pair("v1 Pod ", "f, document 2, line 3, items[0]")]
        );
        assert_eq!(found("{kind: Pod}"), [pair(" Pod ", "f, document 1, line 1")]);
        let error = documents("{\"kind\": \"Pod\"}\n{\"kind\": [}").unwrap_err();
        assert!(error.starts_with("document 2: ") && error.contains("line 2"), "{error}");
    }

    #[test]
    fn what_is_no_object_is_refused_with_its_place() {
        let source = Source { file: "f".into(), document: 1, line: 3, index: None };
        for (value, said) in [
            (
                serde_json::json!("x"),
                "f, document 1, line 3: a Kubernetes object is expected, but a text is there",
            ),
            (serde_json::json!({"kind": "List", "items": [1]}), "items[0]: a Kubernetes object"),
            (serde_json::json!({"metadata": {}}), "Kind"),
        ] {
            let error = format!("{:?}", unroll(value, source.clone(), &mut Vec::new()).unwrap_err());
            assert!(error.contains(said), "{error}");
        }
    }
}
