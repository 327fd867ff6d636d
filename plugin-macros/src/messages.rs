//! All messages of the attributes: the error, and on the next line the fix.

use std::ops::Range;

use plugwright_model::label_selector::LabelSelectorError;
use plugwright_model::name::{ArkNameError, NameError};
use plugwright_model::selector::What;
use plugwright_model::{Kind, Method};
use quote::ToTokens as _;
use syn::{Expr, ExprCall, ExprLit, ExprPath, Lit};

use crate::model::Key;

pub(crate) const FEATURE_EPHEMERAL_ACCESS: &str = "`#[access_requester]` requires the feature `ephemeral-access` of \
     plugwright\nadd `features = [\"ephemeral-access\"]` to the dependency in Cargo.toml";
pub(crate) const NO_KEY: &str = "expected a key\nwrite `key = value`, separated by `,`";
pub(crate) const NO_COMMA: &str = "expected a `,` before this";
pub(crate) const FIRST: &str = "first used here";

pub(crate) fn bare_text(kind: Kind, text: &str) -> String {
    let hint = if Key::Name.is_for(kind) {
        format!("for the plugin's name, write `name = {text:?}`")
    } else {
        keys_of(kind)
    };
    format!("expected `key = value`, found a value\n{hint}")
}

fn keys_of(kind: Kind) -> String {
    let known: Vec<&str> = Key::ALL.into_iter().filter(|key| key.is_for(kind)).map(Key::word).collect();
    format!("supported keys: {}", quoted(&known))
}

pub(crate) fn unknown_key(kind: Kind, word: &str, meant: Option<Key>) -> String {
    let hint = meant.map_or_else(|| keys_of(kind), |meant| format!("did you mean `{}`?", meant.word()));
    format!("`#[{}]` has no key `{word}`\n{hint}", kind.attribute())
}

pub(crate) fn key_of_other_kinds(kind: Kind, key: Key) -> String {
    let kinds: Vec<&str> =
        Kind::ALL.into_iter().filter(|kind| key.is_for(*kind)).map(Kind::attribute).collect();
    let why = match (key, kind.only_name()) {
        (Key::Name, _) => {
            let (host, name) = (kind.host(), kind.only_name().unwrap_or_default());
            return format!(
                "`#[{}]` has no key `name`: {host} always requests `{name}`\nremove it",
                kind.attribute()
            );
        }
        (Key::New, _) => "a store is constructed by `init`, from its configuration",
        (Key::Config | Key::ConfigKeys, _) => "Velero passes a configuration only to stores",
        (Key::ArkName, _) => "Heptio Ark does not support this kind",
        (_, None) => "a store is not called for objects",
        (_, Some(_)) => "it is called for every request",
    };
    format!(
        "`#[{}]` has no key `{}`: {why}\nkinds with this key: {}",
        kind.attribute(),
        key.word(),
        quoted(&kinds)
    )
}

pub(crate) fn duplicate_key(key: Key) -> String {
    format!("duplicate key `{}`\nremove one of them", key.word())
}

pub(crate) fn no_value(key: Key) -> String {
    format!("expected `= value` after `{}`\n{}", key.word(), write_example(key))
}

pub(crate) fn not_text(key: Key) -> String {
    format!("expected a string for `{}`\n{}", key.word(), write_example(key))
}

pub(crate) fn not_a_list(key: Key, value: &Expr) -> String {
    let hint = match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            format!("write `{} = [{:?}]`", key.word(), text.value())
        }
        _ => write_example(key),
    };
    format!("expected a list of strings for `{}`\n{hint}", key.word())
}

pub(crate) fn not_text_in_list(key: Key, element: &Expr) -> String {
    let hint = match element {
        Expr::Path(ExprPath { path, .. }) if path.get_ident().is_some() => {
            format!("write {:?}", path.to_token_stream().to_string())
        }
        _ => write_example(key),
    };
    format!("expected string literals in the list of `{}`\n{hint}", key.word())
}

pub(crate) fn not_a_path(key: Key, value: &Expr) -> String {
    let hint = match (key, value) {
        (Key::New, Expr::Call(ExprCall { func, .. })) => {
            let function = func.to_token_stream().to_string().replace(' ', "");
            format!("write it without calling it: `new = {function}`")
        }
        (Key::New, Expr::Closure(_)) => "use a named function: `new = path::to::function`".to_owned(),
        (_, Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => {
            format!("write it without quotes: `{} = {}`", key.word(), text.value())
        }
        _ => write_example(key),
    };
    let what = match key {
        Key::New => "the path of a function",
        Key::Config => "the path of a struct",
        _ => "the path of a crate",
    };
    format!("expected {what} for `{}`\n{hint}", key.word())
}

pub(crate) fn name_missing(kind: Kind, subject: Option<&str>) -> String {
    let name = subject.map_or_else(|| "my-plugin".to_owned(), kebab_case);
    format!(
        "{} requires a `name`\nwrite `#[{}(name = \"example.io/{name}\")]`, with your own domain",
        kind.noun(),
        kind.attribute()
    )
}

pub(crate) fn name_invalid(error: &NameError, name: &str) -> String {
    let caret = caret(name, &error.range());
    match error.suggestion(name) {
        Some(meant) => format!("{error}{caret}\nwrite `name = {meant:?}`"),
        None => format!("{error}{caret}"),
    }
}

pub(crate) fn ark_name_invalid(error: ArkNameError, name: &str) -> String {
    let end = name.rsplit('/').next().unwrap_or_default().replace('\0', "");
    match end.as_str() {
        "" => format!("`ark_name`: {error}\n{}", write_example(Key::ArkName)),
        end => format!("`ark_name`: {error}\nwrite `ark_name = {end:?}`"),
    }
}

pub(crate) fn name_twice(kind: Kind, other: Kind) -> String {
    if kind == other {
        format!("this name is declared twice for {}\nrename one of them", kind.noun())
    } else {
        format!(
            "`{kind}` and `{other}` have the same name; Velero would call V2 twice and V1 never\nrename one \
             of them"
        )
    }
}

pub(crate) fn selector_mistake(key: Key, entry: &str, what: &What) -> String {
    let word = key.word();
    match what {
        What::Impossible(error) => {
            let caret = caret(entry, &error.range());
            match error.suggestion() {
                Some(meant) => format!("`{word}`: {error}{caret}\nwrite {meant:?}"),
                None => format!("`{word}`: {error}{caret}"),
            }
        }
        What::StarBesideOthers => format!("`{word}`: {what}\nkeep either `*` or the others"),
        What::Duplicate { .. } | What::AlsoIncluded { .. } | What::StarExcluded(_) => {
            format!("`{word}`: {what}\nremove it")
        }
    }
}

pub(crate) fn label_selector_invalid(text: &str, error: &LabelSelectorError) -> String {
    format!("invalid `label_selector`: {error}{}", caret(text, &error.range()))
}

pub(crate) fn config_key_invalid(key: &str) -> String {
    match key.trim() {
        "" => "`config_keys`: a key must not be empty\nremove it".to_owned(),
        trimmed => format!("`config_keys`: a key must not start or end with a space\nwrite {trimmed:?}"),
    }
}

pub(crate) fn only_one(kind: Kind) -> String {
    format!(
        "{} is declared twice; a binary supports one, because {} does not name the one it requests\n\
         remove one of them",
        kind.noun(),
        kind.host()
    )
}

pub(crate) const CONFIG_AND_KEYS: &str = "`config_keys` repeats `config`: the keys are the fields of its struct\n\
    remove one of them";

/// Items that an attribute may be on by mistake.
#[derive(Clone, Copy)]
pub(crate) enum NotAStruct {
    Enum,
    Union,
    Impl,
    Trait,
    Other,
}

pub(crate) fn not_a_struct(kind: Kind, what: NotAStruct) -> String {
    let (what, hint) = match what {
        NotAStruct::Enum => ("an enum", "declare a struct with the enum as a field"),
        NotAStruct::Union => ("a union", "declare a struct with the union as a field"),
        NotAStruct::Impl => ("an impl", "put it on the struct of this impl"),
        NotAStruct::Trait => ("a trait", "put it on a struct that implements the trait"),
        NotAStruct::Other => ("this", "put it on the struct that is the plugin"),
    };
    format!(
        "`#[{}]` applies to a struct that implements `{}`, not to {what}\n{hint}",
        kind.attribute(),
        kind.trait_name()
    )
}

/// A function instead of a store.
pub(crate) fn function_for_a_store(kind: Kind) -> String {
    format!(
        "`#[{}]` applies to a struct that implements `{}`, not to a function\n\
         {} has several methods: declare a struct and call the function from its impl",
        kind.attribute(),
        kind.trait_name(),
        kind.noun()
    )
}

pub(crate) const NEW_OF_A_FUNCTION: &str = "`new` constructs a struct, but this is a function\n\
    remove it, or declare a struct with this function as a method";

pub(crate) fn function_not_async(kind: Kind) -> String {
    format!("`#[{}]` requires an `async fn`\nwrite `async` before `fn`", kind.attribute())
}

pub(crate) fn function_of_self(kind: Kind) -> String {
    format!(
        "`#[{}]` does not support `self`\nput it on the struct, and move the method to its `impl {}`",
        kind.attribute(),
        kind.trait_name()
    )
}

pub(crate) fn function_arguments(kind: Kind, method: Method, ident: &str) -> String {
    let Method { inputs, output, .. } = method;
    let types: Vec<&str> = inputs.iter().map(|(_, input)| *input).collect();
    let named: Vec<_> = inputs.iter().map(|(name, input)| format!("{name}: {input}")).collect();
    let (types, named) = (types.join(", "), named.join(", "));
    format!(
        "`#[{}]` requires a function with the arguments `{types}` or `&Context, {types}`\n\
         write `async fn {ident}({named}) -> Result<{output}>`\n\
         or `async fn {ident}(cx: &Context, {named}) -> Result<{output}>`",
        kind.attribute(),
    )
}

pub(crate) fn function_without_result(kind: Kind, method: Method) -> String {
    let Method { output, .. } = method;
    format!(
        "`#[{0}]` requires a function that returns `Result<{output}>`\nwrite `-> Result<{output}>`",
        kind.attribute()
    )
}

pub(crate) fn function_qualified(kind: Kind, word: &str) -> String {
    format!(
        "`#[{}]` does not support `{word}`\nremove it, or call this function from one without it",
        kind.attribute()
    )
}

pub(crate) fn generic_function(kind: Kind) -> String {
    format!(
        "`#[{}]` does not support generic functions: {} requests a plugin by name\n\
         declare one function per type",
        kind.attribute(),
        kind.host()
    )
}

pub(crate) fn struct_that_borrows(kind: Kind) -> String {
    format!(
        "`#[{}]` does not support lifetimes: a plugin lives as long as its process and cannot borrow\n\
         use owned fields: `String` for `&str`, `Context` (by `cx.clone()`) for `&Context`",
        kind.attribute()
    )
}

pub(crate) fn generic_struct(kind: Kind) -> String {
    format!(
        "`#[{}]` does not support generic structs: {} requests a plugin by name\n\
         declare one struct per type",
        kind.attribute(),
        kind.host()
    )
}

pub(crate) fn empty_list(key: Key) -> String {
    let meaning = match key {
        Key::IncludedNamespaces | Key::IncludedResources => "Velero treats an empty list as everything",
        _ => "it excludes nothing",
    };
    format!("`{}` is empty: {meaning}\nremove it, or {}", key.word(), write_example(key))
}

/// The text on its own line, with marks below the error; empty if the error is the whole text.
fn caret(text: &str, range: &Range<usize>) -> String {
    if *range == (0..text.len()) {
        return String::new();
    }
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let count = |part: Option<&str>| part.map_or(0, |part| part.chars().count());
    let before = count(text.get(..range.start));
    let marks = count(text.get(range.clone())).max(1);
    format!("\n  {line}\n  {}{}", " ".repeat(before), "^".repeat(marks))
}

fn write_example(key: Key) -> String {
    format!("write `{} = {}`", key.word(), example(key))
}

/// An example of a key's value.
const fn example(key: Key) -> &'static str {
    match key {
        Key::Name => "\"example.io/my-plugin\"",
        Key::IncludedNamespaces => "[\"shop-*\"]",
        Key::ExcludedNamespaces => "[\"kube-system\"]",
        Key::IncludedResources => "[\"pods\", \"deployments.apps\"]",
        Key::ExcludedResources => "[\"events\"]",
        Key::LabelSelector => "\"app=shop,tier in (front,back)\"",
        Key::Config => "path::to::Settings",
        Key::ConfigKeys => "[\"region\"]",
        Key::ArkName => "\"mycloud\"",
        Key::New => "path::to::function",
        Key::Crate => "path::to::plugwright",
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// `StripClassRefs` and `strip_class_refs` as `strip-class-refs`.
fn kebab_case(ident: &str) -> String {
    let mut kebab = String::new();
    for c in ident.chars() {
        let c = if c == '_' { '-' } else { c };
        if c.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(c.to_lowercase());
    }
    kebab
}
