use super::mutate::{Random, spoilt};
use super::{CallArguments, CallReply, LATER, REPLIES, REQUESTS, Trying, numbers};
use crate::future::now;
use crate::net_rpc::gob::{Gob, Nil};
use crate::net_rpc::memory::Memory;
use crate::net_rpc::messages::{Messages, ReadError};
use crate::net_rpc::rpc::{Request, Response};

/// Reads all values of a stream with the types from `next`; returns how many could be read.
async fn read(stream: &[u8], memory: Memory, mut random: Random) -> usize {
    let mut messages = Messages::new(stream, memory);
    let mut count = 0;
    loop {
        let read = match random.below(8) {
            0 => value::<Nil>(&mut messages).await,
            1 | 2 => value::<CallReply>(&mut messages).await,
            3 => value::<Response>(&mut messages).await,
            4 => value::<Request>(&mut messages).await,
            _ => messages.value::<CallArguments>().await.map(|arguments| {
                // Any value can be formatted.
                arguments.map(|arguments| assert!(!format!("{arguments:?}").is_empty()))
            }),
        };
        match read {
            Ok(Some(())) => count += 1,
            Ok(None) | Err(ReadError::Stream(_)) => return count,
            Err(ReadError::Value(_)) => {}
        }
    }
}

async fn value<T: Gob>(messages: &mut Messages<&[u8]>) -> Result<Option<()>, ReadError> {
    Ok(messages.value::<T>().await?.map(drop))
}

/// The whole input is available immediately, so a future that waits would never resolve.
#[test]
fn any_stream_is_read_to_its_end_within_limits() {
    let memory = Memory::new();
    let all = memory.free();
    let mut values = 0;
    for number in numbers(1) {
        let _trying = Trying(number);
        let mut random = Random::of(number);
        let stream = spoilt(&mut random, &[REQUESTS, REPLIES, LATER]);
        values += now(read(&stream, memory.clone(), random)).expect("the input never blocks");
        assert_eq!(memory.free(), all);
    }
    // Most of an input is unchanged.
    assert!(values > 0 || std::env::var_os("GO_PLUGIN_FUZZ_ONLY").is_some());
    peak();
}

/// The process's peak memory, as counted by Linux: must stay below the limit of one connection.
#[cfg(target_os = "linux")]
fn peak() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib: usize = peak.trim().trim_end_matches(" kB").parse().unwrap();
    println!("peak of the process: {} MiB", kib >> 10);
    if std::env::args().any(|arg| arg.contains("net_rpc::tests")) {
        assert!(kib < 128 << 10, "{kib} KiB");
    }
}

#[cfg(not(target_os = "linux"))]
fn peak() {}
