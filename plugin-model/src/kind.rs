//! The kinds of plugins: Velero's, and EphemeralAccess's single kind.

mod table;

use std::fmt;
use std::str::FromStr;

use crate::suggest;
use table::Shape;

/// A kind of plugin. Velero's kinds come first, in the order of its framework
/// (`pkg/plugin/framework/server.go`, `Serve`), then that of Argo CD EphemeralAccess. Hosts add kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Inspects, changes or skips an object during a backup.
    BackupItemAction,
    /// Like [`Kind::BackupItemAction`], with asynchronous operations.
    BackupItemActionV2,
    /// Takes snapshots of volumes.
    VolumeSnapshotter,
    /// Stores backups in object storage.
    ObjectStore,
    /// Inspects, changes or skips an object during a restore.
    RestoreItemAction,
    /// Like [`Kind::RestoreItemAction`], with asynchronous operations.
    RestoreItemActionV2,
    /// Cleans up when a backup is deleted.
    DeleteItemAction,
    /// Returns the objects that must be backed up together with another.
    ItemBlockAction,
    /// Decides on elevated access to an Argo CD application: EphemeralAccess's only kind.
    AccessRequester,
}

/// The required method of a kind, which a function can replace: `async fn name(inputs) -> Result<output>`,
/// with `&self` before the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// Its name, usually `execute`.
    pub name: &'static str,
    /// Its arguments, each with its name and type: `input`, `&mut RestoreInput`.
    pub inputs: &'static [(&'static str, &'static str)],
    /// The `T` of its `Result<T>`, such as `RestoreOutput`.
    pub output: &'static str,
}

/// The Velero version that introduced a kind, and how a plugin detects support for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Since {
    /// The first Velero with the kind, as (major, minor). An older one rejects a binary that lists it.
    pub version: (u16, u16),
    /// The grpc-go version in that Velero's go.mod. A Velero can be built with a newer version, but not with
    /// an older one.
    pub grpc: (u16, u16),
    /// A method that only a host with the kind calls. The host's program contains its name.
    pub method: &'static str,
}

impl Kind {
    /// The grpc-go version of the first Velero release after the newest kind was introduced (1.16): a host
    /// with it supports every kind.
    pub const GRPC_OF_ALL: (u16, u16) = (1, 69);

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

    /// The host's name for the kind, `RestoreItemAction`: used on Velero's wire, and the name of the trait.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// The trait that a plugin of this kind implements, `RestoreItemAction`.
    pub const fn trait_name(self) -> &'static str {
        self.facts().name
    }

    /// The host that calls plugins of this kind, for messages: `Velero` or `EphemeralAccess`.
    pub const fn host(self) -> &'static str {
        if self.facts().velero.is_some() { "Velero" } else { "EphemeralAccess" }
    }

    /// The attribute that declares one, `restore_item_action`; also the name of the declaration's
    /// constructor.
    pub const fn attribute(self) -> &'static str {
        self.facts().attribute
    }

    /// The kind with its article, for messages: `a restore item action`.
    pub const fn noun(self) -> &'static str {
        self.facts().noun
    }

    /// The oldest Velero that supports this kind, as (major, minor): an older one rejects the whole binary.
    /// `None` for a kind of another host, which is never listed to Velero.
    pub const fn min_velero(self) -> Option<(u16, u16)> {
        match self.facts().velero {
            Some(since) => Some(since.version),
            None => None,
        }
    }

    /// The Velero version that introduced this kind. `None` for a kind of another host.
    pub const fn velero(self) -> Option<Since> {
        self.facts().velero
    }

    /// Heptio Ark's name for the kind (Ark's `pkg/plugin/plugin_kinds.go`), such as `BlockStore` for a volume
    /// snapshotter; `None` for kinds introduced after Ark.
    pub const fn ark(self) -> Option<&'static str> {
        self.facts().ark
    }

    /// The other version of the same kind: V2 for V1, V1 for V2, otherwise `None`.
    pub const fn twin(self) -> Option<Self> {
        self.facts().twin
    }

    /// The kind within which a name must be unique: V1 and V2 count as one, because Velero also lists a V1
    /// action under V2 (`plugin_kinds.go`, `PluginKindsAdaptableTo`) and would run the V2 action twice.
    #[must_use]
    pub const fn unique_in(self) -> Self {
        match self {
            Self::BackupItemActionV2 => Self::BackupItemAction,
            Self::RestoreItemActionV2 => Self::RestoreItemAction,
            other => other,
        }
    }

    /// The trait for asynchronous operations, `RestoreOperations`; only V2 kinds have one.
    pub const fn operations_trait(self) -> Option<&'static str> {
        self.facts().operations
    }

    /// Declarations of other kinds have a name.
    pub const fn only_name(self) -> Option<&'static str> {
        match self.facts().shape {
            Shape::Only { name } => Some(name),
            Shape::Action | Shape::Store { .. } => None,
        }
    }

    /// The required method. Stores have several.
    pub const fn method(self) -> Option<Method> {
        self.facts().method
    }

    /// Whether this is an action, which is called for each selected object.
    pub const fn has_selector(self) -> bool {
        matches!(self.facts().shape, Shape::Action)
    }

    /// Whether a declaration may have a constructor. Stores are constructed by their `init`.
    pub const fn has_new(self) -> bool {
        matches!(self.facts().shape, Shape::Action | Shape::Only { .. })
    }

    /// Whether a plugin of this kind has a configuration, with keys that a declaration may list.
    pub const fn has_config_keys(self) -> bool {
        matches!(self.facts().shape, Shape::Store { .. })
    }

    /// The configuration keys that Velero sets itself, and which are therefore always allowed.
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

/// Parses Velero's name for one of its kinds; case-sensitive, as in Velero.
impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::VELERO.into_iter().find(|kind| kind.name() == name).ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

/// The error for an unknown kind of Velero plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKind(String);

impl fmt::Display for UnknownKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Kind::VELERO.map(Kind::name);
        write!(f, "unknown Velero plugin kind `{}`; ", self.0)?;
        match suggest::closest(&self.0, names) {
            Some(name) => write!(f, "did you mean `{name}`?"),
            None => write!(f, "expected one of {}", names.join(", ")),
        }
    }
}

impl std::error::Error for UnknownKind {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_ordered_and_complete() {
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
    fn newer_kinds_have_a_newer_grpc_and_their_own_method() {
        let mut kinds: Vec<_> = Kind::VELERO.into_iter().filter_map(Kind::velero).collect();
        kinds.sort_by_key(|since| since.version);
        assert!(kinds.is_sorted_by_key(|since| since.grpc));
        assert!(kinds.iter().all(|since| since.grpc < Kind::GRPC_OF_ALL));
        let methods: std::collections::BTreeSet<_> = kinds.iter().map(|since| since.method).collect();
        assert_eq!(methods.len(), Kind::VELERO.len());
    }

    #[test]
    fn words_for_code_and_messages() {
        for (kind, name, noun, host, operations) in [
            (
                Kind::RestoreItemActionV2,
                "RestoreItemActionV2",
                "a V2 restore item action",
                "Velero",
                Some("RestoreOperations"),
            ),
            (Kind::ObjectStore, "ObjectStore", "an object store", "Velero", None),
            (Kind::AccessRequester, "AccessRequester", "an access requester", "EphemeralAccess", None),
        ] {
            assert_eq!((kind.name(), kind.trait_name(), kind.noun()), (name, name, noun));
            assert_eq!((kind.host(), kind.operations_trait()), (host, operations), "{kind}");
            assert_eq!(format!("{kind:>20}"), format!("{name:>20}"), "aligned in tables");
        }
    }

    #[test]
    fn first_velero_of_a_kind() {
        for (kind, version) in [
            (Kind::BackupItemAction, Some((1, 0))),
            (Kind::DeleteItemAction, Some((1, 5))),
            (Kind::RestoreItemActionV2, Some((1, 11))),
            (Kind::ItemBlockAction, Some((1, 15))),
            (Kind::AccessRequester, None),
        ] {
            assert_eq!(kind.min_velero(), version, "{kind}");
            assert_eq!(kind.velero().map(|since| since.version), version, "{kind}");
        }
    }

    #[test]
    fn twins_are_mutual() {
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
    fn ark_has_the_kinds_of_velero_1_0() {
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
    fn access_requester_has_a_constructor_and_no_selector() {
        let kind = Kind::AccessRequester;
        assert!(kind.has_new() && !kind.has_selector() && !kind.has_config_keys());
        assert_eq!(kind.only_name(), Some("ephemeralaccess"));
    }

    #[test]
    fn unknown_kind_error_lists_known_kinds() {
        let near = "RestoreItemActionV3".parse::<Kind>().unwrap_err();
        assert_eq!(
            near.to_string(),
            "unknown Velero plugin kind `RestoreItemActionV3`; did you mean `RestoreItemActionV2`?"
        );
        let far = "BlockStore".parse::<Kind>().unwrap_err().to_string();
        assert!(
            far.contains("expected one of BackupItemAction, BackupItemActionV2, VolumeSnapshotter"),
            "{far}"
        );
        assert!("restoreitemaction".parse::<Kind>().is_err(), "Velero compares the exact word");
    }
}
