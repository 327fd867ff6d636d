//! Collects errors, so that one build shows them all.

use proc_macro2::Span;
use quote::ToTokens;

/// The errors found so far.
#[derive(Default)]
pub(crate) struct Report {
    mistakes: Option<syn::Error>,
}

impl Report {
    /// Adds an error at a place.
    pub(crate) fn at(&mut self, span: Span, message: impl Into<String>) {
        self.add(syn::Error::new(span, message.into()));
    }

    /// Adds an error that spans these tokens.
    pub(crate) fn over(&mut self, tokens: impl ToTokens, message: impl Into<String>) {
        self.add(syn::Error::new_spanned(tokens, message.into()));
    }

    /// Adds an error found by the parser.
    pub(crate) fn add(&mut self, mistake: syn::Error) {
        match &mut self.mistakes {
            Some(mistakes) => mistakes.combine(mistake),
            None => self.mistakes = Some(mistake),
        }
    }

    /// Returns all errors as one, if any.
    pub(crate) fn finish(self) -> Result<(), syn::Error> {
        self.mistakes.map_or(Ok(()), Err)
    }
}
