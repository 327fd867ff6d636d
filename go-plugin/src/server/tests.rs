use super::*;

const HANDSHAKE: Handshake = Handshake::new("KEY", "value");

async fn error(server: Server, variables: &[(&str, &str)]) -> ServeError {
    // A server without the error ends immediately.
    let server = server.environment(Environment::of(variables.to_vec()));
    server.serve_with_shutdown(std::future::ready(())).await.unwrap_err()
}

#[tokio::test]
async fn only_a_host_with_the_cookie_is_served() {
    for found in [None, Some("other")] {
        let variables: Vec<_> = found.map(|value| ("KEY", value)).into_iter().collect();
        let error = error(Server::new(HANDSHAKE).version(1, Services::new()), &variables).await;
        assert!(
            matches!(&error, ServeError::Cookie { found: value, .. } if value.as_deref() == found),
            "{error:?}"
        );
        let text = error.to_string();
        assert_eq!(text.starts_with("KEY is `other`, expected `value`.\n"), found.is_some(), "{text}");
        assert!(text.ends_with("not meant to be executed directly."), "{text}");
    }
}

#[tokio::test]
async fn settings_are_checked_before_the_handshake() {
    let nothing = error(Server::new(HANDSHAKE), &[("KEY", "value")]).await;
    assert!(matches!(nothing, ServeError::NothingToServe), "{nothing:?}");
    let server = || Server::new(HANDSHAKE).version(1, Services::new());
    let tls = error(server(), &[("KEY", "value"), ("PLUGIN_CLIENT_CERT", "none")]).await;
    #[cfg(feature = "auto-mtls")]
    assert!(matches!(tls, ServeError::Tls(_)) && std::error::Error::source(&tls).is_some(), "{tls:?}");
    #[cfg(not(feature = "auto-mtls"))]
    assert!(matches!(tls, ServeError::TlsDisabled), "{tls:?}");
    let ports = [("KEY", "value"), ("PLUGIN_MIN_PORT", "2"), ("PLUGIN_MAX_PORT", "1")];
    let listen = error(server().tcp(), &ports).await;
    assert!(matches!(listen, ServeError::Listen(_)), "{listen:?}");
    assert!(listen.to_string().contains("PLUGIN_MIN_PORT (2)"), "{listen}");
    assert!(std::error::Error::source(&listen).is_some());
}

#[tokio::test]
async fn error_results_in_exit_status_1() {
    let ports = [("KEY", "value"), ("PLUGIN_MIN_PORT", "2"), ("PLUGIN_MAX_PORT", "1")];
    let server = Server::new(HANDSHAKE).version(1, Services::new()).tcp();
    let server = server.environment(Environment::of(ports));
    assert_eq!(format!("{:?}", server.run().await), format!("{:?}", ExitCode::FAILURE));
}

#[cfg(feature = "broker")]
#[test]
fn only_grpc_is_multiplexed_if_the_host_requests_it() {
    for (value, protocol, expected) in [
        ("true", ProtocolType::Grpc, true),
        ("true", ProtocolType::NetRpc, false),
        ("false", ProtocolType::Grpc, false),
        ("", ProtocolType::NetRpc, false),
    ] {
        let environment = Environment::of([("PLUGIN_MULTIPLEX_GRPC", value)]);
        assert_eq!(is_multiplexed(&environment, protocol), expected, "{value} {protocol}");
    }
}

#[cfg(feature = "client")]
#[tokio::test]
async fn connection_has_the_highest_version_and_ends_with_shutdown() {
    use crate::client::channel_over;
    use crate::grpc::Methods;
    use crate::proto::plugin::Empty;
    use crate::proto::plugin::grpc_controller_client::GrpcControllerClient;
    use tonic::{Request, Response, Status};

    let numbered = |number: u64| {
        let answer = move |_: Request<()>| async move { Ok::<_, Status>(Response::new(number)) };
        Services::new().add_methods(Methods::new("test.Number").unary("Get", answer))
    };
    let server = Server::new(HANDSHAKE).version(2, numbered(2)).version(1, numbered(1));
    let (near, far) = tokio::io::duplex(64 << 10);
    let serving = tokio::spawn(server.serve_connection(far));
    let near = std::sync::Mutex::new(Some(near));
    let channel = channel_over(move || {
        let near = near.lock().unwrap().take();
        async move { Security::Plain.connect(Box::new(near.ok_or(io::ErrorKind::NotConnected)?)).await }
    });
    let channel = channel.await.unwrap();
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static("/test.Number/Get");
    let codec = tonic_prost::ProstCodec::<(), u64>::default();
    assert_eq!(client.unary(Request::new(()), path, codec).await.unwrap().into_inner(), 2);
    assert!(!serving.is_finished());
    let _ = GrpcControllerClient::new(channel).shutdown(Empty {}).await;
    serving.await.unwrap();
}
