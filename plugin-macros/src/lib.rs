//! The attributes of Plugwright: one for each kind of plugin that Velero or EphemeralAccess knows.
//!
//! Use them through the crate `plugwright`, which has the traits that they belong to. An attribute leaves the
//! struct as it is and adds one record: which kind of plugin it is, its name, what it is for and how to make one.
//! Everything that can be known at compile time is checked here, all of it in one run, at the place of the mistake.

mod attr;
mod check;
mod expand;
mod fallback;
mod function;
mod item;
mod messages;
mod model;
mod paths;
mod report;
#[cfg(test)]
mod tests;

use plugwright_model::Kind;
use proc_macro::TokenStream;

/// Declares a struct that implements `BackupItemAction` as a plugin.
///
#[doc = include_str!("docs/action.md")]
#[proc_macro_attribute]
pub fn backup_item_action(args: TokenStream, item: TokenStream) -> TokenStream {
    declare(Kind::BackupItemAction, args.into(), item.into()).into()
}

/// Declares a struct that implements `BackupItemActionV2` as a plugin; Velero 1.11 and later know this kind.
///
/// If the struct implements `BackupOperations` too, its operations are served.
///
#[doc = include_str!("docs/action.md")]
#[proc_macro_attribute]
pub fn backup_item_action_v2(args: TokenStream, item: TokenStream) -> TokenStream {
    declare(Kind::BackupItemActionV2, args.into(), item.into()).into()
}

/// Declares a struct that implements `RestoreItemAction` as a plugin.
///
#[doc = include_str!("docs/action.md")]
#[proc_macro_attribute]
pub fn restore_item_action(args: TokenStream, item: TokenStream) -> TokenStream {
    declare(Kind::RestoreItemAction, args.into(), item.into()).into()
}

/// Declares a struct that implements `RestoreItemActionV2` as a plugin; Velero 1.11 and later know this kind.
///
/// If the struct implements `RestoreOperations` too, its operations are served.
///
#[doc = include_str!("docs/action.md")]
#[proc_macro_attribute]
pub fn restore_item_action_v2(args: TokenStream, item: TokenStream) -> TokenStream {
    declare(Kind::RestoreItemActionV2, args.into(), item.into()).into()
}

/// Declares a struct that implements `DeleteItemAction` as a plugin; Velero 1.5 and later know this kind.
///
#[doc = include_str!("docs/action.md")]
#[proc_macro_attribute]
pub fn delete_item_action(args: TokenStream, item: TokenStream) -> TokenStream {
    declare(Kind::DeleteItemAction, args.into(), item.into()).into()
}

/// Declares a struct that implements `ItemBlockAction` as a plugin; Velero 1.15 and later know this kind.
///
#[doc = include_str!("docs/action.md")]
#[proc_macro_attribute]
pub fn item_block_action(args: TokenStream, item: TokenStream) -> TokenStream {
    declare(Kind::ItemBlockAction, args.into(), item.into()).into()
}

/// Declares a struct that implements `ObjectStore` as a plugin.
///
#[doc = include_str!("docs/store.md")]
#[proc_macro_attribute]
pub fn object_store(args: TokenStream, item: TokenStream) -> TokenStream {
    declare(Kind::ObjectStore, args.into(), item.into()).into()
}

/// Declares a struct that implements `VolumeSnapshotter` as a plugin.
///
#[doc = include_str!("docs/store.md")]
#[proc_macro_attribute]
pub fn volume_snapshotter(args: TokenStream, item: TokenStream) -> TokenStream {
    declare(Kind::VolumeSnapshotter, args.into(), item.into()).into()
}

/// Declares a struct that implements `AccessRequester` as the plugin for Argo CD EphemeralAccess.
///
#[doc = include_str!("docs/access_requester.md")]
#[proc_macro_attribute]
pub fn access_requester(args: TokenStream, item: TokenStream) -> TokenStream {
    declare(Kind::AccessRequester, args.into(), item.into()).into()
}

/// Stands in for `access_requester` where the runtime is built without the feature that serves one.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn access_requester_disabled(_: TokenStream, item: TokenStream) -> TokenStream {
    let item = item.into();
    let message = messages::FEATURE_EPHEMERAL_ACCESS;
    let error = syn::Error::new(proc_macro2::Span::call_site(), message);
    fallback::expand(&error, &item).into()
}

/// Prints each expansion to stderr if it is set when the plugin is compiled.
const DEBUG: &str = "PLUGWRIGHT_MACROS_DEBUG";

/// All attributes: read, check, and write either the declaration or the mistakes. The item itself is always kept.
fn declare(
    kind: Kind,
    args: proc_macro2::TokenStream,
    item: proc_macro2::TokenStream,
) -> proc_macro2::TokenStream {
    let mut report = report::Report::default();
    let args = attr::parse(kind, args, &mut report);
    let declaration = check::check(kind, args, &item, &mut report);
    let expansion = match (report.finish(), declaration) {
        (Ok(()), Some(declaration)) => expand::expand(&declaration, &item),
        (Ok(()), None) => item,
        (Err(mistakes), _) => fallback::expand(&mistakes, &item),
    };
    if std::env::var_os(DEBUG).is_some() {
        eprintln!("{expansion}");
    }
    expansion
}
