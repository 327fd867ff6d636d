//! `cargo plugwright manifest`: what a cluster has to be told.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::cargo::{Choice, Package};
use crate::failure::Failure;
use crate::yaml;

/// What a plugin's `Cargo.toml` may say.
const METADATA: &str = "\
What else the plugin needs it says in its Cargo.toml: what it may do, where the server may not do everything, and its settings.

  [[package.metadata.plugwright.rbac]]
  apiGroups = [\"\"]
  resources = [\"secrets\"]
  verbs = [\"get\"]

  [package.metadata.plugwright.config.RestoreItemAction.\"example.io/my-plugin\"]
  key = \"value\"";

/// Print what to apply or to run, so that a host uses the plugin; nothing is applied
///
/// For Velero: the command that adds the image, and the same as a patch, for whoever keeps manifests in a repository. For EphemeralAccess: a
/// kustomization.
#[derive(clap::Args)]
#[command(after_long_help = METADATA)]
pub(crate) struct Args {
    /// The folder of the crate
    #[arg(value_name = "CRATE", default_value = ".")]
    path: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// The image, as `image --push` has named it
    #[arg(long, value_name = "REF")]
    image: String,
    /// Where the plugin goes
    #[arg(long, value_enum, default_value_t = Target::Velero)]
    host: Target,
    /// The namespace of the host's server; by default the one that the host's own installation makes
    #[arg(long, value_name = "NAME")]
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

    /// Of its server, as the host's own installation names it.
    fn deployment(self) -> &'static str {
        match self {
            Self::Velero => "velero",
            Self::Ark => "ark",
            Self::EphemeralAccess => "controller",
        }
    }
}

/// What is to be told.
struct Deployment<'a> {
    package: &'a Package,
    host: Target,
    image: &'a str,
    namespace: &'a str,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    if args.image.trim().is_empty() || args.image.contains(char::is_whitespace) {
        return Err(Failure::new(format!("`{}` is no name of an image", args.image)));
    }
    let package = Package::find(&args.path, &args.choice).await?;
    let deployment = Deployment {
        package: &package,
        host: args.host,
        image: &args.image,
        namespace: args.namespace.as_deref().unwrap_or(args.host.namespace()),
    };
    let text = match args.host {
        Target::Velero | Target::Ark => deployment.of_server()?,
        Target::EphemeralAccess => deployment.kustomization(),
    };
    anstream::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

impl Deployment<'_> {
    /// A command, and documents that do the same.
    fn of_server(&self) -> Result<String, Failure> {
        let Self { host, image, namespace, package } = self;
        let (tool, deployment) = (host.deployment(), host.deployment());
        let mut text = format!(
            "# By hand:\n#   {tool} plugin add {image} --namespace {namespace}\n\
             # The same as manifests. They add to what is there, and take nothing away:\n\
             #   kubectl apply --server-side --field-manager {}-plugin -f FILE\n",
            package.bin
        );
        let mut documents = vec![(
            format!(
                "The init container puts the plugin into the folder from which the Deployment `{deployment}` loads it."
            ),
            self.patch(tool, "plugins", Value::Array(Vec::new())),
        )];
        documents.extend(self.rbac()?);
        documents.extend(self.config()?);
        for (comment, document) in documents {
            let _ = write!(text, "---\n# {comment}\n{}", yaml::write(&document));
        }
        Ok(text)
    }

    /// What the Deployment of the host's server is to have, too. Lists of containers, volumes and mounts are merged by name
    /// (or path), by `kubectl patch` as by server-side apply.
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

    /// What the plugin may do, where the server may not do everything.
    fn rbac(&self) -> Result<Vec<(String, Value)>, Failure> {
        let rules = self.package.metadata("rbac");
        if rules.is_null() {
            return Ok(Vec::new());
        }
        let are_rules =
            rules.as_array().is_some_and(|rules| rules.iter().all(|rule| rule["verbs"].is_array()));
        if !are_rules {
            return Err(self.wrong("rbac", "a list of rules, each with `apiGroups`, `resources` and `verbs`"));
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
        let comment = "What the plugin declares that it has to do. An installation that may do everything needs neither.";
        Ok(vec![(comment.to_owned(), role), ("To the account of the server.".to_owned(), binding)])
    }

    /// A ConfigMap for each plugin that has one, found by its labels (Velero's `pkg/plugin/framework/common/plugin_config.go`).
    fn config(&self) -> Result<Vec<(String, Value)>, Failure> {
        let config = self.package.metadata("config");
        if config.is_null() {
            return Ok(Vec::new());
        }
        let what = "a table of keys and texts for a kind and a plugin: `config.RestoreItemAction.\"example.io/my-plugin\"`";
        let wrong = || self.wrong("config", what);
        let mut maps = Vec::new();
        for (kind, plugins) in config.as_object().ok_or_else(wrong)? {
            kind.parse::<plugwright::Kind>().map_err(|error| self.wrong("config", &error.to_string()))?;
            for (plugin, data) in plugins.as_object().ok_or_else(wrong)? {
                if !data.as_object().is_some_and(|data| data.values().all(Value::is_string)) {
                    return Err(wrong());
                }
                let mut labels = json!({"velero.io/plugin-config": ""});
                labels[plugin] = kind.as_str().into();
                let name = plugin.rsplit('/').next().unwrap_or(plugin);
                let map = json!({
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "metadata": {"name": name, "namespace": self.namespace, "labels": labels},
                    "data": data,
                });
                maps.push((format!("The settings of {kind} {plugin}."), map));
            }
        }
        Ok(maps)
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
            "# As kustomization.yaml:\n#   kubectl kustomize . | kubectl apply --server-side -f -\n\
             # To add the plugin to an installation that you have, take the patch into its kustomization.\n{}",
            yaml::write(&kustomization)
        )
    }

    fn wrong(&self, key: &str, right: &str) -> Failure {
        let manifest = self.package.manifest.display();
        Failure::new(format!("{manifest}: [package.metadata.plugwright] `{key}` has to be {right}"))
    }
}
