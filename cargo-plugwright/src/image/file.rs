//! Writes an image to a file or a folder. It is renamed to its final name once it is complete.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use oci_spec::image::OciLayoutBuilder;
use serde_json::{Value, json};

use super::oci::{Blob, Image};
use super::parent;
use super::reference::Reference;
use crate::failure::{Failure, OrFail};

const LAYOUT: &str = "oci-layout";
/// Extensions of unsupported formats.
const OTHER_ARCHIVES: [&str; 9] = ["zip", "gz", "tgz", "zst", "xz", "bz2", "oci", "img", "json"];

/// Checks before the long build whether a path can be written.
pub(super) fn check(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    let folder = parent(path);
    if !folder.is_dir() {
        return Err(Failure::new(format!("cannot write {shown}: folder {} not found", folder.display())));
    }
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    if OTHER_ARCHIVES.contains(&&*extension) && !path.is_dir() {
        return Err(Failure::new(format!(
            "cannot write {shown}: unsupported format; use a name ending in `.tar` for an archive, or a name without extension for an OCI layout"
        )));
    }
    if is_archive(path) {
        if path.is_dir() {
            return Err(Failure::new(format!("cannot write {shown}: it is a folder")));
        }
    } else if path.is_symlink() && !path.join(LAYOUT).is_file() {
        return Err(Failure::new(format!("cannot write {shown}: it is a link, but not to an OCI layout")));
    } else if path.exists() && !path.join(LAYOUT).is_file() {
        let is_empty = fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
        if !is_empty {
            return Err(Failure::new(format!(
                "cannot write {shown}: it already exists and is not an OCI layout; use a name ending in `.tar` for an archive"
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

/// The files of an OCI layout, by path.
fn files(image: &Image, reference: &Reference) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut files: Vec<_> = image.blobs().map(|blob| (at(&blob.digest), blob.bytes.clone())).collect();
    let index = image.layout_index(reference).map_err(io::Error::other)?;
    let layout = OciLayoutBuilder::default().image_layout_version("1.0.0").build();
    let layout = layout.and_then(|layout| Blob::json(&layout)).map_err(io::Error::other)?;
    files.push(("index.json".into(), index.bytes));
    files.push((LAYOUT.into(), layout.bytes));
    Ok(files)
}

fn at(digest: &str) -> String {
    format!("blobs/{}", digest.replace(':', "/"))
}

/// `manifest.json` for `docker load`, which supports one platform.
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
    let mut files = files(image, reference)?;
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
    for (name, bytes) in files(image, reference)? {
        let file = part.path().join(name);
        fs::create_dir_all(parent(&file))?;
        fs::write(file, bytes)?;
    }
    if path.join(LAYOUT).is_file() {
        // The old image is kept until the new one is complete.
        let old = tempfile::Builder::new().prefix(".image-").tempdir_in(parent(path))?;
        fs::rename(path, old.path().join("old"))?;
    }
    fs::rename(part.path(), path)?;
    // The temporary name no longer exists.
    let _ = part.keep();
    Ok(())
}

/// The permissions of a regular file, minus the umask.
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
