//! The attributes of Plugwright: one for each kind of plugin that Velero or EphemeralAccess supports.
//!
//! Use them through the crate `plugwright`, which has their traits. An attribute keeps the struct unchanged
//! and adds one declaration: the plugin's kind, its name, the items it applies to and how to construct it.
//! All rules that can be checked at compile time are checked here, in one run, with errors at the exact
//! place.

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

/// Declares a struct that implements `BackupItemActionV2` as a plugin; requires Velero 1.11 or later.
///
/// If the struct also implements `BackupOperations`, its operations are served.
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

/// Declares a struct that implements `RestoreItemActionV2` as a plugin; requires Velero 1.11 or later.
///
/// If the struct also implements `RestoreOperations`, its operations are served.
///
#[doc = include_str!("docs/action.md")]
#[proc_macro_attribute]
pub fn restore_item_action_v2(args: TokenStream, item: TokenStream) -> TokenStream {
    declare(Kind::RestoreItemActionV2, args.into(), item.into()).into()
}

/// Declares a struct that implements `DeleteItemAction` as a plugin; requires Velero 1.5 or later.
///
#[doc = include_str!("docs/action.md")]
#[proc_macro_attribute]
pub fn delete_item_action(args: TokenStream, item: TokenStream) -> TokenStream {
    declare(Kind::DeleteItemAction, args.into(), item.into()).into()
}

/// Declares a struct that implements `ItemBlockAction` as a plugin; requires Velero 1.15 or later.
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

/// Replaces `access_requester` if the runtime is built without its feature.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn access_requester_disabled(_: TokenStream, item: TokenStream) -> TokenStream {
    let item = item.into();
    let message = messages::FEATURE_EPHEMERAL_ACCESS;
    let error = syn::Error::new(proc_macro2::Span::call_site(), message);
    fallback::expand(&error, &item).into()
}

/// If set when the plugin is compiled, each expansion is printed to stderr.
const DEBUG: &str = "PLUGWRIGHT_MACROS_DEBUG";

/// Expands all attributes: parses, checks, and emits either the declaration or the errors. The item itself is
/// always kept.
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
