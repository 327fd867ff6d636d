//! A failed request: the message of the store or the network, without the addresses and secrets in the errors of
//! libraries.

mod body;
mod cause;
mod site;
mod transport;

use std::error::Error as StdError;
use std::fmt;

pub(crate) use self::cause::Cause;
pub(crate) use self::site::Site;
use self::transport::Transport;

/// The beginning of `object_store`'s message for an error response. Its type is private.
const STATUS: &str = "Server returned non-2xx status code: ";

/// The beginning of its message for an unexpected status.
const RESPONSE: &str = "Server returned error response: ";

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: Option<u16>,
    /// The store's code, such as `NoSuchBucket`.
    pub(crate) code: String,
    pub(crate) message: String,
    /// The region that the store expects.
    pub(crate) region: String,
    transport: Option<Transport>,
}

impl Failure {
    /// Converts an error of the crate `object_store`.
    pub(crate) fn of(error: &object_store::Error) -> Self {
        let mut innermost: &(dyn StdError + 'static) = error;
        let mut next: Option<&(dyn StdError + 'static)> = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            if let Some(response) = text.strip_prefix(STATUS) {
                let (status, body) = response.split_once(':').unwrap_or((response, ""));
                let status = status.split(' ').next().and_then(|status| status.parse().ok());
                return Self::of_response(status.unwrap_or_default(), body.trim());
            }
            if let Some(body) = text.strip_prefix(RESPONSE) {
                return Self::of_response(200, body.trim());
            }
            innermost = error;
            next = error.source();
        }
        match Transport::of(error) {
            Some(transport) => {
                Self { transport: Some(transport), message: last_text(error), ..Self::default() }
            }
            None => Self { message: without_queries(&innermost.to_string()), ..Self::default() },
        }
    }

    /// Converts a response.
    pub(crate) fn of_response(status: u16, body: &str) -> Self {
        let body::Explanation { code, message, region } = body::explanation(body);
        Self { status: Some(status), code, message: without_queries(&message), region, transport: None }
    }

    /// Converts the error of a request without a response.
    pub(crate) fn of_transport(error: &(dyn StdError + 'static)) -> Self {
        Self { transport: Transport::of(error), message: last_text(error), ..Self::default() }
    }

    /// Adds the failed action.
    pub(crate) fn context(mut self, context: &str) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    pub(crate) fn msg(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// Whether another attempt would also fail.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self.transport, Some(Transport::UntrustedCertificate | Transport::Tls | Transport::Proxy))
    }

    /// Whether the response contained only a status, like the response to HEAD.
    pub(crate) fn is_unexplained(&self) -> bool {
        self.status.is_some() && self.code.is_empty()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.as_str(), self.status) {
            ("", None) => f.write_str(&self.message),
            ("", Some(status)) if self.message.is_empty() => write!(f, "the response is {status}"),
            ("", Some(status)) => write!(f, "the response is {status}: {}", self.message),
            (code, _) if self.message.is_empty() => f.write_str(code),
            (code, _) => write!(f, "{code}: {}", self.message),
        }
    }
}

/// The innermost error's message: the outer errors of HTTP clients are only `error sending request`.
fn last_text(error: &(dyn StdError + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    without_queries(&last.to_string())
}

/// Removes the queries of URLs, which contain signatures and tokens.
fn without_queries(text: &str) -> String {
    let cut = |word: &str| match (word.find("://"), word.find('?')) {
        (Some(scheme), Some(query)) if scheme < query => format!("{}?…", &word[..query]),
        _ => word.to_owned(),
    };
    text.split(' ').map(cut).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_found_in_the_error_around_it() {
        let response =
            "Server returned non-2xx status code: 404 Not Found: <Error><Code>NoSuchKey</Code></Error>";
        let source = std::io::Error::other(response);
        let error = object_store::Error::NotFound { path: "key".into(), source: Box::new(source) };
        let failure = Failure::of(&error);
        assert_eq!((failure.status, failure.code.as_str()), (Some(404), "NoSuchKey"));
    }

    #[test]
    fn queries_are_cut() {
        let text =
            "Error performing GET https://b.example.com/key?sig=secret&X-Amz-Security-Token=t in 1s - what?";
        assert_eq!(without_queries(text), "Error performing GET https://b.example.com/key?… in 1s - what?");
        let source = "bad request to https://sts.example.com/?WebIdentityToken=secret".into();
        let failure = Failure::of(&object_store::Error::Generic { store: "S3", source });
        assert!(!failure.to_string().contains("secret"), "{failure}");
    }

    #[test]
    fn a_failure_is_one_line() {
        let text = |status, code: &str, message: &str| {
            let (code, message) = (code.to_owned(), message.to_owned());
            Failure { status, code, message, ..Failure::default() }.to_string()
        };
        assert_eq!(text(Some(404), "NoSuchBucket", "gone"), "NoSuchBucket: gone");
        assert_eq!(text(Some(503), "", ""), "the response is 503");
        assert_eq!(text(Some(502), "", "Bad Gateway"), "the response is 502: Bad Gateway");
        assert_eq!(text(None, "", "Connection refused"), "Connection refused");
    }
}
