//! Velero's CLI shows logs and details, which it downloads from signed URLs of the object store. Modified and expired URLs are
//! rejected.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use http::StatusCode;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use plugwright_local_velero::until;
use serde_json::{Value, json};

use super::config_maps;
use crate::site::Site;

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("shown").await?;
    let objects = config_maps::make(site, &namespace, &[("shown", "")]).await?;
    site.backup("b-shown", json!({"includedNamespaces": [namespace]})).await?.is("Completed")?;
    site.objects.delete(&objects[0]).await?;
    site.restore("r-shown", json!({"backupName": "b-shown"})).await?.is("Completed")?;

    let velero = site.velero;
    let backup_log = velero.cli(&["backup", "logs", "b-shown"]).await?;
    ensure!(
        backup_log == velero.store.text("backups", "b-shown", "b-shown-logs.gz")?,
        "expected the log in the store"
    );
    ensure!(
        backup_log.contains("Hello from my BackupPlugin(v1)!"),
        "expected the plugin's record in `velero backup logs`"
    );
    let restore_log = velero.cli(&["restore", "logs", "r-shown"]).await?;
    ensure!(
        restore_log.contains("Hello from my RestorePlugin!"),
        "expected the plugin's record in `velero restore logs`"
    );

    let described = velero.cli(&["backup", "describe", "b-shown", "--details"]).await?;
    let list = described
        .split("Resource List:")
        .nth(1)
        .with_context(|| format!("expected a list of resources, found:\n{described}"))?;
    ensure!(
        list.contains(&format!("{namespace}/shown")),
        "expected the ConfigMap in the list of resources, found:\n{described}"
    );
    ensure!(!described.contains("<error"), "an error in `velero backup describe`:\n{described}");
    site.saw("resources of the backup", resources(list));
    let described = velero.cli(&["restore", "describe", "r-shown", "--details"]).await?;
    ensure!(
        described.contains(&format!("{namespace}/shown(created)")),
        "expected the ConfigMap, found:\n{described}"
    );

    let url = signed_url(site).await?;
    ensure!(url.starts_with(velero.downloads.url()), "unexpected URL {url}");
    ensure!(get(&url).await? == StatusCode::OK, "{url} was rejected");
    let forged = [
        url.replace("b-shown-logs.gz", "b-shown.tar.gz"),
        url.replacen("expires=", "expires=9", 1),
        url.split_once("&signature").map(|(before, _)| before.to_owned()).unwrap_or_default(),
    ];
    for forged in forged {
        ensure!(get(&forged).await? == StatusCode::FORBIDDEN, "{forged} was accepted");
    }
    velero.downloads.move_clock(Duration::from_secs(3600));
    let late = get(&url).await;
    velero.downloads.move_clock(Duration::ZERO);
    ensure!(late? == StatusCode::FORBIDDEN, "{url} was accepted after it expired");
    Ok(())
}

/// The resources in the output of `describe`.
fn resources(list: &str) -> Value {
    list.lines()
        .map(str::trim)
        .take_while(|line| *line != "Backup Volumes:")
        .filter(|line| !line.is_empty())
        .collect()
}

/// Requests a signed URL, as the CLI does.
async fn signed_url(site: &Site<'_>) -> Result<String> {
    let target = json!({"target": {"kind": "BackupLog", "name": "b-shown"}});
    site.start("DownloadRequest", json!({"name": "u-shown"}), target).await?;
    let requests = site.velero_api("DownloadRequest");
    until("the URL is signed", async || {
        let request = requests.get("u-shown").await?;
        Ok(request.data.pointer("/status/downloadURL").and_then(Value::as_str).map(str::to_owned))
    })
    .await
}

async fn get(url: &str) -> Result<StatusCode> {
    let uri: http::Uri = url.parse()?;
    let address = uri.authority().context("the URL has no host")?.as_str();
    let stream = TokioIo::new(tokio::net::TcpStream::connect(address).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
    let connection = tokio::spawn(connection);
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let request = http::Request::get(target).header("host", address).body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    connection.abort();
    Ok(response.status())
}
