//! A Kubernetes API without a cluster: etcd, kube-apiserver, and the controllers that matter for backups.
//!
//! Without kubelet and scheduler, pods never run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::json;

use crate::disk;
use crate::process::Process;
use crate::programs::Programs;
use crate::run::{Run, free_ports, is_taken};
use crate::wait::until;

const LIMIT: Duration = Duration::from_secs(90);

/// Another process may bind a free port before a server does.
const ATTEMPTS: usize = 3;

/// The running API. Dropping it ends the processes.
pub struct ControlPlane {
    /// A client with all permissions.
    pub client: Client,
    /// A kubeconfig with all permissions, for other programs.
    pub kubeconfig: PathBuf,
    processes: [Process; 3],
}

/// The ports of etcd for clients, etcd for peers, and the API server.
type Ports = [u16; 3];

impl ControlPlane {
    /// Starts the processes, and waits until the API is ready.
    pub async fn start(run: &Run, programs: &Programs) -> Result<Self> {
        Self::start_on(run, programs, free_ports).await
    }

    async fn start_on(run: &Run, programs: &Programs, ports: impl Fn() -> Result<Ports>) -> Result<Self> {
        disk::require(run.folder(), disk::FOR_A_RUN, "a run", "TMPDIR")?;
        let mut attempt = 1;
        loop {
            let ports = ports()?;
            let folder = run.subfolder(&format!("kubernetes-{attempt}"))?;
            let starting = Starting { run, programs, folder, ports };
            match starting.start().await {
                // Our processes have ended by now, so another process has the port.
                Err(error) => match ports.into_iter().find(|port| is_taken(*port)) {
                    Some(_) if attempt < ATTEMPTS => attempt += 1,
                    Some(port) => return Err(anyhow!("port {port} is in use by another process; {error:#}")),
                    None => return Err(error),
                },
                started => return started,
            }
        }
    }

    /// Waits until one of the processes exits unexpectedly, and returns the cause.
    pub async fn ended(&self) -> Error {
        let [etcd, api_server, controller_manager] = &self.processes;
        tokio::select! {
            // Poll etcd first: the others exit after it.
            biased;
            error = etcd.ended() => error,
            error = api_server.ended() => error,
            error = controller_manager.ended() => error,
        }
    }

    /// Creates custom resource definitions, and waits until the API serves them.
    pub async fn install(&self, definitions: Vec<CustomResourceDefinition>) -> Result<()> {
        let api = Api::<CustomResourceDefinition>::all(self.client.clone());
        for definition in &definitions {
            api.create(&PostParams::default(), definition).await?;
        }
        for definition in definitions {
            let name = definition.metadata.name.unwrap_or_default();
            until(&format!("the API serves {name}"), async || {
                let conditions = api.get(&name).await?.status.and_then(|status| status.conditions);
                let mut conditions = conditions.into_iter().flatten();
                Ok(conditions.any(|it| it.type_ == "Established" && it.status == "True").then_some(()))
            })
            .await?;
        }
        Ok(())
    }
}

/// One attempt to start.
struct Starting<'a> {
    run: &'a Run,
    programs: &'a Programs,
    folder: PathBuf,
    ports: Ports,
}

impl Starting<'_> {
    async fn start(self) -> Result<ControlPlane> {
        let etcd = self.etcd().await?;
        let (api_server, kubeconfig) = self.api_server().await?;
        let controller_manager = self.controller_manager(&kubeconfig)?;
        let client = client(&kubeconfig).await?;
        Ok(ControlPlane { client, kubeconfig, processes: [etcd, api_server, controller_manager] })
    }

    fn etcd_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[0])
    }

    async fn etcd(&self) -> Result<Process> {
        let (url, peer) = (&self.etcd_url(), &format!("http://127.0.0.1:{}", self.ports[1]));
        let mut command = self.run.command(&self.programs.etcd())?;
        command.arg("--data-dir").arg(self.folder.join("etcd"));
        command.args(["--name=local", "--unsafe-no-fsync", "--log-level=warn"]);
        command.args(["--listen-client-urls", url, "--advertise-client-urls", url]);
        command.args(["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]);
        command.args(["--initial-cluster", &format!("local={peer}")]);
        let etcd = Process::start("etcd", command, &self.folder.join("etcd.log"))?;
        let address = url.trim_start_matches("http://");
        etcd.ready(LIMIT, async || Ok(tokio::net::TcpStream::connect(address).await.is_ok())).await?;
        Ok(etcd)
    }

    /// Starts kube-apiserver, and writes a kubeconfig.
    async fn api_server(&self) -> Result<(Process, PathBuf)> {
        let [tokens, private, public, kubeconfig] =
            ["tokens.csv", "service-account.key", "service-account.pub", "kubeconfig"]
                .map(|file| self.folder.join(file));
        let token = format!("{:032x}", fastrand::u128(..));
        write(&tokens, &format!("{token},local,local,system:masters\n"))?;
        let key = rcgen::KeyPair::generate().context("cannot generate a key for service accounts")?;
        write(&private, &key.serialize_pem())?;
        write(&public, &key.public_key_pem())?;

        let port = self.ports[2].to_string();
        let mut command = self.run.command(&self.programs.api_server())?;
        command.args(["--etcd-servers", &self.etcd_url(), "--secure-port", &port]);
        command.args([
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
        ]);
        command.arg("--cert-dir").arg(&self.folder);
        command.arg("--token-auth-file").arg(&tokens);
        command.arg("--service-account-signing-key-file").arg(&private);
        command.arg("--service-account-key-file").arg(&public);
        command.args([
            "--service-account-issuer=https://plugwright.local",
            "--service-cluster-ip-range=10.0.0.0/24",
        ]);
        command.args([
            "--authorization-mode=RBAC",
            "--enable-priority-and-fairness=false",
            "--profiling=false",
        ]);
        // Pods need no service account here, and deleted claims must not wait for a finalizer.
        command.arg("--disable-admission-plugins=ServiceAccount,StorageObjectInUseProtection");
        let server = Process::start("kube-apiserver", command, &self.folder.join("kube-apiserver.log"))?;

        // The server generates its certificate.
        let certificate = self.folder.join("apiserver.crt");
        server.ready(LIMIT, async || Ok(certificate.exists())).await?;
        let text = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "local", "cluster": {
                "server": format!("https://127.0.0.1:{port}"), "certificate-authority": certificate,
            }}],
            "users": [{"name": "local", "user": {"token": token}}],
            "contexts": [{"name": "local", "context": {"cluster": "local", "user": "local"}}],
            "current-context": "local",
        });
        write(&kubeconfig, &text.to_string())?;
        let is_ready = async || match client(&kubeconfig).await {
            Ok(client) => {
                let request = http::Request::get("/readyz").body(Vec::new())?;
                Ok(client.request_text(request).await.is_ok())
            }
            Err(_) => Ok(false),
        };
        server.ready(LIMIT, is_ready).await?;
        Ok((server, kubeconfig))
    }

    fn controller_manager(&self, kubeconfig: &Path) -> Result<Process> {
        let mut command = self.run.command(&self.programs.controller_manager())?;
        command.arg("--kubeconfig").arg(kubeconfig);
        command.args(["--bind-address=127.0.0.1", "--secure-port=0", "--leader-elect=false"]);
        // Only the deletion of namespaces and of objects without owners.
        command
            .arg("--controllers=namespace-controller,serviceaccount-controller,garbage-collector-controller");
        let log = self.folder.join("kube-controller-manager.log");
        Process::start("kube-controller-manager", command, &log)
    }
}

fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

async fn client(kubeconfig: &Path) -> Result<Client> {
    let kubeconfig = Kubeconfig::read_from(kubeconfig)?;
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    // A build with two providers has no default. A second installation fails, which is harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // A proxy cannot reach this machine.
    config.proxy_url = None;
    Ok(Client::try_from(config)?)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;
    use crate::Version;

    /// The programs, if they are built. Without them, a test prints that it is skipped.
    async fn programs() -> Option<Programs> {
        if Programs::are_built(&Version::DEFAULT).unwrap() {
            return Some(Programs::build(&Version::DEFAULT, &|_| {}).await.unwrap());
        }
        eprintln!("SKIPPED: the programs are not built; `e2e/run` builds them");
        None
    }

    #[tokio::test]
    async fn a_port_in_use_is_replaced() {
        let Some(programs) = programs().await else { return };
        let run = Run::without_keeper("plugwright-test-").unwrap();
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let taken = holder.local_addr().unwrap().port();
        let attempts = Cell::new(0);
        let ports = || {
            attempts.set(attempts.get() + 1);
            let free = free_ports::<3>()?;
            Ok(if attempts.get() == 1 { [free[0], free[1], taken] } else { free })
        };
        let plane = ControlPlane::start_on(&run, &programs, ports).await.unwrap();
        assert_eq!(attempts.get(), 2);
        drop(plane);

        let ports = || Ok([taken, taken, taken]);
        let error = ControlPlane::start_on(&run, &programs, ports).await.err().unwrap().to_string();
        // Either etcd or the API server reports the error.
        assert!(error.starts_with(&format!("port {taken} is in use by another process; ")), "{error}");
    }
}
