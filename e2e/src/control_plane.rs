//! A Kubernetes API without a cluster: etcd, kube-apiserver, and of kube-controller-manager what backups have to do with.
//!
//! No kubelet and no scheduler: objects stay as they were made.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::json;

use crate::process::Process;
use crate::run::{Run, free_ports};
use crate::wait::until;

const LIMIT: Duration = Duration::from_secs(90);

pub(crate) struct ControlPlane {
    pub(crate) client: Client,
    pub(crate) kubeconfig: PathBuf,
    _etcd: Process,
    _api_server: Process,
    _controller_manager: Process,
}

impl ControlPlane {
    pub(crate) async fn start(run: &Run) -> Result<Self> {
        let folder = run.subfolder("kubernetes")?;
        let [etcd_port, peer_port, api_port] = free_ports()?;
        let etcd_url = format!("http://127.0.0.1:{etcd_port}");
        let etcd = start_etcd(run, &folder, &etcd_url, peer_port).await?;
        let (api_server, kubeconfig) = start_api_server(run, &folder, &etcd_url, api_port).await?;
        let controller_manager = start_controller_manager(run, &folder, &kubeconfig)?;
        let client = client(&kubeconfig).await?;
        Ok(Self {
            client,
            kubeconfig,
            _etcd: etcd,
            _api_server: api_server,
            _controller_manager: controller_manager,
        })
    }

    /// Makes the resources known, and waits until the API serves them.
    pub(crate) async fn install(&self, definitions: Vec<CustomResourceDefinition>) -> Result<()> {
        let api = Api::<CustomResourceDefinition>::all(self.client.clone());
        for definition in &definitions {
            api.create(&PostParams::default(), definition).await?;
        }
        for definition in definitions {
            let name = definition.metadata.name.unwrap_or_default();
            until(&format!("resource {name} is served"), async || {
                let conditions = api.get(&name).await?.status.and_then(|status| status.conditions);
                let mut conditions = conditions.into_iter().flatten();
                Ok(conditions.any(|it| it.type_ == "Established" && it.status == "True").then_some(()))
            })
            .await?;
        }
        Ok(())
    }
}

async fn start_etcd(run: &Run, folder: &Path, url: &str, peer_port: u16) -> Result<Process> {
    let peer = format!("http://127.0.0.1:{peer_port}");
    let mut command = run.command("etcd")?;
    command.arg("--data-dir").arg(folder.join("etcd"));
    command.args(["--name=e2e", "--unsafe-no-fsync", "--log-level=warn"]);
    command.args(["--listen-client-urls", url, "--advertise-client-urls", url]);
    command.args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer]);
    command.args(["--initial-cluster", &format!("e2e={peer}")]);
    let mut etcd = Process::start("etcd", command, &folder.join("etcd.log"))?;
    let address = url.trim_start_matches("http://").to_owned();
    etcd.ready(LIMIT, async || tokio::net::TcpStream::connect(&address).await.is_ok()).await?;
    Ok(etcd)
}

/// Answers the kubeconfig, too.
async fn start_api_server(run: &Run, folder: &Path, etcd: &str, port: u16) -> Result<(Process, PathBuf)> {
    let [tokens, private, public, kubeconfig] =
        ["tokens.csv", "service-account.key", "service-account.pub", "kubeconfig"].map(|it| folder.join(it));
    let token = format!("{:032x}", fastrand::u128(..));
    fs::write(&tokens, format!("{token},e2e,e2e,system:masters\n"))?;
    let key = rcgen::KeyPair::generate().context("making a key for service accounts")?;
    fs::write(&private, key.serialize_pem())?;
    fs::write(&public, key.public_key_pem())?;

    let mut command = run.command("kube-apiserver")?;
    command.args(["--etcd-servers", etcd, "--secure-port", &port.to_string()]);
    command.args([
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
    ]);
    command.arg("--cert-dir").arg(folder);
    command.arg("--token-auth-file").arg(&tokens);
    command.arg("--service-account-signing-key-file").arg(&private);
    command.arg("--service-account-key-file").arg(&public);
    command.args(["--service-account-issuer=https://e2e.local", "--service-cluster-ip-range=10.0.0.0/24"]);
    command.args(["--authorization-mode=RBAC", "--enable-priority-and-fairness=false", "--profiling=false"]);
    // A pod needs no service account here, and a claim that is deleted is gone.
    command.arg("--disable-admission-plugins=ServiceAccount,StorageObjectInUseProtection");
    let mut server = Process::start("kube-apiserver", command, &folder.join("kube-apiserver.log"))?;

    // The server makes its certificate itself.
    let certificate = folder.join("apiserver.crt");
    server.ready(LIMIT, async || certificate.exists()).await?;
    let text = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "e2e", "cluster": {
            "server": format!("https://127.0.0.1:{port}"), "certificate-authority": certificate,
        }}],
        "users": [{"name": "e2e", "user": {"token": token}}],
        "contexts": [{"name": "e2e", "context": {"cluster": "e2e", "user": "e2e"}}],
        "current-context": "e2e",
    });
    fs::write(&kubeconfig, text.to_string())?;
    let is_ready = async || match client(&kubeconfig).await {
        Ok(client) => client
            .request_text(http::Request::get("/readyz").body(Vec::new()).unwrap_or_default())
            .await
            .is_ok(),
        Err(_) => false,
    };
    server.ready(LIMIT, is_ready).await?;
    Ok((server, kubeconfig))
}

fn start_controller_manager(run: &Run, folder: &Path, kubeconfig: &Path) -> Result<Process> {
    let mut command = run.command("kube-controller-manager")?;
    command.arg("--kubeconfig").arg(kubeconfig);
    command.args(["--bind-address=127.0.0.1", "--secure-port=0", "--leader-elect=false"]);
    // The end of namespaces, and of objects whose owner is gone.
    command.arg("--controllers=namespace-controller,serviceaccount-controller,garbage-collector-controller");
    Process::start("kube-controller-manager", command, &folder.join("kube-controller-manager.log"))
}

async fn client(kubeconfig: &Path) -> Result<Client> {
    let kubeconfig = Kubeconfig::read_from(kubeconfig)?;
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    // Whatever proxy there is, it does not lead to this machine.
    config.proxy_url = None;
    Ok(Client::try_from(config)?)
}
