//! A type-erased access requester, and its declaration.

use std::sync::Arc;

use go_plugin::BoxFuture;
use plugwright_model::Kind;

use super::AccessRequester;
use crate::Result;
use crate::declare::{Constructor, Declaration};
use crate::hosts::services;
use crate::types::{AccessRequest, Application, GrantResponse, RevokeResponse};

/// The registry's entry for an access requester.
pub(crate) trait Handler: Send + Sync {
    fn init(&self) -> BoxFuture<'_, Result<()>>;
    fn grant_access<'a>(
        &'a self,
        request: &'a AccessRequest,
        application: &'a Application,
    ) -> BoxFuture<'a, Result<GrantResponse>>;
    fn revoke_access<'a>(
        &'a self,
        request: &'a AccessRequest,
        application: &'a Application,
    ) -> BoxFuture<'a, Result<Option<RevokeResponse>>>;
}

impl<T: AccessRequester> Handler for T {
    fn init(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(AccessRequester::init(self))
    }

    fn grant_access<'a>(
        &'a self,
        request: &'a AccessRequest,
        application: &'a Application,
    ) -> BoxFuture<'a, Result<GrantResponse>> {
        Box::pin(AccessRequester::grant_access(self, request, application))
    }

    fn revoke_access<'a>(
        &'a self,
        request: &'a AccessRequest,
        application: &'a Application,
    ) -> BoxFuture<'a, Result<Option<RevokeResponse>>> {
        Box::pin(AccessRequester::revoke_access(self, request, application))
    }
}

impl Declaration {
    /// Declares the [`AccessRequester`] of this binary, constructed by `new`. Its name is `ephemeralaccess`,
    /// the name the host requests.
    #[track_caller]
    pub fn access_requester<T: AccessRequester, Form>(new: impl Constructor<T, Form>) -> Self {
        let name = Kind::AccessRequester.only_name().unwrap_or_default();
        Self::new(&services::ACCESS_REQUESTER, name.into(), new, |requester: Arc<T>| {
            requester as Arc<dyn Handler>
        })
    }
}
