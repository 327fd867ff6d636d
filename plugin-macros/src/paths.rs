//! The paths used by generated code.
//!
//! For messages, their tokens have the span of the user's code they belong to, but they are resolved and
//! linted as the macro's own: with a plain user span, the user's `deny(unused_qualifications)` would apply.

use plugwright_model::Kind;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Path;

/// The runtime's private module. The patch version in its name prevents the attributes of one release from
/// using the runtime of another.
pub(crate) const PRIVATE: &str = concat!("__private", env!("CARGO_PKG_VERSION_PATCH"));

/// The path of the runtime crate: `::plugwright`, or the value of `crate`.
pub(crate) struct Runtime<'a> {
    path: Option<&'a Path>,
}

impl<'a> Runtime<'a> {
    pub(crate) fn new(path: Option<&'a Path>) -> Self {
        Self { path }
    }

    /// The type that declares a plugin.
    pub(crate) fn declaration(&self, span: Span) -> TokenStream {
        let root = self.root(span);
        quote_spanned!(span=> #root::Declaration)
    }

    /// The trait that plugins of one kind implement.
    pub(crate) fn plugin_trait(&self, kind: Kind, span: Span) -> TokenStream {
        let root = self.root(span);
        let name = Ident::new(kind.trait_name(), span);
        quote_spanned!(span=> #root::#name)
    }

    /// The optional first argument of a function.
    pub(crate) fn context(&self, span: Span) -> TokenStream {
        let root = self.root(span);
        quote_spanned!(span=> #root::Context)
    }

    /// The module for generated code. `plugin-runtime/build.rs` generates it under this name.
    pub(crate) fn private(&self, span: Span) -> TokenStream {
        let root = self.root(span);
        let module = Ident::new(PRIVATE, span);
        quote_spanned!(span=> #root::#module)
    }

    fn root(&self, span: Span) -> TokenStream {
        self.path.map_or_else(|| quote_spanned!(span=> ::plugwright), ToTokens::to_token_stream)
    }
}

/// The span for generated tokens that belong to the user's code at `user`.
pub(crate) fn generated(user: Span) -> Span {
    Span::mixed_site().located_at(user)
}
