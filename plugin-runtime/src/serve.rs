//! From the environment to the end of the process.
//!
//! ```text
//! environment → host (by its cookie) → log → registry → the host's services → go_plugin::Server
//! ```

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use go_plugin::hclog::{self, Level, Record};
use go_plugin::{Ended, Environment};
use tokio::runtime::{Builder, Handle};

use crate::declare::Plugins;
use crate::declare::registry::{Problems, Registry};
use crate::hosts::Host;
use crate::{Error, Result, log, person, workers};

/// How long running calls have for their end once the host has requested it. The host kills the process two seconds
/// after its request (go-plugin's `client.go`, `Kill`), of which the connection's own end may have taken 0.1.
const AFTER_SHUTDOWN: Duration = Duration::from_millis(1_600);

/// How long they have if the host is gone, or has sent SIGTERM: nothing waits for the process.
const ALONE: Duration = Duration::from_secs(10);

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
    match serve_host(host, environment, registry) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // As a record, so that the host logs it at its level, and not only at debug.
            let mut record = Record::new(Level::Error, format!("the plugin cannot start: {error}"));
            let location = error.location();
            record.source_at(location.file(), location.line());
            hclog::write(record);
            ExitCode::FAILURE
        }
    }
}

fn serve_host(host: Host, environment: Environment, registry: Result<Registry, Problems>) -> Result<()> {
    let (level, format, problems) = host.logging(&environment);
    log::start(level, format)?;
    for problem in problems {
        tracing::warn!("{problem}");
    }
    let registry = registry.map_err(|problems| Error::msg(problems))?;
    // Velero accepts an empty list, and the plugins would be missing without a word.
    if registry.declarations().next().is_none() {
        tracing::error!("{}", person::NO_PLUGINS);
    } else if host != Host::EphemeralAccess && registry.minimum_velero().is_none() {
        tracing::error!("{} has started this binary, which has no plugins for it", host.name());
    }
    let serve = || {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let served = runtime.block_on(async {
            let server = host.server(registry, &environment)?;
            let ended = server.environment(environment).serve().await?;
            workers::stop(if ended == Ended::Shutdown { AFTER_SHUTDOWN } else { ALONE }).await;
            Ok(())
        });
        // A plugin's code may still be busy, and the host waits for the exit.
        runtime.shutdown_background();
        served
    };
    if Handle::try_current().is_err() {
        return serve();
    }
    // Within another runtime, under `#[tokio::main]` for example, a second one needs a thread of its own.
    let served = thread::scope(|scope| scope.spawn(serve).join());
    served.unwrap_or_else(|_| Err(Error::msg("the plugin's server panicked")))
}
