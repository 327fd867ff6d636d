//! Names of the runtime, the standard library and the generated code with other meanings; and structs inside
//! functions and modules.
#![deny(warnings)]
#![allow(dead_code, unused_macros, non_camel_case_types, non_upper_case_globals)]

mod core {}
mod std {}
mod inventory {}
mod plugwright {}

struct Declaration;
struct Declared;
struct Default;
struct NoOperations;
struct Option;
struct Ok;
struct Result;
struct Some;
struct String;
struct u8;
struct str;

const DECLARED_ONCE: () = ();
static __PLUGIN_NAME: () = ();

fn by_default() {}

macro_rules! file {
    () => {
        compile_error!("not this one")
    };
}
macro_rules! line {
    () => {
        compile_error!("not this one")
    };
}
macro_rules! submit {
    () => {
        compile_error!("not this one")
    };
}

#[::plugwright::restore_item_action(name = "example.io/struct")]
#[derive(::core::default::Default)]
struct RestoreItemAction;

impl ::plugwright::RestoreItemAction for RestoreItemAction {
    async fn execute(
        &self,
        _: &mut ::plugwright::RestoreInput,
    ) -> ::plugwright::Result<::plugwright::RestoreOutput> {
        ::core::result::Result::Ok(::plugwright::RestoreOutput::restore())
    }
}

#[::plugwright::backup_item_action_v2(name = "example.io/v2")]
#[derive(::core::default::Default)]
struct BackupItemActionV2;

impl ::plugwright::BackupItemActionV2 for BackupItemActionV2 {
    async fn execute(
        &self,
        _: &mut ::plugwright::BackupInput,
    ) -> ::plugwright::Result<::plugwright::BackupOutputV2> {
        ::core::result::Result::Ok(::plugwright::BackupOutputV2::backup())
    }
}

const NAME: &::core::primitive::str = "example.io/constant";

#[::plugwright::delete_item_action(name = NAME)]
async fn input(input: &::plugwright::DeleteInput) -> ::plugwright::Result<()> {
    let _ = input;
    ::core::result::Result::Ok(())
}

mod inner {
    #[plugwright::item_block_action(name = "example.io/in-a-module", new = make)]
    pub struct Declaration {
        _private: (),
    }

    fn make() -> Declaration {
        Declaration { _private: () }
    }

    impl plugwright::ItemBlockAction for Declaration {
        async fn get_related_items(
            &self,
            _: &plugwright::ItemBlockInput,
        ) -> plugwright::Result<Vec<plugwright::ResourceIdentifier>> {
            Ok(Vec::new())
        }
    }
}

fn function() {
    #[::plugwright::delete_item_action(name = "example.io/in-a-function")]
    #[derive(::core::default::Default)]
    struct Local;

    impl ::plugwright::DeleteItemAction for Local {
        async fn execute(&self, _: &::plugwright::DeleteInput) -> ::plugwright::Result<()> {
            ::core::result::Result::Ok(())
        }
    }

    #[::plugwright::backup_item_action(name = "example.io/function-in-a-function")]
    async fn local(_: &mut ::plugwright::BackupInput) -> ::plugwright::Result<::plugwright::BackupOutput> {
        ::core::result::Result::Ok(::plugwright::BackupOutput::backup())
    }
}

::plugwright::main!();
