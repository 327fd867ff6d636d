//! The machine, for the table.

use std::fs;
use std::thread::available_parallelism;

/// `AMD EPYC, 2 cores, 8 GiB`
pub(crate) fn machine() -> String {
    let field = |file: &str, key: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
        line.trim_start_matches([' ', '\t', ':']).trim().to_owned()
    };
    let model = field("/proc/cpuinfo", "model name");
    let memory = field("/proc/meminfo", "MemTotal");
    let kib: u64 = memory.trim_end_matches(" kB").parse().unwrap_or_default();
    let cores = available_parallelism().map_or(0, usize::from);
    format!("{model}, {cores} cores, {} GiB", (kib + (1 << 19)) >> 20)
}
