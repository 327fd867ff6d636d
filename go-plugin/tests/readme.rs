//! Checks that the README's plugin is the one that the conformance suite builds and go-plugin's own host
//! loads.

use std::path::Path;

#[test]
fn readmes_plugin_is_the_tested_one() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let plugin = repository.join("conformance/go-plugin/plugins/src/bin/kv.rs");
    let plugin = std::fs::read_to_string(plugin).unwrap();
    let (_, plugin) = plugin.split_once("\n\n").unwrap();
    assert!(include_str!("../README.md").contains(plugin));
    // The code besides the logic, which is the implementation of tonic's trait.
    assert!(plugin.lines().count() <= 40);
}
