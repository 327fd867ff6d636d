//! Tests of a plugin's process: hostile peers, missing resources, and the socket.
//!
//! The plugin is this program, started again; its stdout starts with the handshake line, so the standard test
//! harness cannot be used.

mod bad_peers;
mod faults;
mod limits;
mod plugin;
mod socket;

use std::error::Error;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A test, by name.
type Test = (&'static str, fn() -> Pin<Box<dyn Future<Output = Result>>>);

macro_rules! tests {
    ($($test:ident),* $(,)?) => {
        vec![$((stringify!($test), || Box::pin($test()))),*]
    };
}
use tests;

/// The longest duration of a test.
const LIMIT: Duration = Duration::from_secs(180);

fn main() -> ExitCode {
    if let Some(ended) = plugin::main() {
        return ended;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let wanted = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let mut code = ExitCode::SUCCESS;
    for (name, test) in [bad_peers::all(), faults::all(), limits::all(), socket::all()].concat() {
        if wanted.as_ref().is_some_and(|wanted| !name.contains(&**wanted)) {
            continue;
        }
        let ended = runtime.block_on(async { tokio::time::timeout(LIMIT, test()).await });
        match ended.unwrap_or_else(|_| Err(format!("not ended within {LIMIT:?}").into())) {
            Ok(()) => println!("test {name} ... ok"),
            Err(error) => {
                println!("test {name} ... FAILED: {error}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

/// Reports a test that this machine cannot run, such as one that requires root.
fn skipped(why: &str) {
    println!("skipped: {why}");
}
