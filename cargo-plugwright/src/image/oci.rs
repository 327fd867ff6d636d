//! The image: its layers, and the JSON of the OCI image specification around them.

use std::collections::{BTreeMap, HashMap};

use oci_spec::OciSpecError;
use oci_spec::image::{
    ANNOTATION_REF_NAME, Arch, Config, ConfigBuilder, Descriptor, Digest, History, HistoryBuilder,
    ImageConfiguration, ImageConfigurationBuilder, ImageIndex, ImageIndexBuilder, ImageManifest,
    ImageManifestBuilder, MediaType, Os, PlatformBuilder, RootFsBuilder, SCHEMA_VERSION,
};
use serde::Serialize;

use super::Platform;
use super::layer::{FOLDER, Layer, digest};
use super::reference::Reference;
use crate::failure::{Failure, OrFail};

/// The unprivileged user of distroless images. Kubernetes' `runAsNonRoot` accepts only a number.
const USER: &str = "65532:65532";
/// containerd's and Docker's key for the whole name.
const IMAGE_NAME: &str = "io.containerd.image.name";

type Result<T> = std::result::Result<T, OciSpecError>;

/// Content, addressed by its digest.
pub(super) struct Blob {
    pub(super) digest: String,
    pub(super) bytes: Vec<u8>,
}

impl Blob {
    fn new(bytes: Vec<u8>) -> Self {
        Self { digest: digest(&bytes), bytes }
    }

    /// Serializes with sorted keys: `oci_spec` uses maps with a random order.
    pub(super) fn json(value: &impl Serialize) -> Result<Self> {
        let value = serde_json::to_value(value).map_err(OciSpecError::SerDe)?;
        Ok(Self::new(value.to_string().into_bytes()))
    }

    fn descriptor(&self, media_type: MediaType) -> Result<Descriptor> {
        Ok(Descriptor::new(media_type, self.bytes.len() as u64, self.digest.parse::<Digest>()?))
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
    /// The image index; `None` for a single platform.
    pub(super) index: Option<Blob>,
}

impl Image {
    pub(super) fn make(
        bin: &str,
        layers: Vec<(Platform, Layer)>,
        labels: &BTreeMap<String, String>,
        ark: bool,
    ) -> std::result::Result<Self, Failure> {
        let created = created()?;
        let labels: HashMap<_, _> = labels.clone().into_iter().collect();
        Self::of(bin, layers, &labels, ark, created.as_deref()).or_fail("cannot describe the image")
    }

    fn of(
        bin: &str,
        layers: Vec<(Platform, Layer)>,
        labels: &HashMap<String, String>,
        ark: bool,
        created: Option<&str>,
    ) -> Result<Self> {
        let mut singles = Vec::new();
        for (platform, layer) in layers {
            let config =
                Blob::json(&configuration(platform, &layer, run_config(bin, labels, ark)?, created)?)?;
            let layer = Blob::new(layer.compressed);
            let manifest = Blob::json(&manifest(&config, &layer, labels)?)?;
            singles.push(Single { platform, layer, config, manifest });
        }
        let index = match singles.len() {
            1 => None,
            _ => Some(Blob::json(&index(platforms(&singles, None)?)?)?),
        };
        Ok(Self { singles, index })
    }

    /// The blob that the image's name refers to.
    pub(super) fn top(&self) -> (&Blob, MediaType) {
        match &self.index {
            Some(index) => (index, MediaType::ImageIndex),
            // At least one exists.
            None => (&self.singles[0].manifest, MediaType::ImageManifest),
        }
    }

    pub(super) fn digest(&self) -> &str {
        &self.top().0.digest
    }

    /// The download size of the largest platform.
    pub(super) fn layers_size(&self) -> usize {
        self.singles.iter().map(|single| single.layer.bytes.len()).max().unwrap_or_default()
    }

    /// All blobs; each refers only to earlier ones.
    pub(super) fn blobs(&self) -> impl Iterator<Item = &Blob> {
        let singles =
            self.singles.iter().flat_map(|single| [&single.layer, &single.config, &single.manifest]);
        singles.chain(&self.index)
    }

    /// `index.json` of an OCI layout, which names the image.
    pub(super) fn layout_index(&self, reference: &Reference) -> Result<Blob> {
        let names = HashMap::from([
            (IMAGE_NAME.to_owned(), reference.to_string()),
            (ANNOTATION_REF_NAME.to_owned(), reference.tag().to_owned()),
        ]);
        Blob::json(&index(match &self.index {
            None => platforms(&self.singles, Some(&names))?,
            Some(whole) => {
                let mut entry = whole.descriptor(MediaType::ImageIndex)?;
                entry.set_annotations(Some(names));
                vec![entry]
            }
        })?)
    }
}

fn platforms(singles: &[Single], annotations: Option<&HashMap<String, String>>) -> Result<Vec<Descriptor>> {
    let describe = |single: &Single| {
        let mut entry = single.manifest.descriptor(MediaType::ImageManifest)?;
        let platform = PlatformBuilder::default().os(Os::Linux).architecture(architecture(single.platform));
        entry.set_platform(Some(platform.build()?));
        entry.set_annotations(annotations.cloned());
        Ok(entry)
    };
    singles.iter().map(describe).collect()
}

fn index(manifests: Vec<Descriptor>) -> Result<ImageIndex> {
    let index = ImageIndexBuilder::default().schema_version(SCHEMA_VERSION);
    index.media_type(MediaType::ImageIndex).manifests(manifests).build()
}

fn manifest(config: &Blob, layer: &Blob, labels: &HashMap<String, String>) -> Result<ImageManifest> {
    ImageManifestBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageManifest)
        .config(config.descriptor(MediaType::ImageConfig)?)
        .layers([layer.descriptor(MediaType::ImageLayerGzip)?])
        .annotations(labels.clone())
        .build()
}

fn configuration(
    platform: Platform,
    layer: &Layer,
    config: Config,
    created: Option<&str>,
) -> Result<ImageConfiguration> {
    let mut history: History = HistoryBuilder::default().created_by("cargo plugwright image").build()?;
    history.set_created(created.map(str::to_owned));
    let rootfs = RootFsBuilder::default().typ("layers").diff_ids([layer.diff_id.clone()]).build()?;
    let mut configuration = ImageConfigurationBuilder::default()
        .os(Os::Linux)
        .architecture(architecture(platform))
        .config(config)
        .rootfs(rootfs)
        .history([history])
        .build()?;
    configuration.set_created(created.map(str::to_owned));
    Ok(configuration)
}

/// The image's entry point, which installs the plugin.
fn run_config(bin: &str, labels: &HashMap<String, String>, ark: bool) -> Result<Config> {
    let path = format!("/{FOLDER}/{bin}");
    let mut entry_point = vec![path.as_str(), "install", "--target", "/target"];
    entry_point.extend(ark.then_some("--ark"));
    let entry_point: Vec<_> = entry_point.into_iter().map(str::to_owned).collect();
    let config = ConfigBuilder::default().user(USER).working_dir("/").entrypoint(entry_point);
    config.labels(labels.clone()).build()
}

fn architecture(platform: Platform) -> Arch {
    match platform {
        Platform::Amd64 => Arch::Amd64,
        Platform::Arm64 => Arch::ARM64,
    }
}

/// The creation time from `SOURCE_DATE_EPOCH` (<https://reproducible-builds.org/specs/source-date-epoch/>), if it is set.
/// The time of the build would make images irreproducible.
fn created() -> std::result::Result<Option<String>, Failure> {
    const VARIABLE: &str = "SOURCE_DATE_EPOCH";
    let Some(epoch) = std::env::var_os(VARIABLE) else { return Ok(None) };
    let seconds: u64 =
        epoch.to_string_lossy().parse().or_fail(format_args!("{VARIABLE}={}", epoch.display()))?;
    let time = std::time::UNIX_EPOCH.checked_add(std::time::Duration::from_secs(seconds));
    let time = time.ok_or_else(|| Failure::new(format!("{VARIABLE}={seconds}: the time is out of range")))?;
    Ok(Some(plugwright::Time::from(time).to_string()))
}
