//! The scenarios, one per file.

mod additional_items;
mod applies_to;
mod backup_and_restore;
pub(crate) mod config_maps;
mod csi_pvc;
mod delete_backup;
mod item_block;
mod killed;
mod kube;
pub(crate) mod kubevirt;
pub(crate) mod kyma;
mod log_records;
mod logs_and_describe;
mod manifests;
mod namespace_mapping;
mod object_store;
mod operations;
mod operations_cancelled;
mod panic;
mod plugin_config;
mod restore_skip;
mod selects;
mod volume_snapshot;

use crate::scenario::{Plugins, Scenario};

/// All scenarios, in order.
pub(crate) static ALL: &[Scenario] = &[
    Scenario {
        name: "backup-and-restore",
        plugins: Plugins::Example,
        play: |site| Box::pin(backup_and_restore::play(site)),
    },
    Scenario {
        name: "namespace-mapping",
        plugins: Plugins::Example,
        play: |site| Box::pin(namespace_mapping::play(site)),
    },
    Scenario {
        name: "volume-snapshot",
        plugins: Plugins::Example,
        play: |site| Box::pin(volume_snapshot::play(site)),
    },
    Scenario {
        name: "logs-and-describe",
        plugins: Plugins::Example,
        play: |site| Box::pin(logs_and_describe::play(site)),
    },
    Scenario { name: "operations", plugins: Plugins::Example, play: |site| Box::pin(operations::play(site)) },
    Scenario {
        name: "operations-cancelled",
        plugins: Plugins::Test,
        play: |site| Box::pin(operations_cancelled::play(site)),
    },
    Scenario {
        name: "delete-backup",
        plugins: Plugins::Test,
        play: |site| Box::pin(delete_backup::play(site)),
    },
    Scenario { name: "item-block", plugins: Plugins::Test, play: |site| Box::pin(item_block::play(site)) },
    Scenario {
        name: "additional-items",
        plugins: Plugins::Test,
        play: |site| Box::pin(additional_items::play(site)),
    },
    Scenario {
        name: "restore-skip",
        plugins: Plugins::Test,
        play: |site| Box::pin(restore_skip::play(site)),
    },
    Scenario { name: "log-records", plugins: Plugins::Test, play: |site| Box::pin(log_records::play(site)) },
    Scenario { name: "panic", plugins: Plugins::Test, play: |site| Box::pin(panic::play(site)) },
    Scenario { name: "killed", plugins: Plugins::Test, play: |site| Box::pin(killed::play(site)) },
    Scenario { name: "kyma", plugins: Plugins::Kube, play: |site| Box::pin(kyma::play(site)) },
    Scenario {
        name: "plugin-config",
        plugins: Plugins::Kube,
        play: |site| Box::pin(plugin_config::play(site)),
    },
    Scenario { name: "applies-to", plugins: Plugins::Kube, play: |site| Box::pin(applies_to::play(site)) },
    Scenario { name: "kube", plugins: Plugins::Kube, play: |site| Box::pin(kube::play(site)) },
    Scenario { name: "selects", plugins: Plugins::Kube, play: |site| Box::pin(selects::play(site)) },
    Scenario { name: "kubevirt", plugins: Plugins::Kube, play: |site| Box::pin(kubevirt::play(site)) },
    Scenario { name: "csi-pvc", plugins: Plugins::Kube, play: |site| Box::pin(csi_pvc::play(site)) },
    Scenario {
        name: "object-store",
        plugins: Plugins::Stores,
        play: |site| Box::pin(object_store::play(site)),
    },
];
