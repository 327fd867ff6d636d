//! Parses the item that the attribute is on: a struct, or a function for kinds with one method.

use plugwright_model::{Kind, Method};
use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::ext::IdentExt as _;
use syn::{
    Attribute, FnArg, Generics, Item, ItemEnum, ItemFn, ItemImpl, ItemStruct, ItemTrait, ItemUnion,
    ReturnType, Signature, Type, TypeReference,
};

use crate::messages::{self, NotAStruct};
use crate::model::Subject;
use crate::report::Report;

/// The item that the attribute is on, and the attributes below this one.
pub(crate) struct Found {
    pub(crate) subject: Subject,
    pub(crate) attrs: Vec<Attribute>,
}

/// Returns the struct or function if it can be a plugin.
pub(crate) fn find(kind: Kind, item: &TokenStream, report: &mut Report) -> Option<Found> {
    let (place, what) = match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Struct(ItemStruct { ident, attrs, generics, .. })) => {
            if generics.params.is_empty() {
                return Some(Found { subject: Subject::Struct(ident), attrs });
            }
            let of_types =
                generics.type_params().next().is_some() || generics.const_params().next().is_some();
            let message =
                if of_types { messages::generic_struct(kind) } else { messages::struct_that_borrows(kind) };
            report.over(generics, message);
            return None;
        }
        Ok(Item::Fn(ItemFn { sig, attrs, .. })) => {
            let Some(method) = kind.method() else {
                let Signature { fn_token, ident, .. } = sig;
                report.over(quote!(#fn_token #ident), messages::function_for_a_store(kind));
                return None;
            };
            check_function(kind, method, &sig, report);
            return Some(Found { subject: Subject::Function(Box::new(sig), method), attrs });
        }
        Ok(Item::Enum(ItemEnum { enum_token, ident, .. })) => (quote!(#enum_token #ident), NotAStruct::Enum),
        Ok(Item::Union(ItemUnion { union_token, ident, .. })) => {
            (quote!(#union_token #ident), NotAStruct::Union)
        }
        Ok(Item::Impl(ItemImpl { impl_token, self_ty, .. })) => {
            (quote!(#impl_token #self_ty), NotAStruct::Impl)
        }
        Ok(Item::Trait(ItemTrait { trait_token, ident, .. })) => {
            (quote!(#trait_token #ident), NotAStruct::Trait)
        }
        _ => (TokenStream::new(), NotAStruct::Other),
    };
    report.over(place, messages::not_a_struct(kind, what));
    None
}

/// Checks that need no type information. The compiler compares types with those of the trait's method.
fn check_function(kind: Kind, method: Method, function: &Signature, report: &mut Report) {
    if function.asyncness.is_none() {
        report.over(function.fn_token, messages::function_not_async(kind));
    }
    for (qualifier, word) in [
        (function.constness.to_token_stream(), "const"),
        (function.safety.to_token_stream(), "unsafe"),
        (function.abi.to_token_stream(), "extern"),
    ] {
        if !qualifier.is_empty() {
            report.over(qualifier, messages::function_qualified(kind, word));
        }
    }
    check_generics(kind, &function.generics, report);
    check_arguments(kind, method, function, report);
    if let ReturnType::Default = function.output {
        report.at(function.paren_token.span.close(), messages::function_without_result(kind, method));
    }
}

/// Lifetimes are allowed: the call provides them all.
fn check_generics(kind: Kind, generics: &Generics, report: &mut Report) {
    if generics.type_params().next().is_some() || generics.const_params().next().is_some() {
        report.over(&generics.params, messages::generic_function(kind));
    }
}

fn check_arguments(kind: Kind, method: Method, function: &Signature, report: &mut Report) {
    let (receivers, inputs): (Vec<_>, Vec<_>) =
        function.inputs.iter().partition(|input| matches!(input, FnArg::Receiver(_)));
    let message = || messages::function_arguments(kind, method, &function.ident.unraw().to_string());
    let (taken, given) = (inputs.len(), method.inputs.len());
    if let Some(receiver) = receivers.first() {
        report.over(receiver, messages::function_of_self(kind));
    } else if taken < given {
        report.at(function.paren_token.span.join(), message());
    } else if taken > given + 1 {
        let more = &inputs[given..];
        report.over(quote!(#(#more),*), message());
    } else {
        let context = ("cx", "&Context");
        let cx = (taken > given).then_some(&context);
        let expected = cx.into_iter().chain(method.inputs);
        let wrong = inputs.iter().zip(expected).find_map(|(input, (_, expected))| match input {
            FnArg::Typed(typed) if is_another(&typed.ty, expected) => Some(&typed.ty),
            _ => None,
        });
        if let Some(wrong) = wrong {
            report.over(wrong, message());
        }
    }
}

/// The argument types of functions of any kind. Other types may be aliases, which only the compiler can
/// resolve.
const KNOWN: [&str; 8] = [
    "AccessRequest",
    "Application",
    "BackupInput",
    "Context",
    "DeleteInput",
    "Item",
    "ItemBlockInput",
    "RestoreInput",
];

/// Whether a type is certainly not the expected one, `&mut RestoreInput`.
fn is_another(ty: &Type, expected: &str) -> bool {
    let (name, given) = match ty {
        Type::Reference(TypeReference { elem, mutability, .. }) => {
            (last_word(elem), Some(mutability.is_some()))
        }
        ty => (last_word(ty), None),
    };
    let Some(name) = name.filter(|name| KNOWN.contains(&name.as_str())) else { return false };
    let is_mutable = expected.starts_with("&mut ");
    let expected = expected.trim_start_matches("&mut ").trim_start_matches('&');
    name != expected || given != Some(is_mutable)
}

fn last_word(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        Type::Group(group) => last_word(&group.elem),
        _ => None,
    }
}
