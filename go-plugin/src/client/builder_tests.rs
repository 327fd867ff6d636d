use super::*;
use crate::client::StartErrorReason as Reason;

const HANDSHAKE: Handshake = Handshake::new("BASIC_PLUGIN", "hello");

fn builder(path: &str) -> ClientBuilder {
    Client::builder(path, HANDSHAKE).version(2)
}

fn shell(script: &str) -> ClientBuilder {
    builder("/bin/sh").args(["-c", script])
}

async fn fails(builder: ClientBuilder) -> StartError {
    match builder.start().await {
        Ok(_) => panic!("it started"),
        Err(error) => error,
    }
}

#[test]
fn debug_prints_no_variables() {
    let text = format!("{:?}", builder("/plugin").env("AWS_SECRET_ACCESS_KEY", "hunter2"));
    assert!(text.contains("AWS_SECRET_ACCESS_KEY") && !text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn unstartable_executable_is_an_error() {
    for (path, said) in [
        ("/nonexistent", "the file does not exist"),
        ("/etc/passwd", "the file is not executable"),
        ("/etc", "it is a directory"),
    ] {
        let error = fails(builder(path)).await;
        assert!(matches!(error.reason, Reason::Spawn(_)));
        assert_eq!(error.to_string(), format!("cannot start {path}: {said}"));
    }
}

#[tokio::test]
async fn executable_must_have_the_checksum() {
    let error = fails(builder("/bin/sh").sha256([0xa; 32])).await;
    let text = error.to_string();
    let Reason::Checksum { expected, found } = error.reason else { panic!("{text}") };
    assert_eq!(expected, "0a".repeat(32));
    assert!(text.ends_with(&format!("expected the SHA-256 {expected}, found {found}")), "{text}");
    let byte = |index: usize| u8::from_str_radix(&found[2 * index..2 * index + 2], 16).unwrap();
    let error = fails(shell("exit 3").sha256(std::array::from_fn(byte))).await;
    assert!(matches!(error.reason, Reason::Exited(_)), "{error}");
}

#[tokio::test]
async fn exit_error_quotes_the_output() {
    let error = fails(shell("echo usage >&2; exit 3")).await;
    assert!(matches!(error.reason, Reason::Exited(status) if status.code() == Some(3)));
    assert_eq!(
        error.to_string(),
        "/bin/sh is not a plugin: it exited (exit status: 3) without a handshake line\nstderr:\n  usage"
    );
}

#[tokio::test]
async fn invalid_first_line_is_quoted() {
    let error = fails(shell("echo one; echo two; echo three >&2")).await;
    let Reason::Handshake { line, .. } = &error.reason else { panic!("{error:?}") };
    assert_eq!((line.as_str(), error.stdout.as_str(), error.stderr.as_str()), ("one", "two\n", "three"));
    let text = error.to_string();
    assert!(
        text.starts_with("/bin/sh is not a plugin of this host: its first line is `one`: expected"),
        "{text}"
    );
}

#[tokio::test]
async fn first_line_is_read_up_to_64_kib() {
    let error = fails(shell("head -c 70000 /dev/zero | tr '\\0' x")).await;
    let Reason::Handshake { line, .. } = &error.reason else { panic!("{error:?}") };
    assert_eq!((line.len(), error.stdout.len()), (64 << 10, 70_000 - (64 << 10)));
}

#[tokio::test]
async fn process_that_is_not_a_plugin_is_killed() {
    let error = fails(shell("echo $$ >&2; echo '1|2|unix|/nonexistent|grpc'; exec sleep 600")).await;
    let id = error.stderr.parse().unwrap();
    if let Some(process) = Process::existing(id) {
        assert!(process.wait_for(Duration::from_secs(10)).await.is_some(), "{id} is still running");
    }
}

#[tokio::test]
async fn start_times_out() {
    let short = Duration::from_millis(50);
    let error = fails(shell("echo hm >&2; exec sleep 600").start_timeout(short)).await;
    assert!(matches!(error.reason, Reason::Timeout(limit) if limit == short), "{error}");
    let error = fails(shell("printf '1|2|'; exec sleep 600").start_timeout(short)).await;
    assert!(matches!(&error.reason, Reason::Handshake { line, .. } if line == "1|2|"), "{error}");
    let error = fails(shell("exec >&-; exec sleep 600")).await;
    assert!(matches!(error.reason, Reason::Silent), "{error}");
}

#[tokio::test]
async fn unreachable_address_is_an_error() {
    let error = fails(shell("echo '1|2|unix|/nonexistent|grpc'; exec sleep 600")).await;
    assert!(matches!(&error.reason, Reason::Connect { .. }));
    let text = error.to_string();
    assert!(text.contains("does not answer on the unix socket /nonexistent"), "{text}");
    assert!(text.contains("No such file"), "{text}");
}

#[tokio::test]
async fn unsupported_handshake_error_lists_supported_values() {
    let tls = format!("1|2|unix|/tmp/p|grpc|{}", "M".repeat(60));
    for (line, said) in [
        ("1|1|unix|/tmp/p|grpc", "expected version 2 or 4 of the host's protocol, found 1"),
        ("1|2|unix|/tmp/p|netrpc", "expected the protocol `grpc`, found `netrpc`"),
        (&*tls, "the plugin requires TLS, which the host did not request"),
    ] {
        let builder = shell(&format!("echo '{line}'")).version(4).protocol(ProtocolType::Grpc);
        let Reason::Handshake { problem, .. } = fails(builder).await.reason else { panic!("{line}") };
        assert_eq!(problem, said);
    }
}

async fn handshake_error(builder: ClientBuilder) -> (String, String) {
    match fails(builder).await.reason {
        Reason::Handshake { line, problem } => (line, problem),
        other => panic!("{other:?}"),
    }
}

#[cfg(feature = "auto-mtls")]
#[tokio::test]
async fn tls_requires_certificates_of_both_sides() {
    let (line, _) = handshake_error(shell(r#"echo "$PLUGIN_CLIENT_CERT""#).auto_mtls()).await;
    assert_eq!(line, "-----BEGIN CERTIFICATE-----");
    let (_, problem) = handshake_error(shell("echo '1|2|unix|/tmp/p|grpc|'").auto_mtls()).await;
    assert_eq!(problem, "expected a certificate: the plugin does not support AutoMTLS");
}

#[cfg(feature = "broker")]
#[tokio::test]
async fn multiplexing_must_be_supported_by_grpc_plugins() {
    let (line, _) = handshake_error(shell(r#"echo "multiplex: $PLUGIN_MULTIPLEX_GRPC""#).multiplex()).await;
    assert_eq!(line, "multiplex: true");
    for line in ["1|2|unix|/tmp/p|grpc", "1|2|unix|/tmp/p|grpc||false"] {
        let (_, problem) = handshake_error(shell(&format!("echo '{line}'")).multiplex()).await;
        assert_eq!(problem, "the plugin does not support multiplexed connections, which the host requires");
    }
    for line in ["1|2|unix|/nonexistent|grpc||true", "1|2|unix|/nonexistent|netrpc"] {
        let error = fails(shell(&format!("echo '{line}'; exec sleep 600")).multiplex()).await;
        assert!(matches!(error.reason, Reason::Connect { .. }), "{line}: {error}");
    }
}

#[tokio::test]
async fn plugin_gets_the_environment_of_a_go_host() {
    let script =
        r#"echo "$BASIC_PLUGIN $PLUGIN_PROTOCOL_VERSIONS $PLUGIN_MIN_PORT $PLUGIN_MAX_PORT $A${B-none}$@""#;
    let builder = builder("/bin/sh")
        .version(1)
        .args(["-c", script, "sh", "--flag", "value"])
        .env("A", "a")
        .env("PLUGIN_MIN_PORT", "1")
        .env("B", "b")
        .env_remove("B");
    let Reason::Handshake { line, .. } = fails(builder).await.reason else { panic!() };
    assert_eq!(line, "hello 1,2 1 25000 anone--flag value");
}
