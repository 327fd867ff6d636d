//! Generates `src/generated` of `go-plugin` and `plugin-runtime` from the `.proto` files in this folder, without
//! `protoc`.
//!
//! `cargo run -p plugwright-proto` writes the code. With `-- --check`, it only fails if the checked-in code is out of
//! date.

mod server;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use prost::Message;

/// A set of contracts in a folder below `proto`.
struct Contract {
    name: &'static str,
    /// The folder of the crate with the generated code.
    package: &'static str,
    files: &'static [&'static str],
    /// Files that are only for reflection. Their code would be a duplicate of another file's.
    described: &'static [&'static str],
    /// Whether plugins for the hosts of this contract have server reflection.
    reflection: bool,
}

const CONTRACTS: &[Contract] = &[
    Contract {
        name: "grpc",
        package: "go-plugin",
        files: &["health.proto", "reflection_v1.proto"],
        described: &["reflection_v1alpha.proto"],
        reflection: true,
    },
    Contract {
        name: "go_plugin",
        package: "go-plugin",
        files: &["go_plugin.proto"],
        described: &[],
        reflection: true,
    },
    Contract {
        name: "velero",
        package: "plugin-runtime",
        files: &[
            "PluginLister.proto",
            "ObjectStore.proto",
            "VolumeSnapshotter.proto",
            "BackupItemAction.proto",
            "RestoreItemAction.proto",
            "DeleteItemAction.proto",
            "backupitemaction/v2/BackupItemAction.proto",
            "restoreitemaction/v2/RestoreItemAction.proto",
            "itemblockaction/v1/ItemBlockAction.proto",
        ],
        described: &[],
        reflection: true,
    },
    Contract {
        name: "ark/v0_9",
        package: "plugin-runtime",
        files: &[
            "ObjectStore.proto",
            "BlockStore.proto",
            "BackupItemAction.proto",
            "RestoreItemAction.proto",
        ],
        described: &[],
        reflection: false,
    },
    Contract {
        name: "ark/v0_10",
        package: "plugin-runtime",
        files: &["BackupItemAction.proto", "RestoreItemAction.proto"],
        described: &[],
        reflection: false,
    },
];

fn main() -> Result<()> {
    let check = match std::env::args().nth(1).as_deref() {
        None => false,
        Some("--check") => true,
        Some(other) => bail!("unknown argument `{other}`; expected --check"),
    };
    let proto = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut different = Vec::new();
    for contract in CONTRACTS {
        let checked_in = proto.with_file_name(contract.package).join("src/generated").join(contract.name);
        let scratch = checked_in.with_extension("new");
        if scratch.exists() {
            fs::remove_dir_all(&scratch)?;
        }
        generate(contract, proto, &scratch).with_context(|| format!("proto/{}", contract.name))?;
        different.extend(compare(&scratch, &checked_in)?);
        if check {
            fs::remove_dir_all(&scratch)?;
            continue;
        }
        if checked_in.exists() {
            fs::remove_dir_all(&checked_in)?;
        }
        fs::rename(scratch, checked_in)?;
    }
    if check && !different.is_empty() {
        bail!("generated code is out of date, run `cargo run -p plugwright-proto`: {different:?}");
    }
    if !check {
        println!("{} file(s) changed", different.len());
    }
    Ok(())
}

fn generate(contract: &Contract, proto: &Path, out: &Path) -> Result<()> {
    fs::create_dir_all(out)?;
    let folder = proto.join(contract.name);
    prost_build::Config::new()
        .bytes(["."])
        .btree_map(["."])
        .service_generator(Box::new(server::Services::default()))
        .out_dir(out)
        .compile_fds(protox::compile(contract.files, [&folder])?)?;
    if contract.reflection {
        let mut described = protox::compile(contract.files.iter().chain(contract.described), [&folder])?;
        // Reflection needs only names and numbers. Comments and positions would make plugins larger.
        for file in &mut described.file {
            file.source_code_info = None;
        }
        fs::write(out.join("descriptors.bin"), described.encode_to_vec())?;
    }
    Ok(())
}

/// The files that differ between the folders, or exist in only one of them.
fn compare(new: &Path, old: &Path) -> Result<Vec<PathBuf>> {
    let mut different = Vec::new();
    for entry in fs::read_dir(new)? {
        let name = entry?.file_name();
        if fs::read(new.join(&name))? != fs::read(old.join(&name)).unwrap_or_default() {
            different.push(old.join(name));
        }
    }
    for entry in fs::read_dir(old).into_iter().flatten() {
        let name = entry?.file_name();
        if !new.join(&name).exists() {
            different.push(old.join(name));
        }
    }
    Ok(different)
}
