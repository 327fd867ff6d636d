//! Reads and writes YAML as kubectl does: `0644` is a number and `yes` a boolean, as in YAML 1.1. Strings are quoted
//! as in Go's library, so that a diff looks familiar.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_saphyr::{Options, SerializerOptions, SingleQuoted, Spanned, UserMessageFormatter};

/// One document of a stream.
#[derive(Debug, PartialEq)]
pub(crate) struct Document {
    /// The first line of the content, from 1.
    pub(crate) line: usize,
    pub(crate) value: Value,
    /// The words that are booleans here and strings in YAML 1.2.
    pub(crate) words: Vec<Word>,
}

/// An unquoted word that is a boolean in YAML 1.1: `n`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    /// `spec.env[0].value`
    at: String,
    text: String,
    value: bool,
}

impl Word {
    /// The same below a place, such as `items[0].`; `None` if it is elsewhere.
    pub(crate) fn below(&self, place: &str) -> Option<Self> {
        Some(Self { at: self.at.strip_prefix(place)?.to_owned(), ..self.clone() })
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, text, value } = self;
        write!(
            f,
            "`{at}`: `{text}` without quotes is the boolean {value} in YAML; use \"{text}\" for a string, else {value}"
        )
    }
}

/// Reads all documents of a stream, except empty ones. An error begins with its line and column.
pub(crate) fn read(text: &str) -> Result<Vec<Document>, String> {
    let documents = serde_saphyr::from_multiple_with_options::<Spanned<Value>>(text, options());
    let document = |document: Spanned<Value>| Document {
        line: usize::try_from(document.referenced.line()).unwrap_or(usize::MAX),
        value: document.value,
        words: Vec::new(),
    };
    let mut documents: Vec<_> = match documents {
        Ok(documents) => documents.into_iter().map(document).collect(),
        Err(error) => return Err(in_words(&error)),
    };
    // As YAML 1.2 has it.
    let mut strict = options();
    strict.strict_booleans = true;
    let strict = serde_saphyr::from_multiple_with_options::<Value>(text, strict).unwrap_or_default();
    for (document, strict) in documents.iter_mut().zip(strict) {
        compare("", &document.value, &strict, &mut document.words);
    }
    Ok(documents)
}

/// Finds the booleans that are strings in `strict`.
fn compare(at: &str, value: &Value, strict: &Value, words: &mut Vec<Word>) {
    match (value, strict) {
        (Value::Bool(value), Value::String(text)) => {
            words.push(Word { at: at.to_owned(), text: text.clone(), value: *value });
        }
        (Value::Array(list), Value::Array(strict)) => {
            for (n, (value, strict)) in list.iter().zip(strict).enumerate() {
                compare(&format!("{at}[{n}]"), value, strict, words);
            }
        }
        (Value::Object(map), Value::Object(strict)) => {
            let dot = if at.is_empty() { "" } else { "." };
            for ((key, value), strict) in map.iter().zip(strict.values()) {
                compare(&format!("{at}{dot}{key}"), value, strict, words);
            }
        }
        _ => {}
    }
}

fn options() -> Options {
    let mut options = Options::default();
    options.legacy_octal_numbers = true;
    options.with_snippet = false;
    options
}

fn in_words(error: &serde_saphyr::Error) -> String {
    let text = error.render_with_formatter(&UserMessageFormatter);
    let Some(place) = error.location() else { return text };
    let place = format!("line {}, column {}", place.line(), place.column());
    let text = text.strip_suffix(&format!(" at {place}")).unwrap_or(&text);
    format!("{place}: {text}")
}

/// The value as a document in block style; its last line ends with a newline.
pub(crate) fn write(value: &Value) -> String {
    let mut options = SerializerOptions::default();
    options.compact_list_indent = true;
    // Long strings stay on one line.
    options.folded_wrap_chars = usize::MAX;
    let written = serde_saphyr::to_string_with_options(&Quoted(value), options);
    // JSON is YAML.
    written.unwrap_or_else(|_| format!("{value}\n"))
}

/// A value with strings quoted as in Go: double quotes for words with another meaning (`"true"`), single quotes for
/// text with YAML syntax (`'a: b'`).
struct Quoted<'a>(&'a Value);

impl Serialize for Quoted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) if has_single_quotes(text) => SingleQuoted(text).serialize(serializer),
            Value::Array(list) => serializer.collect_seq(list.iter().map(Quoted)),
            Value::Object(map) => serializer.collect_map(map.iter().map(|(key, value)| (key, Quoted(value)))),
            other => other.serialize(serializer),
        }
    }
}

fn has_single_quotes(text: &str) -> bool {
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')) {
        return false;
    }
    let is_quoted = serde_saphyr::to_string(&text).is_ok_and(|written| written.starts_with(['"', '\'']));
    is_quoted
        && match serde_saphyr::from_str_with_options::<Value>(text, options()) {
            Ok(Value::Bool(_) | Value::Number(_)) => false,
            // The rest of a line after a `#` is a comment.
            Ok(Value::Null) => text.contains('#'),
            // Dates are strings here, but have their own type in YAML 1.1.
            Ok(Value::String(same)) => same != text,
            _ => true,
        }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(text: &str) -> Value {
        let documents = read(text).unwrap();
        assert_eq!(documents.len(), 1, "{text}");
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
    fn plain_words_are_read_as_kubectl_reads_them() {
        for (text, value) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("yes", json!(true)),
            ("n", json!(false)),
            ("0o644", json!(420)),
            ("08", json!(8.0)),
            ("-0x1F", json!(-31)),
            ("1_000", json!(1000)),
            ("+7", json!(7)),
            ("18446744073709551615", json!(u64::MAX)),
            ("1e3", json!(1000.0)),
            ("1.2.3", json!("1.2.3")),
            ("100m", json!("100m")),
            ("2024-01-02T03:04:05Z", json!("2024-01-02T03:04:05Z")),
            ("10:30", json!("10:30")),
        ] {
            assert_eq!(one(&format!("a: {text}\n"))["a"], value, "{text}");
        }
    }

    #[test]
    fn words_that_are_booleans_only_here_are_noted() {
        let text = "a: n\nb: [x, ON, 'on', true]\nc:\n- {d: &w yes, e: \"y\", f: False}\ng: *w\n---\nh: 1\n---\nOff\n";
        let documents = read(text).unwrap();
        let words: Vec<Vec<_>> = documents
            .iter()
            .map(|document| document.words.iter().map(|word| (&*word.at, &*word.text, word.value)).collect())
            .collect();
        let first =
            vec![("a", "n", false), ("b[1]", "ON", true), ("c[0].d", "yes", true), ("g", "yes", true)];
        assert_eq!(words, [first, vec![], vec![("", "Off", false)]]);
        assert_eq!(
            documents[0].words[0].to_string(),
            "`a`: `n` without quotes is the boolean false in YAML; use \"n\" for a string, else false"
        );
    }

    #[test]
    fn documents_have_their_lines() {
        let documents = read("# first\n---\na: 1\n---\n\nb: 2\n---\n---\nc: 3\n...\n").unwrap();
        let lines: Vec<_> = documents.iter().map(|document| document.line).collect();
        assert_eq!(lines, [3, 6, 9]);
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
    fn errors_contain_the_position() {
        for (text, said) in [
            ("a: 1\n---\nb: 1\nb: 2\n", "line 4, column 1: duplicate mapping key `b`"),
            ("a: b: c\n", "line 1, column 5: "),
            ("a: [1\n", "line 1, column 4: "),
            ("a: *nope\n", "line 1, column 4: "),
            ("a: .nan\n", "line 1, column 4: "),
            ("<<: 1\n", "line 1, column 5: "),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(said), "{text}: {error}");
        }
    }

    #[test]
    fn alias_expansion_and_depth_are_limited() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..9 {
            let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
            text.extend(["a", &n.to_string(), ": &a", &n.to_string(), " [", &aliases, "]\n"]);
        }
        assert!(read(&text).is_err());
        assert!(read(&"[".repeat(10_000)).is_err());
    }

    #[test]
    fn the_output_is_formatted_as_by_kubectl() {
        let value = json!({
            "kind": "Pod",
            "metadata": {"annotations": {"a/b": "true", "c": "1", "d": "*", "j": "{\"a\":1}", "t": "2024-01-02T03:04:05Z"}, "labels": {}},
            "spec": {"containers": [{"args": [], "command": ["a", "b c"], "name": "x"}], "nested": [[1, [2]], {}]},
            "text": "one\n\ntwo\n",
            "wide": "a b ".repeat(30) + "c",
        });
        let wanted = format!(
            "\
kind: Pod
metadata:
  annotations:
    a/b: \"true\"
    c: \"1\"
    d: '*'
    j: '{{\"a\":1}}'
    t: \"2024-01-02T03:04:05Z\"
  labels: {{}}
spec:
  containers:
  - args: []
    command:
    - a
    - b c
    name: x
  nested:
  - - 1
    - - 2
  - {{}}
text: |
  one

  two
wide: {}c
",
            "a b ".repeat(30)
        );
        assert_eq!(write(&value), wanted);
        assert_eq!(write(&json!({})), "{}\n");
        assert_eq!(write(&json!("x")), "x\n");
    }

    #[test]
    fn written_values_are_read_back() {
        let strings = [
            "",
            " ",
            "a",
            " a",
            "a ",
            "a:",
            "a: b",
            "a #b",
            "#a",
            "-",
            "- a",
            "?",
            ":a",
            "[a]",
            "{a}",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "'a'",
            "\"a\"",
            "%a",
            "@a",
            "`a",
            "null",
            "~",
            "yes",
            "N",
            "1",
            "0644",
            "1.5",
            ".inf",
            "---",
            "...",
            "<<",
            "=",
            "a\nb",
            "a\nb\n",
            "a\nb\n\n",
            "\na",
            " a\nb",
            "a \nb",
            "a\n b\n",
            "a\tb",
            "\t",
            "a\r\nb",
            "\n",
            "\u{1}",
            "\u{85}",
            "\u{2028}x",
            "\u{feff}",
            "ü\nß",
            "it's",
            "back\\slash",
            "10:30",
            "2024-01-02",
            "a\n\tb",
            "key: |\n  x\n",
            "\u{1f600}",
            "it's: 'x'",
        ];
        for string in strings {
            for value in [
                json!(string),
                json!([string, [string]]),
                json!({"a": {"b": [string], "c": string}, "d": 1}),
                json!({string: string}),
                json!([{string: [string]}]),
            ] {
                let text = write(&value);
                assert_eq!(one(&text), value, "{string:?}\n{text}");
            }
        }
        for value in
            [json!(-7), json!(u64::MAX), json!(1.5), json!(1e300), json!(1e-7), json!(true), json!(null)]
        {
            assert_eq!(one(&write(&json!([value]))), json!([value]));
        }
    }
}
