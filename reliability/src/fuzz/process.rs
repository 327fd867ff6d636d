//! The process with the target: runs inputs, and limits their time and memory.

use std::process;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};

use super::targets::Target;
use crate::table::MEMORY;

/// The limit of an input. It is generous, because the machine may be busy.
pub(super) const TIME: Duration = Duration::from_secs(5);

/// The file to which the process writes its peak memory.
pub(super) const PEAK: &str = "RELIABILITY_PEAK";

/// The process's peak memory so far.
fn peak() -> u64 {
    let kib = getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| usage.max_rss());
    u64::try_from(kib).unwrap_or_default() << 10
}

/// Runs the target for an input, and panics if it needed too much memory.
fn run(target: &Target, input: &[u8]) -> u64 {
    (target.run)(input);
    let peak = peak();
    assert!(peak <= MEMORY, "expected at most {MEMORY} bytes of memory, found {peak}");
    peak
}

#[cfg(fuzzing)]
pub(super) fn serve(target: &'static Target) -> Result<(), String> {
    use std::sync::atomic::{AtomicU64, Ordering};

    let file = std::env::var_os(PEAK);
    let written = AtomicU64::new(0);
    // Also ends the process at panics that the code would catch.
    afl::fuzz(true, |input| {
        let peak = run(target, input);
        if let (Some(file), true) = (&file, peak > written.load(Ordering::Relaxed) + (1 << 19)) {
            written.store(peak, Ordering::Relaxed);
            // Without it, the table has no figure.
            let _ = std::fs::write(file, peak.to_string());
        }
    });
    Ok(())
}

#[cfg(not(fuzzing))]
pub(super) fn serve(target: &'static Target) -> Result<(), String> {
    Err(format!("{} is built without AFL++; use `reliability/run`", target.name))
}

/// Runs one input without AFL++. Ends the process with a message if it takes too long.
pub(super) fn repeat(target: &Target, input: &[u8]) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        before(panic);
        process::abort();
    }));
    let (done, waiting) = mpsc::channel();
    thread::spawn(move || {
        if waiting.recv_timeout(TIME) == Err(mpsc::RecvTimeoutError::Timeout) {
            eprintln!("the input takes more than {TIME:?}");
            process::abort();
        }
    });
    run(target, input);
    // The thread ends by itself after this.
    let _ = done.send(());
}
