//! Conversions from Go's structs to plugin types, and back for clients.

use std::time::Duration;

use serde_json::{Map, Value};

use super::wire;
use crate::types::{
    AccessRequest, AccessRequestHistory, AccessRequestSpec, AccessRequestStatus, Application,
    ApplicationSpec, ObjectMeta, OwnerReference, RequestState, Subject, TargetApplication, TargetRole,
    TargetRoleTemplate, Time,
};

impl From<wire::AccessRequest> for AccessRequest {
    fn from(request: wire::AccessRequest) -> Self {
        let wire::AccessRequest { type_meta, metadata, spec, status } = request;
        let wire::AccessRequestSpec { duration, role, application, subject } = spec;
        // As in JSON: a negative duration expires at once.
        let duration = Duration::from_nanos(u64::try_from(duration.duration).unwrap_or_default());
        Self {
            api_version: type_meta.api_version,
            kind: type_meta.kind,
            metadata: metadata.into(),
            spec: AccessRequestSpec {
                duration,
                role: TargetRole {
                    template_ref: TargetRoleTemplate {
                        name: role.template_ref.name,
                        namespace: role.template_ref.namespace,
                    },
                    ordinal: role.ordinal,
                    friendly_name: role.friendly_name,
                },
                application: TargetApplication { name: application.name, namespace: application.namespace },
                subject: Subject { username: subject.username, user_id: subject.user_id },
            },
            status: AccessRequestStatus {
                request_state: state(&status.request_state),
                target_project: status.target_project,
                expires_at: status.expires_at.and_then(|time| time.0).map(Into::into),
                role_template_hash: status.role_template_hash,
                role_name: status.role_name,
                history: status.history.into_iter().map(Into::into).collect(),
            },
        }
    }
}

impl From<wire::AccessRequestHistory> for AccessRequestHistory {
    fn from(history: wire::AccessRequestHistory) -> Self {
        let wire::AccessRequestHistory { transition_time, request_state, details } = history;
        Self {
            transition_time: transition_time.0.map(Into::into),
            request_state: state(&request_state),
            details,
        }
    }
}

fn state(text: &str) -> Option<RequestState> {
    (!text.is_empty()).then(|| text.into())
}

impl From<wire::Application> for Application {
    fn from(application: wire::Application) -> Self {
        let wire::Application { type_meta, metadata, spec } = application;
        Self {
            api_version: type_meta.api_version,
            kind: type_meta.kind,
            metadata: metadata.into(),
            spec: ApplicationSpec { project: spec.project },
        }
    }
}

impl From<wire::ObjectMeta> for ObjectMeta {
    fn from(metadata: wire::ObjectMeta) -> Self {
        Self {
            name: metadata.name,
            generate_name: metadata.generate_name,
            namespace: metadata.namespace,
            self_link: metadata.self_link,
            uid: metadata.uid,
            resource_version: metadata.resource_version,
            generation: metadata.generation,
            creation_timestamp: metadata.creation_timestamp.0.map(Into::into),
            deletion_timestamp: metadata.deletion_timestamp.and_then(|time| time.0).map(Into::into),
            deletion_grace_period_seconds: metadata.deletion_grace_period_seconds,
            labels: metadata.labels,
            annotations: metadata.annotations,
            owner_references: metadata.owner_references.into_iter().map(Into::into).collect(),
            finalizers: metadata.finalizers,
            managed_fields: metadata.managed_fields.into_iter().map(managed_fields).collect(),
        }
    }
}

impl From<wire::OwnerReference> for OwnerReference {
    fn from(owner: wire::OwnerReference) -> Self {
        Self {
            api_version: owner.api_version,
            kind: owner.kind,
            name: owner.name,
            uid: owner.uid,
            controller: owner.controller,
            block_owner_deletion: owner.block_owner_deletion,
        }
    }
}

/// The entry's JSON in Kubernetes' format.
fn managed_fields(entry: wire::ManagedFieldsEntry) -> Value {
    let mut fields = Map::new();
    let texts = [
        ("manager", entry.manager),
        ("operation", entry.operation),
        ("apiVersion", entry.api_version),
        ("fieldsType", entry.fields_type),
        ("subresource", entry.subresource),
    ];
    for (key, text) in texts {
        if !text.is_empty() {
            fields.insert(key.into(), text.into());
        }
    }
    if let Some(time) = entry.time.and_then(|time| time.0).map(Time::from) {
        fields.insert("time".into(), time.to_string().into());
    }
    if let Some(fields_v1) = entry.fields_v1 {
        // Always valid JSON, as in the object.
        fields.insert("fieldsV1".into(), serde_json::from_slice(&fields_v1.raw).unwrap_or_default());
    }
    Value::Object(fields)
}

#[cfg(feature = "client")]
mod back {
    use serde_json::Value;

    use super::wire;
    use crate::types::{AccessRequest, AccessRequestSpec, Application, ObjectMeta, RequestState, TargetRole};
    use go_plugin::net_rpc::gob::GoTime;

    impl From<&AccessRequest> for wire::AccessRequest {
        fn from(request: &AccessRequest) -> Self {
            let AccessRequest { api_version, kind, metadata, spec, status } = request;
            let AccessRequestSpec { duration, role, application, subject } = spec;
            let TargetRole { template_ref, ordinal, friendly_name } = role;
            let history = status.history.iter().map(|history| wire::AccessRequestHistory {
                transition_time: GoTime(history.transition_time.map(Into::into)),
                request_state: text(history.request_state.as_ref()),
                details: history.details.clone(),
            });
            Self {
                type_meta: wire::TypeMeta { kind: kind.clone(), api_version: api_version.clone() },
                metadata: metadata.into(),
                spec: wire::AccessRequestSpec {
                    duration: wire::Duration {
                        duration: i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX),
                    },
                    role: wire::TargetRole {
                        template_ref: wire::TargetRoleTemplate {
                            name: template_ref.name.clone(),
                            namespace: template_ref.namespace.clone(),
                        },
                        ordinal: *ordinal,
                        friendly_name: friendly_name.clone(),
                    },
                    application: wire::TargetApplication {
                        name: application.name.clone(),
                        namespace: application.namespace.clone(),
                    },
                    subject: wire::Subject {
                        username: subject.username.clone(),
                        user_id: subject.user_id.clone(),
                    },
                },
                status: wire::AccessRequestStatus {
                    request_state: text(status.request_state.as_ref()),
                    target_project: status.target_project.clone(),
                    expires_at: status.expires_at.map(|time| GoTime(Some(time.into()))),
                    role_template_hash: status.role_template_hash.clone(),
                    role_name: status.role_name.clone(),
                    history: history.collect(),
                },
            }
        }
    }

    fn text(state: Option<&RequestState>) -> String {
        state.map(|state| state.as_str().to_owned()).unwrap_or_default()
    }

    impl From<&Application> for wire::Application {
        fn from(application: &Application) -> Self {
            let Application { api_version, kind, metadata, spec } = application;
            Self {
                type_meta: wire::TypeMeta { kind: kind.clone(), api_version: api_version.clone() },
                metadata: metadata.into(),
                spec: wire::ApplicationSpec { project: spec.project.clone() },
            }
        }
    }

    impl From<&ObjectMeta> for wire::ObjectMeta {
        fn from(metadata: &ObjectMeta) -> Self {
            let ObjectMeta { name, generate_name, namespace, self_link, uid, resource_version, .. } =
                metadata;
            let owners = metadata.owner_references.iter().map(|owner| wire::OwnerReference {
                api_version: owner.api_version.clone(),
                kind: owner.kind.clone(),
                name: owner.name.clone(),
                uid: owner.uid.clone(),
                controller: owner.controller,
                block_owner_deletion: owner.block_owner_deletion,
            });
            Self {
                name: name.clone(),
                generate_name: generate_name.clone(),
                namespace: namespace.clone(),
                self_link: self_link.clone(),
                uid: uid.clone(),
                resource_version: resource_version.clone(),
                generation: metadata.generation,
                creation_timestamp: GoTime(metadata.creation_timestamp.map(Into::into)),
                deletion_timestamp: metadata.deletion_timestamp.map(|time| GoTime(Some(time.into()))),
                deletion_grace_period_seconds: metadata.deletion_grace_period_seconds,
                labels: metadata.labels.clone(),
                annotations: metadata.annotations.clone(),
                owner_references: owners.collect(),
                finalizers: metadata.finalizers.clone(),
                managed_fields: metadata.managed_fields.iter().map(managed_fields).collect(),
            }
        }
    }

    fn managed_fields(entry: &Value) -> wire::ManagedFieldsEntry {
        let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        wire::ManagedFieldsEntry {
            manager: text("manager"),
            operation: text("operation"),
            api_version: text("apiVersion"),
            time: text("time").parse::<crate::Time>().ok().map(|time| GoTime(Some(time.into()))),
            fields_type: text("fieldsType"),
            fields_v1: entry.get("fieldsV1").map(|fields| wire::FieldsV1 { raw: fields.to_string().into() }),
            subresource: text("subresource"),
        }
    }
}
