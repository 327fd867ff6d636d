//! From the environment to the end of the process.
//!
//! ```text
//! environment → host (by its cookie) → registry → listener → handshake line → stdio → serve
//! ```

use std::future::Future;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::declare::Plugins;
use crate::declare::registry::{Problems, Registry};
use crate::future::BoxFuture;
use crate::go_plugin::environment::Environment;
use crate::go_plugin::handshake::{self, HandshakeLine};
use crate::go_plugin::listener::Listener;
use crate::go_plugin::net_rpc;
use crate::go_plugin::protocol::{self, Protocol, Security};
use crate::go_plugin::server::{GrpcPlugin, Server};
use crate::go_plugin::stdio::Stdio;
use crate::hosts::{Host, ark, ephemeral_access, velero};
use crate::log::record::Record;
use crate::log::{self, Format, Level, sink};
use crate::person;
use crate::{Error, Result};

/// Serves all plugins that attributes declare; what `plugwright::main!()` calls.
pub fn serve() -> ExitCode {
    Plugins::declared().serve()
}

pub(crate) fn serve_these(plugins: Plugins) -> ExitCode {
    let environment = Environment::of_process();
    let registry = plugins.into_registry();
    let Some(host) = Host::of(&environment) else {
        return person::show(&environment, registry);
    };
    match serve_host(host, &environment, registry) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // As a record, so that the host's log has it at its level, and not only at debug.
            let mut record = Record::new(Level::Error, format!("the plugin cannot start: {error}"));
            record.source_at(error.location());
            sink::write(record);
            ExitCode::FAILURE
        }
    }
}

fn serve_host(host: Host, environment: &Environment, registry: Result<Registry, Problems>) -> Result<()> {
    let (level, format, problems) = match host {
        Host::Velero | Host::Ark => log_level(environment),
        Host::EphemeralAccess => ephemeral_access::logging(environment),
    };
    log::start(level, format)?;
    for problem in problems {
        tracing::warn!("{problem}");
    }
    let registry = registry.map_err(|problems| Error::msg(problems))?;
    // To Velero an empty list is as good as any, and the plugins are missing without a word.
    if registry.declarations().next().is_none() {
        tracing::error!("{}", person::NO_PLUGINS);
    } else if host != Host::EphemeralAccess && registry.minimum_velero().is_none() {
        tracing::error!("{} has started this binary, which has none of its plugins", host.name());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        match host {
            Host::Velero => serve_grpc(environment, velero::plugin(registry, environment)?).await,
            Host::Ark => serve_grpc(environment, ark::plugin(registry, environment)?).await,
            Host::EphemeralAccess => {
                let serve = registry.declarations().find_map(|plugin| plugin.serve_alone);
                let serve = serve.ok_or_else(ephemeral_access::no_requester)?;
                serve(registry, environment.clone()).await
            }
        }
    });
    // A plugin's code may still be busy, and the host waits for the exit.
    runtime.shutdown_background();
    served
}

async fn serve_grpc(environment: &Environment, plugin: GrpcPlugin) -> Result<()> {
    let server = Server::new(plugin.services, plugin.descriptors, Stdio::default());
    serve_protocol(environment, plugin.protocol_versions, server).await
}

/// What serves a binary's access requester. Nothing but the requester's declaration names it, so that net/rpc is
/// linked only where there is one.
pub(crate) fn serve_net_rpc(registry: Registry, environment: Environment) -> BoxFuture<'static, Result<()>> {
    Box::pin(async move {
        let plugins = ephemeral_access::plugins(&registry, &environment)?;
        let server = net_rpc::server::Server::new(plugins, Stdio::default());
        serve_protocol(&environment, &ephemeral_access::PROTOCOL_VERSIONS, server).await
    })
}

/// From the listener to the end.
async fn serve_protocol<P: Protocol>(
    environment: &Environment,
    protocol_versions: &[u32],
    server: P,
) -> Result<()> {
    let security = security(environment)?;
    let listener = Listener::bind(environment)?;
    let line = HandshakeLine {
        app_version: handshake::app_version(protocol_versions, environment),
        address: &listener.address(),
        protocol: P::NAME,
        certificate: security.certificate(),
        multiplex_asked: environment.multiplex(),
    };
    let line = format!("{line}\n");
    // Signals first: the host may send them as soon as it has the line.
    let signals = signals()?;
    io::stdout().write_all(line.as_bytes())?;
    io::stdout().flush()?;
    server.stdio().take_over()?;
    tokio::select! {
        () = protocol::run(server, listener, security) => {}
        () = signals => {}
    }
    Ok(())
}

/// `--log-level`, and what was wrong with it.
fn log_level(environment: &Environment) -> (Level, Format, Vec<String>) {
    let Some(text) = environment.flag("log-level") else {
        return (Level::default(), Format::Velero, Vec::new());
    };
    let level = Level::from_flag(text);
    let problem = level.is_none().then(|| format!("unknown --log-level {text}; info is used"));
    (level.unwrap_or_default(), Format::Velero, problem.into_iter().collect())
}

#[cfg(not(feature = "auto-mtls"))]
fn security(environment: &Environment) -> Result<Security> {
    if environment.client_cert().is_some() {
        crate::bail!(
            "the host asks for TLS (PLUGIN_CLIENT_CERT); build this plugin with plugwright's feature `auto-mtls`"
        );
    }
    Ok(Security::Plain)
}

#[cfg(feature = "auto-mtls")]
fn security(environment: &Environment) -> Result<Security> {
    match environment.client_cert() {
        None => Ok(Security::Plain),
        Some(pem) => Ok(Security::Tls(crate::go_plugin::auto_mtls::Acceptor::for_client(pem)?)),
    }
}

/// Ends on the signal that ends a process in an orderly way. SIGINT is ignored: a person's Ctrl-C
/// reaches the host, too, and the host decides (go-plugin's `server.go`).
#[cfg(unix)]
fn signals() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = interrupts.recv() => tracing::trace!("SIGINT, ignored"),
                _ = terminate.recv() => return,
            }
        }
    })
}

/// A console's Ctrl-C is ignored, for the same reason.
#[cfg(windows)]
fn signals() -> io::Result<impl Future<Output = ()>> {
    let mut interrupts = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        while interrupts.recv().await.is_some() {
            tracing::trace!("Ctrl-C, ignored");
        }
    })
}
