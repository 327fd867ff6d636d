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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn checksum_matches_sha256sum() -> io::Result<()> {
        let path = std::env::temp_dir().join(format!("go-plugin-checksum-{}", std::process::id()));
        for (content, sum) in [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (&*"a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ] {
            std::fs::write(&path, content)?;
            assert_eq!(hex(&sha256(&path).await?), sum);
        }
        std::fs::remove_file(path)
    }
}
