//! Reads items from YAML or JSON files, which may contain several documents and lists.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use plugwright::Item;
use serde_json::Value;

use crate::declared::describe;
use crate::failure::{Failure, OrFail};
use crate::style;
use crate::yaml::{self, Word};

/// A Kubernetes object and its source.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) source: Source,
    pub(crate) item: Item,
    /// Values that may mean something else than was written.
    pub(crate) doubts: Vec<String>,
}

impl Manifest {
    /// Prints the doubts, where no report does.
    pub(crate) fn warn(&self) {
        let warning = style::WARNING;
        for doubt in &self.doubts {
            anstream::eprintln!("{warning}warning{warning:#}: {}: {doubt}", self.source);
        }
    }
}

/// `pods.yaml, document 2, line 7, items[1]`
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Source {
    pub(crate) file: String,
    /// The number among the documents that are not empty, from 1.
    pub(crate) document: usize,
    /// The document's first line, from 1.
    pub(crate) line: usize,
    /// The index in a list, from 0.
    pub(crate) index: Option<usize>,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, document, line, index } = self;
        write!(f, "{file}, document {document}, line {line}")?;
        index.map_or(Ok(()), |index| write!(f, ", items[{index}]"))
    }
}

/// The manifests in a folder, or the path itself if it is not a folder.
pub(crate) fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let cannot = || format!("cannot read {}", path.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).or_fail(cannot())? {
        let file = entry.or_fail(cannot())?.path();
        let is_manifest = file.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json");
        if is_manifest && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// Reads all items of a file, including those in lists; `-` is stdin. An empty file is an error.
pub(crate) fn read(path: &Path) -> Result<Vec<Manifest>, Failure> {
    items(&name(path), &text(path)?)
}

/// Like [`read`], but the file may be empty.
pub(crate) fn read_if_any(path: &Path) -> Result<Vec<Manifest>, Failure> {
    items_if_any(&name(path), &text(path)?)
}

/// The same as `read`, of a text; returns each item with its place.
pub(crate) fn read_text(text: &str) -> Result<Vec<String>, String> {
    let found = items("stdin", text).map_err(|failure| failure.to_string())?;
    Ok(found.iter().map(|manifest| format!("{}: {}", manifest.source, manifest.item)).collect())
}

fn items(file: &str, text: &str) -> Result<Vec<Manifest>, Failure> {
    let manifests = items_if_any(file, text)?;
    if manifests.is_empty() {
        return Err(Failure::new(format!("{file}: expected a Kubernetes object, found no document")));
    }
    Ok(manifests)
}

fn items_if_any(file: &str, text: &str) -> Result<Vec<Manifest>, Failure> {
    let mut manifests = Vec::new();
    for (n, document) in documents(text).or_fail(file)?.into_iter().enumerate() {
        if document.value.is_null() {
            continue;
        }
        let source = Source { file: file.to_owned(), document: n + 1, line: document.line, index: None };
        unroll(document.value, source, &document.words, &mut manifests)?;
    }
    Ok(manifests)
}

/// Reads the only object of a file.
fn only_document(path: &Path, kind: &str) -> Result<yaml::Document, Failure> {
    let file = name(path);
    let mut documents = documents(&text(path)?).or_fail(&file)?;
    documents.retain(|document| !document.value.is_null());
    let n = documents.len();
    match documents.pop() {
        Some(document) if n == 1 && document.value.is_object() => Ok(document),
        Some(document) if n == 1 => {
            Err(Failure::new(format!("{file}: expected one {kind}, found {}", describe(&document.value))))
        }
        _ => Err(Failure::new(format!("{file}: expected one {kind}, found {n} documents"))),
    }
}

/// Reads the only object of a file. If it has a kind, it must be the given one.
fn read_one(path: &Path, kind: &str) -> Result<yaml::Document, Failure> {
    let document = only_document(path, kind)?;
    let found = match document.value.get("kind") {
        None => return Ok(document),
        Some(Value::String(found)) if found == kind => return Ok(document),
        Some(Value::String(found)) => found.clone(),
        Some(other) => describe(other).to_owned(),
    };
    Err(Failure::new(format!("{}: expected the kind {kind}, found {found}", name(path))))
}

/// Reads the only location of a file, of either kind.
pub(crate) fn read_location(path: &Path) -> Result<Value, Failure> {
    let document = only_document(path, "location")?.value;
    check_head(&document).map_err(|problem| Failure::new(format!("{}: {problem}", name(path))))?;
    Ok(document)
}

/// Reads the only object of a file with `from_json`.
pub(crate) fn read_as<T>(
    path: &Path,
    kind: &str,
    from_json: impl FnOnce(&[u8]) -> plugwright::Result<T>,
) -> Result<T, Failure> {
    let document = read_one(path, kind)?;
    from_json(document.value.to_string().as_bytes()).map_err(|error| {
        // The line number is in the JSON, not in the file.
        let error = error.to_string();
        let error = error.split_once(" at line ").map_or(&*error, |(problem, _)| problem);
        let words = document.words.iter().map(ToString::to_string);
        let lines: Vec<_> = std::iter::once(error.to_owned()).chain(words).collect();
        Failure::new(format!("{}: {}", name(path), lines.join("\n  ")))
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
        Failure::new(format!("{}: line {line} is not valid UTF-8", name(path)))
    })
}

/// Reads YAML, or a stream of JSON objects if the text begins with `{`, as kubectl does.
fn documents(text: &str) -> Result<Vec<yaml::Document>, String> {
    if !text.trim_start().starts_with('{') || text.trim_start().starts_with("{{") {
        return yaml::read(text).map_err(|error| {
            let is_template = text.contains("{{");
            let hint = "\n  This looks like a Helm template; render it first: `helm template CHART`";
            error + if is_template { hint } else { "" }
        });
    }
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut documents = Vec::new();
    loop {
        let before = &text[..stream.byte_offset()];
        let blank = text[before.len()..].len() - text[before.len()..].trim_start().len();
        let line = text[..before.len() + blank].matches('\n').count() + 1;
        match stream.next() {
            None => return Ok(documents),
            Some(Ok(value)) => documents.push(yaml::Document { line, value, words: Vec::new() }),
            Some(Err(error)) => {
                return yaml::read(text).map_err(|_| format!("document {}: {error}", documents.len() + 1));
            }
        }
    }
}

/// `words` are those of the value, with their places in it.
fn unroll(value: Value, source: Source, words: &[Word], into: &mut Vec<Manifest>) -> Result<(), Failure> {
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    let Some(item_kind) =
        kind.strip_suffix("List").filter(|_| value.get("items").is_some_and(Value::is_array))
    else {
        if !value.is_object() {
            let found = describe(&value);
            return Err(Failure::new(format!("{source}: expected a Kubernetes object, found {found}")));
        }
        check_head(&value).map_err(|problem| Failure::new(format!("{source}: {problem}")))?;
        let item = Item::from_value(value).or_fail(&source)?;
        into.push(Manifest { source, item, doubts: words.iter().map(ToString::to_string).collect() });
        return Ok(());
    };
    let item_kind = item_kind.to_owned();
    let Value::Object(mut list) = value else { return Ok(()) };
    let api_version = list.remove("apiVersion");
    let Some(Value::Array(items)) = list.remove("items") else { return Ok(()) };
    for (n, mut item) in items.into_iter().enumerate() {
        // Items of a `PodList` may omit the kind and version.
        if let (Value::Object(item), false) = (&mut item, item_kind.is_empty()) {
            item.entry("kind").or_insert_with(|| item_kind.clone().into());
            if let Some(api_version) = &api_version {
                item.entry("apiVersion").or_insert_with(|| api_version.clone());
            }
        }
        let words: Vec<_> = words.iter().filter_map(|word| word.below(&format!("items[{n}]."))).collect();
        unroll(item, Source { index: Some(n), ..source.clone() }, &words, into)?;
    }
    Ok(())
}

/// Rejects a missing kind, and values of `metadata` that are not strings, as an API server does. YAML reads an unquoted
/// `n` or `on` as a boolean.
fn check_head(value: &Value) -> Result<(), String> {
    match value.get("kind") {
        None | Some(Value::Null) => {
            return Err("`kind` is missing; expected an object with `apiVersion` and `kind`".into());
        }
        Some(kind) => check_string("kind", kind)?,
    }
    value.get("apiVersion").map_or(Ok(()), |version| check_string("apiVersion", version))?;
    let Some(metadata) = value.get("metadata").and_then(Value::as_object) else { return Ok(()) };
    for key in ["name", "namespace", "generateName"] {
        metadata.get(key).map_or(Ok(()), |value| check_string(&format!("metadata.{key}"), value))?;
    }
    for key in ["labels", "annotations"] {
        let Some(map) = metadata.get(key).and_then(Value::as_object) else { continue };
        for (name, value) in map {
            check_string(&format!("metadata.{key}.{name}"), value)?;
        }
    }
    Ok(())
}

pub(crate) fn check_string(at: &str, value: &Value) -> Result<(), String> {
    match value {
        Value::String(_) | Value::Null => Ok(()),
        Value::Bool(_) => Err(format!(
            "`{at}`: expected a string, found the boolean {value}; quote it (YAML reads `y`, `n`, `on` and `off` as booleans)"
        )),
        Value::Number(_) => Err(format!("`{at}`: expected a string, found the number {value}; quote it")),
        other => Err(format!("`{at}`: expected a string, found {}", describe(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, String)> {
        let mut manifests = Vec::new();
        for (n, document) in documents(text).unwrap().into_iter().enumerate() {
            let source = Source { file: "f".into(), document: n + 1, line: document.line, index: None };
            unroll(document.value, source, &document.words, &mut manifests).unwrap();
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
    fn json_may_be_a_stream_of_objects() {
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
    fn words_that_look_like_strings_are_doubted_where_they_are() {
        let text = "kind: List\nitems:\n- {kind: ConfigMap, data: {a: yes, b: \"no\"}}\n- {kind: Pod, spec: {x: [n]}}\n";
        let document = documents(text).unwrap().pop().unwrap();
        let source = Source { file: "f".into(), document: 1, line: 1, index: None };
        let mut manifests = Vec::new();
        unroll(document.value, source, &document.words, &mut manifests).unwrap();
        let doubts: Vec<_> = manifests.iter().map(|manifest| &manifest.doubts[..]).collect();
        assert_eq!(doubts.iter().map(|doubts| doubts.len()).collect::<Vec<_>>(), [1, 1]);
        assert!(doubts[0][0].starts_with("`data.a`: `yes` without quotes is the boolean true"), "{doubts:?}");
        assert!(doubts[1][0].starts_with("`spec.x[0]`: `n` without quotes"), "{doubts:?}");
    }

    #[test]
    fn a_namespace_in_a_restore_is_doubted_with_its_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("restore.yaml");
        std::fs::write(&file, "kind: Restore\nspec:\n  namespaceMapping: {shop: n}\n").unwrap();
        let error = read_as(&file, "Restore", plugwright::Restore::from_json).unwrap_err().to_string();
        assert!(error.contains("spec.namespaceMapping.shop: invalid type: boolean"), "{error}");
        assert!(error.contains("\n  `spec.namespaceMapping.shop`: `n` without quotes"), "{error}");
        std::fs::write(&file, "spec:\n  includeClusterResources: yes\n").unwrap();
        let restore = read_as(&file, "Restore", plugwright::Restore::from_json).unwrap();
        assert_eq!(restore.spec.include_cluster_resources, Some(true));
    }

    #[test]
    fn a_helm_template_is_detected() {
        for text in ["kind: Pod\nmetadata:\n  name: {{ .Values.name }}\n", "{{- if .Values.x }}\nkind: Pod\n"]
        {
            let error = documents(text).unwrap_err();
            assert!(error.contains("`helm template CHART`"), "{error}");
        }
    }

    #[test]
    fn invalid_objects_are_rejected_with_their_place() {
        let source = Source { file: "f".into(), document: 1, line: 3, index: None };
        for (value, said) in [
            (serde_json::json!("x"), "f, document 1, line 3: expected a Kubernetes object, found a string"),
            (serde_json::json!({"kind": "List", "items": [1]}), "items[0]: expected a Kubernetes object"),
            (serde_json::json!({"metadata": {}}), "`kind` is missing; expected"),
            (
                serde_json::json!({"kind": "Pod", "metadata": {"namespace": false}}),
                "`metadata.namespace`: expected a string, found the boolean false; quote it",
            ),
            (
                serde_json::json!({"kind": "Pod", "metadata": {"labels": {"a": 1}}}),
                "`metadata.labels.a`: expected a string, found the number 1; quote it",
            ),
        ] {
            let error = format!("{:?}", unroll(value, source.clone(), &[], &mut Vec::new()).unwrap_err());
            assert!(error.contains(said), "{error}");
        }
    }
}
