//! Finds plugins of libraries that are missing in the binary: an unreferenced library is not linked.

use std::collections::BTreeSet;

use object::read::archive::ArchiveFile;

use super::finding::Finding;
use super::plugins::Seen;
use crate::cargo::Library;

/// The prefix of symbols that the attributes export, so that the linker rejects a duplicate name
/// (`plugin-macros`, `expand`).
const SYMBOL: &str = "plugin name declared twice: ";

pub(super) fn findings(libraries: &[Library], seen: &Seen) -> Vec<Finding> {
    // If the binary does not start, its plugins are unknown.
    if !seen.started {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for library in libraries {
        let missing: Vec<_> = declared(library).into_iter().filter(|plugin| !seen.has(plugin)).collect();
        if missing.is_empty() {
            continue;
        }
        let name = library.name.replace('-', "_");
        findings.push(Finding::error(
            format!("Plugins of the library {name} are missing in the binary: {}", missing.join(", ")),
            format!("Name the library in `main`: `plugwright::main!({name});`"),
        ));
    }
    findings
}

/// The kinds and names of a library's plugins. They come from the archive's symbol table, which is complete even with
/// LTO, when members contain no machine code. Plugins named by a `const` export no symbol.
fn declared(library: &Library) -> BTreeSet<String> {
    let Ok(content) = std::fs::read(&library.file) else { return BTreeSet::new() };
    let Ok(archive) = ArchiveFile::parse(&*content) else { return BTreeSet::new() };
    let Ok(Some(symbols)) = archive.symbols() else { return BTreeSet::new() };
    let names =
        symbols.filter_map(Result::ok).map(|symbol| String::from_utf8_lossy(symbol.name()).into_owned());
    names.filter_map(|name| name.strip_prefix(SYMBOL).map(str::to_owned)).collect()
}
