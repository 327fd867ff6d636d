//! A small HTTP/1.1 server that can break connections.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::site::variable;

#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn query(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.query().into_iter().find(|(of, _)| of == name).map(|(_, value)| value)
    }
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// This number of bytes of the body, then the connection ends.
    pub(crate) cut: Option<usize>,
}

impl Response {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), cut: None }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// Serves until the runtime ends. No response: the connection ends.
pub(crate) async fn serve<H, F>(handler: H) -> SocketAddr
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Option<Response>> + Send,
{
    listen("127.0.0.1:0", None, handler).await
}

/// The same over TLS, with the certificate of `tests/run`.
pub(crate) async fn serve_tls<H, F>(handler: H) -> SocketAddr
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Option<Response>> + Send,
{
    let certificate = CertificateDer::from_pem_file(variable("TEST_S3_TLS_CA")).unwrap();
    let key = PrivateKeyDer::from_pem_file(variable("TEST_S3_TLS_KEY")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.unwrap().with_no_client_auth().with_single_cert(vec![certificate], key);
    listen("127.0.0.1:0", Some(TlsAcceptor::from(Arc::new(config.unwrap()))), handler).await
}

pub(crate) async fn listen<H, F>(address: &str, tls: Option<TlsAcceptor>, handler: H) -> SocketAddr
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Option<Response>> + Send,
{
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let handler = Arc::new(handler);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let (handler, tls) = (Arc::clone(&handler), tls.clone());
            tokio::spawn(async move {
                // A client may end the connection at any time.
                let _ = match tls {
                    None => converse(connection, &*handler).await,
                    Some(tls) => match tls.accept(connection).await {
                        Ok(connection) => converse(connection, &*handler).await,
                        Err(error) => Err(error),
                    },
                };
            });
        }
    });
    address
}

async fn converse<H, F>(connection: impl AsyncRead + AsyncWrite + Unpin, handler: &H) -> io::Result<()>
where
    H: Fn(Request) -> F,
    F: Future<Output = Option<Response>>,
{
    let mut connection = BufReader::new(connection);
    while let Some(request) = read(&mut connection).await? {
        let is_head = request.method == "HEAD";
        let Some(response) = handler(request).await else { return Ok(()) };
        let mut head = format!("HTTP/1.1 {} Status\r\n", response.status);
        for (name, value) in &response.headers {
            head = format!("{head}{name}: {value}\r\n");
        }
        if !is_head && response.status != 204 {
            head = format!("{head}content-length: {}\r\n", response.body.len());
        }
        connection.write_all(format!("{head}\r\n").as_bytes()).await?;
        if !is_head {
            let cut = response.cut.unwrap_or(usize::MAX).min(response.body.len());
            connection.write_all(&response.body[..cut]).await?;
        }
        connection.flush().await?;
        if response.cut.is_some() {
            return Ok(());
        }
    }
    Ok(())
}

async fn read(connection: &mut BufReader<impl AsyncRead + Unpin>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if connection.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut request = Request {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if request.header("transfer-encoding") == Some("chunked") {
        request.body = chunks(connection).await?;
        return Ok(Some(request));
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body.resize(length, 0);
    connection.read_exact(&mut request.body).await?;
    Ok(Some(request))
}

/// A body of unknown length.
async fn chunks(connection: &mut BufReader<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).await?;
        let length = usize::from_str_radix(line.trim_end(), 16).map_err(io::Error::other)?;
        let start = body.len();
        body.resize(start + length, 0);
        connection.read_exact(&mut body[start..]).await?;
        line.clear();
        connection.read_line(&mut line).await?;
        if length == 0 {
            return Ok(body);
        }
    }
}

/// Forwards a request to another server, unchanged.
pub(crate) async fn forward(client: &reqwest::Client, to: &str, request: &Request) -> Response {
    let method = request.method.parse::<reqwest::Method>().unwrap();
    let mut sent = client.request(method, format!("{to}{}", request.target));
    // The client sets its own.
    let own = ["content-length", "transfer-encoding", "connection"];
    for (name, value) in request.headers.iter().filter(|(name, _)| !own.contains(&&**name)) {
        sent = sent.header(name, value);
    }
    let received = sent.body(request.body.clone()).send().await.unwrap();
    let mut response = Response::new(received.status().as_u16(), Vec::new());
    let is_head = request.method == "HEAD";
    for (name, value) in received.headers() {
        let own = matches!(name.as_str(), "transfer-encoding" | "connection")
            || (name == "content-length" && !is_head);
        if !own {
            response = response.with(name.as_str(), value.to_str().unwrap());
        }
    }
    response.body = received.bytes().await.unwrap().to_vec();
    response
}

/// A client without redirects and without the system's authorities.
pub(crate) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}
