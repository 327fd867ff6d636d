//! `Plugin`: the access requester, as the controller calls it.

use std::future::Future;
use std::sync::Arc;

use go_plugin::hclog::panic_text;
use go_plugin::net_rpc::gob::{GobError, Nil};
use go_plugin::net_rpc::{Answer, Arguments, Reply, Service};

use super::wire;
use crate::action::access_requester::Handler;
use crate::context::Surroundings;
use crate::declare::registry::Entry;
use crate::types::{AccessRequest, Application, GrantResponse, RevokeResponse};
use crate::{ErrorContext, Result, workers};

/// The access requester of this binary, constructed at the first call.
#[derive(Clone)]
pub(super) struct Requester {
    entry: Arc<Entry>,
    surroundings: Surroundings,
}

impl Requester {
    pub(super) fn new(entry: Arc<Entry>, surroundings: Surroundings) -> Self {
        Self { entry, surroundings }
    }

    /// Runs `work` with the handler. Errors and panics become texts.
    async fn run<R, Work>(
        self,
        method: &'static str,
        span: tracing::Span,
        work: impl FnOnce(Arc<dyn Handler>) -> Work + Send + 'static,
    ) -> Result<R, String>
    where
        R: Send + 'static,
        Work: Future<Output = Result<R>> + Send + 'static,
    {
        let call = async move {
            let work = async {
                let handler = self.entry.handler::<dyn Handler>(&self.surroundings).await?;
                work(handler).await
            };
            match workers::catch_panic(work).await {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(error)) => {
                    // The host receives only the text.
                    tracing::debug!(error = error.as_std(), "{method} failed");
                    Err(error.to_string())
                }
                Err(payload) => Err(format!("plugin panicked: {}", panic_text(&*payload))),
            }
        };
        let ran = workers::run(call, span).await;
        ran.unwrap_or_else(|error| Err(format!("the call failed: {error}")))
    }

    fn span(&self, method: &str) -> tracing::Span {
        let function = format!("<{} as AccessRequester>::{method}", self.entry.declaration.type_name);
        tracing::info_span!(
            "call",
            "@function" = function,
            request = tracing::field::Empty,
            application = tracing::field::Empty,
            username = tracing::field::Empty,
        )
    }

    /// The common part of the two request methods. `of` creates the response, if any.
    fn access<R, Work>(
        &self,
        method: &'static str,
        arguments: Arguments<'_>,
        work: impl FnOnce(Arc<dyn Handler>, AccessRequest, Application) -> Work + Send + 'static,
        of: impl FnOnce(R) -> Option<wire::Response> + Send + 'static,
    ) -> Result<Answer, GobError>
    where
        R: Send + 'static,
        Work: Future<Output = Result<R>> + Send + 'static,
    {
        let wire::AccessArgs { request, application } = arguments.read()?;
        let (request, application) = (request.map(AccessRequest::from), application.map(Application::from));
        let span = self.span(method);
        if let Some(request) = &request {
            let (metadata, asked) = (&request.metadata, &request.spec.application);
            span.record("request", format!("{}/{}", metadata.namespace, metadata.name));
            span.record("application", format!("{}/{}", asked.namespace, asked.name));
            span.record("username", &request.spec.subject.username);
        }
        let call = self.clone().run(method, span, move |handler| async move {
            let request = request.context("the host sent no AccessRequest")?;
            let application = application.context("the host sent no Application")?;
            work(handler, request, application).await
        });
        Ok(Box::pin(async move {
            Ok(Reply::new(match call.await {
                Ok(response) => {
                    wire::AccessResponse { response: of(response), error: wire::ErrorValue::default() }
                }
                Err(error) => wire::AccessResponse { response: None, error: wire::error(error) },
            }))
        }))
    }

    fn init(&self) -> Answer {
        let span = self.span("init");
        let call = self.clone().run("init", span, |handler| async move { handler.init().await });
        Box::pin(async move {
            let error = call.await.err().map(wire::error).unwrap_or_default();
            Ok(Reply::new(wire::InitResponse { error }))
        })
    }
}

impl Service for Requester {
    fn call(&self, method: &str, arguments: Arguments<'_>) -> Option<Result<Answer, GobError>> {
        match method {
            "Init" => Some(arguments.read::<Nil>().map(|_| self.init())),
            "GrantAccess" => {
                Some(self.access(
                    "grant_access",
                    arguments,
                    |handler, request, application| async move {
                        handler.grant_access(&request, &application).await
                    },
                    |response: GrantResponse| Some(response.into()),
                ))
            }
            "RevokeAccess" => {
                Some(self.access(
                    "revoke_access",
                    arguments,
                    |handler, request, application| async move {
                        handler.revoke_access(&request, &application).await
                    },
                    |response: Option<RevokeResponse>| response.map(Into::into),
                ))
            }
            _ => None,
        }
    }
}

impl From<GrantResponse> for wire::Response {
    fn from(response: GrantResponse) -> Self {
        Self { status: response.status.as_str().into(), message: response.message }
    }
}

impl From<RevokeResponse> for wire::Response {
    fn from(response: RevokeResponse) -> Self {
        Self { status: response.status.as_str().into(), message: response.message }
    }
}
