//! Checks what was read, against the rules that Velero has.

use plugwright_model::{Kind, name};
use proc_macro2::{Ident, Span, TokenStream};
use syn::Item;
use syn::spanned::Spanned as _;

use crate::messages;
use crate::model::{Args, Declaration, Key, Name};
use crate::report::Report;

/// The declaration, if the attribute is complete. What is wrong is in the report.
pub(crate) fn check(
    kind: Kind,
    mut args: Args,
    item: &TokenStream,
    report: &mut Report,
) -> Option<Declaration> {
    let subject = subject(kind, item, report);
    if !args.has(Key::Name) && (subject.is_some() || !args.seen.is_empty()) {
        let subject = subject.as_ref().map(ToString::to_string);
        report.at(Span::call_site(), messages::name_missing(kind, subject.as_deref()));
    }
    if let Some(Name::Literal(literal)) = &args.name {
        let text = literal.value();
        if let Err(error) = name::check(&text) {
            report.at(literal.span(), messages::name_invalid(&error, &text));
        }
    }
    for (key, list) in args.lists() {
        if list.entries.is_empty() {
            report.at(list.span, messages::empty_list(key));
        }
    }
    Some(Declaration { kind, subject: subject?, name: args.name.take()?, args })
}

/// The struct's name, where the item is a plain struct.
fn subject(kind: Kind, item: &TokenStream, report: &mut Report) -> Option<Ident> {
    let (span, what) = match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Struct(item)) => {
            if item.generics.params.is_empty() {
                return Some(item.ident);
            }
            report.at(item.generics.span(), messages::generic_struct(kind));
            return None;
        }
        Ok(Item::Enum(item)) => (item.enum_token.span, "an enum"),
        Ok(Item::Union(item)) => (item.union_token.span, "a union"),
        Ok(Item::Fn(item)) => (item.sig.fn_token.span, "a function"),
        Ok(Item::Impl(item)) => (item.impl_token.span, "an impl"),
        Ok(Item::Trait(item)) => (item.trait_token.span, "a trait"),
        Ok(Item::Type(item)) => (item.type_token.span, "a type alias"),
        Ok(Item::Mod(item)) => (item.mod_token.span, "a module"),
        _ => (Span::call_site(), "this"),
    };
    report.at(span, messages::not_a_struct(kind, what));
    None
}
