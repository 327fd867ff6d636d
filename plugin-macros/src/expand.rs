//! Generates the declaration: only facts. The runtime decides what to do with them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote_spanned};
use syn::Path;
use syn::spanned::Spanned as _;

use crate::function;
use crate::model::{Declaration, List, Name, Subject};
use crate::paths::{Runtime, generated};

/// The unchanged item and its declaration.
pub(crate) fn expand(declaration: &Declaration, item: &TokenStream) -> TokenStream {
    let span = generated(declaration.subject.ident().span());
    let runtime = Runtime::new(declaration.args.runtime.as_ref());
    let private = runtime.private(span);
    let (guard, name) = name(declaration, &runtime);
    let record = record(declaration, &name, &runtime);
    let (lints, plugin) = match &declaration.subject {
        Subject::Struct(_) => (None, None),
        Subject::Function(signature, method) => (
            Some(function::lints(span)),
            Some(function::plugin(declaration.kind, *method, signature, &runtime)),
        ),
    };
    quote_spanned! {span=>
        #lints
        #item
        const _: () = {
            #guard
            #plugin
            #private::inventory::submit! {
                #private::Declared(|| #record)
            }
        };
    }
}

/// Code that rejects an invalid or duplicate name at build time, and the name.
///
/// A literal has been checked; the linker rejects two statics with one symbol and quotes the symbol in its
/// message. Other names are checked by the compiler, and for uniqueness when the program starts.
fn name(declaration: &Declaration, runtime: &Runtime<'_>) -> (TokenStream, TokenStream) {
    match &declaration.name {
        Name::Literal(name) => {
            let kind = declaration.kind.unique_in();
            // A symbol must not contain control characters, which the part after the `/` may contain.
            let symbol = format!("plugin name declared twice: {kind} {}", name.value().escape_debug());
            (declared_once(&symbol, generated(name.span())), name.to_token_stream())
        }
        Name::Constant(value) => {
            let span = generated(value.span());
            let private = runtime.private(span);
            let name = Ident::new("__PLUGIN_NAME", span);
            let guard = quote_spanned! {span=>
                const #name: &::core::primitive::str = #value;
                const _: () = #private::check_name(#name);
            };
            (guard, name.into_token_stream())
        }
        Name::Only(name) => {
            let symbol = format!("plugin name declared twice: {} {name}", declaration.kind);
            let guard = declared_once(&symbol, generated(declaration.subject.ident().span()));
            (guard, TokenStream::new())
        }
    }
}

/// A symbol that the linker accepts only once.
fn declared_once(symbol: &str, span: Span) -> TokenStream {
    quote_spanned! {span=>
        #[unsafe(export_name = #symbol)]
        #[used]
        static DECLARED_ONCE: ::core::primitive::u8 = 0;
    }
}

/// A single call with all bounds: a missing implementation is reported once, at the struct's name.
fn record(declaration: &Declaration, name: &TokenStream, runtime: &Runtime<'_>) -> TokenStream {
    let Declaration { kind, args, .. } = declaration;
    let subject = declaration.subject.ident();
    let span = generated(subject.span());
    let record = runtime.declaration(span);
    let constructor = Ident::new(kind.attribute(), span);
    let new = new(args.new.as_ref(), &declaration.subject, runtime);
    let mut call = match operations(declaration) {
        _ if kind.only_name().is_some() => {
            quote_spanned!(span=> #record::#constructor::<#subject, _>(#new))
        }
        _ if !kind.has_new() => quote_spanned!(span=> #record::#constructor::<#subject>(#name)),
        None => quote_spanned!(span=> #record::#constructor::<#subject, _>(#name, #new)),
        Some(method) => {
            let constructor = format_ident!("__{constructor}", span = span);
            let probe = probe(&method, subject, runtime);
            quote_spanned!(span=> #record::#constructor::<#subject, _>(#name, #new, #probe))
        }
    };
    for (key, List { entries }) in args.lists() {
        let method = Ident::new(key.word(), span);
        call.extend(if entries.is_empty() {
            // The element type of an empty `[]` cannot be inferred.
            quote_spanned!(span=> .#method([""; 0]))
        } else {
            quote_spanned!(span=> .#method([#(#entries),*]))
        });
    }
    if let Some(config) = &args.config {
        call.extend(quote_spanned!(span=> .config::<#config>()));
    }
    if let Some(selector) = &args.label_selector {
        call.extend(quote_spanned!(span=> .label_selector(#selector)));
    }
    if let Some(name) = &args.ark_name {
        call.extend(quote_spanned!(span=> .ark_name(#name)));
    }
    let new = args.new.as_ref().map(|new| new.to_token_stream().to_string()).unwrap_or_default();
    call.extend(quote_spanned!(span=> .__declared(::core::file!(), ::core::line!(), #new)));
    call
}

/// The constructor: the user's function, in which `Self` is the struct, or `Default`'s.
fn new(path: Option<&Path>, subject: &Subject, runtime: &Runtime<'_>) -> TokenStream {
    let subject = match subject {
        Subject::Struct(ident) => ident,
        Subject::Function(signature, method) => return function::new(*method, signature, runtime),
    };
    let Some(path) = path else {
        let span = generated(subject.span());
        let private = runtime.private(span);
        // With the bare path as a function, the bound would be reported twice.
        return quote_spanned!(span=> || #private::by_default::<#subject>());
    };
    let mut path = path.clone();
    if path.leading_colon.is_none()
        && let Some(first) = path.segments.first_mut()
        && first.ident == "Self"
    {
        let span = first.ident.span();
        first.ident = subject.clone();
        first.ident.set_span(span);
    }
    path.to_token_stream()
}

/// The probe's method for the operations of a plugin that may have them: `backup_operations` for
/// `BackupOperations`. A function has none.
fn operations(declaration: &Declaration) -> Option<String> {
    let Subject::Struct(_) = declaration.subject else { return None };
    let operations = declaration.kind.operations_trait()?.strip_suffix("Operations")?;
    Some(format!("{}_operations", operations.to_ascii_lowercase()))
}

/// A function that returns the struct's operations if it implements that trait, and none otherwise: method
/// lookup tries the probe's own method, which has the trait as its bound, before that of `NoOperations`.
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
