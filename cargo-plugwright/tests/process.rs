//! Tests plugwright's client with the process of a plugin, `examples/shop-plugin.rs`.
#![cfg(target_os = "linux")] // requires /proc

use std::path::{Path, PathBuf};
use std::time::Duration;

use plugwright::client::chain::{Chain, Fate, Follow};
use plugwright::client::{Client, Code, Level};
use plugwright::{Backup, Item, ResourceIdentifier, Restore, Result};
use serde_json::json;

/// Exceeds all expected durations, on any machine.
const LIMIT: Duration = Duration::from_secs(30);

fn plugin() -> PathBuf {
    example("shop-plugin")
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_cargo-plugwright")).with_file_name("examples").join(name)
}

fn pod(what: &str) -> Result<Item> {
    let metadata = json!({"name": "web", "namespace": "shop-eu", "labels": {"example.io/do": what}});
    Item::from_value(json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata}))
}

fn is_running(id: u32) -> bool {
    // A zombie also has a folder, but no executable.
    std::fs::read_link(format!("/proc/{id}/exe")).is_ok()
}

#[tokio::test]
async fn logs_arrive_before_the_response() -> Result<()> {
    let client = Client::builder(plugin()).log_level(Level::DEBUG).start().await?;
    let mut stream = client.subscribe_logs();
    let needs = client.restore_item_action_v2("example.io/needs");
    for round in 1..=50 {
        needs.execute(&pod("")?, &Restore::default()).await?;
        let logged = client.logs().iter().filter(|record| record.message == "removed the node").count();
        assert_eq!(logged, round);
    }
    let record = client.wait_for_log(LIMIT, |record| record.message == "removed the node").await;
    let record = record.expect("the record has arrived");
    assert_eq!((record.level, record.field("pluginKind")), (Level::DEBUG, Some("RestoreItemActionV2")));
    let streamed =
        async { while stream.recv().await.is_some_and(|record| record.message != "removed the node") {} };
    tokio::time::timeout(LIMIT, streamed).await?;
    assert!(client.take_logs().len() >= 50);
    assert!(client.logs().is_empty());
    Ok(())
}

#[tokio::test]
async fn stdout_is_collected_and_shutdown_succeeds() -> Result<()> {
    let client = Client::builder(plugin()).start().await?;
    client.backup_item_action_v2("example.io/labels").execute(&pod("")?, &Backup::default()).await?;
    let id = client.id().expect("it runs");
    assert!(is_running(id));
    assert!(client.shutdown().await?.success());
    assert!(client.shutdown().await?.success(), "a second shutdown succeeds");
    assert_eq!(client.id(), None);
    let printed = async {
        while client.stdio().stdout != b"a line on stdout\n" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, printed).await?;
    let error = client.ping().await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert_eq!(error.message(), "the plugin's process has ended (exit status: 0)");
    Ok(())
}

#[tokio::test]
async fn an_exit_during_a_call_is_reported() -> Result<()> {
    let client = Client::builder(plugin()).start().await?;
    let labels = client.backup_item_action_v2("example.io/labels");
    let error = labels.execute(&pod("exit")?, &Backup::default()).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert_eq!(error.message(), "the plugin's process has ended (exit status: 7)");
    assert_eq!(client.shutdown().await?.code(), Some(7));
    Ok(())
}

#[tokio::test]
async fn dropping_the_client_and_handles_ends_the_process_and_removes_the_socket() -> Result<()> {
    let sockets = std::env::temp_dir().join(format!("plugwright-sockets-{}", std::process::id()));
    std::fs::create_dir_all(&sockets)?;
    let client = Client::builder(plugin()).env("PLUGIN_UNIX_SOCKET_DIR", &sockets).start().await?;
    assert_eq!(std::fs::read_dir(&sockets)?.count(), 1);
    let id = client.id().expect("it runs");
    let labels = client.backup_item_action_v2("example.io/labels");
    drop(client);
    assert!(is_running(id), "a handle exists");
    drop(labels);
    // Fails unless the folder is empty.
    std::fs::remove_dir(&sockets)?;
    let gone = async {
        while is_running(id) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, gone).await?;
    Ok(())
}

#[tokio::test]
async fn a_binary_without_plugins_reports_it_to_host_and_user() -> Result<()> {
    let advice = "`plugwright::main!(the_library)`";
    let client = Client::builder(example("empty-plugin")).start().await?;
    assert!(client.plugins().await?.is_empty());
    let record = client.wait_for_log(LIMIT, |record| record.message.contains(advice)).await;
    assert_eq!(record.expect("the error is logged").level, Level::ERROR);

    let user = tokio::process::Command::new(example("empty-plugin")).output().await?;
    assert_eq!((user.status.code(), user.stdout.len()), (Some(1), 0));
    assert!(String::from_utf8_lossy(&user.stderr).contains(advice));
    Ok(())
}

#[tokio::test]
async fn a_backup_and_restore_report_each_step() -> Result<()> {
    let client = Client::builder(plugin()).start().await?;
    let spec = json!({"nodeName": "n", "volumes": [{"persistentVolumeClaim": {"claimName": "data"}}]});
    let mut web = pod("copy")?;
    web.set("/spec", spec)?;
    let metadata = json!({"name": "key", "namespace": "shop-eu"});
    let key = Item::from_value(json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata}))?;
    let items = [web, key];

    // The operation of example.io/operation never completes.
    let chain = Chain::of([&client]).follow(Follow::for_at_most(Duration::from_millis(100)));
    let report = chain.backup(&items, &Backup::named("velero", "b")).await?;
    let web = report.item(&ResourceIdentifier::of(&items[0])).unwrap();
    let claims = web.effect("example.io/claims").unwrap();
    assert!(claims.must_include_additional_items);
    assert_eq!(claims.after().unwrap().annotation("example.io/seen"), Some("true"));
    let step = web.steps.iter().find(|step| step.plugin.name == "example.io/claims").unwrap();
    assert!(step.logs.iter().any(|record| record.message == "looked for a claim"), "{:?}", step.logs);
    let warnings: Vec<_> = report.warnings().collect();
    assert!(warnings[0].contains("persistentvolumeclaims shop-eu/data was not found"), "{warnings:?}");
    let errors: Vec<_> = report.errors().collect();
    assert_eq!(errors, ["pods shop-eu/web: example.io/operation: no answer within 100ms"]);

    let report = client.restore(&items, &Restore::named("velero", "r")).await?;
    assert_eq!(report.errors().chain(report.warnings()).count(), 0);
    // Velero restores secrets before pods; the plugin skips this secret.
    assert_eq!(report.items[0].fate, Fate::Skipped("example.io/secrets".into()));
    assert_eq!(report.items[1].result().unwrap().get("/spec/nodeName"), None);
    Ok(())
}

#[tokio::test]
async fn an_exited_process_fails_the_remaining_items() -> Result<()> {
    let client = Client::builder(plugin()).start().await?;
    let report = client.backup(&[pod("exit")?, pod("copy")?], &Backup::default()).await?;
    let errors: Vec<_> = report.errors().collect();
    assert!(errors[0].contains("the plugin's process has ended (exit status: 7)"), "{errors:?}");
    assert_eq!(errors.len(), 2);
    Ok(())
}
