//! The log of a process, as its host reads it. The test starts itself as this process.

use std::panic::{catch_unwind, panic_any};
use std::process::Command;
use std::thread;

use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;
use tracing_log::log;

use super::printed::Lines;
use super::{Level, PanicLocation, answered, init, panic_text, take_panic_location};

/// Set in the process that logs.
const LOGS: &str = "GO_PLUGIN_TEST_LOGS";

/// Returns the records of the process, without their time.
fn records(backtrace: &str) -> Vec<Value> {
    let logging = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "hclog::tests::process_logs_to_its_host", "--nocapture"])
        .env(LOGS, "1")
        .env("RUST_BACKTRACE", backtrace)
        .output()
        .unwrap();
    let stderr = String::from_utf8(logging.stderr).unwrap();
    assert!(logging.status.success(), "{stderr}");
    let record = |line| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        assert!(record["@timestamp"].take().is_string(), "{line}");
        record
    };
    stderr.lines().map(record).collect()
}

fn log_everything() {
    Lines::of("stdout").push(b"[ERROR] printed before `init`\n");
    init(Level::Info).unwrap();
    assert_eq!(LevelFilter::current(), LevelFilter::INFO, "`tracing` skips records of lower levels");

    tracing::info!(count = 1, "event");
    tracing::debug!("not at this level");
    log::warn!(target: "some_crate", "record of `log`");
    assert!(log::log_enabled!(target: "some_crate", log::Level::Info));
    assert!(!log::log_enabled!(target: "h2", log::Level::Info));
    Lines::of("stdout").push(b"[WARN] printed\n");

    let panics = thread::Builder::new().name("worker".to_owned()).spawn(|| {
        let text = catch_unwind(|| panic!("it broke")).unwrap_err();
        assert_eq!(panic_text(&*text), "it broke");
        let PanicLocation { file, line } = take_panic_location().unwrap();
        assert!(file.ends_with("tests.rs") && line > 1, "{file}:{line}");
        assert_eq!(take_panic_location(), None);
        let text = catch_unwind(|| panic!("{} broke", 2)).unwrap_err();
        assert_eq!(panic_text(&*text), "2 broke");
        assert_eq!(panic_text(&*catch_unwind(|| panic_any(3)).unwrap_err()), "no text");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let call = answered(async { panic!("in a call") });
        runtime.block_on(async { tokio::spawn(call).await.unwrap_err() });
    });
    panics.unwrap().join().unwrap();
}

#[test]
fn process_logs_to_its_host() {
    if std::env::var_os(LOGS).is_some() {
        return log_everything();
    }
    let caller = |record: &mut Value| record.as_object_mut().unwrap().remove("@caller");
    let mut found = records("0");
    for (index, record) in found.iter_mut().enumerate() {
        // Printed lines have no source.
        let caller = caller(record).map(|caller| caller.as_str().unwrap().contains("hclog/tests.rs:"));
        assert_eq!(caller, (index != 2).then_some(true), "{record}");
    }
    let record = |level: &str, message: &str, field: (&str, Value)| {
        let (key, value) = field;
        json!({"@level": level, "@message": message, "@module": "plugin", "@timestamp": null, key: value})
    };
    let panic = |level, text| record(level, text, ("thread", "worker".into()));
    let expected = [
        record("info", "event", ("count", 1.into())),
        json!({"@level": "warn", "@message": "record of `log`", "@module": "plugin", "@timestamp": null}),
        record("warn", "[WARN] printed", ("stream", "stdout".into())),
        panic("error", "panic: it broke"),
        panic("error", "panic: 2 broke"),
        panic("error", "panic: no text"),
        // The response to the call is the error.
        panic("info", "panic: in a call"),
    ];
    assert_eq!(found, expected);

    let traced = records("1");
    assert!(traced[3]["backtrace"].as_str().is_some_and(|trace| trace.contains("log_everything")));
}
