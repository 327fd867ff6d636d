//! Generates tonic clients and servers from `proto/`, without `protoc`.

use std::fs;
use std::path::Path;

use prost::Message;

fn main() -> anyhow::Result<()> {
    println!("cargo::rerun-if-changed=proto");
    let out = std::env::var("OUT_DIR")?;
    // Separate folders, because three packages have the same name.
    for name in ["counter", "kv", "streamer", "test"] {
        let out = Path::new(&out).join(name);
        fs::create_dir_all(&out)?;
        let contract = protox::compile([format!("{name}.proto")], ["proto"])?;
        fs::write(out.join("descriptors.bin"), contract.encode_to_vec())?;
        tonic_prost_build::configure().build_transport(false).out_dir(out).compile_fds(contract)?;
    }
    Ok(())
}
