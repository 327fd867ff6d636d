//! Defines and runs scenarios.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use plugwright_local_velero::{ControlPlane, Velero};
use serde_json::Value;

use crate::site::{Side, Site};

/// The plugins that a server loads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Plugins {
    /// The example's plugins.
    Example,
    /// The example's plugins and the test plugins.
    Test,
    /// The example's plugins and those that use the Kubernetes API: of the other examples, and the test plugins. They have no Go twin.
    Kube,
    /// The object store plugin, and Velero's own for AWS and Google Cloud. They require the servers of `examples/object-store/tests/run`.
    Stores,
}

impl Plugins {
    pub(crate) const ALL: [Self; 4] = [Self::Example, Self::Test, Self::Kube, Self::Stores];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Example => "example",
            Self::Test => "test",
            Self::Kube => "kube",
            Self::Stores => "stores",
        }
    }

    /// The plugin files of a side; empty if the side lacks these plugins.
    pub(crate) fn files(self, side: Side) -> &'static [&'static str] {
        match (self, side) {
            (Self::Example, Side::Ours) => &["velero-plugin-example"],
            (Self::Example, Side::Go) => &["example"],
            (Self::Test, Side::Ours) => &["velero-plugin-example", "plugwright-e2e-plugin"],
            (Self::Test, Side::Go) => &["example", "e2e"],
            (Self::Kube, Side::Ours) => &[
                "velero-plugin-example",
                "csi-pvc-plugin-example",
                "kubevirt-plugin-example",
                "kyma-backup-plugins",
                "plugwright-e2e-kube-plugin",
            ],
            (Self::Kube, Side::Go) => &[],
            (Self::Stores, Side::Ours) => &["object-store-plugin"],
            (Self::Stores, Side::Go) => &["velero-plugin-for-aws", "velero-plugin-for-gcp"],
        }
    }
}

/// Not `Send`: all scenarios run in one task.
pub(crate) type Played<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) plugins: Plugins,
    pub(crate) play: for<'a> fn(&'a Site<'a>) -> Played<'a>,
}

/// The folders with the plugins of both sides.
pub(crate) struct Folders {
    pub(crate) ours: PathBuf,
    pub(crate) go: PathBuf,
}

impl Folders {
    pub(crate) fn plugins(&self, plugins: Plugins, side: Side) -> Vec<PathBuf> {
        let folder: &Path = match side {
            Side::Ours => &self.ours,
            Side::Go => &self.go,
        };
        plugins.files(side).iter().map(|file| folder.join(file)).collect()
    }
}

/// The servers for a set of plugins.
pub(crate) struct Servers<'a> {
    pub(crate) plugins: Plugins,
    pub(crate) of_side: Vec<(Side, Velero<'a>)>,
}

impl Scenario {
    /// Runs on all servers concurrently and compares the results. Reports the time, and whether there were two sides to compare.
    pub(crate) async fn run(&self, plane: &ControlPlane, servers: &Servers<'_>) -> Result<Report> {
        let started = Instant::now();
        let plays = servers.of_side.iter().map(async |(side, velero)| {
            let site = Site::new(*side, velero, plane.client.clone());
            let played = (self.play)(&site).await;
            let log = velero.log.display();
            played.with_context(|| format!("with {}; the server's log is {log}", plugins_of(*side)))?;
            Ok::<_, anyhow::Error>(site.into_seen())
        });
        let seen: Vec<_> = futures::future::join_all(plays).await.into_iter().collect::<Result<_>>()?;
        if let [ours, go] = &*seen {
            compare(ours, go)?;
        }
        Ok(Report { compared: seen.len() > 1, took: started.elapsed() })
    }
}

pub(crate) struct Report {
    pub(crate) compared: bool,
    pub(crate) took: Duration,
}

fn plugins_of(side: Side) -> &'static str {
    match side {
        Side::Ours => "our plugins",
        Side::Go => "the plugins in Go",
    }
}

fn compare(ours: &BTreeMap<String, Value>, go: &BTreeMap<String, Value>) -> Result<()> {
    let mut differences = Vec::new();
    for what in ours.keys().chain(go.keys().filter(|what| !ours.contains_key(*what))) {
        let (ours, go) = (ours.get(what), go.get(what));
        if ours != go {
            let text = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
            differences.push(format!("{what}:\n  with ours: {}\n  with Go's: {}", text(ours), text(go)));
        }
    }
    if differences.is_empty() {
        Ok(())
    } else {
        bail!("expected the same results on both sides\n{}", differences.join("\n"))
    }
}

/// The scenarios with one of these name prefixes; without prefixes, all that `e2e/run` can run.
pub(crate) fn chosen(all: &'static [Scenario], names: &[String]) -> Result<Vec<&'static Scenario>> {
    for name in names {
        if !all.iter().any(|scenario| scenario.name.starts_with(&**name)) {
            let known: Vec<_> = all.iter().map(|scenario| scenario.name).collect();
            return Err(anyhow!("unknown scenario `{name}`; expected a prefix of: {}", known.join(", ")));
        }
    }
    let is_chosen = |scenario: &&Scenario| {
        names.is_empty() && scenario.plugins != Plugins::Stores
            || names.iter().any(|name| scenario.name.starts_with(&**name))
    };
    Ok(all.iter().filter(is_chosen).collect())
}
