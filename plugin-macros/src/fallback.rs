//! The expansion of an attribute with errors.

use proc_macro2::TokenStream;
use quote::quote;

/// The unchanged item, and the errors. With the item present, the user's `impl` and all references to the
/// struct still compile, so no further errors are reported and editors keep working.
pub(crate) fn expand(mistakes: &syn::Error, item: &TokenStream) -> TokenStream {
    let mistakes = mistakes.to_compile_error();
    quote! {
        #item
        #mistakes
    }
}
