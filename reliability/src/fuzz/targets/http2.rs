//! A host's connection as raw bytes.

use go_plugin::Environment;
use plugwright::__private0::peers;
use plugwright::Plugins;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::input::{Parts, block_on};

/// The buffer between the two ends.
pub(super) const PIPE: usize = 1 << 16;

/// A new plugin that serves one connection of the host with this environment.
pub(super) fn serve(command: &str, variables: &[(&str, &str)]) -> DuplexStream {
    let mut environment = Environment::of(variables.iter().copied());
    command.clone_into(&mut environment.command);
    let server = peers::server(Plugins::declared(), &environment).expect("the environment is valid");
    let (ours, theirs) = tokio::io::duplex(PIPE);
    tokio::spawn(server.serve_connection(theirs));
    ours
}

pub(super) const VELERO: &[(&str, &str)] = &[("VELERO_PLUGIN", "hello"), ("PLUGWRIGHT_HOST_VERSION", "1.18")];

/// Sends bytes in pieces and closes the connection; the other end must close it, too.
pub(super) async fn talk(mut connection: DuplexStream, bytes: &[u8], piece: usize) {
    let (mut from, mut to) = tokio::io::split(&mut connection);
    let write = async {
        for piece in bytes.chunks(piece) {
            if to.write_all(piece).await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
        // The other end may be gone.
        let _ = to.shutdown().await;
    };
    let read = async {
        let mut buffer = vec![0; PIPE];
        while let Ok(1..) = from.read(&mut buffer).await {}
    };
    tokio::join!(write, read);
}

/// The size of a piece, then the bytes after HTTP/2's preface.
pub(super) fn connection(input: &[u8]) {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let mut parts = Parts::new(input);
    let piece = 1 + 8 * usize::from(parts.byte());
    let bytes = [PREFACE, parts.rest()].concat();
    block_on(async { talk(serve("plugin", VELERO), &bytes, piece).await });
}
