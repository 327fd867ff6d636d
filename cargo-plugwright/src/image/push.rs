//! Pushes an image to a registry.

use std::fs::File;
use std::io::{BufReader, Read};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use docker_credential::{CredentialRetrievalError, DockerCredential};
use http::HeaderValue;
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::OciDistributionError;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, RegistryOperation};
use oci_spec::image::MediaType;

use super::oci::Image;
use super::reference::Reference;
use crate::failure::{Failure, OrFail};
use crate::progress::Progress;

/// The key of Docker Hub in Docker's configuration.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

pub(super) async fn push(
    image: &Image,
    reference: &Reference,
    insecure: bool,
    progress: &Progress,
) -> Result<(), Failure> {
    let registry = reference.registry();
    let protocol = if insecure || is_here(registry) { ClientProtocol::Http } else { ClientProtocol::Https };
    let failed = |error| failure(&error, reference, matches!(protocol, ClientProtocol::Https));
    let config = ClientConfig { protocol: protocol.clone(), ..ClientConfig::default() };
    // `ring` builds in seconds, rustls' default aws-lc in minutes. A second installation fails, which is harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::try_from(config).map_err(&failed)?;
    let auth = credentials(registry)?;
    let to = &reference.parsed;
    client.auth(to, &auth, RegistryOperation::Push).await.map_err(&failed)?;

    let total: usize = image.singles.iter().map(|single| single.layer.bytes.len()).sum();
    let step = progress.bytes("Pushing", total as u64);
    for single in &image.singles {
        for blob in [&single.layer, &single.config] {
            // The registry may have the blob already.
            if !client.blob_exists(to, &blob.digest).await.map_err(&failed)? {
                client.push_blob(to, blob.bytes.clone(), &blob.digest).await.map_err(&failed)?;
            }
        }
        step.advance(single.layer.bytes.len() as u64);
        if image.index.is_some() {
            let by_digest = to.clone_with_digest(single.manifest.digest.clone());
            let media_type = header(&MediaType::ImageManifest)?;
            client
                .push_manifest_raw(&by_digest, single.manifest.bytes.clone(), media_type)
                .await
                .map_err(&failed)?;
        }
    }
    let (top, media_type) = image.top();
    let media_type = header(&media_type)?;
    client.push_manifest_raw(to, top.bytes.clone(), media_type).await.map_err(&failed)?;
    Ok(())
}

fn header(media_type: &MediaType) -> Result<HeaderValue, Failure> {
    HeaderValue::from_str(media_type.as_ref()).or_fail("cannot push")
}

/// Whether the registry runs on this machine. Docker uses such registries without TLS.
fn is_here(registry: &str) -> bool {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    host == "localhost" || host == "[::1]" || host.parse().is_ok_and(|host: Ipv4Addr| host.is_loopback())
}

/// The credentials of `docker login`, from its configuration or a credential helper; anonymous if none are found.
fn credentials(registry: &str) -> Result<RegistryAuth, Failure> {
    let folder = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from);
    let folder = folder.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".docker")));
    match folder.and_then(|folder| File::open(folder.join("config.json")).ok()) {
        Some(config) => read_credentials(BufReader::new(config), registry),
        None => Ok(RegistryAuth::Anonymous),
    }
}

/// The same, from the text of the configuration.
pub(super) fn read_credentials(config: impl Read, registry: &str) -> Result<RegistryAuth, Failure> {
    // Docker's configuration has another name for Docker Hub.
    let server = if registry.ends_with("docker.io") { DOCKER_HUB } else { registry };
    match docker_credential::get_credential_from_reader(config, server) {
        Ok(DockerCredential::UsernamePassword(name, password)) => Ok(RegistryAuth::Basic(name, password)),
        Ok(DockerCredential::IdentityToken(_)) => Err(Failure::new(format!(
            "unsupported credentials for {registry}: expected name and password, found an identity token; run `docker login {registry}`"
        ))),
        Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(RegistryAuth::Anonymous),
        Err(CredentialRetrievalError::HelperFailure { stdout, .. })
            if stdout.contains("credentials not found") =>
        {
            Ok(RegistryAuth::Anonymous)
        }
        Err(error) => Err(Failure::new(format!("cannot read Docker's credentials for {registry}: {error}"))),
    }
}

/// Converts an error to a message with a fix.
fn failure(error: &OciDistributionError, reference: &Reference, is_tls: bool) -> Failure {
    let registry = reference.registry();
    let refused = |why: &str| {
        format!(
            "{registry} denied the push of {reference}{why}\n  Run `docker login {registry}` with an account that has push access"
        )
    };
    let text = match error {
        OciDistributionError::UnauthorizedError { .. } => refused(""),
        OciDistributionError::AuthenticationFailure(why) => refused(&format!(": {}", one_line(why))),
        OciDistributionError::RequestError(error)
            if error.status().is_some_and(|status| matches!(status.as_u16(), 401 | 403)) =>
        {
            refused("")
        }
        OciDistributionError::ServerError { code: 401 | 403, message, .. } => {
            refused(&format!(": {}", one_line(message)))
        }
        OciDistributionError::ServerError { code, message, .. } => {
            format!("{registry} refused the push of {reference} with status {code}: {}", one_line(message))
        }
        OciDistributionError::RequestError(error) => {
            let mut causes = String::new();
            let mut cause = std::error::Error::source(error);
            while let Some(error) = cause {
                causes = error.to_string();
                cause = error.source();
            }
            let causes = if causes.is_empty() { error.to_string() } else { causes };
            format!("cannot push {reference}: no connection to {registry}: {causes}{}", hint(&causes, is_tls))
        }
        other => format!("cannot push {reference}: {}", one_line(&other.to_string())),
    };
    Failure::new(text)
}

/// The fix for the root cause of a failed connection.
fn hint(cause: &str, is_tls: bool) -> &'static str {
    if cause.contains("lookup") || cause.contains("resolve") || cause.contains("Name or service") {
        "\n  Check the name of the registry in --tag"
    } else if is_tls && (cause.contains("InvalidContentType") || cause.contains("corrupt message")) {
        "\n  The registry does not seem to use TLS; use --insecure"
    } else {
        ""
    }
}

/// Shortens a registry's answer, which may be a whole HTML page.
fn one_line(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(300) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_registry_without_tls_suggests_insecure() {
        let dns = "failed to lookup address information: Name or service not known";
        assert!(hint(dns, true).contains("Check the name"));
        assert!(hint("received corrupt message of type InvalidContentType", true).contains("--insecure"));
        assert_eq!(hint("Connection refused (os error 111)", true), "");
    }

    #[test]
    fn local_registries_are_detected() {
        for (registry, here) in [
            ("localhost:5000", true),
            ("127.0.0.1:5000", true),
            ("[::1]:5000", true),
            ("localhost", true),
            ("registry.example.com", false),
            ("localhost.example.com:5000", false),
            ("127.example.com", false),
            ("127.0.0.1.example.com:5000", false),
        ] {
            assert_eq!(is_here(registry), here, "{registry}");
        }
    }
}
