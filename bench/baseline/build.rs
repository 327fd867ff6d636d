//! Generates tonic's code for the contracts.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let proto = std::path::Path::new("../../proto");
    for (folder, files) in [
        ("velero", ["PluginLister.proto", "BackupItemAction.proto", "ObjectStore.proto"].as_slice()),
        ("go_plugin", &["go_plugin.proto"]),
    ] {
        println!("cargo::rerun-if-changed={}", proto.join(folder).display());
        let descriptors = protox::compile(files, [proto.join(folder)])?;
        tonic_prost_build::configure().bytes(".").build_client(false).compile_fds(descriptors)?;
    }
    Ok(())
}
