//! The checksum of an executable (go-plugin `client.go`, `SecureConfig`).

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

/// The SHA-256 of a file.
pub(super) async fn sha256(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = tokio::fs::File::open(path).await?;
    let (mut hash, mut chunk) = (Sha256::new(), vec![0; 64 << 10]);
    loop {
        match file.read(&mut chunk).await? {
            0 => return Ok(hash.finalize().into()),
            count => hash.update(&chunk[..count]),
        }
    }
}

/// In the format of `sha256sum`.
pub(super) fn hex(sum: &[u8; 32]) -> String {
    sum.iter().fold(String::new(), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
