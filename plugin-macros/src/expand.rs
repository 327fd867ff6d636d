//! Writes the declaration: facts only. What is done with them is the runtime's business.

use plugwright_model::Kind;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, format_ident, quote_spanned};
use syn::Path;

use crate::model::{Declaration, List, Name};
use crate::paths::{Runtime, generated};

/// The item, unchanged, and its record.
pub(crate) fn expand(declaration: &Declaration, item: &TokenStream) -> TokenStream {
    let span = generated(declaration.subject.span());
    let runtime = Runtime::new(declaration.args.runtime.as_ref());
    let private = runtime.private(span);
    let guard = guard(declaration);
    let record = record(declaration, &runtime);
    quote_spanned! {span=>
        #item
        const _: () = {
            #guard
            #private::inventory::submit! {
                #private::Declared(|| #record)
            }
        };
    }
}

/// What refuses a name that is no good, or that is there twice, at build time.
///
/// A literal was checked here; two statics with one symbol are refused by the linker, whose message quotes the
/// symbol. Other names are checked by the compiler, and for uniqueness when the program starts.
fn guard(declaration: &Declaration) -> TokenStream {
    match &declaration.name {
        Name::Literal(name) => {
            let symbol =
                format!("plugin name declared twice: {} {}", declaration.kind.unique_in(), name.value());
            let span = generated(name.span());
            quote_spanned! {span=>
                #[unsafe(export_name = #symbol)]
                #[used]
                static DECLARED_ONCE: u8 = 0;
            }
        }
        Name::Constant(name) => {
            let span = generated(syn::spanned::Spanned::span(name));
            let private = Runtime::new(declaration.args.runtime.as_ref()).private(span);
            quote_spanned! {span=>
                const _: () = #private::check_name(#name);
            }
        }
    }
}

/// One call, which carries all bounds: what is missing is reported once, at the struct's name.
fn record(declaration: &Declaration, runtime: &Runtime<'_>) -> TokenStream {
    let Declaration { kind, subject, name, args } = declaration;
    let span = generated(subject.span());
    let name = match name {
        Name::Literal(name) => name.to_token_stream(),
        Name::Constant(name) => name.to_token_stream(),
    };
    let record = runtime.declaration(span);
    let mut call = match operations(*kind) {
        _ if !kind.has_new() => {
            let constructor = format_ident!("{}", kind.attribute(), span = span);
            quote_spanned!(span=> #record::#constructor::<#subject>(#name))
        }
        None => {
            let constructor = format_ident!("{}", kind.attribute(), span = span);
            let new = new(args.new.as_ref(), subject);
            quote_spanned!(span=> #record::#constructor::<#subject, _>(#name, #new))
        }
        Some(method) => {
            let constructor = format_ident!("__{}", kind.attribute(), span = span);
            let new = new(args.new.as_ref(), subject);
            let probe = probe(method, subject, runtime);
            quote_spanned!(span=> #record::#constructor::<#subject, _>(#name, #new, #probe))
        }
    };
    for (key, List { entries, .. }) in args.lists() {
        let method = Ident::new(key.word(), span);
        call.extend(quote_spanned!(span=> .#method([#(#entries),*])));
    }
    if let Some(selector) = &args.label_selector {
        call.extend(quote_spanned!(span=> .label_selector(#selector)));
    }
    call.extend(quote_spanned!(span=> .declared_at(::core::file!(), ::core::line!())));
    call
}

/// The constructor: `Default::default`, or the user's function. `Self` is the struct.
fn new(path: Option<&Path>, subject: &Ident) -> TokenStream {
    let Some(path) = path else {
        let span = generated(subject.span());
        return quote_spanned!(span=> <#subject as ::core::default::Default>::default);
    };
    let mut path = path.clone();
    if path.leading_colon.is_none()
        && let Some(first) = path.segments.first_mut()
        && first.ident == "Self"
    {
        first.ident = Ident::new(&subject.to_string(), first.ident.span());
    }
    path.to_token_stream()
}

/// How the runtime's probe is asked for the operations of a kind that may have them.
const fn operations(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::BackupItemActionV2 => Some("backup_operations"),
        Kind::RestoreItemActionV2 => Some("restore_operations"),
        _ => None,
    }
}

/// A function that gives the struct's operations if it implements that trait, and none if not: method lookup
/// tries the probe's own method, which has the trait as its bound, before that of `NoOperations`.
fn probe(method: &str, subject: &Ident, runtime: &Runtime<'_>) -> TokenStream {
    let span = generated(subject.span());
    let private = runtime.private(span);
    let method = Ident::new(method, span);
    quote_spanned! {span=> || {
        #[allow(unused_imports)]
        use #private::operations::NoOperations as _;
        #private::operations::Probe::<#subject>::new().#method()
    }}
}
