//! The paths that generated code uses.
//!
//! Their tokens stand, for messages, where the user wrote the thing that they belong to, but are resolved and
//! linted as the macro's own: with a plain user span, the user's `deny(unused_qualifications)` would go off.

use plugwright_model::Kind;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Path;

/// The runtime's private module. The patch version in its name keeps the attributes of one release from using the runtime of
/// another.
pub(crate) const PRIVATE: &str = concat!("__private", env!("CARGO_PKG_VERSION_PATCH"));

/// Where the runtime crate is found: `::plugwright`, or what `crate = …` says.
pub(crate) struct Runtime<'a> {
    path: Option<&'a Path>,
}

impl<'a> Runtime<'a> {
    pub(crate) fn new(path: Option<&'a Path>) -> Self {
        Self { path }
    }

    /// The public record that declares a plugin.
    pub(crate) fn declaration(&self, span: Span) -> TokenStream {
        let root = self.root(span);
        quote_spanned!(span=> #root::Declaration)
    }

    /// A trait that plugins of one kind implement.
    pub(crate) fn plugin_trait(&self, kind: Kind, span: Span) -> TokenStream {
        let root = self.root(span);
        let name = Ident::new(kind.trait_name(), span);
        quote_spanned!(span=> #root::#name)
    }

    /// What a function may take before its arguments.
    pub(crate) fn context(&self, span: Span) -> TokenStream {
        let root = self.root(span);
        quote_spanned!(span=> #root::Context)
    }

    /// The module for generated code. `plugin-runtime/build.rs` writes it under this name.
    pub(crate) fn private(&self, span: Span) -> TokenStream {
        let root = self.root(span);
        let module = Ident::new(PRIVATE, span);
        quote_spanned!(span=> #root::#module)
    }

    fn root(&self, span: Span) -> TokenStream {
        self.path.map_or_else(|| quote_spanned!(span=> ::plugwright), ToTokens::to_token_stream)
    }
}

/// The span for generated tokens that belong to what stands at `user`.
pub(crate) fn generated(user: Span) -> Span {
    Span::mixed_site().located_at(user)
}
