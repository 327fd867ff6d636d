//! The kinds of plugin: Velero's, and EphemeralAccess's one.

mod table;

use std::fmt;
use std::str::FromStr;

use crate::suggest;
use table::Shape;

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

/// Since when Velero has a kind, and how a plugin finds that out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Since {
    /// The first Velero that has the kind, as (major, minor). An older one refuses a binary that lists it.
    pub version: (u16, u16),
    /// The grpc-go in that Velero's go.mod. A Velero can be built with a newer one, but not with an older one.
    pub grpc: (u16, u16),
    /// A method that only a host which has the kind calls. Its name is in the host's program.
    pub method: &'static str,
}

impl Kind {
    /// The grpc-go of the first Velero release after the one that brought the newest kind: a host with it has every
    /// kind. It came with 1.16.
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
        if self.facts().velero.is_some() { "Velero" } else { "EphemeralAccess" }
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
        match self.facts().velero {
            Some(since) => Some(since.version),
            None => None,
        }
    }

    /// Since when Velero has this kind. None for a kind of another host.
    pub const fn velero(self) -> Option<Since> {
        self.facts().velero
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
    fn a_newer_kind_has_a_newer_grpc_and_a_method_of_its_own() {
        let mut kinds: Vec<_> = Kind::VELERO.into_iter().filter_map(Kind::velero).collect();
        kinds.sort_by_key(|since| since.version);
        assert!(kinds.is_sorted_by_key(|since| since.grpc));
        assert!(kinds.iter().all(|since| since.grpc < Kind::GRPC_OF_ALL));
        let methods: std::collections::BTreeSet<_> = kinds.iter().map(|since| since.method).collect();
        assert_eq!(methods.len(), Kind::VELERO.len());
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
