//! `cargo plugwright`: creates, checks, tries and packages plugins.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod cargo;
mod check;
mod cluster;
mod declared;
mod deploy;
mod failure;
mod image;
mod list;
mod manifest;
mod new;
mod patience;
mod progress;
mod resources;
mod run;
mod selector;
mod session;
mod style;
mod try_plugin;
mod yaml;

use std::process::ExitCode;

use clap::{ColorChoice, Parser, Subcommand};
use tokio::signal::unix::{self, SignalKind};

use failure::Failure;

#[derive(Parser)]
#[command(name = "cargo-plugwright", bin_name = "cargo plugwright", version, about)]
struct Cli {
    /// When to color the output
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    New(new::Args),
    Check(check::Args),
    Image(image::Args),
    Manifest(deploy::Args),
    List(list::Args),
    Try(try_plugin::Args),
    Run(run::Args),
}

/// Runs the command line.
pub fn main() -> ExitCode {
    // `run` also starts this program as the keeper of its processes, and in place of plugins.
    if let Some(code) = plugwright_local_velero::entry() {
        return code;
    }
    // Cargo runs `cargo-plugwright plugwright list …`; the extra word is optional.
    let mut args: Vec<_> = std::env::args_os().collect();
    if args.get(1).is_some_and(|arg| arg == "plugwright") {
        args.remove(1);
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        // Help and version also end up here; they are not errors.
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Failure::STATUS.into() } else { ExitCode::SUCCESS };
        }
    };
    style::choose(cli.color);
    match dispatch(cli.command) {
        Ok(status) => status,
        Err(failure) => {
            failure.print();
            failure.status()
        }
    }
}

fn dispatch(command: Command) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("cannot start the async runtime: {error}")))?;
    runtime.block_on(async {
        let command = async {
            match command {
                Command::New(args) => new::run(args).await,
                Command::Check(args) => check::run(args).await,
                Command::Image(args) => image::run(args).await,
                Command::Manifest(args) => deploy::run(args).await,
                Command::List(args) => list::run(args).await,
                Command::Try(args) => Box::pin(try_plugin::run(args)).await,
                Command::Run(args) => Box::pin(run::run(args)).await,
            }
        };
        tokio::select! {
            // Poll the command first: until it first waits, the default signal handlers apply.
            biased;
            done = command => done,
            signal = signal() => Ok(ExitCode::from(128 + signal)),
        }
    })
}

/// Resolves with the number of a signal that requests shutdown. Plugins ignore Ctrl-C, so this process must shut
/// them down before it exits.
async fn signal() -> u8 {
    let wait = async |kind: SignalKind| match unix::signal(kind) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    };
    tokio::select! {
        () = wait(SignalKind::hangup()) => 1,
        () = wait(SignalKind::interrupt()) => 2,
        () = wait(SignalKind::terminate()) => 15,
    }
}
