//! The signals that a plugin reacts to.

use std::future::Future;
use std::io;

/// Resolves on the signal for a graceful shutdown. SIGINT is ignored: a user's Ctrl-C also reaches the host,
/// which decides (go-plugin `server.go`).
#[cfg(unix)]
pub(super) fn terminate() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = interrupts.recv() => tracing::trace!("SIGINT ignored"),
                _ = terminate.recv() => return,
            }
        }
    })
}

/// Ctrl-C of a console is ignored for the same reason.
#[cfg(windows)]
pub(super) fn terminate() -> io::Result<impl Future<Output = ()>> {
    let mut interrupts = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        while interrupts.recv().await.is_some() {
            tracing::trace!("Ctrl-C ignored");
        }
    })
}
