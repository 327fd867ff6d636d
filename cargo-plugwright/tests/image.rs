//! `cargo plugwright image` and what it refuses, with crates that build in a second. The image of a plugin, and a registry, are in
//! `tests/registry/run`.
#![cfg(target_os = "linux")] // the static build is for it

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output};

/// A folder with three crates: with one binary, with two, and with none.
fn crates() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, files) in
        [("tiny", &["main.rs"][..]), ("two", &["bin/a.rs", "bin/b.rs"]), ("library", &["lib.rs"])]
    {
        let folder = folder.path().join(name);
        fs::create_dir_all(folder.join("src/bin")).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"1.2.3\"\nedition = \"2024\"\nlicense = \"MIT\"\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        for file in files {
            fs::write(folder.join("src").join(file), if *file == "lib.rs" { "" } else { "fn main() {}\n" })
                .unwrap();
        }
    }
    folder
}

fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-plugwright"));
    command.args(args).current_dir(folder).env_remove("CARGO_TARGET_DIR").env("DOCKER_CONFIG", folder);
    command.env_remove("SOURCE_DATE_EPOCH").output().expect("it runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

/// The image's name by digest.
fn image(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, &[&["image", "tiny"], args].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).trim().to_owned()
}

#[test]
fn the_same_source_is_the_same_image_in_a_file_and_in_a_folder() {
    let folder = crates();
    let first = image(folder.path(), &["--output", "first.tar"]);
    assert!(first.starts_with("tiny@sha256:"), "{first}");
    fs::remove_dir_all(folder.path().join("tiny/target")).unwrap();
    assert_eq!(image(folder.path(), &["--output", "second.tar"]), first);
    let read = |name| fs::read(folder.path().join(name)).unwrap();
    assert!(read("first.tar") == read("second.tar"));
    // The second time there is one to be replaced.
    for _ in 0..2 {
        assert_eq!(image(folder.path(), &["--output", "layout"]), first);
    }
    let (_, digest) = first.split_once("@sha256:").unwrap();
    let blobs = folder.path().join("layout/blobs/sha256");
    assert!(blobs.join(digest).is_file());

    let mut archive = tar::Archive::new(fs::File::open(folder.path().join("first.tar")).unwrap());
    let mut config = String::new();
    for entry in archive.entries().unwrap() {
        let mut content = Vec::new();
        entry.unwrap().read_to_end(&mut content).unwrap();
        if let Ok(json) = String::from_utf8(content)
            && json.contains("Entrypoint")
        {
            config = json;
        }
    }
    for said in [
        r#""Entrypoint":["/plugins/tiny","install","--target","/target"]"#,
        r#""User":"65532:65532""#,
        r#""org.opencontainers.image.version":"1.2.3""#,
        r#""org.opencontainers.image.licenses":"MIT""#,
    ] {
        assert!(config.contains(said), "{config}");
    }
    let mut names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["first.tar", "layout", "library", "second.tar", "tiny", "two"]);
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_built() {
    let folder = crates();
    for (args, said) in [
        (&["image", "two"][..], "the package two has several binary targets; say which with --bin: a, b"),
        (&["image", "two", "--bin", "c"], "the package two has no binary target `c`; it has: a, b"),
        (&["image", "library"], "the package library has no binary target, which a plugin is"),
        (&["image", "/usr"], "there is no crate here: /usr has no Cargo.toml"),
        (&["image", "tiny", "--push"], "--tag <REF>"),
        (&["image", "tiny", "--push", "--tag", "x:v1"], "--push needs a registry in --tag"),
        (&["image", "tiny", "--tag", "Bad"], "invalid reference format"),
        (&["image", "tiny", "--platform", "linux/mips"], "the platforms are linux/amd64, linux/arm64"),
        (&["image", "tiny", "--output", "no/where.tar"], "there is no folder no"),
        (&["image", "tiny", "--output", "two"], "is no OCI layout"),
        (&["manifest", "tiny", "--image", ""], "is no name of an image"),
        (&["check", "missing"], "cannot read missing: No such file or directory"),
    ] {
        let output = run(folder.path(), args);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{args:?}");
        assert!(text(&output.stderr).contains(said), "{args:?}: {}", text(&output.stderr));
    }
    assert!(!folder.path().join("tiny/target/x86_64-unknown-linux-gnu").exists());
}

#[test]
fn a_crate_that_is_no_plugin_fails_the_check_and_a_registry_that_is_not_there_the_push() {
    let folder = crates();
    let output = run(folder.path(), &["check", "tiny"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).contains("error  It does not start as a plugin"),
        "{}",
        text(&output.stdout)
    );
    let output = run(folder.path(), &["image", "tiny", "--push", "--tag", "127.0.0.1:1/x:v1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("127.0.0.1:1 cannot be talked to"), "{}", text(&output.stderr));
}
