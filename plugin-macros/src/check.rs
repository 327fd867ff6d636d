//! Checks the parsed attribute against Velero's rules.

use plugwright_model::selector::{self, Of, Side, What};
use plugwright_model::{Kind, label_selector, name};
use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::{Attribute, LitStr, Meta};

use crate::item::{self, Found};
use crate::model::{Args, Declaration, Key, List, Name, Subject};
use crate::report::Report;
use crate::{attr, messages};

/// Returns the declaration if the attribute is complete. Errors are in the report.
pub(crate) fn check(
    kind: Kind,
    mut args: Args,
    item: &TokenStream,
    report: &mut Report,
) -> Option<Declaration> {
    let found = item::find(kind, item, report);
    // An empty attribute on the wrong item is misplaced, not incomplete.
    if Key::Name.is_for(kind) && !args.has(Key::Name) && (found.is_some() || !args.meant.is_empty()) {
        let subject = found.as_ref().map(|found| found.subject.ident().unraw().to_string());
        report.at(Span::call_site(), messages::name_missing(kind, subject.as_deref()));
    }
    if let Some(Name::Literal(name)) = &args.name {
        check_name(name, report);
        if let Some(Found { attrs, .. }) = &found {
            check_other_attributes(kind, name, attrs, report);
        }
    }
    if let (Some(_), Some(Found { attrs, .. })) = (kind.only_name(), &found) {
        check_only(kind, attrs, report);
    }
    if let Some(Found { subject: Subject::Function(..), .. }) = &found
        && let Some((_, new)) = args.seen.iter().find(|(key, _)| *key == Key::New)
    {
        report.at(*new, messages::NEW_OF_A_FUNCTION);
    }
    check_lists(Of::Namespaces, &args, [Key::IncludedNamespaces, Key::ExcludedNamespaces], report);
    check_lists(Of::Resources, &args, [Key::IncludedResources, Key::ExcludedResources], report);
    if let Some(selector) = &args.label_selector {
        check_label_selector(selector, report);
    }
    if let Some(name) = &args.ark_name
        && let Err(error) = name::check_ark(&name.value())
    {
        report.at(name.span(), messages::ark_name_invalid(error, &name.value()));
    }
    if let Some(List { entries }) = &args.config_keys {
        check_config_keys(entries, report);
        if let Some((_, keys)) = args.seen.iter().find(|(key, _)| *key == Key::ConfigKeys)
            && args.config.is_some()
        {
            report.at(*keys, messages::CONFIG_AND_KEYS);
        }
    }
    let name = kind.only_name().map(Name::Only).or_else(|| args.name.take());
    Some(Declaration { kind, subject: found?.subject, name: name?, args })
}

fn check_name(name: &LitStr, report: &mut Report) {
    let text = name.value();
    if let Err(error) = name::check(&text) {
        report.at(name.span(), messages::name_invalid(&error, &text));
    }
}

/// Rejects a name that an attribute below this one also has. Elsewhere in the binary the linker finds
/// duplicates.
fn check_other_attributes(kind: Kind, name: &LitStr, attrs: &[Attribute], report: &mut Report) {
    for attr in attrs {
        let other =
            attr.path().segments.last().and_then(|last| Kind::from_attribute(&last.ident.to_string()));
        let (Some(other), Meta::List(meta)) = (other, &attr.meta) else { continue };
        if other.unique_in() != kind.unique_in() {
            continue;
        }
        // Errors of the other attribute are reported by its own expansion.
        let args = attr::parse(other, meta.tokens.clone(), &mut Report::default());
        if let Some(Name::Literal(second)) = args.name
            && second.value() == name.value()
        {
            report.at(second.span(), messages::name_twice(kind, other));
            report.at(name.span(), messages::FIRST);
        }
    }
}

/// Rejects a second attribute of this kind.
fn check_only(kind: Kind, attrs: &[Attribute], report: &mut Report) {
    for attr in attrs {
        if attr.path().segments.last().is_some_and(|last| last.ident == kind.attribute()) {
            report.over(attr.path(), messages::only_one(kind));
        }
    }
}

fn check_lists(of: Of, args: &Args, [included, excluded]: [Key; 2], report: &mut Report) {
    let entries = |key| args.list(key).map_or(&[][..], |list| &list.entries[..]);
    let values = |key| entries(key).iter().map(LitStr::value).collect::<Vec<_>>();
    let key_of = |side| match side {
        Side::Included => included,
        Side::Excluded => excluded,
    };
    for mistake in selector::check(of, &values(included), &values(excluded)) {
        let key = key_of(mistake.side);
        let Some(entry) = entries(key).get(mistake.index) else { continue };
        report.at(entry.span(), messages::selector_mistake(key, &entry.value(), &mistake.what));
        let other = match mistake.what {
            What::Duplicate { first } => entries(key).get(first),
            What::AlsoIncluded { included: index } => entries(included).get(index),
            _ => None,
        };
        if let Some(other) = other {
            report.at(other.span(), messages::FIRST);
        }
    }
}

fn check_label_selector(selector: &LitStr, report: &mut Report) {
    let text = selector.value();
    if let Err(error) = label_selector::parse(&text) {
        report.at(selector.span(), messages::label_selector_invalid(&text, &error));
    }
}

fn check_config_keys(entries: &[LitStr], report: &mut Report) {
    for (index, entry) in entries.iter().enumerate() {
        let text = entry.value();
        if text.trim() != text || text.is_empty() {
            report.at(entry.span(), messages::config_key_invalid(&text));
        } else if let Some(first) = entries.iter().take(index).find(|first| first.value() == text) {
            report.at(
                entry.span(),
                messages::selector_mistake(Key::ConfigKeys, &text, &What::Duplicate { first: 0 }),
            );
            report.at(first.span(), messages::FIRST);
        }
    }
}
