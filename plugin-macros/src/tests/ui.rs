//! Checks that the attributes report exactly the errors of the UI tests, without rustc.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use plugwright_model::Kind;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, ImplItem, Item, Meta};

use super::messages_of;

/// The other areas have only errors of rustc and of the linker.
const AREAS: [&str; 8] = ["function", "item", "key", "label_selector", "name", "new", "pattern", "selector"];

/// Errors of rustc, which have no code either.
const OF_RUSTC: [&str; 3] = [
    "`const` items in this context need a name",
    "cannot find attribute `restore_item_action` in this scope",
    "future cannot be sent between threads safely",
];

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-runtime/tests/ui/fail");
    let files = AREAS.iter().flat_map(|area| fs::read_dir(folder.join(area)).expect("an area"));
    let paths = files.map(|file| file.expect("a file").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// The messages of errors without a code in rustc's output.
fn expected(stderr: &str) -> BTreeSet<String> {
    let mut messages = BTreeSet::new();
    for error in stderr.split("\n\n") {
        let Some(text) = error.strip_prefix("error: ") else { continue };
        let lines = text.lines().take_while(|line| !line.trim_start().starts_with("-->"));
        let lines: Vec<&str> = lines.map(|line| line.strip_prefix("       ").unwrap_or(line)).collect();
        messages.insert(lines.join("\n"));
    }
    messages
}

/// The messages of the attributes in a file.
fn reported(source: &str) -> BTreeSet<String> {
    let file = syn::parse_file(source).expect("Rust");
    file.items.into_iter().flat_map(of_item).collect()
}

fn of_item(mut item: Item) -> Vec<String> {
    let (attrs, methods) = match &mut item {
        Item::Enum(item) => (&mut item.attrs, Vec::new()),
        Item::Fn(item) => (&mut item.attrs, Vec::new()),
        Item::Impl(item) => (&mut item.attrs, item.items.clone()),
        Item::Struct(item) => (&mut item.attrs, Vec::new()),
        Item::Trait(item) => (&mut item.attrs, Vec::new()),
        Item::Type(item) => (&mut item.attrs, Vec::new()),
        Item::Union(item) => (&mut item.attrs, Vec::new()),
        _ => return Vec::new(),
    };
    let attrs = std::mem::take(attrs);
    let mut messages = of_attributes(&attrs, &item);
    for method in methods {
        if let ImplItem::Fn(mut method) = method {
            let attrs = std::mem::take(&mut method.attrs);
            messages.extend(of_attributes(&attrs, &method));
        }
    }
    messages
}

/// As in rustc, each attribute gets the item with only the attributes below its own.
fn of_attributes(attrs: &[Attribute], item: &impl ToTokens) -> Vec<String> {
    let mut messages = Vec::new();
    let mut rest = attrs;
    while let [attr, below @ ..] = rest {
        let name = attr.path().segments.last().map(|name| name.ident.to_string());
        let args = match &attr.meta {
            Meta::List(list) => list.tokens.clone(),
            Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
        };
        if let Some(kind) = name.and_then(|name| Kind::from_attribute(&name)) {
            messages.extend(messages_of(kind, args, quote!(#(#below)* #item)));
        }
        rest = below;
    }
    messages
}

#[test]
fn attributes_report_the_errors_of_the_ui_tests() {
    let cases = cases();
    assert!(cases.len() > 100, "expected more UI tests");
    let mut wrong = Vec::new();
    for path in cases {
        let read = |path: &Path| fs::read_to_string(path).expect("a text");
        let expected = expected(&read(&path.with_extension("stderr")));
        let reported = reported(&read(&path));
        for message in expected.difference(&reported).filter(|message| !OF_RUSTC.contains(&message.as_str()))
        {
            wrong.push(format!("{}: not reported: {message}", path.display()));
        }
        for message in reported.difference(&expected) {
            wrong.push(format!("{}: not expected: {message}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
