//! The resources of every Kubernetes API server, and some that most clusters with Velero have.

/// A resource, as listed by an API server's discovery.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The name of the resource: `deployments`.
    pub plural: &'static str,
    /// The kind of its objects: `Deployment`.
    pub kind: &'static str,
    /// Whether its objects are namespaced.
    pub namespaced: bool,
    /// Short names, such as `deploy`.
    pub short_names: &'static [&'static str],
}

const fn namespaced(group: &'static str, plural: &'static str, kind: &'static str) -> BuiltIn {
    BuiltIn { group, plural, kind, namespaced: true, short_names: &[] }
}

const fn cluster(group: &'static str, plural: &'static str, kind: &'static str) -> BuiltIn {
    BuiltIn { group, plural, kind, namespaced: false, short_names: &[] }
}

impl BuiltIn {
    const fn short(mut self, short_names: &'static [&'static str]) -> Self {
        self.short_names = short_names;
        self
    }
}

/// In the lookup order of a bare name: the core group first, then by the API server's group priorities
/// (kube-aggregator, `pkg/controlplane/apiserver/aggregator.go`).
pub const BUILT_IN: &[BuiltIn] = &[
    namespaced("", "configmaps", "ConfigMap").short(&["cm"]),
    namespaced("", "endpoints", "Endpoints").short(&["ep"]),
    namespaced("", "events", "Event").short(&["ev"]),
    namespaced("", "limitranges", "LimitRange").short(&["limits"]),
    cluster("", "namespaces", "Namespace").short(&["ns"]),
    cluster("", "nodes", "Node").short(&["no"]),
    namespaced("", "persistentvolumeclaims", "PersistentVolumeClaim").short(&["pvc"]),
    cluster("", "persistentvolumes", "PersistentVolume").short(&["pv"]),
    namespaced("", "pods", "Pod").short(&["po"]),
    namespaced("", "podtemplates", "PodTemplate"),
    namespaced("", "replicationcontrollers", "ReplicationController").short(&["rc"]),
    namespaced("", "resourcequotas", "ResourceQuota").short(&["quota"]),
    namespaced("", "secrets", "Secret"),
    namespaced("", "serviceaccounts", "ServiceAccount").short(&["sa"]),
    namespaced("", "services", "Service").short(&["svc"]),
    cluster("apiregistration.k8s.io", "apiservices", "APIService"),
    namespaced("apps", "controllerrevisions", "ControllerRevision"),
    namespaced("apps", "daemonsets", "DaemonSet").short(&["ds"]),
    namespaced("apps", "deployments", "Deployment").short(&["deploy"]),
    namespaced("apps", "replicasets", "ReplicaSet").short(&["rs"]),
    namespaced("apps", "statefulsets", "StatefulSet").short(&["sts"]),
    namespaced("events.k8s.io", "events", "Event").short(&["ev"]),
    namespaced("autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler").short(&["hpa"]),
    namespaced("batch", "cronjobs", "CronJob").short(&["cj"]),
    namespaced("batch", "jobs", "Job"),
    cluster("certificates.k8s.io", "certificatesigningrequests", "CertificateSigningRequest").short(&["csr"]),
    cluster("certificates.k8s.io", "clustertrustbundles", "ClusterTrustBundle"),
    namespaced("networking.k8s.io", "ingresses", "Ingress").short(&["ing"]),
    cluster("networking.k8s.io", "ingressclasses", "IngressClass"),
    namespaced("networking.k8s.io", "networkpolicies", "NetworkPolicy").short(&["netpol"]),
    cluster("networking.k8s.io", "ipaddresses", "IPAddress").short(&["ip"]),
    cluster("networking.k8s.io", "servicecidrs", "ServiceCIDR"),
    namespaced("policy", "poddisruptionbudgets", "PodDisruptionBudget").short(&["pdb"]),
    cluster("rbac.authorization.k8s.io", "clusterrolebindings", "ClusterRoleBinding"),
    cluster("rbac.authorization.k8s.io", "clusterroles", "ClusterRole"),
    namespaced("rbac.authorization.k8s.io", "rolebindings", "RoleBinding"),
    namespaced("rbac.authorization.k8s.io", "roles", "Role"),
    cluster("storage.k8s.io", "csidrivers", "CSIDriver"),
    cluster("storage.k8s.io", "csinodes", "CSINode"),
    namespaced("storage.k8s.io", "csistoragecapacities", "CSIStorageCapacity"),
    cluster("storage.k8s.io", "storageclasses", "StorageClass").short(&["sc"]),
    cluster("storage.k8s.io", "volumeattachments", "VolumeAttachment"),
    cluster("storage.k8s.io", "volumeattributesclasses", "VolumeAttributesClass").short(&["vac"]),
    cluster("admissionregistration.k8s.io", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration"),
    cluster("admissionregistration.k8s.io", "validatingadmissionpolicies", "ValidatingAdmissionPolicy"),
    cluster(
        "admissionregistration.k8s.io",
        "validatingadmissionpolicybindings",
        "ValidatingAdmissionPolicyBinding",
    ),
    cluster(
        "admissionregistration.k8s.io",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
    ),
    cluster("apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition")
        .short(&["crd", "crds"]),
    cluster("scheduling.k8s.io", "priorityclasses", "PriorityClass").short(&["pc"]),
    namespaced("coordination.k8s.io", "leases", "Lease"),
    cluster("node.k8s.io", "runtimeclasses", "RuntimeClass"),
    namespaced("discovery.k8s.io", "endpointslices", "EndpointSlice"),
    cluster("flowcontrol.apiserver.k8s.io", "flowschemas", "FlowSchema"),
    cluster("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", "PriorityLevelConfiguration"),
    cluster("resource.k8s.io", "deviceclasses", "DeviceClass"),
    namespaced("resource.k8s.io", "resourceclaims", "ResourceClaim"),
    namespaced("resource.k8s.io", "resourceclaimtemplates", "ResourceClaimTemplate"),
    cluster("resource.k8s.io", "resourceslices", "ResourceSlice"),
    cluster("snapshot.storage.k8s.io", "volumesnapshotclasses", "VolumeSnapshotClass")
        .short(&["vsclass", "vsclasses"]),
    cluster("snapshot.storage.k8s.io", "volumesnapshotcontents", "VolumeSnapshotContent")
        .short(&["vsc", "vscs"]),
    namespaced("snapshot.storage.k8s.io", "volumesnapshots", "VolumeSnapshot").short(&["vs"]),
    namespaced("velero.io", "backuprepositories", "BackupRepository"),
    namespaced("velero.io", "backups", "Backup"),
    namespaced("velero.io", "backupstoragelocations", "BackupStorageLocation").short(&["bsl"]),
    namespaced("velero.io", "datadownloads", "DataDownload"),
    namespaced("velero.io", "datauploads", "DataUpload"),
    namespaced("velero.io", "deletebackuprequests", "DeleteBackupRequest"),
    namespaced("velero.io", "downloadrequests", "DownloadRequest"),
    namespaced("velero.io", "podvolumebackups", "PodVolumeBackup"),
    namespaced("velero.io", "podvolumerestores", "PodVolumeRestore"),
    namespaced("velero.io", "restores", "Restore"),
    namespaced("velero.io", "schedules", "Schedule"),
    namespaced("velero.io", "serverstatusrequests", "ServerStatusRequest").short(&["ssr"]),
    namespaced("velero.io", "volumesnapshotlocations", "VolumeSnapshotLocation").short(&["vsl"]),
];
