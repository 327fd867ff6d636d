//! The content of a valid attribute.

use plugwright_model::{Kind, Method, suggest};
use proc_macro2::{Ident, Span};
use syn::{Expr, LitStr, Path, Signature};

/// A key of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Name,
    IncludedNamespaces,
    ExcludedNamespaces,
    IncludedResources,
    ExcludedResources,
    LabelSelector,
    Config,
    ConfigKeys,
    ArkName,
    New,
    Crate,
}

impl Key {
    pub(crate) const ALL: [Self; 11] = [
        Self::Name,
        Self::IncludedNamespaces,
        Self::ExcludedNamespaces,
        Self::IncludedResources,
        Self::ExcludedResources,
        Self::LabelSelector,
        Self::Config,
        Self::ConfigKeys,
        Self::ArkName,
        Self::New,
        Self::Crate,
    ];

    /// The key as written in the attribute.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::IncludedNamespaces => "included_namespaces",
            Self::ExcludedNamespaces => "excluded_namespaces",
            Self::IncludedResources => "included_resources",
            Self::ExcludedResources => "excluded_resources",
            Self::LabelSelector => "label_selector",
            Self::Config => "config",
            Self::ConfigKeys => "config_keys",
            Self::ArkName => "ark_name",
            Self::New => "new",
            Self::Crate => "crate",
        }
    }

    /// Returns the key of this kind closest to an unknown word.
    pub(crate) fn closest_to(word: &str, kind: Kind) -> Option<Self> {
        let words = Self::ALL.into_iter().filter(|key| key.is_for(kind)).map(Self::word);
        suggest::closest(word, words).and_then(Self::from_word)
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.word() == word)
    }

    /// Whether this kind supports the key.
    pub(crate) const fn is_for(self, kind: Kind) -> bool {
        match self {
            Self::Name => kind.only_name().is_none(),
            Self::Crate => true,
            Self::IncludedNamespaces
            | Self::ExcludedNamespaces
            | Self::IncludedResources
            | Self::ExcludedResources
            | Self::LabelSelector => kind.has_selector(),
            Self::Config | Self::ConfigKeys => kind.has_config_keys(),
            Self::ArkName => kind.ark().is_some(),
            Self::New => kind.has_new(),
        }
    }
}

/// A plugin's name: a literal is checked here, other expressions by the compiler, as a constant.
pub(crate) enum Name {
    Literal(LitStr),
    Constant(Box<Expr>),
    /// The fixed name of the kind, which attributes do not set.
    Only(&'static str),
}

/// A list of strings, `["pods", "secrets"]`.
pub(crate) struct List {
    pub(crate) entries: Vec<LitStr>,
}

/// The attribute's values besides the name: each key at most once.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) name: Option<Name>,
    pub(crate) included_namespaces: Option<List>,
    pub(crate) excluded_namespaces: Option<List>,
    pub(crate) included_resources: Option<List>,
    pub(crate) excluded_resources: Option<List>,
    pub(crate) label_selector: Option<LitStr>,
    pub(crate) config: Option<Path>,
    pub(crate) config_keys: Option<List>,
    pub(crate) ark_name: Option<LitStr>,
    pub(crate) new: Option<Path>,
    pub(crate) runtime: Option<Path>,
    /// The keys with a value, valid or not.
    pub(crate) seen: Vec<(Key, Span)>,
    /// The keys that are present or were probably meant, with or without a value.
    pub(crate) meant: Vec<Key>,
}

impl Args {
    /// The lists present, with their args.
    pub(crate) fn lists(&self) -> impl Iterator<Item = (Key, &List)> {
        [
            (Key::IncludedNamespaces, &self.included_namespaces),
            (Key::ExcludedNamespaces, &self.excluded_namespaces),
            (Key::IncludedResources, &self.included_resources),
            (Key::ExcludedResources, &self.excluded_resources),
            (Key::ConfigKeys, &self.config_keys),
        ]
        .into_iter()
        .filter_map(|(key, list)| list.as_ref().map(|list| (key, list)))
    }

    pub(crate) fn list(&self, key: Key) -> Option<&List> {
        self.lists().find(|(own, _)| *own == key).map(|(_, list)| list)
    }

    /// Whether the key is present, or was probably meant.
    pub(crate) fn has(&self, key: Key) -> bool {
        self.meant.contains(&key)
    }
}

/// The item that the attribute is on.
pub(crate) enum Subject {
    /// The plugin's struct.
    Struct(Ident),
    /// The function, and the method it replaces.
    Function(Box<Signature>, Method),
}

impl Subject {
    /// The name of the struct; the hidden struct of a function has the function's name.
    pub(crate) fn ident(&self) -> &Ident {
        match self {
            Self::Struct(ident) => ident,
            Self::Function(signature, _) => &signature.ident,
        }
    }
}

/// A valid declaration.
pub(crate) struct Declaration {
    pub(crate) kind: Kind,
    pub(crate) subject: Subject,
    pub(crate) name: Name,
    pub(crate) args: Args,
}
