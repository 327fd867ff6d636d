use std::collections::BTreeMap;

use plugwright::prelude::*;

#[volume_snapshotter(name = "example.io/my-plugin", included_resources = ["persistentvolumes"])]
struct Plugin;

impl VolumeSnapshotter for Plugin {
    async fn init(_: &Context, _: Config) -> Result<Self> {
        todo!()
    }
    async fn create_volume_from_snapshot(&self, _: &str, _: &str, _: &str, _: Option<i64>) -> Result<String> {
        todo!()
    }
    async fn get_volume_info(&self, _: &str, _: &str) -> Result<VolumeInfo> {
        todo!()
    }
    async fn create_snapshot(&self, _: &str, _: &str, _: &BTreeMap<String, String>) -> Result<String> {
        todo!()
    }
    async fn delete_snapshot(&self, _: &str) -> Result<()> {
        todo!()
    }
    async fn get_volume_id(&self, _: &Item) -> Result<Option<String>> {
        todo!()
    }
    async fn set_volume_id(&self, _: &mut Item, _: &str) -> Result<()> {
        todo!()
    }
}

fn main() {}
