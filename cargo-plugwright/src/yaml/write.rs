//! Writes one value in block style, as `kubectl get -o yaml` does, so that a diff shows lines that
//! people know.

use std::fmt::Write;

use serde_json::Value;

use super::scalar;

/// The value as a document; its last line ends with a newline.
pub(crate) fn write(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => block(&mut out, value, 0),
        Value::Array(list) if !list.is_empty() => block(&mut out, value, 0),
        _ => inline(&mut out, value, 0),
    }
    out
}

/// A mapping or a sequence that is not empty, beginning where the cursor is.
fn block(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) => {
            for (n, (key, value)) in map.iter().enumerate() {
                if n > 0 {
                    pad(out, indent);
                }
                text(out, key, None);
                out.push(':');
                match value {
                    Value::Object(inner) if !inner.is_empty() => {
                        out.push('\n');
                        pad(out, indent + 2);
                        block(out, value, indent + 2);
                    }
                    // Not indented, as Go's writer has it.
                    Value::Array(inner) if !inner.is_empty() => {
                        out.push('\n');
                        pad(out, indent);
                        block(out, value, indent);
                    }
                    _ => {
                        out.push(' ');
                        inline(out, value, indent + 2);
                    }
                }
            }
        }
        Value::Array(list) => {
            for (n, value) in list.iter().enumerate() {
                if n > 0 {
                    pad(out, indent);
                }
                out.push_str("- ");
                match value {
                    Value::Object(inner) if !inner.is_empty() => block(out, value, indent + 2),
                    Value::Array(inner) if !inner.is_empty() => block(out, value, indent + 2),
                    _ => inline(out, value, indent + 2),
                }
            }
        }
        _ => inline(out, value, indent),
    }
}

/// A scalar or something empty, with the end of its line.
fn inline(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(_) => out.push_str("{}"),
        Value::Array(_) => out.push_str("[]"),
        Value::String(string) => return text_line(out, string, indent),
        other => out.push_str(&other.to_string()),
    }
    out.push('\n');
}

fn text_line(out: &mut String, string: &str, indent: usize) {
    text(out, string, Some(indent));
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// A string in the plainest form that is read back as the same string. A block needs to know its
/// indent; keys can have none.
fn text(out: &mut String, string: &str, block_indent: Option<usize>) {
    if let Some(indent) = block_indent
        && fits_block(string)
    {
        literal(out, string, indent);
    } else if is_plain(string) {
        out.push_str(string);
    } else if !means_something_else(string) && string.chars().all(|c| !c.is_control() && !is_break(c)) {
        out.push('\'');
        out.push_str(&string.replace('\'', "''"));
        out.push('\'');
    } else {
        double_quoted(out, string);
    }
}

/// Whether the string can stand as `|`: several lines of characters that need no escape.
fn fits_block(string: &str) -> bool {
    string.trim_end_matches('\n').contains('\n')
        && !string.starts_with([' ', '\n', '\t'])
        && string.lines().all(|line| !line.ends_with([' ', '\t']))
        && string.chars().all(|c| c == '\n' || (!c.is_control() && !is_break(c)))
}

fn literal(out: &mut String, string: &str, indent: usize) {
    let body = string.trim_end_matches('\n');
    out.push_str(match string.len() - body.len() {
        0 => "|-",
        1 => "|",
        _ => "|+",
    });
    out.push('\n');
    for line in string.strip_suffix('\n').unwrap_or(string).split('\n') {
        if !line.is_empty() {
            pad(out, indent);
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// Breaks of YAML 1.1 that are no control characters, and the mark that only begins a file.
fn is_break(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn is_plain(string: &str) -> bool {
    let Some(first) = string.chars().next() else { return false };
    let indicator = match first {
        '-' | '?' | ':' => string[1..].chars().next().is_none_or(|c| c == ' '),
        _ => "[]{},#&*!|>'\"%@` ".contains(first),
    };
    !indicator
        && !string.ends_with([' ', ':'])
        && !string.contains(": ")
        && !string.contains(" #")
        && !string.starts_with("---")
        && !string.starts_with("...")
        && string != "<<"
        && string != "="
        && string.chars().all(|c| !c.is_control() && !is_break(c))
        && !means_something_else(string)
}

/// Whether the bare word is no string, at least in YAML 1.1; Go's writer quotes it twice then.
fn means_something_else(string: &str) -> bool {
    !scalar::resolve(string).is_ok_and(|value| value.is_string()) || looks_like_time(string)
}

/// Which Go's writer quotes, since YAML 1.1 has a type for them: dates, and numbers to base 60.
fn looks_like_time(string: &str) -> bool {
    let digits = string.bytes().take_while(u8::is_ascii_digit).count();
    (digits == 4 && string.as_bytes().get(4) == Some(&b'-'))
        || (digits > 0
            && string.contains(':')
            && string.bytes().all(|byte| byte.is_ascii_digit() || b":._".contains(&byte)))
}

fn double_quoted(out: &mut String, string: &str) {
    out.push('"');
    for c in string.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || is_break(c) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::read;
    use super::*;

    #[test]
    fn the_form_is_kubectls() {
        let value = json!({
            "kind": "Pod",
            "metadata": {"annotations": {"a/b": "true", "c": "1", "d": "*", "t": "2024-01-02T03:04:05Z"}, "labels": {}},
            "spec": {"containers": [{"args": [], "command": ["a", "b c"], "name": "x"}], "nested": [[1, [2]], {}]},
            "text": "one\n\ntwo\n",
        });
        let wanted = "\
kind: Pod
metadata:
  annotations:
    a/b: \"true\"
    c: \"1\"
    d: '*'
    t: \"2024-01-02T03:04:05Z\"
  labels: {}
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
  - {}
text: |
  one

  two
";
        assert_eq!(write(&value), wanted);
        assert_eq!(write(&json!({})), "{}\n");
        assert_eq!(write(&json!("x")), "x\n");
    }

    #[test]
    fn whatever_is_written_is_read_back() {
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
            "-a",
            "?",
            "? a",
            ":a",
            "[a]",
            "{a}",
            "a,b",
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
            "1e3",
            ".inf",
            "0x1",
            "---",
            "--- a",
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
            "a\n",
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
                let back = read(&text).unwrap_or_else(|error| panic!("{string:?}: {error}\n{text}"));
                assert_eq!(back.len(), 1, "{string:?}\n{text}");
                assert_eq!(back[0].value, value, "{string:?}\n{text}");
            }
        }
    }

    #[test]
    fn numbers_are_read_back() {
        for value in [
            json!(0),
            json!(-7),
            json!(u64::MAX),
            json!(1.5),
            json!(1e300),
            json!(1e-7),
            json!(true),
            json!(null),
        ] {
            assert_eq!(read(&write(&json!([value]))).unwrap()[0].value, json!([value]));
        }
    }
}
