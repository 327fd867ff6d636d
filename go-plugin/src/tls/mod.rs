//! AutoMTLS: each side makes a certificate for this one connection, and accepts exactly the other's (go-plugin's
//! `mtls.go`).

mod server;

pub(crate) use server::Acceptor;
#[cfg(all(test, feature = "client"))]
mod tests;
