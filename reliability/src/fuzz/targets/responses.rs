//! Responses of a hostile plugin to the client.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use go_plugin::client::lazy_channel_over;
use h2::server::SendResponse;
use http::{HeaderMap, HeaderValue, Response};
use plugwright::__private0::peers;
use plugwright::client::{CallError, Client};
use plugwright::{Backup, Item, Restore};
use tokio::io::AsyncReadExt;

use super::grpc::frame;
use super::http2::PIPE;
use super::input::{Parts, block_on};

/// What the plugin answers.
#[derive(Clone, Default)]
struct Answer {
    messages: Bytes,
    status: u8,
    /// The values of `grpc-message` and `grpc-status-details-bin`.
    texts: [Vec<u8>; 2],
    without_trailers: bool,
}

struct Peer {
    client: Client,
    answer: Arc<Mutex<Answer>>,
}

thread_local! {
    static PEER: RefCell<Option<Peer>> = const { RefCell::new(None) };
}

/// The method to call, the status and its texts, and the messages of the response.
pub(super) fn responses(input: &[u8]) {
    let mut parts = Parts::new(input);
    let method = parts.byte();
    let status = parts.byte();
    let flags = parts.byte();
    let mut texts = [Vec::new(), Vec::new()];
    if status != 0 {
        texts = texts.map(|_| parts.piece().unwrap_or_default().to_vec());
    }
    let mut messages = Vec::new();
    while let Some(piece) = parts.piece() {
        messages.extend(frame(piece, flags));
    }
    let answer = Answer { messages: messages.into(), status, texts, without_trailers: flags & 0x80 != 0 };
    block_on(async {
        let kept = PEER.with_borrow_mut(Option::take);
        let peer = kept.unwrap_or_else(peer);
        *peer.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
        // Any answer is a result or an error.
        if let Err(error) = call(&peer.client, method).await {
            let _ = (error.to_string(), error.message().len(), format!("{error:?}"));
        }
        PEER.set(Some(peer));
    });
}

/// A client whose channel connects to a server that gives the current answer to everything.
fn peer() -> Peer {
    let answer = Arc::new(Mutex::new(Answer::default()));
    let given = Arc::clone(&answer);
    let channel = lazy_channel_over(move || {
        let (ours, theirs) = tokio::io::duplex(PIPE);
        let given = Arc::clone(&given);
        tokio::spawn(async move {
            let Ok(mut connection) = h2::server::handshake(theirs).await else { return };
            while let Some(Ok((request, respond))) = connection.accept().await {
                drop(request);
                let answer = given.lock().unwrap_or_else(PoisonError::into_inner).clone();
                // The client may have closed the stream.
                let _ = send(answer, respond);
            }
        });
        std::future::ready(Ok(ours))
    });
    Peer { client: peers::client(channel), answer }
}

fn send(answer: Answer, mut respond: SendResponse<Bytes>) -> Result<(), h2::Error> {
    let mut head = Response::new(());
    head.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    let mut stream = respond.send_response(head, false)?;
    stream.send_data(answer.messages, answer.without_trailers)?;
    if answer.without_trailers {
        return Ok(());
    }
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from(u16::from(answer.status)));
    for (name, text) in ["grpc-message", "grpc-status-details-bin"].into_iter().zip(answer.texts) {
        if let Ok(value) = HeaderValue::from_bytes(&text) {
            trailers.insert(name, value);
        }
    }
    stream.send_trailers(trailers)
}

async fn call(client: &Client, method: u8) -> Result<(), CallError> {
    const NAME: &str = "fuzz.plugwright.dev/one";
    let item = Item::from_json(r#"{"kind":"Pod","metadata":{"name":"web","namespace":"shop"}}"#)
        .expect("the item is valid");
    let (backup, restore) = (Backup::named("velero", "b"), Restore::named("velero", "r"));
    match method % 26 {
        0 => client.plugins().await.map(drop),
        1 => client.backup_item_action(NAME).applies_to().await.map(drop),
        2 => client.backup_item_action(NAME).execute(&item, &backup).await.map(drop),
        3 => client.backup_item_action_v2(NAME).applies_to().await.map(drop),
        4 => client.backup_item_action_v2(NAME).execute(&item, &backup).await.map(drop),
        5 => client.backup_item_action_v2(NAME).progress("1", &backup).await.map(drop),
        6 => client.backup_item_action_v2(NAME).cancel("1", &backup).await,
        7 => client.restore_item_action(NAME).applies_to().await.map(drop),
        8 => client.restore_item_action(NAME).execute(&item, &restore).await.map(drop),
        9 => client.restore_item_action_v2(NAME).applies_to().await.map(drop),
        10 => client.restore_item_action_v2(NAME).execute(&item, &restore).await.map(drop),
        11 => client.restore_item_action_v2(NAME).progress("1", &restore).await.map(drop),
        12 => client.restore_item_action_v2(NAME).are_additional_items_ready(&[], &restore).await.map(drop),
        13 => client.delete_item_action(NAME).execute(&item, &backup).await,
        14 => client.item_block_action(NAME).get_related_items(&item, &backup).await.map(drop),
        15 => client.object_store(NAME).init([("bucket", "b")]).await,
        16 => client.object_store(NAME).object_exists("b", "k").await.map(drop),
        17 => {
            let mut content = Vec::new();
            let mut object = client.object_store(NAME).get_object("b", "k").await?;
            // A broken stream is an error of the reader.
            let _ = object.read_to_end(&mut content).await;
            Ok(())
        }
        18 => client.object_store(NAME).list_common_prefixes("b", "p", "/").await.map(drop),
        19 => client.object_store(NAME).list_objects("b", "p").await.map(drop),
        20 => client.object_store(NAME).create_signed_url("b", "k", Duration::from_secs(60)).await.map(drop),
        21 => client
            .volume_snapshotter(NAME)
            .create_snapshot("v", "z", &std::collections::BTreeMap::new())
            .await
            .map(drop),
        22 => client.volume_snapshotter(NAME).get_volume_info("v", "z").await.map(drop),
        23 => client.volume_snapshotter(NAME).get_volume_id(&item).await.map(drop),
        24 => client.volume_snapshotter(NAME).set_volume_id(&item, "v").await.map(drop),
        _ => client.ping().await,
    }
}
