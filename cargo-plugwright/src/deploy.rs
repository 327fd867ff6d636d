//! `cargo plugwright manifest`: prints the manifests to apply to a cluster.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::cargo::{Choice, Package};
use crate::declared::{Declared, Settings};
use crate::failure::Failure;
use crate::yaml;

/// Help for `[package.metadata.plugwright]`.
const METADATA: &str = "\
Declare the plugin's permissions and settings in its Cargo.toml; `cargo plugwright check` validates them:

  [[package.metadata.plugwright.rbac]]
  apiGroups = [\"\"]
  resources = [\"secrets\"]
  verbs = [\"get\"]

  [package.metadata.plugwright.config.RestoreItemAction.\"example.io/my-plugin\"]
  key = \"value\"";

/// Print the manifests that add the plugin to its host
///
/// For Velero, prints the `velero plugin add` command and equivalent manifests to keep in a repository. For
/// EphemeralAccess, prints a kustomization. Applies nothing.
#[derive(clap::Args)]
#[command(after_long_help = METADATA)]
pub(crate) struct Args {
    /// The folder of the crate
    #[arg(value_name = "CRATE", default_value = ".")]
    path: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// The image, as printed by `cargo plugwright image --push`
    #[arg(long, value_name = "REF")]
    image: String,
    /// The host of the plugin
    #[arg(long, value_enum, default_value_t = Target::Velero)]
    host: Target,
    /// The namespace of the host's server [default: the namespace of a standard installation]
    #[arg(long, value_name = "NAME", value_parser = namespace)]
    namespace: Option<String>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Target {
    /// Velero 1.0 and later
    Velero,
    /// Heptio Ark
    Ark,
    /// Argo CD EphemeralAccess
    EphemeralAccess,
}

impl Target {
    fn namespace(self) -> &'static str {
        match self {
            Self::Velero => "velero",
            Self::Ark => "heptio-ark",
            Self::EphemeralAccess => "argocd-ephemeral-access",
        }
    }

    /// The name of the server's Deployment in a standard installation.
    fn deployment(self) -> &'static str {
        match self {
            Self::Velero => "velero",
            Self::Ark => "ark",
            Self::EphemeralAccess => "controller",
        }
    }
}

/// A plugin and the server that loads it.
struct Deployment<'a> {
    package: &'a Package,
    declared: &'a Declared,
    host: Target,
    image: &'a str,
    namespace: &'a str,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    if args.image.trim().is_empty() || args.image.contains(char::is_whitespace) {
        return Err(Failure::new(format!(
            "`{}` is not a valid image name; expected a name such as registry.example.com/my-plugin:v1",
            args.image
        )));
    }
    let package = Package::find(&args.path, &args.choice).await?;
    let declared = Declared::of(&package)?;
    let deployment = Deployment {
        package: &package,
        declared: &declared,
        host: args.host,
        image: &args.image,
        namespace: args.namespace.as_deref().unwrap_or(args.host.namespace()),
    };
    let text = match args.host {
        Target::Velero | Target::Ark => deployment.of_server(),
        Target::EphemeralAccess => deployment.kustomization(),
    };
    anstream::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Parses a DNS label (RFC 1123), as required for a namespace.
fn namespace(text: &str) -> Result<String, String> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_label = !text.is_empty() && text.len() <= 63 && text.chars().all(inner);
    if is_label && !text.starts_with('-') && !text.ends_with('-') {
        return Ok(text.to_owned());
    }
    Err("expected at most 63 lower-case letters, digits and `-`, with a letter or digit at both ends".into())
}

impl Deployment<'_> {
    /// A command, and equivalent manifests.
    fn of_server(&self) -> String {
        let Self { host, image, namespace, package, .. } = self;
        let (tool, deployment) = (host.deployment(), host.deployment());
        let mut text = format!(
            "# To add the plugin by hand:\n#   {tool} plugin add {image} --namespace {namespace}\n\
             # Equivalent manifests, which only add to existing objects:\n\
             #   kubectl apply --server-side --field-manager {}-plugin -f FILE\n",
            package.bin
        );
        let mut documents = vec![(
            format!(
                "The init container copies the plugin to the plugins folder of the Deployment `{deployment}`."
            ),
            self.patch(tool, "plugins", Value::Array(Vec::new())),
        )];
        documents.extend(self.rbac());
        documents.extend(self.config());
        for (comment, document) in documents {
            let _ = write!(text, "---\n# {comment}\n{}", yaml::write(&document));
        }
        text
    }

    /// The changes to the Deployment of the host's server. `kubectl patch` and server-side apply merge lists of
    /// containers, volumes and mounts by name or path.
    fn patch(&self, container: &str, volume: &str, env: Value) -> Value {
        let mut server = json!({
            "name": container,
            "volumeMounts": [{"name": volume, "mountPath": "/plugins"}],
        });
        if env.as_array().is_some_and(|env| !env.is_empty()) {
            server["env"] = env;
        }
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": self.host.deployment(), "namespace": self.namespace},
            "spec": {"template": {"spec": {
                "initContainers": [{
                    "name": format!("install-{}", self.package.bin.replace('_', "-")),
                    "image": self.image,
                    "securityContext": {
                        "allowPrivilegeEscalation": false,
                        "readOnlyRootFilesystem": true,
                        "runAsNonRoot": true,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "volumeMounts": [{"name": volume, "mountPath": "/target"}],
                }],
                "containers": [server],
                "volumes": [{"name": volume, "emptyDir": {}}],
            }}},
        })
    }

    /// The plugin's permissions.
    fn rbac(&self) -> Vec<(String, Value)> {
        let rules = &self.declared.rbac;
        if rules.is_empty() {
            return Vec::new();
        }
        let name = format!("{}-plugin", self.package.bin.replace('_', "-"));
        let role = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": name},
            "rules": rules,
        });
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": self.host.deployment(), "namespace": self.namespace}],
        });
        let comment = "Permissions that the plugin declares. A server with cluster-admin does not need the next two objects.";
        vec![
            (comment.to_owned(), role),
            ("Grants the permissions to the server's account.".to_owned(), binding),
        ]
    }

    /// A ConfigMap for each plugin with settings; Velero finds it by its labels (`pkg/plugin/framework/common/plugin_config.go`).
    fn config(&self) -> Vec<(String, Value)> {
        let of = |settings: &Settings| {
            let (kind, plugin) = (settings.kind, &settings.plugin);
            let mut labels = json!({"velero.io/plugin-config": ""});
            labels[plugin] = kind.name().into();
            // Plugins of different kinds may share a name; ConfigMaps may not.
            let short_name = plugin.rsplit('/').next().unwrap_or(plugin);
            let name = format!("{short_name}-{}", kind.attribute()).to_ascii_lowercase().replace('_', "-");
            let map = json!({
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": name, "namespace": self.namespace, "labels": labels},
                "data": settings.data,
            });
            (format!("Settings of the {kind} {plugin}."), map)
        };
        self.declared.config.iter().map(of).collect()
    }

    fn kustomization(&self) -> String {
        let env =
            json!([{"name": "EPHEMERAL_PLUGIN_PATH", "value": format!("/plugins/{}", self.package.bin)}]);
        let patch = self.patch("controller", "plugins", env);
        let kustomization = json!({
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": ["https://github.com/argoproj-labs/argocd-ephemeral-access/releases/download/v1.2.0/install.yaml"],
            "patches": [{"patch": yaml::write(&patch)}],
        });
        format!(
            "# Save as kustomization.yaml, then:\n#   kubectl kustomize . | kubectl apply --server-side -f -\n\
             # For an existing installation, copy the patch into its kustomization.\n{}",
            yaml::write(&kustomization)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_are_labels() {
        for good in ["velero", "a", "my-ns-2"] {
            assert_eq!(namespace(good).as_deref(), Ok(good));
        }
        for bad in ["Bad NS", "", "-a", "a-", "a.b", &"a".repeat(64)] {
            assert!(namespace(bad).is_err(), "{bad}");
        }
    }
}
