//! An access requester for Argo CD's EphemeralAccess extension that grants access according to a policy file.
//!
//! ```text
//! policy.yaml ─► policy (users, applications, hours, ticket) ─► decision ─► result, shown in the UI
//! ```

mod decision;
mod policy;

use std::path::PathBuf;

use jiff::Timestamp;
use plugwright::prelude::*;
use plugwright::types::RequestState;

use policy::Policy;

/// The variable with the path of the policy.
const VARIABLE: &str = "ACCESS_POLICY_FILE";
/// The path in the manifests.
const DEFAULT_FILE: &str = "/etc/access-policy/policy.yaml";

/// Grants access according to the policy.
#[access_requester(new = Self::of_environment)]
struct PolicyPlugin {
    file: PathBuf,
}

impl PolicyPlugin {
    fn of_environment() -> Self {
        Self { file: std::env::var_os(VARIABLE).map_or_else(|| DEFAULT_FILE.into(), PathBuf::from) }
    }

    /// Reads the policy. The file changes when its `ConfigMap` is edited.
    async fn policy(&self) -> Result<Policy> {
        let file = self.file.display();
        let text =
            tokio::fs::read_to_string(&self.file).await.with_context(|| format!("cannot read {file}"))?;
        text.parse::<Policy>().with_context(|| file.to_string())
    }
}

impl AccessRequester for PolicyPlugin {
    /// Reads the policy early, to log a mistake before the first request. An invalid policy is not an error of
    /// `init`, because the controller would exit.
    async fn init(&self) -> Result<()> {
        let file = self.file.display();
        match self.policy().await {
            Ok(policy) => tracing::info!(%file, rules = policy.rules.len(), "loaded the access policy"),
            Err(error) => {
                tracing::error!(error = error.as_std(), "the access policy is invalid; denying all requests");
            }
        }
        Ok(())
    }

    async fn grant_access(
        &self,
        request: &AccessRequest,
        application: &Application,
    ) -> Result<GrantResponse> {
        // The controller repeats granted requests. Another result does not remove the access, but prevents the
        // controller from restoring the role (its internal/controller/service.go, HandlePermission).
        if request.status.request_state == Some(RequestState::Granted) {
            return Ok(GrantResponse::granted(""));
        }
        let answer = match self.policy().await {
            Ok(policy) => decision::decide(&policy, request, application, Timestamp::now()),
            Err(error) => {
                tracing::error!(error = error.as_std(), "the access policy is invalid");
                decision::without_policy(&error)
            }
        };
        tracing::info!(answer = answer.status.as_str(), "decided");
        Ok(answer)
    }
}

plugwright::main!();
