//! Calls plugins as Ark does, over a connection in this process.

mod actions;
mod stores;

use std::io;

use go_plugin::Environment;
use go_plugin::client::channel_over;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::declare::testing::delete;
use crate::hosts::Host;
use crate::hosts::ark::proto::v0_9;
use crate::hosts::velero::proto::generated::plugin_lister_client::PluginListerClient;
use crate::hosts::velero::proto::generated::{Empty, PluginIdentifier};
use crate::log::testing::logged;
use crate::{Declaration, Plugins};

/// One plugin of each of Ark's kinds, and one that Ark does not support.
fn plugins() -> Plugins {
    let plugins = [
        Declaration::object_store::<stores::Objects>("a.b/c"),
        Declaration::volume_snapshotter::<stores::Disks>("a.b/c"),
        selecting(Declaration::backup_item_action("a.b/c", actions::Echo::default)),
        selecting(Declaration::restore_item_action("a.b/c", actions::Echo::default)),
        delete("a.b/delete"),
    ];
    plugins.into_iter().collect()
}

fn selecting(declared: Declaration) -> Declaration {
    declared
        .included_namespaces(["in"])
        .excluded_namespaces(["out"])
        .included_resources(["pods"])
        .excluded_resources(["jobs"])
        .label_selector("a=b")
}

/// Connects to a process that Ark started by this command.
async fn ark(plugins: Plugins, command: &str) -> Channel {
    let mut environment = Environment::of([("ARK_PLUGIN", "hello")]);
    environment.command = command.to_owned();
    let host = Host::of(&environment).unwrap();
    let connect = move || {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let server = host.server(plugins.clone().into_registry().unwrap(), &environment).unwrap();
        tokio::spawn(server.serve_connection(theirs));
        std::future::ready(Ok::<_, io::Error>(ours))
    };
    channel_over(connect).await.unwrap()
}

/// Ark 0.10 and 0.11: requests name the plugin.
async fn newer() -> Channel {
    ark(plugins(), "/plugins/all").await
}

/// Ark 0.6 to 0.9: the file names the plugin.
async fn older(word: &str) -> Channel {
    ark(plugins(), &format!("/plugins/ark-{word}-c")).await
}

async fn listed(channel: Channel) -> Result<Vec<PluginIdentifier>, Status> {
    Ok(PluginListerClient::new(channel).list_plugins(Empty {}).await?.into_inner().plugins)
}

#[tokio::test]
async fn lists_plugins_by_the_names_of_ark() {
    let command = "/plugins/all";
    let identifier = |kind: &str, name: &str| PluginIdentifier {
        command: command.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
    };
    // The order of Velero's names is another one.
    let later = Declaration::restore_item_action("a.a/z", actions::Echo::default);
    let expected = [
        identifier("BackupItemAction", "c"),
        identifier("BlockStore", "c"),
        identifier("ObjectStore", "c"),
        identifier("RestoreItemAction", "c"),
        identifier("RestoreItemAction", "z"),
    ];
    assert_eq!(listed(ark(plugins().with(later), command).await).await.unwrap(), expected);
}

#[test]
fn omitted_plugins_are_logged() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut lines = logged(|| {
        runtime.block_on(async { listed(newer().await).await }).unwrap();
    });
    // Libraries log at lower levels.
    lines.retain(|line| line.starts_with("WARN"));
    let omitted = "WARN DeleteItemAction a.b/delete is omitted: Heptio Ark does not support this kind";
    assert_eq!(lines, [omitted]);
}

#[tokio::test]
async fn a_later_ark_cannot_list_a_file_for_an_earlier_one() {
    let error = listed(older("objectstore").await).await.unwrap_err();
    assert_eq!(error.code(), Code::FailedPrecondition);
    assert!(error.message().starts_with("the file `ark-objectstore-c` has a name for Ark 0.9"), "{error}");
}

/// Ark 0.9 starts a process for each file, and a Go plugin serves only the kind of its file.
#[tokio::test]
async fn a_file_serves_only_its_kinds() {
    use v0_9::backup_item_action_client::BackupItemActionClient;
    use v0_9::block_store_client::BlockStoreClient;
    use v0_9::object_store_client::ObjectStoreClient;
    for (word, kinds) in [
        ("objectstore", [true, false, false]),
        ("blockstore", [false, true, false]),
        ("cloudprovider", [true, true, false]),
        ("backupitemaction", [false, false, true]),
        ("restoreitemaction", [false, false, false]),
    ] {
        let channel = older(word).await;
        let init = v0_9::InitRequest::default;
        let answers = [
            ObjectStoreClient::new(channel.clone()).init(init()).await.err(),
            BlockStoreClient::new(channel.clone()).init(init()).await.err(),
            BackupItemActionClient::new(channel).applies_to(v0_9::Empty {}).await.err(),
        ];
        let served = answers.map(|error| error.is_none_or(|error| error.code() != Code::Unimplemented));
        assert_eq!(served, kinds, "{word}");
    }
}

#[tokio::test]
async fn a_missing_plugin_is_the_error_of_each_call() {
    use v0_9::block_store_client::BlockStoreClient;
    use v0_9::restore_item_action_client::RestoreItemActionClient;
    let missing = async |file: &str, plugins: Plugins| {
        let channel = ark(plugins, file).await;
        let error = if file.contains("blockstore") {
            BlockStoreClient::new(channel).init(v0_9::InitRequest::default()).await.unwrap_err()
        } else {
            RestoreItemActionClient::new(channel).applies_to(v0_9::Empty {}).await.unwrap_err()
        };
        (error.code(), error.message().to_owned())
    };
    let of_another_name = "RestoreItemAction plugin d not found in this binary; plugins of this kind: c";
    assert_eq!(
        missing("ark-restoreitemaction-d", plugins()).await,
        (Code::Unknown, of_another_name.to_owned())
    );
    // The binary has no plugin of the kind.
    for (file, kind) in [("ark-restoreitemaction-c", "RestoreItemAction"), ("ark-blockstore-c", "BlockStore")]
    {
        let none = format!("{kind} plugin c not found in this binary; plugins of this kind: none");
        assert_eq!(missing(file, Plugins::new().with(delete("a.b/c"))).await, (Code::Unknown, none));
    }
}
