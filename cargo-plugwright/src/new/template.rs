//! The files of a new crate. The templates in `template` use the names `my-plugin` and `example.io`.

use std::fmt::Write;

use plugwright::Kind;

use super::{Order, name};

/// A file of the new crate.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

/// The plugin of a kind.
pub(super) struct Template {
    /// The part of the name after the `/`; `None` for a kind with a fixed name.
    short_name: Option<&'static str>,
    /// The plugin's effect, as the predicate of a sentence.
    pub(super) what: &'static str,
    source: &'static str,
    test: &'static str,
    manifests: &'static [(&'static str, &'static str)],
    /// Dependencies in addition to plugwright.
    dependencies: &'static [&'static str],
    dev_dependencies: &'static [&'static str],
}

const SERDE: &str = "serde = { version = \"1\", features = [\"derive\"] }";
const TEMPFILE: &str = "tempfile = \"3\"";

/// The files of a kind by the name of its attribute.
macro_rules! files {
    ($attribute:literal, $name:expr, $what:literal, [$($manifest:literal),+]) => {
        Template {
            short_name: $name,
            what: $what,
            source: include_str!(concat!("../../template/src/", $attribute, ".rs")),
            test: include_str!(concat!("../../template/tests/process/", $attribute, ".rs")),
            manifests: &[$(($manifest, include_str!(concat!("../../template/manifests/", $manifest)))),+],
            dependencies: &[],
            dev_dependencies: &[],
        }
    };
}

static BACKUP_ITEM_ACTION: Template = files!(
    "backup_item_action",
    Some("pod-config"),
    "adds the ConfigMaps and Secrets of a pod to the backup",
    ["backup-item-action.yaml"]
);
static BACKUP_ITEM_ACTION_V2: Template = files!(
    "backup_item_action_v2",
    Some("settle"),
    "keeps a backup open while an application flushes its data",
    ["backup-item-action-v2.yaml"]
);
static VOLUME_SNAPSHOTTER: Template = Template {
    dependencies: &[SERDE],
    dev_dependencies: &[TEMPFILE],
    ..files!(
        "volume_snapshotter",
        Some("folders"),
        "snapshots hostPath volumes by copying them",
        ["volume-snapshot-location.yaml", "persistent-volume.yaml"]
    )
};
static OBJECT_STORE: Template = Template {
    dependencies: &[SERDE, TEMPFILE],
    ..files!(
        "object_store",
        Some("files"),
        "stores backups as files in a volume",
        ["backup-storage-location.yaml"]
    )
};
static RESTORE_ITEM_ACTION: Template = files!(
    "restore_item_action",
    Some("unpin"),
    "lets restored workloads run on any node",
    ["restore-item-action.yaml"]
);
static RESTORE_ITEM_ACTION_V2: Template = files!(
    "restore_item_action_v2",
    Some("warm-up"),
    "keeps a restore open while an application warms up",
    ["restore-item-action-v2.yaml"]
);
static DELETE_ITEM_ACTION: Template = Template {
    dev_dependencies: &[TEMPFILE],
    ..files!(
        "delete_item_action",
        Some("dumps"),
        "deletes a database dump together with its backup",
        ["delete-item-action.yaml"]
    )
};
static ITEM_BLOCK_ACTION: Template = files!(
    "item_block_action",
    Some("pod-claims"),
    "backs up a pod together with its volume claims",
    ["item-block-action.yaml"]
);
static ACCESS_REQUESTER: Template = files!(
    "access_requester",
    None,
    "grants access to an Argo CD application if the request has a ticket",
    ["access-request.yaml", "application.yaml"]
);

pub(super) fn of(kind: Kind) -> &'static Template {
    match kind {
        Kind::BackupItemAction => &BACKUP_ITEM_ACTION,
        Kind::BackupItemActionV2 => &BACKUP_ITEM_ACTION_V2,
        Kind::VolumeSnapshotter => &VOLUME_SNAPSHOTTER,
        Kind::ObjectStore => &OBJECT_STORE,
        Kind::RestoreItemAction => &RESTORE_ITEM_ACTION,
        Kind::RestoreItemActionV2 => &RESTORE_ITEM_ACTION_V2,
        Kind::DeleteItemAction => &DELETE_ITEM_ACTION,
        Kind::ItemBlockAction => &ITEM_BLOCK_ACTION,
        Kind::AccessRequester => &ACCESS_REQUESTER,
        other => unreachable!("{other} has no template"),
    }
}

impl Template {
    /// The plugin's full name.
    pub(super) fn name(&self, domain: &str) -> String {
        let only = Kind::AccessRequester.only_name().unwrap_or_default();
        self.short_name.map_or_else(|| only.to_owned(), |name| format!("{domain}/{name}"))
    }

    /// The command that tries the plugin without a cluster.
    pub(super) fn command(&self) -> String {
        let options = match self.manifests {
            [("backup-storage-location.yaml", _)] => {
                "--location manifests/backup-storage-location.yaml --config root=target --put Cargo.toml"
            }
            [("volume-snapshot-location.yaml", _), ..] => {
                "--location manifests/volume-snapshot-location.yaml --config snapshots=target --snapshot manifests/persistent-volume.yaml"
            }
            [("access-request.yaml", _), ..] => {
                "--access-request manifests/access-request.yaml --application manifests/application.yaml"
            }
            [(item, _), ..] => return format!("cargo plugwright try --item manifests/{item}"),
            [] => "--help",
        };
        format!("cargo plugwright try {options}")
    }
}

/// All files of a new crate.
pub(super) fn files(order: &Order) -> Vec<File> {
    let mut files = vec![
        file("Cargo.toml", cargo_toml(order)),
        file("README.md", readme(order)),
        file(".gitignore", include_str!("../../template/gitignore")),
        file(".github/workflows/ci.yml", ci(order)),
    ];
    let mut main =
        format!("//! Plugins for {}, one per module. They need no registration.\n\n", hosts(order));
    let mut tests = include_str!("../../template/tests/process/main.rs").to_owned();
    let mut modules = String::new();
    for kind in &order.kinds {
        let (attribute, template) = (kind.attribute(), of(*kind));
        let _ = writeln!(modules, "mod {attribute};");
        files.push(file(format!("src/{attribute}.rs"), template.source));
        files.push(file(format!("tests/process/{attribute}.rs"), template.test));
        files.extend(template.manifests.iter().map(|(name, text)| file(format!("manifests/{name}"), *text)));
    }
    let _ = write!(main, "{modules}\nplugwright::main!();\n");
    // Modules come before imports.
    tests = tests.replacen("\nuse ", &format!("\n{modules}\nuse "), 1);
    files.push(file("src/main.rs", main));
    files.push(file("tests/process/main.rs", tests));
    for file in &mut files {
        file.text = file.text.replace("my-plugin", &order.name).replace(name::DOMAIN, &order.domain);
    }
    files
}

/// The CI workflow, with a job that runs a real Velero if the crate has plugins for it.
fn ci(order: &Order) -> String {
    let note = order.source.limit().map_or_else(String::new, |limit| {
        format!(
            "      # This path exists only {limit}, like the one in Cargo.toml. For CI elsewhere, use a git URL: \
             `--git URL cargo-plugwright`.\n"
        )
    });
    let velero = include_str!("../../template/ci-velero.yml")
        .replace("#plugwright", env!("CARGO_PKG_VERSION"))
        .replace("#install", &order.source.install())
        .replace("#note\n", &note);
    let velero = if is_for_velero(order) { &*velero } else { "" };
    include_str!("../../template/ci.yml").to_owned() + velero
}

fn is_for_velero(order: &Order) -> bool {
    order.kinds.iter().any(|kind| kind.min_velero().is_some())
}

fn file(path: impl Into<String>, text: impl Into<String>) -> File {
    File { path: path.into(), text: text.into() }
}

fn hosts(order: &Order) -> &'static str {
    let for_access = order.kinds.contains(&Kind::AccessRequester);
    match (for_access, order.kinds.len()) {
        (true, 1) => "Argo CD EphemeralAccess",
        (true, _) => "Velero and Argo CD EphemeralAccess",
        (false, _) => "Velero",
    }
}

fn cargo_toml(order: &Order) -> String {
    let for_access = order.kinds.contains(&Kind::AccessRequester);
    let features: &[_] = if for_access { &["ephemeral-access"] } else { &[] };
    let mut dependencies = vec![format!("plugwright = {}", order.source.toml(features))];
    let mut for_tests = vec![
        format!("plugwright = {}", order.source.toml(&["client"])),
        "serde_json = \"1\"".to_owned(),
        "tokio = { version = \"1\", features = [\"macros\", \"rt\"] }".to_owned(),
    ];
    for kind in &order.kinds {
        dependencies.extend(of(*kind).dependencies.iter().map(|line| (*line).to_owned()));
        for_tests.extend(of(*kind).dev_dependencies.iter().map(|line| (*line).to_owned()));
    }
    for lines in [&mut dependencies, &mut for_tests] {
        lines.sort_unstable();
        lines.dedup();
    }
    for_tests.retain(|line| !dependencies.contains(line));
    include_str!("../../template/cargo.toml")
        .replace("#dependencies", &dependencies.join("\n"))
        .replace("#for-tests", &for_tests.join("\n"))
        .replace("#hosts", hosts(order))
}

fn readme(order: &Order) -> String {
    let (mut plugins, mut commands) = (String::new(), String::new());
    for kind in &order.kinds {
        let (attribute, template) = (kind.attribute(), of(*kind));
        let name = template.name(&order.domain);
        let _ = writeln!(
            plugins,
            "| [{attribute}.rs](src/{attribute}.rs) | {kind} `{name}` | {} |",
            template.what
        );
        let _ = writeln!(commands, "{}", template.command());
    }
    let apply = if is_for_velero(order) {
        "velero plugin add registry.example.com/my-plugin:v1"
    } else {
        "cargo plugwright manifest --image registry.example.com/my-plugin:v1 > kustomization.yaml"
    };
    let run = if is_for_velero(order) {
        "\n\n`cargo plugwright run --check` backs up and restores the objects in [manifests](manifests) with a real Velero on this machine, without a cluster."
    } else {
        ""
    };
    include_str!("../../template/README.md")
        .replace("#plugins\n", &plugins)
        .replace("#commands\n", &commands)
        .replace("#apply", apply)
        .replace("#run", run)
        .replace("#hosts", hosts(order))
}
