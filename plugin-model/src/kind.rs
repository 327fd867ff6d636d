//! The kinds of plugin: Velero's, and EphemeralAccess's one.

use std::fmt;
use std::str::FromStr;

use crate::suggest;

/// A kind of plugin: Velero's in the order in which its framework lists them
/// (`pkg/plugin/framework/server.go`, `Serve`), then that of Argo CD EphemeralAccess. Hosts add kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Looks at, changes or skips an object that is backed up.
    BackupItemAction,
    /// As [`Kind::BackupItemAction`], and may go on working after its call returned.
    BackupItemActionV2,
    /// Takes snapshots of volumes.
    VolumeSnapshotter,
    /// Keeps backups in object storage.
    ObjectStore,
    /// Looks at, changes or skips an object that is restored.
    RestoreItemAction,
    /// As [`Kind::RestoreItemAction`], and may go on working after its call returned.
    RestoreItemActionV2,
    /// Cleans up when a backup is deleted.
    DeleteItemAction,
    /// Names the objects that must be backed up together with another.
    ItemBlockAction,
    /// Says who may have elevated access to an Argo CD application: EphemeralAccess's one kind.
    AccessRequester,
}

/// What is known of one kind.
struct Facts {
    name: &'static str,
    attribute: &'static str,
    noun: &'static str,
    /// Velero's version; none for a kind of another host.
    since: Option<(u16, u16)>,
    ark: Option<&'static str>,
    twin: Option<Kind>,
    operations: Option<&'static str>,
    /// The one method that must be written.
    method: Option<Method>,
    shape: Shape,
}

/// The one required method of a kind, which a function can take the place of: `async fn name(inputs) ->
/// Result<output>`, with `&self` before the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// `execute`, where it has no better name.
    pub name: &'static str,
    /// Its arguments, each with its name and type: `input`, `&mut RestoreInput`.
    pub inputs: &'static [(&'static str, &'static str)],
    /// What it returns a `Result` of, `RestoreOutput`.
    pub output: &'static str,
}

enum Shape {
    /// Has a selector and a constructor.
    Action,
    /// Has a configuration, from which it is made.
    Store { implied_config_keys: &'static [&'static str] },
    /// Has a constructor. The host asks for it by this name, so that a binary has one at most.
    Only { name: &'static str },
}

impl Kind {
    /// All kinds, in order.
    pub const ALL: [Self; 9] = [
        Self::BackupItemAction,
        Self::BackupItemActionV2,
        Self::VolumeSnapshotter,
        Self::ObjectStore,
        Self::RestoreItemAction,
        Self::RestoreItemActionV2,
        Self::DeleteItemAction,
        Self::ItemBlockAction,
        Self::AccessRequester,
    ];

    /// Velero's kinds, in the order of its own list.
    pub const VELERO: [Self; 8] = [
        Self::BackupItemAction,
        Self::BackupItemActionV2,
        Self::VolumeSnapshotter,
        Self::ObjectStore,
        Self::RestoreItemAction,
        Self::RestoreItemActionV2,
        Self::DeleteItemAction,
        Self::ItemBlockAction,
    ];

    /// The one table. Velero's kind names are those of its `pkg/plugin/framework/common/plugin_kinds.go`, the
    /// configuration keys those of `pkg/plugin/framework/validation.go` with `credentialsFile`, which Velero adds by
    /// itself. An access requester's name is the key of EphemeralAccess's `pkg/plugin/rpc.go`.
    #[allow(clippy::too_many_lines)]
    const fn facts(self) -> &'static Facts {
        match self {
            Self::BackupItemAction => &Facts {
                name: "BackupItemAction",
                attribute: "backup_item_action",
                noun: "a backup item action",
                since: Some((1, 0)),
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
                noun: "a backup item action of version 2",
                since: Some((1, 11)),
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
                since: Some((1, 0)),
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
                since: Some((1, 0)),
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
                since: Some((1, 0)),
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
                noun: "a restore item action of version 2",
                since: Some((1, 11)),
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
                since: Some((1, 5)),
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
                since: Some((1, 15)),
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
                since: None,
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

    /// The host's word for the kind, `RestoreItemAction`: what goes over Velero's wire, and also the trait's name.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// The trait that a plugin of this kind implements, `RestoreItemAction`.
    pub const fn trait_name(self) -> &'static str {
        self.facts().name
    }

    /// Who calls plugins of this kind, for messages: `Velero` or `EphemeralAccess`.
    pub const fn host(self) -> &'static str {
        if self.facts().since.is_some() { "Velero" } else { "EphemeralAccess" }
    }

    /// The attribute that declares one, `restore_item_action`; the constructor of a declaration has the same name.
    pub const fn attribute(self) -> &'static str {
        self.facts().attribute
    }

    /// The kind with its article, for messages: `a restore item action`.
    pub const fn noun(self) -> &'static str {
        self.facts().noun
    }

    /// The oldest Velero that knows this kind, as (major, minor): an older one refuses the whole binary. None for a
    /// kind of another host, which Velero never hears of.
    pub const fn min_velero(self) -> Option<(u16, u16)> {
        self.facts().since
    }

    /// Heptio Ark's word for the kind (Ark's `pkg/plugin/plugin_kinds.go`), `BlockStore` for a volume snapshotter; none
    /// for the kinds that came after Ark.
    pub const fn ark(self) -> Option<&'static str> {
        self.facts().ark
    }

    /// The other version of the same kind: V2 for V1, V1 for V2, none where there is only one.
    pub const fn twin(self) -> Option<Self> {
        self.facts().twin
    }

    /// The kind that a name must be unique in: V1 and V2 count as one, since Velero lists a V1 action under V2
    /// too (`plugin_kinds.go`, `PluginKindsAdaptableTo`) and would run the V2 action twice.
    #[must_use]
    pub const fn unique_in(self) -> Self {
        match self {
            Self::BackupItemActionV2 => Self::BackupItemAction,
            Self::RestoreItemActionV2 => Self::RestoreItemAction,
            other => other,
        }
    }

    /// The trait for operations that outlast the call, `RestoreOperations`; V2 kinds only.
    pub const fn operations_trait(self) -> Option<&'static str> {
        self.facts().operations
    }

    /// The name of every plugin of this kind, where the host asks for it by one that is fixed: `ephemeralaccess`.
    /// Declarations of other kinds give a name.
    pub const fn only_name(self) -> Option<&'static str> {
        match self.facts().shape {
            Shape::Only { name } => Some(name),
            Shape::Action | Shape::Store { .. } => None,
        }
    }

    /// The one required method. Stores have several.
    pub const fn method(self) -> Option<Method> {
        self.facts().method
    }

    /// Whether this is an action, which is called for each object that its selector chooses.
    pub const fn has_selector(self) -> bool {
        matches!(self.facts().shape, Shape::Action)
    }

    /// Whether a declaration may say how to make one. Stores are made by their `init`.
    pub const fn has_new(self) -> bool {
        matches!(self.facts().shape, Shape::Action | Shape::Only { .. })
    }

    /// Whether a plugin of this kind is given a configuration, whose keys a declaration may list.
    pub const fn has_config_keys(self) -> bool {
        matches!(self.facts().shape, Shape::Store { .. })
    }

    /// The configuration keys that Velero itself may set, so that they are allowed without being listed.
    pub const fn implied_config_keys(self) -> &'static [&'static str] {
        match self.facts().shape {
            Shape::Action | Shape::Only { .. } => &[],
            Shape::Store { implied_config_keys } => implied_config_keys,
        }
    }

    /// The kind that an attribute declares: `restore_item_action` is [`Kind::RestoreItemAction`].
    pub fn from_attribute(attribute: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.attribute() == attribute)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Reads Velero's word for one of its kinds; case counts, as it does for Velero.
impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::VELERO.into_iter().find(|kind| kind.name() == name).ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

/// A word that is no kind of Velero plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKind(String);

impl fmt::Display for UnknownKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Kind::VELERO.map(Kind::name);
        write!(f, "`{}` is not a kind of Velero plugin; ", self.0)?;
        match suggest::closest(&self.0, names) {
            Some(name) => write!(f, "did you mean `{name}`?"),
            None => write!(f, "the kinds are {}", names.join(", ")),
        }
    }
}

impl std::error::Error for UnknownKind {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_in_order_and_complete() {
        assert!(Kind::ALL.is_sorted());
        let of_velero: Vec<_> = Kind::ALL.into_iter().filter(|kind| kind.min_velero().is_some()).collect();
        assert_eq!(of_velero, Kind::VELERO);
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse().ok(), kind.min_velero().map(|_| kind));
            assert_eq!(Kind::from_attribute(kind.attribute()), Some(kind));
        }
    }

    #[test]
    fn attributes_are_the_names_in_snake_case() {
        for kind in Kind::ALL {
            let mut snake = String::new();
            for c in kind.name().chars() {
                if c.is_ascii_uppercase() && !snake.is_empty() {
                    snake.push('_');
                }
                snake.push(c.to_ascii_lowercase());
            }
            assert_eq!(kind.attribute(), snake);
        }
    }

    #[test]
    fn twins_are_each_others() {
        for kind in Kind::ALL {
            if let Some(twin) = kind.twin() {
                assert_eq!(twin.twin(), Some(kind));
                assert_eq!(twin.unique_in(), kind.unique_in());
            } else {
                assert_eq!(kind.unique_in(), kind);
            }
            assert_eq!(kind.operations_trait().is_some(), kind.name().ends_with("V2"));
        }
    }

    #[test]
    fn ark_has_what_velero_1_0_has() {
        for kind in Kind::ALL {
            assert_eq!(kind.ark().is_some(), kind.min_velero() == Some((1, 0)), "{kind}");
        }
        assert_eq!(Kind::VolumeSnapshotter.ark(), Some("BlockStore"));
    }

    #[test]
    fn stores_have_a_configuration_and_actions_a_selector() {
        for kind in Kind::VELERO {
            assert_eq!(kind.has_selector(), kind.name().contains("Action"));
            assert_eq!((kind.has_new(), kind.only_name()), (kind.has_selector(), None));
            assert_ne!(kind.has_selector(), kind.has_config_keys());
            assert_eq!(kind.has_selector(), kind.method().is_some());
            assert_eq!(kind.implied_config_keys().contains(&"credentialsFile"), kind.has_config_keys());
        }
    }

    #[test]
    fn an_access_requester_has_a_constructor_and_nothing_to_choose() {
        let kind = Kind::AccessRequester;
        assert!(kind.has_new() && !kind.has_selector() && !kind.has_config_keys());
        assert_eq!(kind.only_name(), Some("ephemeralaccess"));
    }

    #[test]
    fn unknown_kinds_say_what_would_be_right() {
        let near = "RestoreItemActionV3".parse::<Kind>().unwrap_err();
        assert_eq!(
            near.to_string(),
            "`RestoreItemActionV3` is not a kind of Velero plugin; did you mean `RestoreItemActionV2`?"
        );
        let far = "BlockStore".parse::<Kind>().unwrap_err().to_string();
        assert!(
            far.contains("the kinds are BackupItemAction, BackupItemActionV2, VolumeSnapshotter"),
            "{far}"
        );
        assert!("restoreitemaction".parse::<Kind>().is_err(), "Velero compares the exact word");
    }
}
