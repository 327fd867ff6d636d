//! The table of facts about each kind and about host generations. A kind without a row does not compile.

use super::{Kind, Method, Since};

/// The facts about one kind.
pub(super) struct Facts {
    pub(super) name: &'static str,
    pub(super) attribute: &'static str,
    pub(super) noun: &'static str,
    /// `None` for a kind of another host.
    pub(super) velero: Option<Since>,
    pub(super) ark: Option<&'static str>,
    pub(super) twin: Option<Kind>,
    pub(super) operations: Option<&'static str>,
    /// The required method.
    pub(super) method: Option<Method>,
    pub(super) shape: Shape,
}

pub(super) enum Shape {
    /// Has a selector and a constructor.
    Action,
    /// Is constructed from a configuration.
    Store { implied_config_keys: &'static [&'static str] },
    /// Has a constructor. The host requests it by this name, so a binary can have only one.
    Only { name: &'static str },
}

impl Kind {
    /// The table. Velero's kind names are those of its `pkg/plugin/framework/common/plugin_kinds.go`, the
    /// configuration keys those of `pkg/plugin/framework/validation.go` and `credentialsFile`, which Velero
    /// adds. An access requester's name is the key in EphemeralAccess's `pkg/plugin/rpc.go`.
    #[allow(clippy::too_many_lines)]
    pub(super) const fn facts(self) -> &'static Facts {
        match self {
            Self::BackupItemAction => &Facts {
                name: "BackupItemAction",
                attribute: "backup_item_action",
                noun: "a backup item action",
                velero: Some(Since {
                    version: (1, 0),
                    grpc: (0, 0),
                    method: "/generated.BackupItemAction/Execute",
                }),
                ark: Some("BackupItemAction"),
                twin: Some(Self::BackupItemActionV2),
                operations: None,
                method: Some(Method {
                    name: "execute",
                    inputs: &[("input", "&mut BackupInput")],
                    output: "BackupOutput",
                }),
                shape: Shape::Action,
            },
            Self::BackupItemActionV2 => &Facts {
                name: "BackupItemActionV2",
                attribute: "backup_item_action_v2",
                noun: "a V2 backup item action",
                velero: Some(Since {
                    version: (1, 11),
                    grpc: (1, 45),
                    method: "/v2.BackupItemAction/Execute",
                }),
                ark: None,
                twin: Some(Self::BackupItemAction),
                operations: Some("BackupOperations"),
                method: Some(Method {
                    name: "execute",
                    inputs: &[("input", "&mut BackupInput")],
                    output: "BackupOutputV2",
                }),
                shape: Shape::Action,
            },
            Self::VolumeSnapshotter => &Facts {
                name: "VolumeSnapshotter",
                attribute: "volume_snapshotter",
                noun: "a volume snapshotter",
                velero: Some(Since {
                    version: (1, 0),
                    grpc: (0, 0),
                    method: "/generated.VolumeSnapshotter/CreateSnapshot",
                }),
                ark: Some("BlockStore"),
                twin: None,
                operations: None,
                method: None,
                shape: Shape::Store { implied_config_keys: &["credentialsFile"] },
            },
            Self::ObjectStore => &Facts {
                name: "ObjectStore",
                attribute: "object_store",
                noun: "an object store",
                velero: Some(Since {
                    version: (1, 0),
                    grpc: (0, 0),
                    method: "/generated.ObjectStore/PutObject",
                }),
                ark: Some("ObjectStore"),
                twin: None,
                operations: None,
                method: None,
                shape: Shape::Store {
                    implied_config_keys: &["bucket", "prefix", "caCert", "credentialsFile"],
                },
            },
            Self::RestoreItemAction => &Facts {
                name: "RestoreItemAction",
                attribute: "restore_item_action",
                noun: "a restore item action",
                velero: Some(Since {
                    version: (1, 0),
                    grpc: (0, 0),
                    method: "/generated.RestoreItemAction/Execute",
                }),
                ark: Some("RestoreItemAction"),
                twin: Some(Self::RestoreItemActionV2),
                operations: None,
                method: Some(Method {
                    name: "execute",
                    inputs: &[("input", "&mut RestoreInput")],
                    output: "RestoreOutput",
                }),
                shape: Shape::Action,
            },
            Self::RestoreItemActionV2 => &Facts {
                name: "RestoreItemActionV2",
                attribute: "restore_item_action_v2",
                noun: "a V2 restore item action",
                velero: Some(Since {
                    version: (1, 11),
                    grpc: (1, 45),
                    method: "/v2.RestoreItemAction/Execute",
                }),
                ark: None,
                twin: Some(Self::RestoreItemAction),
                operations: Some("RestoreOperations"),
                method: Some(Method {
                    name: "execute",
                    inputs: &[("input", "&mut RestoreInput")],
                    output: "RestoreOutputV2",
                }),
                shape: Shape::Action,
            },
            Self::DeleteItemAction => &Facts {
                name: "DeleteItemAction",
                attribute: "delete_item_action",
                noun: "a delete item action",
                velero: Some(Since {
                    version: (1, 5),
                    grpc: (1, 31),
                    method: "/generated.DeleteItemAction/Execute",
                }),
                ark: None,
                twin: None,
                operations: None,
                method: Some(Method { name: "execute", inputs: &[("input", "&DeleteInput")], output: "()" }),
                shape: Shape::Action,
            },
            Self::ItemBlockAction => &Facts {
                name: "ItemBlockAction",
                attribute: "item_block_action",
                noun: "an item block action",
                velero: Some(Since {
                    version: (1, 15),
                    grpc: (1, 63),
                    method: "/v1.ItemBlockAction/GetRelatedItems",
                }),
                ark: None,
                twin: None,
                operations: None,
                method: Some(Method {
                    name: "get_related_items",
                    inputs: &[("input", "&ItemBlockInput")],
                    output: "Vec<ResourceIdentifier>",
                }),
                shape: Shape::Action,
            },
            Self::AccessRequester => &Facts {
                name: "AccessRequester",
                attribute: "access_requester",
                noun: "an access requester",
                velero: None,
                ark: None,
                twin: None,
                operations: None,
                method: Some(Method {
                    name: "grant_access",
                    inputs: &[("request", "&AccessRequest"), ("application", "&Application")],
                    output: "GrantResponse",
                }),
                shape: Shape::Only { name: "ephemeralaccess" },
            },
        }
    }
}
