//! go-plugin's first protocol: yamux, net/rpc and gob.

use std::time::Duration;

use go_plugin::net_rpc::RpcClient;
use go_plugin::net_rpc::gob::Decoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::http2::{PIPE, serve, talk};
use super::input::{Parts, block_on};
use super::plugins::REQUESTER;
use crate::gob::{Everything, messages};

const ACCESS: &[(&str, &str)] = &[("EPHEMERAL_ACCESS_PLUGIN", "ephemeralaccess")];

/// The size of a piece, then the connection's bytes.
pub(super) fn yamux(input: &[u8]) {
    let mut parts = Parts::new(input);
    let piece = 1 + 8 * usize::from(parts.byte());
    block_on(async { talk(serve("plugin", ACCESS), parts.rest(), piece).await });
}

/// yamux's frame types and flags.
const DATA: u8 = 0;
const WINDOW: u8 = 1;
const SYN: u16 = 1;

fn frame(kind: u8, flags: u16, stream: u32, length: usize) -> Vec<u8> {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    [&[0, kind][..], &flags.to_be_bytes(), &stream.to_be_bytes(), &length.to_be_bytes()].concat()
}

/// Pieces of streams: the number of a stream that a host opens, and its next bytes.
pub(super) fn calls(input: &[u8]) {
    let mut parts = Parts::new(input);
    let mut bytes = Vec::new();
    let mut opened = [false; 8];
    loop {
        let stream = usize::from(parts.byte()) % opened.len();
        let Some(piece) = parts.piece() else { break };
        // A host opens the streams with odd numbers.
        let number = u32::try_from(2 * stream + 1).unwrap_or_default();
        if !std::mem::replace(&mut opened[stream], true) {
            bytes.extend(frame(WINDOW, SYN, number, 0));
        }
        bytes.extend(frame(DATA, 0, number, piece.len()));
        bytes.extend_from_slice(piece);
    }
    block_on(async { talk(serve("plugin", ACCESS), &bytes, 1 << 12).await });
}

/// What the plugin sends; then it closes the connection, and every call of the client ends.
pub(super) fn client(input: &[u8]) {
    block_on(async {
        let (ours, mut theirs) = tokio::io::duplex(PIPE);
        let Ok((client, mut stdout, mut stderr)) = RpcClient::start(ours) else { return };
        let plugin = async {
            // The client may close it first.
            let _ = theirs.write_all(input).await;
            tokio::task::yield_now().await;
            let _ = theirs.shutdown().await;
            let mut buffer = vec![0; PIPE];
            while let Ok(1..) = theirs.read(&mut buffer).await {}
        };
        let calls = async {
            let _ = client.ping().await;
            if let Ok(caller) = client.dispense(REQUESTER).await {
                let _ = caller.call::<_, Everything>("Plugin.GrantAccess", &Everything::default()).await;
            }
            let _ = client.quit().await;
            drop(client);
        };
        let output = async {
            let mut buffer = vec![0; 1 << 10];
            while let Ok(1..) = stdout.read(&mut buffer).await {}
            while let Ok(1..) = stderr.read(&mut buffer).await {}
        };
        let all = async { tokio::join!(plugin, calls, output) };
        tokio::time::timeout(Duration::from_secs(3), all).await.expect("every call ends with the connection");
    });
}

/// The memory limit of a value, like that of a connection's largest message.
const MEMORY: usize = 16 << 20;

/// The messages of a stream.
pub(super) fn gob(input: &[u8]) {
    let mut decoder = Decoder::default();
    for message in messages(input) {
        match decoder.read(message) {
            Ok(Some(value)) => {
                if let Ok(decoded) = decoder.decode::<Everything>(value, MEMORY) {
                    assert!(!format!("{decoded:?}").is_empty());
                }
            }
            Ok(None) => {}
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}
