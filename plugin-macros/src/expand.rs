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
    let constructor = format_ident!("{}", kind.attribute(), span = span);
    let mut call = if kind.has_new() {
        let new = new(args.new.as_ref(), subject);
        quote_spanned!(span=> #record::#constructor::<#subject, _>(#name, #new))
    } else {
        quote_spanned!(span=> #record::#constructor::<#subject>(#name))
    };
    if let Some(probe) = probe(*kind) {
        let operations = operations(declaration, probe, runtime);
        call.extend(quote_spanned!(span=> .operations(#operations)));
    }
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

/// The runtime's probe for a kind with operations.
const fn probe(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::BackupItemActionV2 => Some("BackupProbe"),
        Kind::RestoreItemActionV2 => Some("RestoreProbe"),
        _ => None,
    }
}

/// An expression that is `Some` if the struct implements the operations trait of its kind, and `None` if not:
/// method lookup tries `Served`, on the probe, before `NotServed`, on a reference to it.
fn operations(declaration: &Declaration, probe: &str, runtime: &Runtime<'_>) -> TokenStream {
    let subject = &declaration.subject;
    let span = generated(subject.span());
    let private = runtime.private(span);
    let probe = Ident::new(probe, span);
    quote_spanned! {span=> {
        #[allow(unused_imports)]
        use #private::operations::{NotServed as _, Served as _};
        (&#private::operations::#probe::<#subject>::new()).operations()
    }}
}
