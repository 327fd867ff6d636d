//! Runs the plugin server, from reading the environment to exiting the process.
//!
//! ```text
//! environment → host (by its cookie) → log → registry → the host's services → go_plugin::Server
//! ```

use std::hint::black_box;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use go_plugin::hclog::{self, Level, Record};
use go_plugin::{Ended, Environment};
use tokio::runtime::Handle;

use crate::declare::Plugins;
use crate::declare::registry::{Problems, Registry};
use crate::hosts::Host;
use crate::{Error, Result, log, person, workers};

/// How long running calls may take to finish after the host requests shutdown. The host kills the process two
/// seconds after its request (go-plugin's `client.go`, `Kill`); closing the connection may take 0.1 seconds
/// of that.
const AFTER_SHUTDOWN: Duration = Duration::from_millis(1_600);

/// The same limit if the host is gone or has sent SIGTERM: nothing waits for the process.
const ALONE: Duration = Duration::from_secs(10);

/// Serves all declared plugins. Called by `plugwright::main!()`.
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
            // As a record: the host logs plain text only at debug level.
            let mut record = Record::new(Level::Error, format!("cannot start the plugin: {error}"));
            let location = error.location();
            record.source_at(location.file(), location.line());
            hclog::write(record);
            ExitCode::FAILURE
        }
    }
}

/// More than the buffers of an object that is streamed, and than most items.
const KEPT: usize = 1 << 20;

/// glibc returns freed memory to the system, and every new buffer costs page faults: 20,000 for an object of 1 GiB. Freeing a
/// block raises its threshold to twice the block (malloc/malloc.c, `__libc_free`). With another allocator, this has no
/// effect.
fn keep_freed_memory() {
    drop(black_box(Vec::<u8>::with_capacity(KEPT)));
}

fn serve_host(host: Host, environment: Environment, registry: Result<Registry, Problems>) -> Result<()> {
    let (level, format, problems) = host.logging(&environment);
    log::start(level, format)?;
    for problem in problems {
        tracing::warn!("{problem}");
    }
    let registry = registry.map_err(|problems| Error::msg(problems))?;
    // Velero accepts an empty list silently; without this record the missing plugins would go unnoticed.
    if registry.declarations().next().is_none() {
        tracing::error!("{}", person::NO_PLUGINS);
    } else if host != Host::EphemeralAccess && registry.minimum_velero().is_none() {
        tracing::error!("this binary has no plugins for {}, which started it", host.name());
    }
    keep_freed_memory();
    let serve = || {
        let runtime = workers::serving_runtime()?;
        let served = runtime.block_on(async {
            let server = host.server(registry, &environment)?;
            let ended = server.environment(environment).serve().await?;
            workers::stop(if ended == Ended::Shutdown { AFTER_SHUTDOWN } else { ALONE }).await;
            Ok(())
        });
        // Plugin code may still be running, and the host waits for the exit.
        runtime.shutdown_background();
        served
    };
    if Handle::try_current().is_err() {
        return serve();
    }
    // Inside another runtime, for example under `#[tokio::main]`, a second runtime needs its own thread.
    let served = thread::scope(|scope| scope.spawn(serve).join());
    served.unwrap_or_else(|_| Err(Error::msg("the plugin's server panicked")))
}
