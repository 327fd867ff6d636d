//! Reads a stream of documents.

use std::collections::HashMap;
use std::fmt;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde_json::{Map, Value};

use super::scalar;

/// More values than this in one document come from aliases of aliases of aliases only.
const MAX_VALUES: usize = 1_000_000;
/// No manifest is nested as deep as this.
const MAX_DEPTH: usize = 500;

/// One document of a stream.
#[derive(Debug, PartialEq)]
pub(crate) struct Document {
    /// The line on which its content begins, from 1.
    pub(crate) line: usize,
    /// Null where it is empty.
    pub(crate) value: Value,
}

/// What cannot be read, and where.
#[derive(Debug, PartialEq)]
pub(crate) struct Error {
    /// Of the document, from 1.
    pub(crate) document: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) problem: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { document, line, column, problem } = self;
        write!(f, "line {line}, column {column}, in document {document}: {problem}")
    }
}

/// Reads all documents of a stream.
pub(crate) fn read(text: &str) -> Result<Vec<Document>, Error> {
    let mut reader = Reader { parser: Parser::new_from_str(text), document: 0 };
    let mut documents = Vec::new();
    loop {
        let (event, _) = reader.next()?;
        match event {
            Event::DocumentStart(_) => {
                reader.document += 1;
                documents.push(reader.document()?);
            }
            Event::StreamEnd => return Ok(documents),
            _ => {}
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    document: usize,
}

/// What belongs to one document only.
#[derive(Default)]
struct Scope {
    anchors: HashMap<usize, Value>,
    values: usize,
}

type Pair<'a> = (Event<'a>, Span);

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Pair<'a>, Error> {
        match self.parser.next_event() {
            Some(Ok(pair)) => Ok(pair),
            Some(Err(error)) => Err(self.scan_error(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn scan_error(&self, error: &ScanError) -> Error {
        // The fault may lie between two documents.
        Error { document: self.document.max(1), ..self.error(*error.marker(), error.info()) }
    }

    fn error(&self, at: Marker, problem: impl Into<String>) -> Error {
        Error { document: self.document, line: at.line(), column: at.col() + 1, problem: problem.into() }
    }

    fn document(&mut self) -> Result<Document, Error> {
        let first = self.next()?;
        let line = first.1.start.line();
        if first.0 == Event::DocumentEnd {
            return Ok(Document { line, value: Value::Null });
        }
        let value = self.value(first, &mut Scope::default(), 0)?;
        Ok(Document { line, value })
    }

    fn value(&mut self, (event, span): Pair<'a>, scope: &mut Scope, depth: usize) -> Result<Value, Error> {
        let start = span.start;
        scope.values += 1;
        if scope.values > MAX_VALUES || depth > MAX_DEPTH {
            return Err(self.error(start, "the document is too large, or too deeply nested"));
        }
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar_value(&text, style, tag.as_deref());
                (value.map_err(|problem| self.error(start, problem))?, anchor)
            }
            Event::SequenceStart(anchor, _) => (self.sequence(scope, depth)?, anchor),
            Event::MappingStart(anchor, _) => (self.mapping(scope, depth)?, anchor),
            Event::Alias(anchor) => {
                let Some(value) = scope.anchors.get(&anchor).cloned() else {
                    return Err(self.error(start, "an alias within the value that it stands for"));
                };
                scope.values += size(&value);
                return Ok(value);
            }
            _ => return Err(self.error(start, "a value is missing")),
        };
        if anchor != 0 {
            scope.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn sequence(&mut self, scope: &mut Scope, depth: usize) -> Result<Value, Error> {
        let mut values = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::Array(values)),
                pair => values.push(self.value(pair, scope, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, scope: &mut Scope, depth: usize) -> Result<Value, Error> {
        let (mut own, mut merged) = (Map::new(), Map::new());
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let start = span.start;
            let is_merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.value((event, span), scope, depth + 1)?;
            let pair = self.next()?;
            let value = self.value(pair, scope, depth + 1)?;
            if is_merge {
                merge(&mut merged, value).map_err(|problem| self.error(start, problem))?;
                continue;
            }
            let key = match key {
                Value::String(key) => key,
                Value::Bool(_) | Value::Number(_) => key.to_string(),
                Value::Null => return Err(self.error(start, "a key is missing")),
                _ => return Err(self.error(start, "a key must be text")),
            };
            if own.contains_key(&key) {
                return Err(self.error(start, format!("the key `{key}` is there twice")));
            }
            own.insert(key, value);
        }
        for (key, value) in merged {
            own.entry(key).or_insert(value);
        }
        Ok(Value::Object(own))
    }
}

/// The values of `<<: *anchor` or `<<: [*one, *two]`; the first to have a key wins.
fn merge(into: &mut Map<String, Value>, value: Value) -> Result<(), &'static str> {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                into.entry(key).or_insert(value);
            }
            Ok(())
        }
        Value::Array(values) if values.iter().all(Value::is_object) => {
            values.into_iter().try_for_each(|value| merge(into, value))
        }
        _ => Err("only mappings can be merged with `<<`"),
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(values) => values.iter().map(size).sum::<usize>() + 1,
        Value::Object(map) => map.values().map(size).sum::<usize>() + 1,
        _ => 1,
    }
}

fn scalar_value(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    let core_tag = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
    match core_tag {
        Some("str" | "binary") => Ok(Value::from(text)),
        Some("int" | "float" | "bool" | "null") => scalar::resolve(text),
        _ if style == ScalarStyle::Plain && tag.is_none() => scalar::resolve(text),
        _ => Ok(Value::from(text)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(text: &str) -> Value {
        let documents = read(text).unwrap();
        assert_eq!(documents.len(), 1);
        documents.into_iter().next().unwrap().value
    }

    #[test]
    fn a_manifest_is_read() {
        let value = one(
            "kind: Pod\nspec:\n  a: [1, 'x', \"0644\", 0644]\n  b:\n  - {c: ~}\n  text: |\n    one\n    two\n",
        );
        let wanted = json!({"kind": "Pod", "spec": {"a": [1, "x", "0644", 420], "b": [{"c": null}], "text": "one\ntwo\n"}});
        assert_eq!(value, wanted);
    }

    #[test]
    fn documents_have_their_lines() {
        let documents = read("# first\n---\na: 1\n---\n\nb: 2\n---\n---\nc: 3\n...\n").unwrap();
        let found: Vec<_> =
            documents.iter().map(|document| (document.line, document.value.clone())).collect();
        assert_eq!(found[0], (3, json!({"a": 1})));
        assert_eq!(found[1], (6, json!({"b": 2})));
        assert_eq!(found[2].1, json!(null));
        assert_eq!(found[3], (9, json!({"c": 3})));
        assert_eq!(read("").unwrap(), []);
        assert_eq!(read("# nothing\n").unwrap(), []);
    }

    #[test]
    fn anchors_aliases_and_merge_keys_work() {
        let value = one("base: &b {a: 1, b: 2}\none: *b\ntwo: {<<: *b, b: 3}\nthree: {<<: [{a: 7}, *b]}\n");
        assert_eq!(value["one"], json!({"a": 1, "b": 2}));
        assert_eq!(value["two"], json!({"a": 1, "b": 3}));
        assert_eq!(value["three"], json!({"a": 7, "b": 2}));
    }

    #[test]
    fn tags_decide_and_odd_keys_become_text() {
        assert_eq!(
            one("{a: !!str 1, b: !!int '7', c: !x 1, 5: e, on: f}"),
            json!({"a": "1", "b": 7, "c": "1", "5": "e", "true": "f"})
        );
    }

    #[test]
    fn errors_say_where() {
        for (text, document, line, said) in [
            ("a: 1\n---\nb: 1\nb: 2\n", 2, 4, "the key `b` is there twice"),
            ("a: b: c\n", 1, 1, "mapping"),
            ("a: [1\n", 1, 2, ""),
            ("a: *nope\n", 1, 1, "anchor"),
            ("a: .nan\n", 1, 1, "JSON"),
            ("? {a: 1}\n: 2\n", 1, 1, "a key must be text"),
            ("<<: 1\n", 1, 1, "merged"),
            ("a: &a [*a]\n", 1, 1, "alias within"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!((error.document, error.line), (document, line), "{text}: {error}");
            assert!(error.problem.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn aliases_cannot_fill_the_memory() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..9 {
            let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
            text.extend(["a", &n.to_string(), ": &a", &n.to_string(), " [", &aliases, "]\n"]);
        }
        assert!(read(&text).unwrap_err().problem.contains("too large"));
        assert!(read(&"[".repeat(10_000)).is_err());
    }
}
