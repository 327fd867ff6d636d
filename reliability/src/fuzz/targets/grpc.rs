//! Requests: any messages for any method, in valid HTTP/2.

use std::cell::RefCell;

use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderMap, HeaderValue, Request};

use super::http2::{VELERO, serve};
use super::input::{Parts, block_on};
use super::plugins::{NAME, V2};

/// A host that calls methods.
#[derive(Clone, Copy)]
enum Host {
    Velero,
    Ark,
    /// Ark 0.9 and before, which starts a file for each plugin.
    OldArk(&'static str),
}

/// Every method, with the plugin that its requests name.
const METHODS: &[(Host, &[(&str, &str)])] = &[
    (
        Host::Velero,
        &[
            ("generated.PluginLister/ListPlugins", ""),
            ("generated.BackupItemAction/AppliesTo", NAME),
            ("generated.BackupItemAction/Execute", NAME),
            ("v2.BackupItemAction/AppliesTo", V2),
            ("v2.BackupItemAction/Execute", V2),
            ("v2.BackupItemAction/Progress", V2),
            ("v2.BackupItemAction/Cancel", V2),
            ("generated.RestoreItemAction/AppliesTo", NAME),
            ("generated.RestoreItemAction/Execute", NAME),
            ("v2.RestoreItemAction/AppliesTo", V2),
            ("v2.RestoreItemAction/Execute", V2),
            ("v2.RestoreItemAction/Progress", V2),
            ("v2.RestoreItemAction/Cancel", V2),
            ("v2.RestoreItemAction/AreAdditionalItemsReady", V2),
            ("generated.DeleteItemAction/AppliesTo", NAME),
            ("generated.DeleteItemAction/Execute", NAME),
            ("v1.ItemBlockAction/AppliesTo", NAME),
            ("v1.ItemBlockAction/GetRelatedItems", NAME),
            ("generated.ObjectStore/Init", NAME),
            ("generated.ObjectStore/PutObject", NAME),
            ("generated.ObjectStore/ObjectExists", NAME),
            ("generated.ObjectStore/GetObject", NAME),
            ("generated.ObjectStore/ListCommonPrefixes", NAME),
            ("generated.ObjectStore/ListObjects", NAME),
            ("generated.ObjectStore/DeleteObject", NAME),
            ("generated.ObjectStore/CreateSignedURL", NAME),
            ("generated.VolumeSnapshotter/Init", NAME),
            ("generated.VolumeSnapshotter/CreateVolumeFromSnapshot", NAME),
            ("generated.VolumeSnapshotter/GetVolumeInfo", NAME),
            ("generated.VolumeSnapshotter/CreateSnapshot", NAME),
            ("generated.VolumeSnapshotter/DeleteSnapshot", NAME),
            ("generated.VolumeSnapshotter/GetVolumeID", NAME),
            ("generated.VolumeSnapshotter/SetVolumeID", NAME),
            ("grpc.health.v1.Health/Check", ""),
            ("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", ""),
            ("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", ""),
            ("plugin.GRPCBroker/StartStream", ""),
            ("unknown.Service/Method", ""),
        ],
    ),
    (
        Host::Ark,
        &[
            ("generated.PluginLister/ListPlugins", ""),
            ("generated.BackupItemAction/AppliesTo", "one"),
            ("generated.BackupItemAction/Execute", "one"),
            ("generated.RestoreItemAction/AppliesTo", "one"),
            ("generated.RestoreItemAction/Execute", "one"),
            ("generated.ObjectStore/Init", "one"),
            ("generated.ObjectStore/PutObject", "one"),
            ("generated.BlockStore/Init", "one"),
            ("generated.BlockStore/CreateVolumeFromSnapshot", "one"),
            ("generated.BlockStore/SetVolumeID", "one"),
        ],
    ),
    (
        Host::OldArk("ark-cloudprovider-one"),
        &[
            ("generated.ObjectStore/Init", ""),
            ("generated.ObjectStore/PutObject", ""),
            ("generated.ObjectStore/GetObject", ""),
            ("generated.ObjectStore/ListCommonPrefixes", ""),
            ("generated.ObjectStore/ListObjects", ""),
            ("generated.ObjectStore/DeleteObject", ""),
            ("generated.ObjectStore/CreateSignedURL", ""),
            ("generated.BlockStore/Init", ""),
            ("generated.BlockStore/CreateVolumeFromSnapshot", ""),
            ("generated.BlockStore/GetVolumeInfo", ""),
            ("generated.BlockStore/IsVolumeReady", ""),
            ("generated.BlockStore/CreateSnapshot", ""),
            ("generated.BlockStore/DeleteSnapshot", ""),
            ("generated.BlockStore/GetVolumeID", ""),
            ("generated.BlockStore/SetVolumeID", ""),
        ],
    ),
    (
        Host::OldArk("ark-backupitemaction-one"),
        &[("generated.BackupItemAction/AppliesTo", ""), ("generated.BackupItemAction/Execute", "")],
    ),
    (
        Host::OldArk("ark-restoreitemaction-one"),
        &[("generated.RestoreItemAction/AppliesTo", ""), ("generated.RestoreItemAction/Execute", "")],
    ),
];

thread_local! {
    /// The connection to the plugin of each host, used by all inputs until it breaks.
    static CONNECTIONS: RefCell<Vec<Option<SendRequest<Bytes>>>> =
        RefCell::new(METHODS.iter().map(|_| None).collect());
}

/// Flags of an input.
const NAMED: u8 = 1;
const COMPRESSED: u8 = 2;
const WRONG_LENGTH: u8 = 4;
const TIMEOUT: u8 = 8;

/// The host, the method, flags, and the messages. A flag adds the plugin's name to each message, so that mutations do
/// not have to guess it.
pub(super) fn requests(input: &[u8]) {
    let mut parts = Parts::new(input);
    let host = usize::from(parts.byte()) % METHODS.len();
    let (peer, methods) = METHODS[host];
    let (method, plugin) = methods[usize::from(parts.byte()) % methods.len()];
    let flags = parts.byte();
    let timeout = (flags & TIMEOUT != 0).then(|| parts.piece().unwrap_or_default());
    let mut messages = Vec::new();
    while let Some(piece) = parts.piece() {
        let name =
            if flags & NAMED == 0 || plugin.is_empty() { Vec::new() } else { field(1, plugin.as_bytes()) };
        messages.extend(frame(&[&name, piece].concat(), flags));
    }
    block_on(async {
        let kept = CONNECTIONS.with_borrow_mut(|connections| connections[host].take());
        let is_new = kept.is_none();
        let mut connection = match kept {
            Some(connection) => connection,
            None => connect(peer).await.expect("a new connection is accepted"),
        };
        match call(&mut connection, method, timeout, messages.into()).await {
            Ok(()) => CONNECTIONS.with_borrow_mut(|connections| connections[host] = Some(connection)),
            // The plugin may close a connection after some calls, but not at the first one.
            Err(error) => assert!(!is_new || method.starts_with("plugin."), "{method}: {error}"),
        }
    });
}

/// A field of a message with this content.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    prost::encode_length_delimiter(content.len(), &mut field).expect("a vector grows");
    field.extend_from_slice(content);
    field
}

/// A message in gRPC's framing.
pub(super) fn frame(message: &[u8], flags: u8) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX) + u32::from(flags & WRONG_LENGTH != 0);
    let mut frame = vec![u8::from(flags & COMPRESSED != 0)];
    frame.extend(length.to_be_bytes());
    frame.extend_from_slice(message);
    frame
}

async fn connect(host: Host) -> Result<SendRequest<Bytes>, h2::Error> {
    let ark = ("ARK_PLUGIN", "hello");
    let stream = match host {
        Host::Velero => serve("plugin", VELERO),
        Host::Ark => serve("plugin", &[ark, ("PLUGWRIGHT_HOST_VERSION", "0.11")]),
        Host::OldArk(file) => serve(file, &[ark]),
    };
    let (mut sender, connection) = h2::client::handshake(stream).await?;
    tokio::spawn(connection);
    // Stores answer other calls only after this one.
    let (named, stores): (&str, &[&str]) = match host {
        Host::Velero => (NAME, &["generated.ObjectStore/Init", "generated.VolumeSnapshotter/Init"]),
        Host::Ark => ("one", &["generated.ObjectStore/Init", "generated.BlockStore/Init"]),
        Host::OldArk("ark-cloudprovider-one") => {
            ("", &["generated.ObjectStore/Init", "generated.BlockStore/Init"])
        }
        Host::OldArk(_) => ("", &[]),
    };
    for init in stores {
        let name = if named.is_empty() { Vec::new() } else { field(1, named.as_bytes()) };
        call(&mut sender, init, None, frame(&name, 0).into()).await?;
    }
    Ok(sender)
}

/// Makes a call. Every call gets a status.
async fn call(
    sender: &mut SendRequest<Bytes>,
    method: &str,
    timeout: Option<&[u8]>,
    body: Bytes,
) -> Result<(), h2::Error> {
    let mut request = Request::post(format!("http://plugin/{method}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .expect("the method is a path");
    if let Some(Ok(timeout)) = timeout.map(HeaderValue::from_bytes) {
        request.headers_mut().insert("grpc-timeout", timeout);
    }
    let mut ready = sender.clone().ready().await?;
    let (response, mut stream) = ready.send_request(request, false)?;
    // The plugin may have answered and reset the stream before it read all of it.
    let _ = stream.send_data(body, true);
    let response = response.await?;
    let mut status = response.headers().get("grpc-status").cloned();
    let mut content = response.into_body();
    while let Some(data) = content.data().await {
        let length = data?.len();
        content.flow_control().release_capacity(length)?;
    }
    let trailers: Option<HeaderMap> = content.trailers().await?;
    status = status.or_else(|| trailers?.get("grpc-status").cloned());
    assert!(status.is_some(), "expected {method} to answer with a status");
    Ok(())
}
