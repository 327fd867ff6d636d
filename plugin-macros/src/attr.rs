//! Parses `key = value, …`, and continues after each error.

use plugwright_model::Kind;
use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, ExprLit, Lit, LitStr, Path, Token};

use crate::messages;
use crate::model::{Args, Key, List, Name};
use crate::report::Report;

/// Parses the attribute. Invalid args are noted in the report, and in `seen` if their key is valid.
pub(crate) fn parse(kind: Kind, tokens: TokenStream, report: &mut Report) -> Args {
    let mut args = Args::default();
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            if let Err(mistake) = entry(kind, input, &mut args, report) {
                report.add(mistake);
                skip_to_next_key(input)?;
            }
            separator(input, report)?;
        }
        Ok(())
    };
    if let Err(mistake) = parser.parse2(tokens) {
        report.add(mistake);
    }
    args
}

/// Parses one `key = value`. An error means that the rest of the entry could not be parsed.
fn entry(kind: Kind, input: ParseStream<'_>, args: &mut Args, report: &mut Report) -> syn::Result<()> {
    if input.peek(LitStr) {
        args.meant.push(Key::Name);
        let name: LitStr = input.parse()?;
        return Err(syn::Error::new(name.span(), messages::bare_text(kind, &name.value())));
    }
    if !input.peek(Ident::peek_any) {
        // The missing key is probably `name`.
        args.meant.push(Key::Name);
        return Err(input.error(messages::NO_KEY));
    }
    let word = input.call(Ident::parse_any)?;
    let Some(key) = Key::from_word(&word.to_string()) else {
        let meant = Key::closest_to(&word.to_string(), kind);
        report.at(word.span(), messages::unknown_key(kind, &word.to_string(), meant));
        args.meant.extend(meant);
        return skip_to_next_key(input);
    };
    // Even if the rest is invalid, the key is present.
    args.meant.push(key);
    if !input.peek(Token![=]) {
        return Err(syn::Error::new(word.span(), messages::no_value(key)));
    }
    input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new(word.span(), messages::no_value(key)));
    }
    let value = ungrouped(input.parse()?);

    if !key.is_for(kind) {
        report.at(word.span(), messages::key_of_other_kinds(kind, key));
    } else if let Some((_, first)) = args.seen.iter().find(|(seen, _)| *seen == key) {
        report.at(word.span(), messages::duplicate_key(key));
        report.at(*first, messages::FIRST);
    } else {
        args.seen.push((key, word.span()));
        set(args, key, value, report);
    }
    Ok(())
}

/// Values substituted by a `macro_rules!` macro are in invisible groups.
fn ungrouped(mut value: Expr) -> Expr {
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    value
}

fn set(args: &mut Args, key: Key, value: Expr, report: &mut Report) {
    match key {
        Key::Name => args.name = name(value, report),
        Key::IncludedNamespaces => args.included_namespaces = list(key, value, report),
        Key::ExcludedNamespaces => args.excluded_namespaces = list(key, value, report),
        Key::IncludedResources => args.included_resources = list(key, value, report),
        Key::ExcludedResources => args.excluded_resources = list(key, value, report),
        Key::LabelSelector => args.label_selector = text(key, value, report),
        Key::Config => args.config = path(key, value, report),
        Key::ConfigKeys => args.config_keys = list(key, value, report),
        Key::ArkName => args.ark_name = text(key, value, report),
        Key::New => args.new = path(key, value, report),
        Key::Crate => args.runtime = path(key, value, report),
    }
}

fn name(value: Expr, report: &mut Report) -> Option<Name> {
    match value {
        Expr::Path(_) | Expr::Macro(_) => Some(Name::Constant(Box::new(value))),
        value => text(Key::Name, value, report).map(Name::Literal),
    }
}

fn text(key: Key, value: Expr, report: &mut Report) -> Option<LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
        value => {
            report.over(&value, messages::not_text(key));
            None
        }
    }
}

fn list(key: Key, value: Expr, report: &mut Report) -> Option<List> {
    let Expr::Array(array) = value else {
        report.over(&value, messages::not_a_list(key, &value));
        return None;
    };
    // A store may reject all keys with an empty list.
    if array.elems.is_empty() && key != Key::ConfigKeys {
        report.over(&array, messages::empty_list(key));
    }
    let mut entries = Vec::new();
    for element in array.elems {
        match ungrouped(element) {
            Expr::Lit(ExprLit { lit: Lit::Str(entry), .. }) => entries.push(entry),
            element => report.over(&element, messages::not_text_in_list(key, &element)),
        }
    }
    Some(List { entries })
}

fn path(key: Key, value: Expr, report: &mut Report) -> Option<Path> {
    match value {
        Expr::Path(path) if path.qself.is_none() && path.attrs.is_empty() => Some(path.path),
        value => {
            report.over(&value, messages::not_a_path(key, &value));
            None
        }
    }
}

/// Parses the comma between two entries. Anything else before it is one error.
fn separator(input: ParseStream<'_>, report: &mut Report) -> syn::Result<()> {
    if !input.is_empty() && !input.peek(Token![,]) {
        report.at(input.span(), messages::NO_COMMA);
        if starts_a_key(input) {
            return Ok(());
        }
        skip_to_next_key(input)?;
    }
    input.parse::<Option<Token![,]>>()?;
    Ok(())
}

fn starts_a_key(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any) && input.peek2(Token![=])
}

/// Skips unparsable tokens, up to the comma before something that looks like a key.
fn skip_to_next_key(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        if input.peek(Token![,]) {
            let ahead = input.fork();
            ahead.parse::<Token![,]>()?;
            if ahead.is_empty() || starts_a_key(&ahead) {
                break;
            }
        }
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
