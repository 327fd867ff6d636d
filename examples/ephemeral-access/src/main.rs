//! An access requester for Argo CD's EphemeralAccess extension that grants by a policy file.
//!
//! ```text
//! policy.yaml ─► policy (who, where, when, with which ticket) ─► decision ─► the answer, as the UI shows it
//! ```

mod decision;
mod policy;

use std::path::PathBuf;

use jiff::Timestamp;
use plugwright::prelude::*;
use plugwright::types::RequestState;

use policy::Policy;

/// Names the policy's file.
const VARIABLE: &str = "ACCESS_POLICY_FILE";
/// Where the manifests mount it.
const DEFAULT_FILE: &str = "/etc/access-policy/policy.yaml";

/// Grants what the policy allows.
#[access_requester(new = Self::of_environment)]
struct PolicyPlugin {
    file: PathBuf,
}

impl PolicyPlugin {
    fn of_environment() -> Self {
        Self { file: std::env::var_os(VARIABLE).map_or_else(|| DEFAULT_FILE.into(), PathBuf::from) }
    }

    /// The policy as it is now: a `ConfigMap` that is edited changes the file below a running plugin.
    async fn policy(&self) -> Result<Policy> {
        let file = self.file.display();
        let text =
            tokio::fs::read_to_string(&self.file).await.with_context(|| format!("cannot read {file}"))?;
        text.parse::<Policy>().with_context(|| file.to_string())
    }
}

impl AccessRequester for PolicyPlugin {
    /// Looks at the policy early, so that a mistake is in the log before anybody asks for access. It is no
    /// error: the controller would end.
    async fn init(&self) -> Result<()> {
        let file = self.file.display();
        match self.policy().await {
            Ok(policy) => tracing::info!(%file, rules = policy.rules.len(), "the access policy is good"),
            Err(error) => tracing::error!(error = error.as_std(), "the access policy denies everything"),
        }
        Ok(())
    }

    async fn grant_access(
        &self,
        request: &AccessRequest,
        application: &Application,
    ) -> Result<GrantResponse> {
        // The controller asks again about access that it has given. Another answer takes none away, it only
        // keeps the role from being put right (the host's internal/controller/service.go, HandlePermission).
        if request.status.request_state == Some(RequestState::Granted) {
            return Ok(GrantResponse::granted(""));
        }
        let answer = match self.policy().await {
            Ok(policy) => decision::decide(&policy, request, application, Timestamp::now()),
            Err(error) => {
                tracing::error!(error = error.as_std(), "the access policy cannot be used");
                decision::without_policy(&error)
            }
        };
        tracing::info!(answer = answer.status.as_str(), "decided");
        Ok(answer)
    }
}

plugwright::main!();
