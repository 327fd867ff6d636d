//! Checks that `docs/errors.md` has exactly the messages of the attributes and of the compiler in the UI
//! tests.

use std::fs;
use std::path::{Path, PathBuf};

use plugwright_model::selector::{Of, What};
use plugwright_model::{Kind, Method, label_selector, name};
use syn::Expr;

use crate::messages::{self, NotAStruct};
use crate::model::Key;
use crate::tests::source::{strings_after, strings_in_calls, strings_in_functions};

/// Stands for any text in the page's titles.
const ANY: &str = "…";

/// Sections whose messages do not appear in UI tests.
const NOT_IN_UI_TESTS: [&str; 2] = ["Building", "Starting"];

struct Entry {
    section: String,
    title: String,
}

impl Entry {
    fn is_for(&self, message: &str) -> bool {
        let mut parts = self.title.split(ANY);
        let Some(mut rest) = message.strip_prefix(parts.next().unwrap_or_default()) else { return false };
        let parts: Vec<&str> = parts.collect();
        let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
        for part in middle {
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last)
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn entries() -> Vec<Entry> {
    let mut section = String::new();
    let mut entries = Vec::new();
    for line in read("docs/errors.md").lines() {
        if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut section);
        } else if let Some(title) = line.strip_prefix("### ") {
            entries.push(Entry { section: section.clone(), title: title.to_owned() });
        }
    }
    entries
}

#[track_caller]
fn assert_none(what: &str, texts: impl Iterator<Item = impl Into<String>>) {
    let texts: Vec<String> = texts.map(Into::into).collect();
    assert!(texts.is_empty(), "{what}:\n  {}", texts.join("\n  "));
}

/// The titles of rustc's errors in the UI tests.
fn titles_of_ui_tests() -> Vec<String> {
    let mut titles = Vec::new();
    for area in fs::read_dir(repository().join("plugin-runtime/tests/ui/fail")).expect("the UI tests") {
        for file in fs::read_dir(area.expect("an area").path()).expect("an area") {
            let path = file.expect("a file").path();
            if path.extension().is_none_or(|extension| extension != "stderr") {
                continue;
            }
            for line in fs::read_to_string(&path).expect("a text").lines() {
                if let Some(error) = line.strip_prefix("error") {
                    let (_, title) = error.split_once(": ").expect("a message");
                    titles.push(title.to_owned());
                }
            }
        }
    }
    titles
}

#[test]
fn docs_have_exactly_the_errors_of_the_ui_tests() {
    let (entries, titles) = (entries(), titles_of_ui_tests());
    assert!(titles.len() > 50, "expected more UI tests");
    let unknown = titles.iter().filter(|title| !entries.iter().any(|entry| entry.is_for(title)));
    assert_none("in the UI tests but not in docs/errors.md", unknown);
    let unseen = entries
        .iter()
        .filter(|entry| !NOT_IN_UI_TESTS.contains(&entry.section.as_str()))
        .filter(|entry| !titles.iter().any(|title| entry.is_for(title)));
    assert_none("in docs/errors.md but not in a UI test", unseen.map(|entry| &entry.title));
}

#[test]
fn every_entry_has_a_cause_and_a_fix() {
    let page = read("docs/errors.md");
    let incomplete = page.split("\n### ").skip(1).filter(|entry| {
        let lines: Vec<&str> = entry.lines().collect();
        !(lines.iter().any(|line| line.starts_with("Cause: "))
            && lines.iter().any(|line| line.starts_with("Fix: ")))
    });
    assert_none("without cause or fix", incomplete);
}

/// An example of each function and constant of `messages.rs`, with its name.
macro_rules! examples {
    ($($name:ident $(($($arg:expr),*))?),* $(,)?) => {
        [$((stringify!($name), String::from(messages::$name $(($($arg),*))?))),*]
    };
}

#[test]
fn every_message_of_the_macros_is_in_the_docs() {
    let expr = |text| syn::parse_str::<Expr>(text).expect("an expression");
    let action = Kind::RestoreItemAction;
    let method = action.method().expect("an action has one");
    let examples = examples![
        FEATURE_EPHEMERAL_ACCESS,
        NO_KEY,
        NO_COMMA,
        FIRST,
        bare_text(action, "example.io/it"),
        unknown_key(action, "nmae", Some(Key::Name)),
        key_of_other_kinds(action, Key::ConfigKeys),
        duplicate_key(Key::Name),
        no_value(Key::Name),
        not_text(Key::Name),
        not_a_list(Key::IncludedResources, &expr("1")),
        not_text_in_list(Key::IncludedResources, &expr("pods")),
        not_a_path(Key::New, &expr("new()")),
        name_missing(action, None),
        name_invalid(&name::check("it").expect_err("no slash"), "it"),
        ark_name_invalid(name::check_ark("").expect_err("empty"), ""),
        name_twice(action, Kind::RestoreItemActionV2),
        selector_mistake(Key::ExcludedNamespaces, "*", &What::StarExcluded(Of::Namespaces)),
        label_selector_invalid("a b", &label_selector::parse("a b").expect_err("no operator")),
        config_key_invalid(" a"),
        CONFIG_AND_KEYS,
        only_one(Kind::AccessRequester),
        not_a_struct(action, NotAStruct::Enum),
        function_for_a_store(Kind::ObjectStore),
        NEW_OF_A_FUNCTION,
        function_not_async(action),
        function_of_self(action),
        function_arguments(action, method, "it"),
        function_without_result(action, method),
        function_qualified(action, "unsafe"),
        generic_function(action),
        generic_struct(action),
        struct_that_borrows(action),
        empty_list(Key::IncludedResources),
    ];
    let source = include_str!("../messages.rs");
    let declared = source.lines().filter_map(|line| {
        let rest = line.strip_prefix("pub(crate) fn ").or_else(|| line.strip_prefix("pub(crate) const "))?;
        rest.split(['(', ':']).next()
    });
    let without_example = declared.filter(|name| !examples.iter().any(|(example, _)| example == name));
    assert_none("in messages.rs but not here", without_example);

    let entries = entries();
    let titles = examples.iter().filter_map(|(_, message)| message.lines().next());
    let missing = titles.filter(|title| !entries.iter().any(|entry| entry.is_for(title)));
    assert_none("in messages.rs but not in docs/errors.md", missing);
}

/// A format string with the page's placeholder for arguments.
fn with_gaps(format: &str) -> String {
    let mut text = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        match after.split_once('}') {
            Some((name, after)) if name.chars().all(|c| c.is_ascii_alphabetic() || c == '_') => {
                text.push_str(ANY);
                rest = after;
            }
            _ => {
                text.push('{');
                rest = after;
            }
        }
    }
    text + rest
}

/// Messages of the model's rules are part of an attribute's message, and so of a title.
#[test]
fn every_message_of_the_model_is_in_the_docs() {
    let mut messages = Vec::new();
    for file in ["name", "label", "glob", "label_selector/error", "selector/entry", "selector/mod"] {
        let found = strings_in_functions(&read(&format!("plugin-model/src/{file}.rs")), &["fmt", "message"]);
        assert!(found.len() > 4, "{file}: {found:?}");
        messages.extend(found);
    }
    // These enclose the others.
    let around = [
        "{expected}, found the end",
        "{expected}, found `{found}`",
        "invalid key: {error}",
        "invalid value: {error}",
    ];
    messages.retain(|message| !around.contains(&message.as_str()));
    let entries = entries();
    let missing = messages.iter().map(|message| with_gaps(message)).filter(|message| {
        !entries.iter().any(|entry| message.split(ANY).all(|part| entry.title.contains(part)))
    });
    assert_none("in plugin-model but not in docs/errors.md", missing);
}

#[test]
fn every_message_of_the_runtime_is_in_the_docs() {
    let runtime = |file: &str| read(&format!("plugin-runtime/src/{file}.rs"));
    let mut messages = strings_after(&runtime("private"), &["message", "="]);
    messages.extend(strings_after(&runtime("declare/constructor"), &["message", "="]));
    assert_eq!(messages.len(), 2);
    for kind in Kind::ALL {
        let found = strings_after(&runtime(&format!("action/{}", kind.attribute())), &["message", "="]);
        assert!(!found.is_empty(), "{kind}");
        messages.extend(found);
    }
    let mut at_the_end = strings_in_functions(&runtime("declare/registry"), &["malformed", "clash"]);
    at_the_end.extend(strings_after(&runtime("person/mod"), &["NO_PLUGINS", ":", "&", "str", "="]));
    at_the_end.extend(strings_in_calls(&runtime("lib"), "compile_error"));
    // The UI tests enable the feature.
    at_the_end.extend(messages::FEATURE_EPHEMERAL_ACCESS.lines().next().map(ToOwned::to_owned));
    let symbols = strings_in_functions(include_str!("../expand.rs"), &["name"]);
    at_the_end.extend(symbols.into_iter().filter(|symbol| symbol.contains("declared")));

    let entries = entries();
    let (at_the_end, messages) = (at_the_end.iter(), messages.iter());
    let (at_the_end, messages): (Vec<_>, Vec<_>) =
        (at_the_end.map(|text| with_gaps(text)).collect(), messages.map(|text| with_gaps(text)).collect());
    let missing = at_the_end
        .iter()
        .chain(&messages)
        .filter(|message| !entries.iter().any(|entry| entry.is_for(message)));
    assert_none("in plugin-runtime but not in docs/errors.md", missing);
    let unknown = entries
        .iter()
        .filter(|entry| NOT_IN_UI_TESTS.contains(&entry.section.as_str()))
        .filter(|entry| !at_the_end.iter().any(|message| entry.is_for(message)));
    assert_none("in docs/errors.md but not in the code", unknown.map(|entry| &entry.title));
}

/// A trait's note shows the method that a function replaces.
#[test]
fn model_has_the_methods_of_the_traits() {
    for kind in Kind::ALL {
        let Some(Method { name, inputs, output }) = kind.method() else { continue };
        let notes = strings_after(
            &read(&format!("plugin-runtime/src/action/{}.rs", kind.attribute())),
            &["note", "="],
        );
        let inputs: Vec<_> = inputs.iter().map(|(name, input)| format!("{name}: {input}")).collect();
        let method = format!("`async fn {name}(&self, {}) -> Result<{output}>`", inputs.join(", "));
        assert!(notes.iter().any(|note| note.ends_with(&method)), "{kind}: {method} is not in {notes:?}");
    }
}
