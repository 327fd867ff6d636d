//! Checks that the attributes report exactly the errors of the UI tests, and at the same places, without rustc.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use plugwright_model::Kind;
use proc_macro2::{LineColumn, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned as _;
use syn::{Attribute, ImplItem, Item, Meta};

use super::errors_of;

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

/// An error: its line and column, and its message.
type Error = (String, String);

/// The errors without a code in rustc's output.
fn expected(stderr: &str) -> BTreeSet<Error> {
    let mut errors = BTreeSet::new();
    for error in stderr.split("\n\n") {
        let Some(text) = error.strip_prefix("error: ") else { continue };
        let lines = text.lines().take_while(|line| !line.trim_start().starts_with("-->"));
        let lines: Vec<&str> = lines.map(|line| line.strip_prefix("       ").unwrap_or(line)).collect();
        let place = text.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
        let (_, place) = place.and_then(|place| place.split_once(".rs:")).expect("a place");
        errors.insert((place.to_owned(), lines.join("\n")));
    }
    errors
}

/// The errors of the attributes in a file.
fn reported(source: &str) -> BTreeSet<Error> {
    let file = syn::parse_file(source).expect("Rust");
    file.items.into_iter().flat_map(of_item).collect()
}

fn of_item(mut item: Item) -> Vec<Error> {
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
    let mut errors = of_attributes(&attrs, &item);
    for method in methods {
        if let ImplItem::Fn(mut method) = method {
            let attrs = std::mem::take(&mut method.attrs);
            errors.extend(of_attributes(&attrs, &method));
        }
    }
    errors
}

/// As in rustc, each attribute gets the item with only the attributes below its own.
fn of_attributes(attrs: &[Attribute], item: &impl ToTokens) -> Vec<Error> {
    let mut errors = Vec::new();
    let mut rest = attrs;
    let call_site = Span::call_site().start();
    while let [attr, below @ ..] = rest {
        let name = attr.path().segments.last().map(|name| name.ident.to_string());
        let args = match &attr.meta {
            Meta::List(list) => list.tokens.clone(),
            Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
        };
        if let Some(kind) = name.and_then(|name| Kind::from_attribute(&name)) {
            let whole = attr.span().start();
            for (place, message) in errors_of(kind, args, quote!(#(#below)* #item)) {
                // An error of the whole attribute.
                let LineColumn { line, column } = if place == call_site { whole } else { place };
                errors.push((format!("{line}:{}", column + 1), message));
            }
        }
        rest = below;
    }
    errors
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
        let of_rustc = |error: &&Error| OF_RUSTC.contains(&error.1.as_str());
        for (place, message) in expected.difference(&reported).filter(|error| !of_rustc(error)) {
            wrong.push(format!("{}:{place}: not reported: {message}", path.display()));
        }
        for (place, message) in reported.difference(&expected) {
            wrong.push(format!("{}:{place}: not expected: {message}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
