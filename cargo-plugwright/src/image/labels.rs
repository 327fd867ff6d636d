//! Labels of an image, with the names of the OCI image specification (`annotations.md`).

use std::collections::BTreeMap;
use std::process::Stdio;

use crate::cargo::Package;

pub(super) async fn of(package: &Package) -> BTreeMap<String, String> {
    let fact = |key: &str| package.facts[key].as_str().map(str::to_owned);
    [
        ("title", Some(package.bin.clone())),
        ("version", Some(package.version.clone())),
        ("description", fact("description")),
        ("licenses", fact("license")),
        ("source", fact("repository")),
        ("url", fact("homepage")),
        ("documentation", fact("documentation")),
        ("revision", revision(package).await),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((format!("org.opencontainers.image.{key}"), value?)))
    .collect()
}

/// The commit, unless the crate has uncommitted changes.
async fn revision(package: &Package) -> Option<String> {
    let git = async |args: &[&str]| {
        let mut git = tokio::process::Command::new("git");
        git.args(args).current_dir(package.folder()).stdin(Stdio::null()).stderr(Stdio::null());
        let output = git.kill_on_drop(true).output().await.ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let changed = git(&["status", "--porcelain", "--", "."]).await?;
    let revision = git(&["rev-parse", "HEAD"]).await?;
    changed.is_empty().then_some(revision)
}
