//! Adds flags for all crates of a build and keeps those that the user has configured.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tokio::process::Command;

/// Replaces path prefixes in every compiled crate.
///
/// Cargo reads flags from one place only: the environment, `target.*.rustflags` or `build.rustflags`, in this order
/// (Cargo reference, "build.rustflags"). The new flags are added where the user's own are.
pub(super) fn remap(
    cargo: &mut Command,
    folder: &Path,
    target: Option<&str>,
    prefixes: &[(PathBuf, String)],
) {
    let flags: Vec<String> =
        prefixes.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())).collect();
    if flags.is_empty() {
        return;
    }
    if let Some(encoded) = std::env::var_os("CARGO_ENCODED_RUSTFLAGS") {
        cargo.env("CARGO_ENCODED_RUSTFLAGS", joined(encoded, &flags));
    } else if let Some(plain) = std::env::var_os("RUSTFLAGS") {
        let plain = plain.to_string_lossy().split_whitespace().collect::<Vec<_>>().join("\u{1f}");
        cargo.env("CARGO_ENCODED_RUSTFLAGS", joined(plain.into(), &flags));
    } else {
        let of_target = configurations(folder).iter().any(has_target_flags);
        let key = match target.filter(|_| of_target) {
            Some(target) => format!("target.{target}"),
            None => "build".to_owned(),
        };
        // Cargo joins arrays of several configurations. JSON strings are valid TOML strings.
        cargo.arg("--config").arg(format!("{key}.rustflags={}", serde_json::Value::from(flags)));
    }
}

fn joined(mut flags: OsString, more: &[String]) -> OsString {
    for flag in more {
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push(flag);
    }
    flags
}

/// Cargo's configuration files for a folder: in the folder, in its parents, and in Cargo's home.
pub(crate) fn configurations(folder: &Path) -> Vec<toml::Table> {
    let folders = folder.ancestors().map(|folder| folder.join(".cargo")).chain(cargo_home());
    let files = folders.flat_map(|folder| [folder.join("config.toml"), folder.join("config")]);
    // Cargo reports an invalid file.
    files.filter_map(|file| std::fs::read_to_string(file).ok()?.parse().ok()).collect()
}

pub(crate) fn cargo_home() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    home.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")))
}

fn has_target_flags(config: &toml::Table) -> bool {
    let targets = config.get("target").and_then(toml::Value::as_table);
    targets.is_some_and(|targets| targets.values().any(|target| target.get("rustflags").is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_appended() {
        assert_eq!(joined("".into(), &["a".into(), "b c".into()]), "a\u{1f}b c");
        assert_eq!(joined("x".into(), &["a".into()]), "x\u{1f}a");
    }

    #[test]
    fn flags_of_a_target_are_found() {
        let has = |text: &str| has_target_flags(&text.parse().unwrap());
        assert!(has("[target.'cfg(unix)']\nrustflags = [\"-g\"]\n"));
        assert!(!has("[target.x86_64-unknown-linux-gnu]\nlinker = \"ld\"\n[build]\nrustflags = []\n"));
    }
}
