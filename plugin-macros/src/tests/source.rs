//! Finds string literals in source text.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::LitStr;

/// Returns the strings in functions with these names.
pub(super) fn strings_in_functions(source: &str, names: &[&str]) -> Vec<String> {
    fn walk(tokens: TokenStream, names: &[&str], inside: bool, strings: &mut Vec<String>) {
        let (mut in_question, mut after_fn) = (false, false);
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    in_question = (in_question && ident != "fn")
                        || (after_fn && names.iter().any(|name| ident == name));
                    after_fn = ident == "fn";
                }
                TokenTree::Group(group) => {
                    let body = group.delimiter() == Delimiter::Brace;
                    walk(group.stream(), names, inside || (in_question && body), strings);
                    in_question &= !body;
                }
                TokenTree::Literal(literal) if inside => {
                    strings.extend(syn::parse_str::<LitStr>(&literal.to_string()).map(|text| text.value()));
                }
                _ => {}
            }
        }
    }
    let mut strings = Vec::new();
    walk(source.parse().expect("Rust"), names, false, &mut strings);
    strings
}

/// Returns the strings after these tokens, anywhere.
pub(super) fn strings_after(source: &str, before: &[&str]) -> Vec<String> {
    fn walk(tokens: TokenStream, before: &[&str], strings: &mut Vec<String>) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            let seen = |word: &str, back: usize| {
                at.checked_sub(back).is_some_and(|at| tokens[at].to_string() == word)
            };
            match token {
                TokenTree::Group(group) => walk(group.stream(), before, strings),
                TokenTree::Literal(literal)
                    if before.iter().rev().enumerate().all(|(back, word)| seen(word, back + 1)) =>
                {
                    strings.extend(syn::parse_str::<LitStr>(&literal.to_string()).map(|text| text.value()));
                }
                _ => {}
            }
        }
    }
    let mut strings = Vec::new();
    walk(source.parse().expect("Rust"), before, &mut strings);
    strings
}

/// Returns the strings passed to macros with this name.
pub(super) fn strings_in_calls(source: &str, name: &str) -> Vec<String> {
    fn walk(tokens: TokenStream, name: &str, strings: &mut Vec<String>) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            let TokenTree::Group(group) = token else { continue };
            let called = at.checked_sub(2).is_some_and(|at| tokens[at].to_string() == name);
            strings.extend(
                syn::parse2::<LitStr>(group.stream()).ok().filter(|_| called).map(|text| text.value()),
            );
            walk(group.stream(), name, strings);
        }
    }
    let mut strings = Vec::new();
    walk(source.parse().expect("Rust"), name, &mut strings);
    strings
}
