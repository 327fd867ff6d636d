//! All that the attributes may say about a mistake: what is wrong, and on the next line what would be right.

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
pub(crate) const NO_KEY: &str = "expected a key\nwrite `key = value`, with a `,` between two of them";
pub(crate) const NO_COMMA: &str = "expected a `,` before this";
pub(crate) const FIRST: &str = "it is first given here";

pub(crate) fn bare_text(kind: Kind, text: &str) -> String {
    let hint = if Key::Name.is_for(kind) {
        format!("is this the plugin's name? write `name = {text:?}`")
    } else {
        keys_of(kind)
    };
    format!("a value without its key\n{hint}")
}

fn keys_of(kind: Kind) -> String {
    let known: Vec<&str> = Key::ALL.into_iter().filter(|key| key.is_for(kind)).map(Key::word).collect();
    format!("its keys are {}", quoted(&known))
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
                "`#[{}]` has no key `name`: {host} asks for its one plugin as `{name}`, so it has no name of its \
                 own\nremove it",
                kind.attribute()
            );
        }
        (Key::New, _) => "a store is made by `init`, from its configuration",
        (Key::Config | Key::ConfigKeys, _) => "Velero gives a configuration to stores only",
        (Key::ArkName, _) => "Heptio Ark has no such plugins, so that it has no name for one",
        (_, None) => "a store is not called for objects, so it has none to choose",
        (_, Some(_)) => "it is called for every request, and has none to choose",
    };
    format!(
        "`#[{}]` has no key `{}`: {why}\nkinds with this key: {}",
        kind.attribute(),
        key.word(),
        quoted(&kinds)
    )
}

pub(crate) fn duplicate_key(key: Key) -> String {
    format!("`{}` is given twice\nremove one of the two", key.word())
}

pub(crate) fn no_value(key: Key) -> String {
    format!("`{}` needs a `=` and a value after it\n{}", key.word(), write_example(key))
}

pub(crate) fn not_text(key: Key) -> String {
    format!("`{}` takes a string\n{}", key.word(), write_example(key))
}

pub(crate) fn not_a_list(key: Key, value: &Expr) -> String {
    let hint = match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            format!("write `{} = [{:?}]`", key.word(), text.value())
        }
        _ => write_example(key),
    };
    format!("`{}` takes a list of strings\n{hint}", key.word())
}

pub(crate) fn not_text_in_list(key: Key, element: &Expr) -> String {
    let hint = match element {
        Expr::Path(ExprPath { path, .. }) if path.get_ident().is_some() => {
            format!("write {:?}", path.to_token_stream().to_string())
        }
        _ => write_example(key),
    };
    format!("`{}` takes a list of strings, written out here\n{hint}", key.word())
}

pub(crate) fn not_a_path(key: Key, value: &Expr) -> String {
    let hint = match (key, value) {
        (Key::New, Expr::Call(ExprCall { func, .. })) => {
            let function = func.to_token_stream().to_string().replace(' ', "");
            format!("write it without calling it: `new = {function}`")
        }
        (Key::New, Expr::Closure(_)) => {
            "make it a function with a name: `new = path::to::function`".to_owned()
        }
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
    format!("`{}` takes {what}\n{hint}", key.word())
}

pub(crate) fn name_missing(kind: Kind, subject: Option<&str>) -> String {
    let name = subject.map_or_else(|| "my-plugin".to_owned(), kebab_case);
    format!(
        "{} needs a name\nwrite `#[{}(name = \"example.io/{name}\")]`, with a domain of your own",
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
        format!("this is declared twice as {} of this name\ngive one of the two another name", kind.noun())
    } else {
        format!(
            "`{kind}` and `{other}` have the same name; Velero would call the second version twice, and the first \
             never\ngive one of the two another name"
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
    format!("`label_selector` does not parse: {error}{}", caret(text, &error.range()))
}

pub(crate) fn config_key_invalid(key: &str) -> String {
    match key.trim() {
        "" => "`config_keys`: a configuration has no key without a name\nremove it".to_owned(),
        trimmed => format!("`config_keys`: a key has no spaces around it\nwrite {trimmed:?}"),
    }
}

pub(crate) fn only_one(kind: Kind) -> String {
    format!(
        "this is declared twice as {}, and a binary has one at most: {} does not say which of two it wants\n\
         remove one of the two",
        kind.noun(),
        kind.host()
    )
}

pub(crate) const CONFIG_AND_KEYS: &str = "`config_keys` lists what `config` already says: the keys are the fields of \
    its struct\nremove one of the two";

/// What an attribute may be on by mistake.
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
        NotAStruct::Enum => ("an enum", "declare a struct with the enum as its field"),
        NotAStruct::Union => ("a union", "declare a struct with the union as its field"),
        NotAStruct::Impl => ("an impl", "put it on the struct that this impl is for"),
        NotAStruct::Trait => ("a trait", "put it on a struct that implements the trait"),
        NotAStruct::Other => ("this", "put it on the struct that is the plugin"),
    };
    format!(
        "`#[{}]` goes on a struct that implements `{}`, not on {what}\n{hint}",
        kind.attribute(),
        kind.trait_name()
    )
}

/// A function in place of a store.
pub(crate) fn function_for_a_store(kind: Kind) -> String {
    format!(
        "`#[{}]` goes on a struct that implements `{}`, not on a function\n\
         {} has several methods: declare a struct, and call the function from its impl",
        kind.attribute(),
        kind.trait_name(),
        kind.noun()
    )
}

pub(crate) const NEW_OF_A_FUNCTION: &str = "`new` says how to make a struct, and this is a function\n\
    remove it, or declare a struct that the function is a method of";

pub(crate) fn function_not_async(kind: Kind) -> String {
    format!("`#[{}]` takes an `async fn`\nwrite `async` before the `fn`", kind.attribute())
}

pub(crate) fn function_of_self(kind: Kind) -> String {
    format!(
        "`#[{}]` takes a function without `self`\nfor a method, put it on the struct, and write the method into its \
         `impl {}`",
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
        "`#[{}]` takes a function of `{types}`, or of `&Context, {types}`\n\
         write `async fn {ident}({named}) -> Result<{output}>`\n\
         or `async fn {ident}(cx: &Context, {named}) -> Result<{output}>`",
        kind.attribute(),
    )
}

pub(crate) fn function_without_result(kind: Kind, method: Method) -> String {
    let Method { output, .. } = method;
    format!(
        "`#[{0}]` takes a function that returns `Result<{output}>`\nwrite `-> Result<{output}>`",
        kind.attribute()
    )
}

pub(crate) fn function_qualified(kind: Kind, word: &str) -> String {
    format!(
        "`#[{}]` takes a function without `{word}`\nremove it, or call this function from one without it",
        kind.attribute()
    )
}

pub(crate) fn generic_function(kind: Kind) -> String {
    format!(
        "`#[{}]` takes a function without type parameters: {} asks for a plugin by its name, and gives no types\n\
         declare a function for each type that you need",
        kind.attribute(),
        kind.host()
    )
}

pub(crate) fn struct_that_borrows(kind: Kind) -> String {
    format!(
        "`#[{}]` goes on a struct without lifetimes: a plugin lives as long as its process, and may not borrow\n\
         own what it keeps: `String` for `&str`, `Context` (by `cx.clone()`) for `&Context`",
        kind.attribute()
    )
}

pub(crate) fn generic_struct(kind: Kind) -> String {
    format!(
        "`#[{}]` goes on a struct without parameters: {} asks for a plugin by its name, and gives no types\n\
         declare a struct for each type that you need",
        kind.attribute(),
        kind.host()
    )
}

pub(crate) fn empty_list(key: Key) -> String {
    let meaning = match key {
        Key::IncludedNamespaces | Key::IncludedResources => "to Velero, an empty list means everything",
        _ => "there is nothing to leave out",
    };
    format!("`{}` is empty: {meaning}\nremove it, or {}", key.word(), write_example(key))
}

/// The text on a line of its own, and marks below what is wrong in it; nothing where all of it is.
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
