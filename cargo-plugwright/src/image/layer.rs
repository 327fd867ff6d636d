//! The only layer of an image: a reproducible tar archive, gzipped.

use std::io::{self, Read, Write};
use std::path::Path;

use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};

use crate::failure::{Failure, OrFail};
use crate::progress::Progress;

/// The folder of the binary in the image.
pub(super) const FOLDER: &str = "plugins";

pub(super) struct Layer {
    pub(super) compressed: Vec<u8>,
    /// The digest of the uncompressed archive.
    pub(super) diff_id: String,
}

/// `sha256:…`
pub(super) fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(hash: &[u8]) -> String {
    hash.iter().fold("sha256:".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

pub(super) async fn make(name: &str, executable: &Path, progress: &Progress) -> Result<Layer, Failure> {
    let failed = format!("cannot read {}", executable.display());
    let content = std::fs::read(executable).or_fail(&failed)?;
    let step = progress.bytes("Packing", content.len() as u64);
    let (name, count) = (name.to_owned(), step.counter());
    let packed = tokio::task::spawn_blocking(move || pack(&name, &content, count)).await;
    packed.or_fail("cannot pack the binary")?.or_fail("cannot pack the binary")
}

fn pack(name: &str, content: &[u8], count: impl Fn(u64)) -> io::Result<Layer> {
    // Without name and time in gzip's header, the result is reproducible.
    let gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    let mut tar = tar::Builder::new(Hashing { hash: Sha256::new(), inner: gzip });
    let mut folder = header(0, 0o755);
    folder.set_entry_type(tar::EntryType::Directory);
    tar.append_data(&mut folder, format!("{FOLDER}/"), io::empty())?;
    let mut file = header(content.len() as u64, 0o755);
    file.set_entry_type(tar::EntryType::Regular);
    tar.append_data(&mut file, format!("{FOLDER}/{name}"), Counting { inner: content, count })?;
    let Hashing { hash, inner } = tar.into_inner()?;
    Ok(Layer { compressed: inner.finish()?, diff_id: hex(&hash.finalize()) })
}

/// A header without owner and time.
fn header(size: u64, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.set_size(size);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

/// Hashes all bytes written.
struct Hashing<W> {
    hash: Sha256,
    inner: W,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Counts all bytes read.
struct Counting<'a, F> {
    inner: &'a [u8],
    count: F,
}

impl<F: Fn(u64)> Read for Counting<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        (self.count)(read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn a_layer_contains_one_file_and_is_reproducible() {
        let layer = pack("my-plugin", b"a program", |_| {}).unwrap();
        assert_eq!(layer.compressed, pack("my-plugin", b"a program", |_| {}).unwrap().compressed);
        let mut tar = Vec::new();
        GzDecoder::new(layer.compressed.as_slice()).read_to_end(&mut tar).unwrap();
        assert_eq!(layer.diff_id, digest(&tar));
        let mut archive = tar::Archive::new(tar.as_slice());
        let mut found = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            let (header, path) = (entry.header(), entry.path().unwrap().display().to_string());
            assert_eq!((header.mtime().unwrap(), header.uid().unwrap()), (0, 0));
            found.push(format!("{path} {:o} {content}", header.mode().unwrap()));
        }
        assert_eq!(found, ["plugins/ 755 ", "plugins/my-plugin 755 a program"]);
    }
}
