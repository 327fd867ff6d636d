//! Behavior of peers that no host shows but any process with access to the socket can: the plugin keeps
//! running, responds to the next valid call, and stays below 64 MiB.

use std::time::{Duration, Instant};

use bytes::BytesMut;
use go_plugin::client::Client;
use http::uri::PathAndQuery;
use prost::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tonic::Request;

use crate::plugin::{HANDSHAKE, Plugin};
use crate::{Result, Test, tests};

pub(crate) fn all() -> Vec<Test> {
    tests![
        four_gib_announced_and_nothing_sent,
        a_thousand_idle_connections,
        streams_reset_twenty_thousand_times,
        headers_of_64_kib,
        garbage_in_place_of_http2,
        garbage_in_place_of_yamux,
        a_reader_that_never_reads,
        thirty_two_file_descriptors,
        a_thousand_calls_at_once,
        twenty_thousand_announcements,
    ]
}

fn post(path: &str) -> Result<http::Request<()>> {
    let request = http::Request::post(format!("http://unused{path}"));
    Ok(request.header("content-type", "application/grpc").header("te", "trailers").body(())?)
}

async fn four_gib_announced_and_nothing_sent() -> Result {
    let plugin = Plugin::start().await?;
    let mut peers = Vec::new();
    // The maximum that can be announced, and the maximum that is accepted.
    for length in [u32::MAX, 0x7fff_ffff] {
        for _ in 0..16 {
            let mut sender = plugin.http2().await?.ready().await?;
            let (response, mut body) = sender.send_request(post("/test.Echo/Echo")?, false)?;
            let head = [&[0], &length.to_be_bytes()[..], b"begun"].concat();
            body.send_data(head.into(), false)?;
            peers.push((sender, response, body));
        }
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    plugin.ends_well().await
}

async fn a_thousand_idle_connections() -> Result {
    let plugin = Plugin::start().await?;
    let mut idle = Vec::new();
    for number in 0..1000 {
        let mut stream = plugin.connect().await?;
        if number % 2 == 0 {
            stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await?;
        }
        idle.push(stream);
    }
    plugin.call("meanwhile").await?;
    plugin.ends_well().await
}

async fn streams_reset_twenty_thousand_times() -> Result {
    let plugin = Plugin::start().await?;
    let mut sender = plugin.http2().await?;
    let mut reset = 0;
    while reset < 20_000 {
        // The plugin closes such a connection; the peer reconnects.
        let Ok(mut ready) = sender.clone().ready().await else {
            sender = plugin.http2().await?;
            continue;
        };
        let Ok((_, mut body)) = ready.send_request(post("/test.Echo/Echo")?, false) else {
            sender = plugin.http2().await?;
            continue;
        };
        body.send_reset(h2::Reason::CANCEL);
        reset += 1;
    }
    plugin.ends_well().await
}

async fn headers_of_64_kib() -> Result {
    let plugin = Plugin::start().await?;
    for _ in 0..32 {
        let mut sender = plugin.http2().await?.ready().await?;
        let mut request = post("/test.Echo/Echo")?;
        request.headers_mut().insert("x-large", "x".repeat(64 << 10).parse()?);
        let (response, _body) = sender.send_request(request, true)?;
        // It is answered or refused.
        let _ = tokio::time::timeout(Duration::from_secs(10), response).await?;
    }
    plugin.ends_well().await
}

fn garbage() -> Vec<u8> {
    // Deterministic, so that failures are reproducible: a linear congruential generator.
    let mut state = 12_345_u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_le_bytes()[7]
    };
    std::iter::repeat_with(next).take(64 << 10).collect()
}

/// The plugin closes each of these connections.
async fn send_garbage(plugin: &Plugin) -> Result {
    let garbage = garbage();
    for start in 0..64 {
        let mut stream = plugin.connect().await?;
        // It may be closed before everything is written.
        let _ = stream.write_all(&garbage[start..]).await;
        let _ = stream.shutdown().await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
    Ok(())
}

async fn garbage_in_place_of_http2() -> Result {
    let plugin = Plugin::start().await?;
    send_garbage(&plugin).await?;
    plugin.ends_well().await
}

async fn garbage_in_place_of_yamux() -> Result {
    let plugin = Client::builder(std::env::current_exe()?, HANDSHAKE).multiplex().start().await?;
    let plugin = Plugin::of(plugin)?;
    send_garbage(&plugin).await?;
    plugin.ends_well().await
}

async fn a_reader_that_never_reads() -> Result {
    let plugin = Plugin::start().await?;
    let mut peers = Vec::new();
    for _ in 0..8 {
        // The peer receives as much as the plugin may send at once, and acknowledges nothing.
        let mut sender = plugin.http2().await?.ready().await?;
        let (response, mut body) = sender.send_request(post("/test.Echo/Large")?, false)?;
        body.send_data(BytesMut::from(&[0; 5][..]).freeze(), true)?;
        peers.push((sender, response.await?));
    }
    // And one that does not even read its socket.
    let mut deaf = plugin.connect().await?;
    deaf.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await?;
    for number in 0..100_000_u32 {
        // PING, which requires a response.
        let ping = [&[0, 0, 8, 6, 0, 0, 0, 0, 0], &[number.to_be_bytes(), [0; 4]].concat()[..]].concat();
        if tokio::time::timeout(Duration::from_millis(100), deaf.write_all(&ping)).await.is_err() {
            break;
        }
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    plugin.ends_well().await
}

async fn thirty_two_file_descriptors() -> Result {
    let plugin = Plugin::of(crate::plugin::after("ulimit -n 32")?.start().await?)?;
    let mut connections = Vec::new();
    for _ in 0..100 {
        connections.push(plugin.connect().await?);
    }
    // The host's own connection was opened before the flood.
    plugin.call("meanwhile").await?;
    drop(connections);
    let since = Instant::now();
    let again = loop {
        match tokio::time::timeout(Duration::from_secs(5), plugin.http2()).await {
            Ok(Ok(sender)) => break sender,
            _ if since.elapsed() > Duration::from_secs(30) => {
                return Err("no connection after the flood".into());
            }
            _ => {}
        }
    };
    drop(again);
    plugin.ends_well().await
}

async fn a_thousand_calls_at_once() -> Result {
    let plugin = Plugin::start().await?;
    let plugin = std::sync::Arc::new(plugin);
    let mut calls = JoinSet::new();
    for number in 0..1000 {
        let plugin = plugin.clone();
        calls.spawn(async move {
            let text = number.to_string();
            Result::Ok(plugin.call(&text).await? == text)
        });
    }
    while let Some(call) = calls.join_next().await {
        if !call?? {
            return Err("a call got the answer of another".into());
        }
    }
    std::sync::Arc::into_inner(plugin).ok_or("a call still runs")?.ends_well().await
}

/// go-plugin's `ConnInfo`.
#[derive(Clone, PartialEq, Message)]
struct ConnInfo {
    #[prost(uint32, tag = "1")]
    service_id: u32,
    #[prost(string, tag = "2")]
    network: String,
    #[prost(string, tag = "3")]
    address: String,
}

async fn twenty_thousand_announcements() -> Result {
    let plugin = Plugin::start().await?;
    let mut grpc = tonic::client::Grpc::new(plugin.client.channel().ok_or("no channel")?);
    grpc.ready().await?;
    let path = PathAndQuery::from_static("/plugin.GRPCBroker/StartStream");
    let codec = tonic_prost::ProstCodec::<ConnInfo, ConnInfo>::default();
    let announcements = tokio_stream::iter((0..20_000).map(|service_id| ConnInfo {
        service_id,
        network: "unix".into(),
        address: "x".repeat(1000),
    }));
    let mut answers = grpc.streaming(Request::new(announcements), path, codec).await?.into_inner();
    // All are read: the plugin closes the stream after the last.
    while answers.message().await?.is_some() {}
    plugin.ends_well().await
}
