//! The command line client shows logs and details, which it has from URLs that the object store has signed. A URL that was changed, and
//! one whose time is over, are refused.

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
        "another log than the store's"
    );
    ensure!(
        backup_log.contains("Hello from my BackupPlugin(v1)!"),
        "the plugin's record is not in `velero backup logs`"
    );
    let restore_log = velero.cli(&["restore", "logs", "r-shown"]).await?;
    ensure!(
        restore_log.contains("Hello from my RestorePlugin!"),
        "the plugin's record is not in `velero restore logs`"
    );

    let described = velero.cli(&["backup", "describe", "b-shown", "--details"]).await?;
    let list = described
        .split("Resource List:")
        .nth(1)
        .with_context(|| format!("no list of resources:\n{described}"))?;
    ensure!(
        list.contains(&format!("{namespace}/shown")),
        "the config map is not in the list of resources:\n{described}"
    );
    ensure!(!described.contains("<error"), "an error in `velero backup describe`:\n{described}");
    site.saw("resources of the backup", resources(list));
    let described = velero.cli(&["restore", "describe", "r-shown", "--details"]).await?;
    ensure!(
        described.contains(&format!("{namespace}/shown(created)")),
        "the config map is not in:\n{described}"
    );

    let url = signed_url(site).await?;
    ensure!(url.starts_with(velero.downloads.url()), "the URL is {url}");
    ensure!(get(&url).await? == StatusCode::OK, "{url} is refused");
    let forged = [
        url.replace("b-shown-logs.gz", "b-shown.tar.gz"),
        url.replacen("expires=", "expires=9", 1),
        url.split_once("&signature").map(|(before, _)| before.to_owned()).unwrap_or_default(),
    ];
    for forged in forged {
        ensure!(get(&forged).await? == StatusCode::FORBIDDEN, "{forged} is served");
    }
    velero.downloads.move_clock(Duration::from_secs(3600));
    let late = get(&url).await;
    velero.downloads.move_clock(Duration::ZERO);
    ensure!(late? == StatusCode::FORBIDDEN, "{url} is served an hour later");
    Ok(())
}

/// The lines of the list that are resources.
fn resources(list: &str) -> Value {
    list.lines()
        .map(str::trim)
        .take_while(|line| *line != "Backup Volumes:")
        .filter(|line| !line.is_empty())
        .collect()
}

/// What the client does for each thing that it shows.
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
    let address = uri.authority().context("a URL without a host")?.as_str();
    let stream = TokioIo::new(tokio::net::TcpStream::connect(address).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
    let connection = tokio::spawn(connection);
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let request = http::Request::get(target).header("host", address).body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    connection.abort();
    Ok(response.status())
}
