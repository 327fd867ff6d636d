//! A function as a plugin: a hidden struct whose method calls it.

use plugwright_model::{Kind, Method};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{FnArg, Signature, Type};

use crate::paths::{Runtime, generated};

/// A function must be `async` even if it awaits nothing, so the author must not get this lint.
pub(crate) fn lints(span: Span) -> TokenStream {
    quote_spanned!(span=> #[allow(clippy::unused_async)])
}

/// The types of a function's arguments: the context, if any, and the method's arguments.
fn types(method: Method, function: &Signature) -> (Option<&Type>, Vec<&Type>) {
    let types = function.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.ty),
        FnArg::Receiver(_) => None,
    });
    let mut types: Vec<&Type> = types.collect();
    let cx = (types.len() > method.inputs.len()).then(|| types.remove(0));
    (cx, types)
}

/// The struct and its trait impl. It has the function's name, for the log. Because of its braces it is only a
/// type, so that in calls the name still refers to the function.
///
/// The method uses the author's types with their spans: type errors are reported there, with the messages for
/// a struct's method.
pub(crate) fn plugin(kind: Kind, method: Method, function: &Signature, runtime: &Runtime<'_>) -> TokenStream {
    let Signature { ident, generics, output, .. } = function;
    let span = generated(ident.span());
    let plugin = hidden(ident);
    let plugin_trait = runtime.plugin_trait(kind, span);
    let (cx, types) = types(method, function);
    let names: Vec<_> = method.inputs.iter().map(|(name, _)| Ident::new(name, span)).collect();
    let method_name = Ident::new(method.name, span);
    let (field, cx) = cx.map_or_else(Default::default, |cx| {
        let context = runtime.context(span);
        (quote_spanned!(span=> cx: #context), quote_spanned!(generated(cx.span())=> &self.cx,))
    });
    quote_spanned! {span=>
        struct #plugin { #field }
        impl #plugin_trait for #plugin {
            async fn #method_name #generics(&self #(, #names: #types)*) #output {
                #ident(#cx #(#names),*).await
            }
        }
    }
}

/// The constructor.
pub(crate) fn new(method: Method, function: &Signature, runtime: &Runtime<'_>) -> TokenStream {
    let plugin = hidden(&function.ident);
    let span = plugin.span();
    if let (None, _) = types(method, function) {
        return quote_spanned!(span=> || #plugin {});
    }
    let context = runtime.context(span);
    quote_spanned!(span=> |cx: &#context| #plugin { cx: cx.clone() })
}

/// The name of the hidden struct. With the author's span, the author's lints would check it. With the macro's
/// span, it belongs to this crate's edition, in which other words are reserved.
fn hidden(function: &Ident) -> Ident {
    Ident::new_raw(&function.unraw().to_string(), generated(function.span()))
}
