//! The web server of a file-based object store. It serves files for the store's signed URLs.
//!
//! In production, the operator of the store provides such a server.

use std::convert::Infallible;
use std::fmt::Write;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Serves the files of a folder until dropped.
pub struct Downloads {
    url: String,
    files: Arc<Files>,
    serving: JoinHandle<()>,
}

impl Downloads {
    /// Listens on a free port of 127.0.0.1.
    pub(crate) async fn serve(root: PathBuf) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}/store", listener.local_addr()?);
        let secret = format!("{:032x}", fastrand::u128(..));
        let files = Arc::new(Files { root, secret, ahead: AtomicU64::new(0) });
        let served = files.clone();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let files = served.clone();
                let answer = service_fn(move |request| {
                    let answer = files.answer(&request);
                    async { Ok::<_, Infallible>(answer) }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        });
        Ok(Self { url, files, serving })
    }

    /// The base of every URL, before bucket and key.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The key of the signatures.
    pub fn secret(&self) -> &str {
        &self.files.secret
    }

    /// Advances the clock for the expiry of URLs.
    pub fn move_clock(&self, ahead: Duration) {
        self.files.ahead.store(ahead.as_secs(), Ordering::Relaxed);
    }
}

impl Drop for Downloads {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

struct Files {
    root: PathBuf,
    secret: String,
    /// The offset of the clock, in seconds.
    ahead: AtomicU64,
}

impl Files {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(u64::MAX, |now| now.as_secs());
        let now = now.saturating_add(self.ahead.load(Ordering::Relaxed));
        let (status, body) = match self.file(target.strip_prefix("/store/").unwrap_or_default(), now) {
            Ok(file) => match std::fs::read(file) {
                Ok(content) => (StatusCode::OK, content),
                Err(_) => (StatusCode::NOT_FOUND, b"not found".to_vec()),
            },
            Err(reason) => (StatusCode::FORBIDDEN, reason.into()),
        };
        let mut response = Response::new(Full::new(body.into()));
        *response.status_mut() = status;
        response
    }

    /// Verifies a URL and returns its file; see [`sign`].
    fn file(&self, link: &str, now: u64) -> Result<PathBuf, &'static str> {
        let (signed, signature) = link.split_once("&signature=").ok_or("not signed")?;
        let mac = mac(self.secret.as_bytes(), signed).map_err(|_| "no secret")?;
        let signature = decode_hex(signature).ok_or("signature is not a hexadecimal number")?;
        mac.verify_slice(&signature).map_err(|_| "signature is wrong")?;
        let (path, expires) = signed.split_once("?expires=").ok_or("never expires")?;
        let expires: u64 = expires.parse().map_err(|_| "expires is not a number")?;
        if expires <= now {
            return Err("expired");
        }
        // Velero's object names need no escaping.
        Ok(self.root.join(path))
    }
}

/// The path and query of a URL: `<bucket>/<key>?expires=<seconds since 1970>&signature=<HMAC-SHA256 of the preceding part>`.
pub(crate) fn sign(secret: &[u8], bucket: &str, key: &str, expires: u64) -> Result<String> {
    let signed = format!("{bucket}/{key}?expires={expires}");
    let signature = mac(secret, &signed)?.finalize().into_bytes();
    Ok(format!("{signed}&signature={}", hex(&signature)))
}

fn mac(secret: &[u8], signed: &str) -> Result<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret)?;
    mac.update(signed.as_bytes());
    Ok(mac)
}

/// Encodes bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_signed_urls_are_served() {
        let files = Files { root: "/store".into(), secret: "secret".into(), ahead: AtomicU64::new(0) };
        // printf 'b/k?expires=100' | openssl dgst -sha256 -hmac secret
        let good =
            "b/k?expires=100&signature=ff24fcbf1e61d7c86f3151fa6c467cc2155793f40cf1a84e374940eb83b8bdc5";
        assert_eq!(sign(b"secret", "b", "k", 100).unwrap(), good);
        assert_eq!(files.file(good, 99), Ok("/store/b/k".into()));
        assert_eq!(files.file(good, 100), Err("expired"));
        assert_eq!(files.file(&good.replace("b/k", "b/other"), 99), Err("signature is wrong"));
        assert_eq!(files.file(&good.replace("100", "900"), 99), Err("signature is wrong"));
        assert_eq!(files.file("b/k?expires=100&signature=", 99), Err("signature is wrong"));
        assert_eq!(
            files.file("b/k?expires=100&signature=zz", 99),
            Err("signature is not a hexadecimal number")
        );
        assert_eq!(files.file("b/k?expires=100", 99), Err("not signed"));
    }
}
