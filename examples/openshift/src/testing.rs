//! Shared parts of the unit tests. The namespace `shop` is restored into `shop-copy`.

use plugwright::prelude::*;
use plugwright::testing::FakeCluster;
use serde_json::Value;

/// The same cluster as in the tests of the real process.
pub(crate) fn cluster() -> FakeCluster {
    FakeCluster::new().with_file("manifests/cluster.yaml").unwrap()
}

pub(crate) fn restore() -> Restore {
    Restore::named("velero", "copy").with_spec(|spec| {
        spec.backup_name = "nightly".into();
        spec.namespace_mapping.insert("shop".into(), "shop-copy".into());
    })
}

pub(crate) fn input(object: Value, restore: Restore) -> RestoreInput {
    RestoreInput::new(Item::from_value(object).unwrap(), restore)
}
