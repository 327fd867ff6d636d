//! The messages on the wire, as declared in Go: EphemeralAccess's `pkg/plugin/rpc.go`,
//! `api/ephemeral-access/v1alpha1/accessrequest_types.go` and `api/argoproj/v1alpha1/appproject.go`, and
//! `k8s.io/apimachinery/pkg/apis/meta/v1/types.go`. An embedded struct is a field with the name of its type.

use std::collections::BTreeMap;

use go_plugin::net_rpc::gob::{GoTime, Interface, Registered, gob_struct};

/// Go's `error`.
pub(crate) type ErrorValue = Interface<PluginError>;

impl Registered for PluginError {
    /// `init` of the same file.
    const NAME: &'static str = "*plugin.PluginError";
}

/// Creates an error with this text.
pub(crate) fn error(text: String) -> ErrorValue {
    Interface(Some(PluginError { err: text }))
}

gob_struct! {
    pub(crate) struct PluginError = "PluginError" {
        err: String = "Err",
    }

    /// The arguments and results of `GrantAccess` and `RevokeAccess`.
    pub(crate) struct AccessArgs = "GrantAccessArgsRPC" {
        request: Option<AccessRequest> = "AccReq",
        application: Option<Application> = "App",
    }

    pub(crate) struct InitResponse = "InitResponseRPC" {
        error: ErrorValue = "Err",
    }

    /// The arguments and results of `GrantAccess` and `RevokeAccess`.
    pub(crate) struct AccessResponse = "GrantAccessResponseRPC" {
        response: Option<Response> = "Response",
        error: ErrorValue = "Err",
    }

    pub(crate) struct Response = "GrantResponse" {
        status: String = "Status",
        message: String = "Message",
    }

    pub(crate) struct TypeMeta = "TypeMeta" {
        kind: String = "Kind",
        api_version: String = "APIVersion",
    }

    pub(crate) struct ObjectMeta = "ObjectMeta" {
        name: String = "Name",
        generate_name: String = "GenerateName",
        namespace: String = "Namespace",
        self_link: String = "SelfLink",
        uid: String = "UID",
        resource_version: String = "ResourceVersion",
        generation: i64 = "Generation",
        creation_timestamp: GoTime = "CreationTimestamp",
        deletion_timestamp: Option<GoTime> = "DeletionTimestamp",
        deletion_grace_period_seconds: Option<i64> = "DeletionGracePeriodSeconds",
        labels: BTreeMap<String, String> = "Labels",
        annotations: BTreeMap<String, String> = "Annotations",
        owner_references: Vec<OwnerReference> = "OwnerReferences",
        finalizers: Vec<String> = "Finalizers",
        managed_fields: Vec<ManagedFieldsEntry> = "ManagedFields",
    }

    pub(crate) struct OwnerReference = "OwnerReference" {
        api_version: String = "APIVersion",
        kind: String = "Kind",
        name: String = "Name",
        uid: String = "UID",
        controller: Option<bool> = "Controller",
        block_owner_deletion: Option<bool> = "BlockOwnerDeletion",
    }

    pub(crate) struct ManagedFieldsEntry = "ManagedFieldsEntry" {
        manager: String = "Manager",
        operation: String = "Operation",
        api_version: String = "APIVersion",
        time: Option<GoTime> = "Time",
        fields_type: String = "FieldsType",
        fields_v1: Option<FieldsV1> = "FieldsV1",
        subresource: String = "Subresource",
    }

    pub(crate) struct FieldsV1 = "FieldsV1" {
        raw: Vec<u8> = "Raw",
    }

    pub(crate) struct AccessRequest = "AccessRequest" {
        type_meta: TypeMeta = "TypeMeta",
        metadata: ObjectMeta = "ObjectMeta",
        spec: AccessRequestSpec = "Spec",
        status: AccessRequestStatus = "Status",
    }

    pub(crate) struct AccessRequestSpec = "AccessRequestSpec" {
        duration: Duration = "Duration",
        role: TargetRole = "Role",
        application: TargetApplication = "Application",
        subject: Subject = "Subject",
    }

    /// `metav1.Duration`; nanoseconds.
    pub(crate) struct Duration = "Duration" {
        duration: i64 = "Duration",
    }

    pub(crate) struct TargetRole = "TargetRole" {
        template_ref: TargetRoleTemplate = "TemplateRef",
        ordinal: i64 = "Ordinal",
        friendly_name: Option<String> = "FriendlyName",
    }

    pub(crate) struct TargetRoleTemplate = "TargetRoleTemplate" {
        name: String = "Name",
        namespace: String = "Namespace",
    }

    pub(crate) struct TargetApplication = "TargetApplication" {
        name: String = "Name",
        namespace: String = "Namespace",
    }

    pub(crate) struct Subject = "Subject" {
        username: String = "Username",
        user_id: Option<String> = "UserId",
    }

    pub(crate) struct AccessRequestStatus = "AccessRequestStatus" {
        request_state: String = "RequestState",
        target_project: String = "TargetProject",
        expires_at: Option<GoTime> = "ExpiresAt",
        role_template_hash: String = "RoleTemplateHash",
        role_name: String = "RoleName",
        history: Vec<AccessRequestHistory> = "History",
    }

    pub(crate) struct AccessRequestHistory = "AccessRequestHistory" {
        transition_time: GoTime = "TransitionTime",
        request_state: String = "RequestState",
        details: Option<String> = "Details",
    }

    pub(crate) struct Application = "Application" {
        type_meta: TypeMeta = "TypeMeta",
        metadata: ObjectMeta = "ObjectMeta",
        spec: ApplicationSpec = "Spec",
    }

    pub(crate) struct ApplicationSpec = "ApplicationSpec" {
        project: String = "Project",
    }
}
