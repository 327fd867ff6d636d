//! Tests `cargo plugwright image` with tiny crates. `tests/registry/run` tests a real plugin with a registry.
#![cfg(target_os = "linux")] // for the static build

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output};

/// Creates crates with one, two and no binaries, with an invalid manifest, and with invalid metadata.
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
            fs::write(
                folder.join("src").join(file),
                if *file == "lib.rs" {
                    ""
                } else {
                    "fn main() {\n    std::env::args().nth(7).unwrap();\n}\n"
                },
            )
            .unwrap();
        }
    }
    fs::create_dir(folder.path().join("broken")).unwrap();
    fs::write(folder.path().join("broken/Cargo.toml"), "[package]\nversion = \"0.1.0\"\n").unwrap();
    fs::create_dir_all(folder.path().join("declares/src")).unwrap();
    fs::write(folder.path().join("declares/src/main.rs"), "fn main() {}\n").unwrap();
    fs::write(
        folder.path().join("declares/Cargo.toml"),
        "[package]\nname = \"declares\"\nedition = \"2024\"\n[[package.metadata.plugwright.rbac]]\napigroups = []\n",
    )
    .unwrap();
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

/// Builds an image, and returns its name with the digest.
fn image(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, &[&["image", "tiny"], args].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).trim().to_owned()
}

#[test]
fn the_same_source_gives_the_same_image() {
    let folder = crates();
    let first = image(folder.path(), &["--output", "first.tar"]);
    assert!(first.starts_with("tiny@sha256:"), "{first}");
    fs::remove_dir_all(folder.path().join("tiny/target")).unwrap();
    assert_eq!(image(folder.path(), &["--output", "second.tar"]), first);
    let read = |name| fs::read(folder.path().join(name)).unwrap();
    assert!(read("first.tar") == read("second.tar"));
    // The second run replaces the layout.
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
    let crates = ["broken", "declares", "library", "tiny", "two"];
    names.retain(|name| !crates.contains(&name.as_str()));
    assert_eq!(names, ["first.tar", "layout", "second.tar"]);
    // The binary contains no path of this machine.
    let targets = [
        "x86_64-unknown-linux-gnu",
        "x86_64-unknown-linux-musl",
        "aarch64-unknown-linux-gnu",
        "aarch64-unknown-linux-musl",
    ];
    let binaries = targets.map(|target| folder.path().join("tiny/target").join(target).join("release/tiny"));
    let binary = fs::read(binaries.iter().find(|file| file.is_file()).unwrap()).unwrap();
    let home = folder.path().to_str().unwrap().as_bytes();
    assert!(!binary.windows(home.len()).any(|part| part == home));
}

/// Links in the place of the output are replaced, also those to a layout.
#[test]
fn planted_links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let folder = crates();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("file"), "outside").unwrap();
    image(folder.path(), &["--output", outside.path().join("layout").to_str().unwrap()]);
    let before = fs::read(outside.path().join("layout/index.json")).unwrap();
    symlink(outside.path().join("file"), folder.path().join("image.tar")).unwrap();
    symlink(outside.path().join("layout"), folder.path().join("layout")).unwrap();
    image(folder.path(), &["--output", "image.tar", "--tag", "example.com/other:v2"]);
    image(folder.path(), &["--output", "layout", "--tag", "example.com/other:v2"]);
    assert_eq!(fs::read(outside.path().join("file")).unwrap(), b"outside");
    assert!(fs::read(outside.path().join("layout/index.json")).unwrap() == before);
    assert!(fs::read(folder.path().join("layout/index.json")).unwrap() != before);
    for output in ["image.tar", "layout"] {
        assert!(!fs::symlink_metadata(folder.path().join(output)).unwrap().is_symlink(), "{output}");
    }
    // A link to a folder that is not a layout, and one to nothing.
    for target in ["folder", "nothing"] {
        fs::create_dir_all(outside.path().join("folder")).unwrap();
        let link = folder.path().join(target);
        symlink(outside.path().join(target), &link).unwrap();
        let output = run(folder.path(), &["image", "tiny", "--output", target]);
        assert!(!output.status.success());
        assert!(fs::symlink_metadata(link).unwrap().is_symlink());
        assert!(text(&output.stderr).contains(&format!("cannot write {target}: it is a link")), "{output:?}");
    }
    assert_eq!(fs::read_dir(outside.path().join("folder")).unwrap().count(), 0);
    assert!(!outside.path().join("nothing").exists());
}

/// An archive and a layout that do not fit: the old ones stay, and no part is left.
#[test]
fn full_disk_keeps_the_old_image() {
    let folder = crates();
    image(folder.path(), &[]);
    let full = folder.path().join("full");
    fs::create_dir(&full).unwrap();
    let mount = "mount -t tmpfs -o size=64k none full && mkdir full/layout && echo {} > full/layout/oci-layout && \
                 echo old > full/image.tar";
    let unshare = |script: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args(["-rm", "sh", "-c", script, env!("CARGO_BIN_EXE_cargo-plugwright")]);
        unshare.current_dir(folder.path()).env_remove("CARGO_TARGET_DIR").output()
    };
    if !unshare(mount).is_ok_and(|output| output.status.success()) {
        println!("skipped: file systems cannot be mounted here");
        return;
    }
    for output in ["image.tar", "layout"] {
        let script = format!(
            "{mount}; \"$0\" image tiny --output full/{output}; echo $?; ls -A full full/layout; cat full/image.tar"
        );
        let ran = unshare(&script).unwrap();
        let expected = "2\nfull:\nimage.tar\nlayout\n\nfull/layout:\noci-layout\nold\n";
        assert_eq!(text(&ran.stdout), expected, "{}", text(&ran.stderr));
        assert!(text(&ran.stderr).contains(&format!("cannot write full/{output}: No space left")), "{ran:?}");
    }
}

#[test]
fn invalid_arguments_are_rejected_before_the_build() {
    let folder = crates();
    for (args, said) in [
        (&["image", "two"][..], "package two has several binary targets; select one with --bin: a, b"),
        (&["image", "two", "--bin", "c"], "package two has no binary target `c`; it has: a, b"),
        (&["image", "library"], "package library has no binary target; a plugin is a binary"),
        (&["image", "/usr"], "no Cargo.toml found in /usr"),
        (&["image", "tiny", "--push"], "--tag <REF>"),
        (&["image", "tiny", "--push", "--tag", "x:v1"], "--push requires a registry in --tag"),
        (&["image", "tiny", "--tag", "Bad"], "invalid reference format; expected a name such as"),
        (&["image", "tiny", "--tag", "https://x.io/a:v1"], "an image name has no scheme; use `x.io/a:v1`"),
        (
            &["image", "tiny", "--output", "m.zip"],
            "cannot write m.zip: unsupported format; use a name ending in `.tar`",
        ),
        (&["image", "broken"], "`cargo metadata` failed"),
        // Cargo's message.
        (&["list", "broken"], "missing field `package.name`"),
        (&["manifest", "tiny", "--image", "x:v1", "--namespace", "Bad NS"], "lower-case letters"),
        (
            &["manifest", "declares", "--image", "x:v1"],
            "`rbac[0]`: unknown key `apigroups`; did you mean `apiGroups`?",
        ),
        (&["image", "tiny", "--platform", "linux/mips"], "expected one of linux/amd64, linux/arm64"),
        (&["image", "tiny", "--output", "no/where.tar"], "folder no not found"),
        (&["image", "tiny", "--output", "two"], "is not an OCI layout"),
        (&["manifest", "tiny", "--image", ""], "is not a valid image name"),
        (&["check", "missing"], "cannot read missing: No such file or directory"),
    ] {
        let output = run(folder.path(), args);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{args:?}");
        assert!(text(&output.stderr).contains(said), "{args:?}: {}", text(&output.stderr));
    }
    assert!(!folder.path().join("tiny/target/x86_64-unknown-linux-gnu").exists());
}

#[test]
fn a_file_without_execute_permission_gets_a_fix() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plugin");
    fs::copy(env!("CARGO_BIN_EXE_cargo-plugwright"), &file).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let output = run(folder.path(), &["check", "plugin"]);
    let said = text(&output.stdout);
    assert!(said.contains("is not executable") && said.contains("`chmod +x`"), "{said}");
}

#[test]
fn an_invalid_plugin_and_an_unreachable_registry_are_errors() {
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
    assert!(text(&output.stderr).contains("no connection to 127.0.0.1:1"), "{}", text(&output.stderr));
}
