//! Compares the expansions of the attributes with the files in `tests/expansion/`.
//!
//! `BLESS=1 cargo test -p plugwright-macros` rewrites the files; review the diff before you commit it.

mod docs;
mod source;
mod ui;

use std::path::Path;

use plugwright_model::Kind;
use proc_macro2::{LineColumn, TokenStream};
use quote::quote;
use syn::spanned::Spanned as _;

use crate::declare;

fn check(file: &str, kind: Kind, args: TokenStream, item: TokenStream) {
    // The snapshots are the same for every release.
    let expansion = declare(kind, args, item).to_string().replace(crate::paths::PRIVATE, "__private");
    let expansion = syn::parse_file(&expansion).expect("the expansion is a list of items");
    let actual = prettyplease::unparse(&expansion);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expansion").join(file).with_extension("rs");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, actual).expect("the snapshot can be written");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(actual == expected, "{} is now:\n{actual}", path.display());
}

/// Returns the errors of an attribute, in the order in which they are reported.
fn mistakes(kind: Kind, args: &str, item: TokenStream) -> Vec<String> {
    messages_of(kind, args.parse().expect("tokens"), item)
}

fn messages_of(kind: Kind, args: TokenStream, item: TokenStream) -> Vec<String> {
    errors_of(kind, args, item).into_iter().map(|(_, message)| message).collect()
}

/// Returns the errors of an attribute with their places.
fn errors_of(kind: Kind, args: TokenStream, item: TokenStream) -> Vec<(LineColumn, String)> {
    let expansion = declare(kind, args, item);
    let file: syn::File = syn::parse2(expansion).expect("the expansion is a list of items");
    let errors = file.items.into_iter().filter_map(|item| match item {
        syn::Item::Macro(item) => {
            let message = item.mac.parse_body::<syn::LitStr>().ok()?;
            Some((item.mac.path.span().start(), message.value()))
        }
        _ => None,
    });
    errors.collect()
}

#[test]
fn every_kind() {
    for kind in Kind::ALL {
        let args = if kind.has_selector() {
            quote! {
                name = "example.io/it",
                included_namespaces = ["shop-*"],
                excluded_namespaces = ["shop-test"],
                included_resources = ["pods", "deployments.apps"],
                excluded_resources = ["events"],
                label_selector = "app=shop,tier in (front,back)",
            }
        } else if kind.has_config_keys() {
            quote!(name = "example.io/it", config_keys = ["region", "endpoint"], ark_name = "mycloud")
        } else {
            quote!()
        };
        check(
            kind.attribute(),
            kind,
            args,
            quote!(
                pub struct It;
            ),
        );
    }
}

#[test]
fn minimal_attribute() {
    check(
        "minimal",
        Kind::RestoreItemAction,
        quote!(name = "example.io/it"),
        quote!(
            struct It;
        ),
    );
}

#[test]
fn store_without_config_keys() {
    let args = quote!(name = "example.io/it", config_keys = []);
    check(
        "no_config_keys",
        Kind::ObjectStore,
        args,
        quote!(
            struct It;
        ),
    );
}

#[test]
fn constant_name_constructor_and_crate_path() {
    let args = quote!(name = names::IT, new = Self::for_cluster::<Here>, crate = crate::vendored::plugwright);
    check(
        "paths",
        Kind::DeleteItemAction,
        args,
        quote!(
            #[derive(Debug)]
            pub(crate) struct r#It {
                n: u8,
            }
        ),
    );
}

#[test]
fn functions() {
    let args = quote!(name = "example.io/it", included_resources = ["pods"], crate = framework);
    check(
        "function",
        Kind::ItemBlockAction,
        args,
        quote! {
            /// Kept.
            pub async fn r#it<'a>(
                ItemBlockInput { item, .. }: &'a framework::ItemBlockInput,
            ) -> Result<Vec<ResourceIdentifier>, Error>
            where
                'a: 'a,
            {
                Err(item.into())
            }
        },
    );
    let args = quote!(name = names::IT);
    check(
        "function_v2",
        Kind::BackupItemActionV2,
        args,
        quote! {
            async fn it(_: &mut BackupInput) -> Result<BackupOutputV2> {
                Ok(BackupOutputV2::backup())
            }
        },
    );
}

#[test]
fn function_of_two_arguments() {
    check(
        "function_of_two_arguments",
        Kind::AccessRequester,
        quote!(),
        quote! {
            async fn grant(_: &AccessRequest, application: &Application) -> Result<GrantResponse> {
                Ok(GrantResponse::granted(&*application.spec.project))
            }
        },
    );
}

#[test]
fn invalid_attribute_keeps_the_item() {
    let args = quote!(included_resources = []);
    check(
        "mistakes",
        Kind::BackupItemAction,
        args,
        quote!(
            #[derive(Default)]
            struct It;
        ),
    );
}

#[test]
fn reports_all_errors_in_one_run() {
    let args = r#"
        nmae = "example.io/it", new = make(), included_resources = "pods", included_namespaces = ["a", 7, "B"],
        new = make label_selector = "x in (a b)", config_keys = [], excluded_resources = ["", "apps/v1/deployments"]
        , excluded_namespaces
    "#;
    let found = mistakes(
        Kind::BackupItemAction,
        args,
        quote!(
            enum It {}
        ),
    );
    let starts = [
        "`#[backup_item_action]` has no key `nmae`",
        "expected the path of a function for `new`",
        "expected a list of strings for `included_resources`",
        "expected string literals in the list of `included_namespaces`",
        "duplicate key `new`",
        "first used here",
        "expected a `,` before this",
        "`#[backup_item_action]` has no key `config_keys`",
        "expected `= value` after `excluded_namespaces`",
        "`#[backup_item_action]` applies to a struct that implements `BackupItemAction`, not to an enum",
        "`included_namespaces`: a namespace name may contain only lower-case letters",
        "`excluded_resources`: a resource name must not be empty",
        "`excluded_resources`: expected a resource without version",
        "invalid `label_selector`",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (mistake, start) in found.iter().zip(starts) {
        assert!(mistake.starts_with(start), "{mistake:?} is not {start:?}");
    }
}

#[test]
fn rejects_a_name_twice_on_one_struct() {
    let other = |attribute: TokenStream| {
        mistakes(Kind::BackupItemAction, r#"name = "example.io/it""#, quote!(#attribute struct It;))
    };
    let same = other(quote!(#[plugwright::backup_item_action(name = "example.io/it")]));
    assert!(
        same.iter().any(|m| m.contains("this name is declared twice for a backup item action")),
        "{same:?}"
    );
    let twin = other(quote!(#[backup_item_action_v2(name = "example.io/it")]));
    assert!(twin.iter().any(|m| m.contains("Velero would call V2 twice")), "{twin:?}");
    for fine in [
        quote!(#[backup_item_action(name = "example.io/other")]),
        quote!(#[restore_item_action(name = "example.io/it")]),
        quote!(#[derive(Default)]),
    ] {
        assert_eq!(other(fine.clone()), [""; 0], "{fine}");
    }
}

#[test]
fn rejects_unsupported_keys_of_an_access_requester() {
    let of = |args: &str, item: TokenStream| mistakes(Kind::AccessRequester, args, item);
    let found = of(
        r#"name = "example.io/it", included_resources = ["pods"], config_keys = []"#,
        quote!(
            struct It;
        ),
    );
    let starts = [
        "`#[access_requester]` has no key `name`: EphemeralAccess always requests `ephemeralaccess`",
        "`#[access_requester]` has no key `included_resources`: it is called for every request",
        "`#[access_requester]` has no key `config_keys`: Velero passes a configuration only to stores",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (mistake, start) in found.iter().zip(starts) {
        assert!(mistake.starts_with(start), "{mistake:?} is not {start:?}");
    }
    assert!(
        found.iter().all(
            |mistake| !mistake.contains("access_requester`,") && !mistake.ends_with("`access_requester`")
        )
    );

    assert_eq!(
        of(
            r#""it""#,
            quote!(
                struct It;
            )
        ),
        ["expected `key = value`, found a value\nsupported keys: `new`, `crate`"]
    );
    let twice = of(
        "",
        quote!(
            #[plugwright::access_requester]
            struct It;
        ),
    );
    assert!(twice[0].starts_with("an access requester is declared twice"), "{twice:?}");
    let function = of(
        "",
        quote!(
            async fn grant(_: &AccessRequest) -> Result<GrantResponse> {
                todo!()
            }
        ),
    );
    assert_eq!(
        function,
        ["`#[access_requester]` requires a function with the arguments `&AccessRequest, &Application` or \
          `&Context, &AccessRequest, &Application`\n\
          write `async fn grant(request: &AccessRequest, application: &Application) -> Result<GrantResponse>`\n\
          or `async fn grant(cx: &Context, request: &AccessRequest, application: &Application) -> \
          Result<GrantResponse>`"]
    );
}

#[test]
fn wrong_argument_type_shows_both_forms() {
    let of = |inputs: TokenStream| {
        let item = quote! {
            async fn it(#inputs) -> Result<RestoreOutput> {}
        };
        mistakes(Kind::RestoreItemAction, r#"name = "a.b/c""#, item)
    };
    // A type that a `macro_rules!` macro inserts is in an invisible group.
    let group = proc_macro2::Group::new(proc_macro2::Delimiter::None, quote!(BackupInput));
    let wrong = [
        quote!(_: &mut #group),
        quote!(_: &RestoreInput),
        quote!(_: RestoreInput),
        quote!(_: &mut framework::BackupInput),
        quote!(_: &Context),
        quote!(cx: Context, _: &mut RestoreInput),
        quote!(_: &mut RestoreInput, _: &Context),
    ];
    for inputs in wrong {
        let found = of(inputs.clone());
        assert_eq!(found.len(), 1, "{inputs}: {found:?}");
        assert!(
            found[0].contains("the arguments `&mut RestoreInput` or `&Context, &mut RestoreInput`"),
            "{found:?}"
        );
    }
    for inputs in [quote!(_: &mut Alias), quote!(_: Alias, _: &mut RestoreInput)] {
        assert_eq!(of(inputs.clone()), [""; 0], "{inputs}");
    }
}

#[test]
fn only_a_single_word_is_quoted_in_the_hint() {
    for (element, hint) in [("pods", r#"write "pods""#), ("a::b", r#"write `included_resources = ["pods""#)] {
        let args = format!(r#"name = "a.b/c", included_resources = [{element}]"#);
        let found = mistakes(
            Kind::BackupItemAction,
            &args,
            quote!(
                struct It;
            ),
        );
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(hint), "{found:?}");
    }
}

#[test]
fn config_struct() {
    check(
        "config",
        Kind::VolumeSnapshotter,
        quote!(name = "example.io/it", config = settings::Settings),
        quote!(
            pub struct It;
        ),
    );
}

#[test]
fn function_of_the_context() {
    check(
        "function_of_the_context",
        Kind::DeleteItemAction,
        quote!(name = "example.io/it"),
        quote!(
            async fn it(cx: &Context, input: &DeleteInput) -> Result<()> {
                Ok(())
            }
        ),
    );
}

#[test]
fn reports_all_errors_of_a_function_in_one_run() {
    let item = quote!(
        const unsafe extern "C" fn strip_it<T>(&self, _: Item) {}
    );
    let found = mistakes(Kind::BackupItemAction, "new = it", item);
    let starts = [
        "`#[backup_item_action]` requires an `async fn`",
        "`#[backup_item_action]` does not support `const`",
        "`#[backup_item_action]` does not support `unsafe`",
        "`#[backup_item_action]` does not support `extern`",
        "`#[backup_item_action]` does not support generic functions",
        "`#[backup_item_action]` does not support `self`",
        "`#[backup_item_action]` requires a function that returns `Result<BackupOutput>`",
        "a backup item action requires a `name`\nwrite `#[backup_item_action(name = \"example.io/strip-it\")]`",
        "`new` constructs a struct, but this is a function",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (mistake, start) in found.iter().zip(starts) {
        assert!(mistake.starts_with(start), "{mistake:?} is not {start:?}");
    }
}

#[test]
fn marks_the_place_below_the_text() {
    let found = mistakes(
        Kind::BackupItemAction,
        r#"name = "a.b/c", label_selector = "é in (a b)""#,
        quote!(
            struct It;
        ),
    );
    assert!(found[0].ends_with("\n  é in (a b)\n  ^"), "{found:?}");
    let found = mistakes(
        Kind::BackupItemAction,
        r#"name = "a.b/c", label_selector = "x in (a b)""#,
        quote!(
            struct It;
        ),
    );
    assert!(found[0].ends_with("\n  x in (a b)\n          ^"), "{found:?}");
}

#[test]
fn constructor_is_a_path() {
    let of = |args: &str| {
        let item = quote!(
            struct It;
        );
        mistakes(Kind::BackupItemAction, &format!(r#"name = "a.b/c", {args}"#), item)
    };
    for args in ["new = make", "new = crate::make::<Here>", "new = Self::make"] {
        assert_eq!(of(args), [""; 0], "{args}");
    }
    for args in ["new = <It as Default>::default", "new = #[cold] make", "new = make()", "new = 1"] {
        let found = of(args);
        assert_eq!(found.len(), 1, "{args}: {found:?}");
        assert!(found[0].starts_with("expected the path of a function for `new`"), "{args}: {found:?}");
    }
}

#[test]
fn continues_with_the_next_key_after_an_error() {
    let of = |args: &str| {
        let item = quote!(
            struct It;
        );
        let found = mistakes(Kind::BackupItemAction, args, item);
        found
            .into_iter()
            .map(|mistake| mistake.lines().next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    for (args, expected) in [
        (
            "name = , new = 1",
            &["expected `= value` after `name`", "expected the path of a function for `new`"][..],
        ),
        (
            r#"name = "a.b/c" new = 1"#,
            &["expected a `,` before this", "expected the path of a function for `new`"],
        ),
        (
            r#"name = "a.b/c" + , x, new = 1"#,
            &["expected an expression", "expected the path of a function for `new`"],
        ),
        (
            r#"name = "a.b/c" x y, new = 1"#,
            &["expected a `,` before this", "expected the path of a function for `new`"],
        ),
        (
            r#"1 = 2, a b, name = "a.b/c", new = 1"#,
            &["expected a key", "expected the path of a function for `new`"],
        ),
    ] {
        assert_eq!(of(args), expected, "{args}");
    }
}
