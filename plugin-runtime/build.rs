//! Names the private module after the patch version, so that the attributes of one release never use another
//! release's runtime.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let patch = env::var("CARGO_PKG_VERSION_PATCH").expect("Cargo sets the version");
    let folder = env::var_os("OUT_DIR").expect("Cargo sets the output folder");
    let module = format!(
        "#[doc(hidden)]\npub mod __private{patch} {{\n    #[doc(hidden)]\n    pub use crate::private::*;\n}}\n"
    );
    fs::write(Path::new(&folder).join("private.rs"), module).expect("the output folder is writable");
}
