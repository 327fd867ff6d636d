//! Collects mistakes, so that one build shows them all.

use proc_macro2::Span;
use quote::ToTokens;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Report {
    mistakes: Option<syn::Error>,
}

impl Report {
    /// Notes a mistake at a place.
    pub(crate) fn at(&mut self, span: Span, message: impl Into<String>) {
        self.add(syn::Error::new(span, message.into()));
    }

    /// Notes a mistake that is all of these tokens.
    pub(crate) fn over(&mut self, tokens: impl ToTokens, message: impl Into<String>) {
        self.add(syn::Error::new_spanned(tokens, message.into()));
    }

    /// Notes a mistake that the parser found.
    pub(crate) fn add(&mut self, mistake: syn::Error) {
        match &mut self.mistakes {
            Some(mistakes) => mistakes.combine(mistake),
            None => self.mistakes = Some(mistake),
        }
    }

    /// The end of checking: all mistakes as one error, if there were any.
    pub(crate) fn finish(self) -> Result<(), syn::Error> {
        self.mistakes.map_or(Ok(()), Err)
    }
}
