//! What an attribute with mistakes becomes.

use proc_macro2::TokenStream;
use quote::quote;

/// The item as it was, and the mistakes. With the item there, the user's `impl` and everything that names the
/// struct still compile, so that nothing but the mistakes is reported, and editors go on working.
pub(crate) fn expand(mistakes: &syn::Error, item: &TokenStream) -> TokenStream {
    let mistakes = mistakes.to_compile_error();
    quote! {
        #item
        #mistakes
    }
}
