//! What only our own crates use: readers of bytes, for the fuzz targets in `reliability`, and a part of the client. It is
//! not part of the API.

use crate::Environment;

/// Reads every setting in a host's environment.
pub fn read_environment(environment: &Environment) {
    let versions = environment.protocol_versions();
    let chosen = crate::handshake::negotiate(versions.iter().copied(), environment);
    assert!(versions.is_empty() || chosen.is_some_and(|chosen| versions.contains(&chosen)));
    let _ = environment.client_cert();
    if let Ok((min, max)) = environment.port_range() {
        assert!(min <= max);
    }
    #[cfg(feature = "broker")]
    assert!(!environment.multiplex() || environment.knows_multiplex());
    #[cfg(unix)]
    let _ = (environment.unix_socket_dir(), environment.unix_socket_group());
}

#[cfg(feature = "client")]
pub use crate::grpc::checked::Checked;

/// Parses a plugin's stderr, received in these pieces.
#[cfg(feature = "client")]
pub fn read_log<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<crate::client::LogRecord> {
    crate::client::read_log(pieces)
}
