//! Inspects the file format.

use object::elf::{DT_NEEDED, EM_AARCH64, EM_X86_64, FileHeader64, SHT_SYMTAB};
use object::endian::Endianness;
use object::read::elf::{Dyn, FileHeader, ProgramHeader, SectionHeader};

use super::finding::Finding;

/// The properties that decide in which images the binary runs.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The image platform's name, such as `amd64`, or the number in the file.
    pub(super) architecture: String,
    /// The dynamic loader; `None` for a static binary.
    pub(super) interpreter: Option<String>,
    /// The required shared libraries.
    pub(super) libraries: Vec<String>,
    /// The oldest glibc with all functions that the binary uses.
    pub(super) glibc: Option<(u32, u32)>,
    /// Bytes of debug information.
    pub(super) debug: u64,
    pub(super) has_symbols: bool,
}

impl Facts {
    /// Whether this machine can run the binary.
    pub(super) fn runs_here(&self) -> bool {
        let here = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            _ => "",
        };
        cfg!(target_os = "linux") && self.architecture == here
    }
}

/// Reads an ELF file; the error names the actual format.
pub(super) fn read(content: &[u8]) -> Result<Facts, String> {
    let other = |what: &str| Err(format!("It is {what}; expected an executable for Linux"));
    match content {
        [] => return other("empty"),
        [b'#', b'!', ..] => return other("a script"),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => {
            return other("a program for macOS");
        }
        [b'M', b'Z', ..] => return other("a program for Windows"),
        [0x7f, b'E', b'L', b'F', 2, ..] => {}
        [0x7f, b'E', b'L', b'F', ..] => return other("a 32-bit ELF file"),
        _ => return Err("It is not an ELF file; expected an executable for Linux".to_owned()),
    }
    parse(content).map_err(|error| format!("It is an invalid ELF file: {error}"))
}

fn parse(content: &[u8]) -> object::Result<Facts> {
    let elf = FileHeader64::<Endianness>::parse(content)?;
    let endian = elf.endian()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned();
    let mut facts = Facts {
        architecture: match elf.e_machine(endian) {
            EM_X86_64 => "amd64".into(),
            EM_AARCH64 => "arm64".into(),
            other => format!("processor {other:?}"),
        },
        ..Facts::default()
    };
    for segment in elf.program_headers(endian, content)? {
        if let Some(interpreter) = segment.interpreter(endian, content)? {
            facts.interpreter = Some(text(interpreter));
        }
    }
    let sections = elf.sections(endian, content)?;
    if let Some((entries, strings)) = sections.dynamic(endian, content)? {
        let strings = sections.strings(endian, content, strings)?;
        for entry in entries.iter().filter(|entry| entry.tag(endian) == DT_NEEDED) {
            facts.libraries.push(text(entry.string(endian, strings)?));
        }
    }
    if let Some((mut needed, strings)) = sections.gnu_verneed(endian, content)? {
        let strings = sections.strings(endian, content, strings)?;
        while let Some((_, mut versions)) = needed.next()? {
            while let Some(version) = versions.next()? {
                facts.glibc = facts.glibc.max(glibc(&text(version.name(endian, strings)?)));
            }
        }
    }
    for section in sections.iter() {
        let name = text(sections.section_name(endian, section)?);
        if name.starts_with(".debug_") || name.starts_with(".zdebug_") {
            // The file may claim any size.
            facts.debug = facts.debug.saturating_add(section.sh_size(endian));
        }
        facts.has_symbols |= section.sh_type(endian) == SHT_SYMTAB;
    }
    Ok(facts)
}

/// Parses `GLIBC_2.34`; other versions, such as `GCC_3.0` and `GLIBC_PRIVATE`, are ignored.
fn glibc(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.strip_prefix("GLIBC_")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Reports unneeded parts of the file.
pub(super) fn findings(facts: &Facts) -> Finding {
    let cure = "Set `strip = true` in [profile.release], and build with --release";
    if facts.debug > 0 {
        let debug = usize::try_from(facts.debug).map_or_else(|_| "much".into(), crate::image::size);
        return Finding::warning(format!("It has {debug} of debug information"), cure);
    }
    if facts.has_symbols {
        return Finding::warning("It has a symbol table, which is unused in a cluster", cure);
    }
    Finding::fine("stripped: no symbols, no debug information")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_formats_are_named() {
        for (content, said) in [
            (&b""[..], "It is empty"),
            (b"#!/bin/sh\n", "It is a script"),
            (b"\xcf\xfa\xed\xfe....", "macOS"),
            (b"MZ..", "Windows"),
            (b"\x7fELF\x01", "32-bit"),
            (b"hello", "not an ELF file"),
            (b"\x7fELF\x02", "invalid ELF"),
        ] {
            let error = read(content).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn versions_are_numbers() {
        assert_eq!(glibc("GLIBC_2.34"), Some((2, 34)));
        assert_eq!(glibc("GLIBC_2.2.5"), Some((2, 2)));
        assert_eq!(glibc("GCC_3.0"), None);
        assert_eq!(glibc("GLIBC_PRIVATE"), None);
        assert!(glibc("GLIBC_2.9") < glibc("GLIBC_2.10"));
    }

    /// A file truncated anywhere may be invalid, but must not cause a panic.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_truncated_file_does_not_panic() {
        let content = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let facts = read(&content).unwrap();
        assert!(facts.runs_here() && facts.interpreter.is_some() && facts.has_symbols);
        assert!(facts.libraries.iter().any(|library| library.starts_with("libc.so")), "{facts:?}");
        for end in (0..4096).step_by(7).chain([content.len() / 2, content.len() - 1]) {
            let _ = read(&content[..end]);
        }
    }
}
