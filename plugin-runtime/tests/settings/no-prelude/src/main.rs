//! Only explicitly named items are in scope.
#![no_implicit_prelude]
#![deny(warnings)]

#[::plugwright::backup_item_action_v2(name = "example.io/struct", included_resources = ["pods"])]
struct Plugin;

impl ::core::default::Default for Plugin {
    fn default() -> Self {
        Self
    }
}

impl ::plugwright::BackupItemActionV2 for Plugin {
    async fn execute(
        &self,
        _: &mut ::plugwright::BackupInput,
    ) -> ::plugwright::Result<::plugwright::BackupOutputV2> {
        ::plugwright::Result::Ok(::plugwright::BackupOutputV2::backup())
    }
}

#[::plugwright::delete_item_action(name = "example.io/function", label_selector = "app=shop")]
async fn delete(_: &::plugwright::DeleteInput) -> ::plugwright::Result<()> {
    ::plugwright::Result::Ok(())
}

const NAME: &::core::primitive::str = "example.io/constant";

#[::plugwright::volume_snapshotter(name = NAME, config_keys = [])]
struct Volumes;

impl ::plugwright::VolumeSnapshotter for Volumes {
    async fn init(_: &::plugwright::Context, _: ::plugwright::Config) -> ::plugwright::Result<Self> {
        ::plugwright::Result::Ok(Self)
    }

    async fn create_volume_from_snapshot(
        &self,
        _: &str,
        _: &str,
        _: &str,
        _: ::core::option::Option<i64>,
    ) -> ::plugwright::Result<::std::string::String> {
        ::plugwright::bail!("not found")
    }

    async fn get_volume_info(&self, _: &str, _: &str) -> ::plugwright::Result<::plugwright::VolumeInfo> {
        ::plugwright::bail!("not found")
    }

    async fn create_snapshot(
        &self,
        _: &str,
        _: &str,
        _: &::std::collections::BTreeMap<::std::string::String, ::std::string::String>,
    ) -> ::plugwright::Result<::std::string::String> {
        ::plugwright::bail!("not found")
    }

    async fn delete_snapshot(&self, _: &str) -> ::plugwright::Result<()> {
        ::plugwright::ensure!(NAME.len() > 3, "{NAME} is short");
        ::plugwright::Result::Ok(())
    }

    async fn get_volume_id(
        &self,
        _: &::plugwright::Item,
    ) -> ::plugwright::Result<::core::option::Option<::std::string::String>> {
        ::plugwright::Result::Ok(::core::option::Option::None)
    }

    async fn set_volume_id(&self, _: &mut ::plugwright::Item, _: &str) -> ::plugwright::Result<()> {
        ::plugwright::Result::Ok(())
    }
}

::plugwright::main!();
