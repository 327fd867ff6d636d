//! An image in a file or a folder. Nobody sees half of either: it gets its name when it is whole.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::oci::Image;
use super::parent;
use super::reference::Reference;
use crate::failure::{Failure, OrFail};

const LAYOUT: &str = "oci-layout";

/// Whether a path can be written to, before the long part of the work.
pub(super) fn check(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    let folder = parent(path);
    if !folder.is_dir() {
        return Err(Failure::new(format!("cannot write {shown}: there is no folder {}", folder.display())));
    }
    if is_archive(path) {
        if path.is_dir() {
            return Err(Failure::new(format!("cannot write {shown}: a folder of that name is there")));
        }
    } else if path.exists() && !path.join(LAYOUT).is_file() {
        let is_empty = fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
        if !is_empty {
            return Err(Failure::new(format!(
                "cannot write {shown}: it is there already, and is no OCI layout; a name that ends in `.tar` makes a file"
            )));
        }
    }
    Ok(())
}

pub(super) fn write(path: &Path, image: &Image, reference: &Reference) -> Result<(), Failure> {
    let written =
        if is_archive(path) { archive(path, image, reference) } else { layout(path, image, reference) };
    written.or_fail(format_args!("cannot write {}", path.display()))
}

fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "tar")
}

/// The files of an OCI layout, by their paths in it.
fn files(image: &Image, reference: &Reference) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = image.blobs().map(|blob| (at(&blob.digest), blob.bytes.clone())).collect();
    files.push(("index.json".into(), image.layout_index(reference).to_string().into_bytes()));
    files.push((LAYOUT.into(), json!({"imageLayoutVersion": "1.0.0"}).to_string().into_bytes()));
    files
}

fn at(digest: &str) -> String {
    format!("blobs/{}", digest.replace(':', "/"))
}

/// What `docker load` reads, of an image for one platform.
fn docker_manifest(image: &Image, reference: &Reference) -> Option<Value> {
    let [single] = image.singles.as_slice() else { return None };
    Some(json!([{
        "Config": at(&single.config.digest),
        "RepoTags": [reference.to_string()],
        "Layers": [at(&single.layer.digest)],
    }]))
}

fn archive(path: &Path, image: &Image, reference: &Reference) -> io::Result<()> {
    let mut part = tempfile::Builder::new();
    let part = permissions(&mut part, 0o666).prefix(".image-").tempfile_in(parent(path))?;
    let mut tar = tar::Builder::new(BufWriter::new(part));
    let mut files = files(image, reference);
    if let Some(manifest) = docker_manifest(image, reference) {
        files.push(("manifest.json".into(), manifest.to_string().into_bytes()));
    }
    files.sort();
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        tar.append_data(&mut header, name, bytes.as_slice())?;
    }
    let mut part = tar.into_inner()?;
    part.flush()?;
    let part = part.into_inner().map_err(io::IntoInnerError::into_error)?;
    part.as_file().sync_all()?;
    part.persist(path)?;
    Ok(())
}

fn layout(path: &Path, image: &Image, reference: &Reference) -> io::Result<()> {
    let mut part = tempfile::Builder::new();
    let part = permissions(&mut part, 0o777).prefix(".image-").tempdir_in(parent(path))?;
    for (name, bytes) in files(image, reference) {
        let file = part.path().join(name);
        fs::create_dir_all(parent(&file))?;
        fs::write(file, bytes)?;
    }
    if path.join(LAYOUT).is_file() {
        // An older image goes, but not before the new one is whole.
        let old = tempfile::Builder::new().prefix(".image-").tempdir_in(parent(path))?;
        fs::rename(path, old.path().join("old"))?;
    }
    fs::rename(part.path(), path)?;
    // It is not there any more under its first name.
    let _ = part.keep();
    Ok(())
}

/// As any other file; what the umask says is taken off.
fn permissions<'a, 'b>(
    builder: &'a mut tempfile::Builder<'b, 'b>,
    mode: u32,
) -> &'a mut tempfile::Builder<'b, 'b> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    builder
}
