//! The image: its layers, and the JSON around them, after the OCI image specification 1.1.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Platform;
use super::layer::{FOLDER, Layer, digest};
use super::reference::Reference;
use crate::failure::{Failure, OrFail};

pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// Nobody, as in images without an operating system: of the number alone, Kubernetes sees that it is not root.
const USER: &str = "65532:65532";

/// Bytes with a name of their own.
pub(super) struct Blob {
    pub(super) digest: String,
    pub(super) bytes: Vec<u8>,
}

impl Blob {
    fn new(bytes: Vec<u8>) -> Self {
        Self { digest: digest(&bytes), bytes }
    }

    fn json(value: &Value) -> Self {
        Self::new(value.to_string().into_bytes())
    }

    fn descriptor(&self, media_type: &str) -> Value {
        json!({"mediaType": media_type, "digest": self.digest, "size": self.bytes.len()})
    }
}

/// The image for one platform.
pub(super) struct Single {
    platform: Platform,
    pub(super) layer: Blob,
    pub(super) config: Blob,
    pub(super) manifest: Blob,
}

pub(super) struct Image {
    pub(super) singles: Vec<Single>,
    /// Where there are several.
    pub(super) index: Option<Blob>,
}

impl Image {
    pub(super) fn make(
        bin: &str,
        layers: Vec<(Platform, Layer)>,
        labels: &BTreeMap<String, String>,
        ark: bool,
    ) -> Result<Self, Failure> {
        let created = created()?;
        let mut singles = Vec::new();
        for (platform, layer) in layers {
            let config = Blob::json(&config(bin, platform, &layer, labels, ark, created.as_deref()));
            let layer = Blob::new(layer.compressed);
            let manifest = Blob::json(&json!({
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": config.descriptor(CONFIG),
                "layers": [layer.descriptor(LAYER)],
                "annotations": labels,
            }));
            singles.push(Single { platform, layer, config, manifest });
        }
        let index = (singles.len() > 1).then(|| Blob::json(&index(&singles, None)));
        Ok(Self { singles, index })
    }

    /// What a registry shows under the image's name.
    pub(super) fn top(&self) -> (&Blob, &'static str) {
        match &self.index {
            Some(index) => (index, INDEX),
            // There is one, at least.
            None => (&self.singles[0].manifest, MANIFEST),
        }
    }

    pub(super) fn digest(&self) -> &str {
        &self.top().0.digest
    }

    /// What is pulled, of one platform: the largest.
    pub(super) fn layers_size(&self) -> usize {
        self.singles.iter().map(|single| single.layer.bytes.len()).max().unwrap_or_default()
    }

    /// All of it, in the order in which each may name those before.
    pub(super) fn blobs(&self) -> impl Iterator<Item = &Blob> {
        let singles =
            self.singles.iter().flat_map(|single| [&single.layer, &single.config, &single.manifest]);
        singles.chain(&self.index)
    }

    /// `index.json` of an OCI layout, which names the image.
    pub(super) fn layout_index(&self, reference: &Reference) -> Value {
        let names = json!({
            // What containerd and Docker take for the whole name, and the specification's own word for the tag.
            "io.containerd.image.name": reference.to_string(),
            "org.opencontainers.image.ref.name": reference.tag(),
        });
        match &self.index {
            None => index(&self.singles, Some(&names)),
            Some(whole) => {
                let mut entry = whole.descriptor(INDEX);
                entry["annotations"] = names;
                json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]})
            }
        }
    }
}

fn index(singles: &[Single], annotations: Option<&Value>) -> Value {
    let manifests = singles.iter().map(|single| {
        let mut entry = single.manifest.descriptor(MANIFEST);
        entry["platform"] = json!({"os": "linux", "architecture": single.platform.architecture()});
        if let Some(annotations) = annotations {
            entry["annotations"] = annotations.clone();
        }
        entry
    });
    json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests.collect::<Vec<_>>()})
}

fn config(
    bin: &str,
    platform: Platform,
    layer: &Layer,
    labels: &BTreeMap<String, String>,
    ark: bool,
    created: Option<&str>,
) -> Value {
    let path = format!("/{FOLDER}/{bin}");
    let mut entry_point = vec![path.as_str(), "install", "--target", "/target"];
    entry_point.extend(ark.then_some("--ark"));
    let mut config = json!({
        "os": "linux",
        "architecture": platform.architecture(),
        "config": {"User": USER, "WorkingDir": "/", "Entrypoint": entry_point, "Labels": labels},
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id]},
        "history": [{"created_by": "cargo plugwright image"}],
    });
    if let Some(created) = created {
        config["created"] = created.into();
        config["history"][0]["created"] = created.into();
    }
    config
}

/// The time of the sources, where somebody says it (<https://reproducible-builds.org/specs/source-date-epoch/>): that of the
/// build would make each image another one.
fn created() -> Result<Option<String>, Failure> {
    const VARIABLE: &str = "SOURCE_DATE_EPOCH";
    let Some(epoch) = std::env::var_os(VARIABLE) else { return Ok(None) };
    let seconds: u64 =
        epoch.to_string_lossy().parse().or_fail(format_args!("{VARIABLE} is {}", epoch.display()))?;
    let time = std::time::UNIX_EPOCH.checked_add(std::time::Duration::from_secs(seconds));
    let time = time.ok_or_else(|| Failure::new(format!("{VARIABLE} is {seconds}, a time too far away")))?;
    Ok(Some(plugwright::Time::from(time).to_string()))
}
