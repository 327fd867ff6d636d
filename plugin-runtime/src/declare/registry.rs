//! The plugins of a binary: validated once, sorted in Velero's order, constructed on first use.

use std::fmt;
use std::sync::{Arc, OnceLock};

use plugwright_model::{Kind, label_selector, name};
use tokio::sync::OnceCell;

use super::Declaration;
use super::declaration::{AnyHandler, Instance};
use super::names::{Asked, Names};
use crate::context::Surroundings;
use crate::hosts::services::KindServices;
use crate::types::ResourceSelector;
use crate::{Context, Error, Result};

/// All errors in a set of declarations, one per line: the plugins concerned, and what was expected.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problems(Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

/// All plugins, sorted by kind in the order of Velero's own framework (`pkg/plugin/framework/server.go`,
/// `Serve`), then by name.
#[derive(Debug)]
pub(crate) struct Registry {
    entries: Vec<Arc<Entry>>,
}

/// One plugin of one kind.
pub(crate) struct Entry {
    pub(crate) declaration: Declaration,
    made: Arc<Made>,
    handler: OnceLock<AnyHandler>,
}

/// The instance of a plugin, shared by the kinds of a struct that use the same name.
struct Made {
    kinds: Vec<Kind>,
    instance: OnceCell<Instance>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.declaration.fmt(f)
    }
}

impl Registry {
    /// Rejects what the attributes reject, for declarations written by hand, and errors visible only in the
    /// whole binary: duplicate names.
    pub(crate) fn new(mut declarations: Vec<Declaration>) -> Result<Self, Problems> {
        declarations.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        let mut problems: Vec<_> = declarations.iter().flat_map(malformed).collect();
        for (index, a) in declarations.iter().enumerate() {
            problems.extend(declarations[index + 1..].iter().filter_map(|b| clash(a, b)));
        }
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        let mut entries: Vec<Arc<Entry>> = Vec::new();
        for declaration in &declarations {
            let first = entries.iter().find(|entry| entry.declaration.is_one_with(declaration));
            let made = first.map_or_else(
                || {
                    let same = declarations.iter().filter(|other| declaration.is_one_with(other));
                    let mut kinds: Vec<_> = same.map(|same| same.kind).collect();
                    if kinds.is_empty() {
                        kinds.push(declaration.kind);
                    }
                    Arc::new(Made { kinds, instance: OnceCell::new() })
                },
                |entry| Arc::clone(&entry.made),
            );
            let declaration = declaration.clone();
            entries.push(Arc::new(Entry { declaration, made, handler: OnceLock::new() }));
        }
        Ok(Self { entries })
    }

    #[cfg(feature = "ephemeral-access")]
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries.iter()
    }

    pub(crate) fn declarations(&self) -> impl Iterator<Item = &Declaration> {
        self.entries.iter().map(|entry| &entry.declaration)
    }

    /// The services of a kind; `None` if no plugin has the kind.
    pub(crate) fn services(&self, kind: Kind) -> Option<&'static KindServices> {
        self.declarations().find(|plugin| plugin.kind == kind).map(|plugin| plugin.services)
    }

    /// The oldest Velero release that supports all kinds of a binary, and the first plugin that requires it.
    pub(crate) fn minimum_velero(&self) -> Option<((u16, u16), &Declaration)> {
        let newest = self.declarations().filter_map(|plugin| plugin.kind.min_velero()).max()?;
        let first = self.declarations().find(|plugin| plugin.kind.min_velero() == Some(newest))?;
        Some((newest, first))
    }

    /// Returns the plugin that the host requests.
    pub(crate) fn find(&self, kind: Kind, names: Names, name: &str) -> Result<Arc<Entry>> {
        let of_kind = || self.entries.iter().filter(|entry| entry.declaration.kind == kind);
        of_kind().find(|entry| names.of(&entry.declaration) == name).cloned().ok_or_else(|| {
            let has: Vec<_> = of_kind().map(|entry| names.of(&entry.declaration)).collect();
            let has = if has.is_empty() { "none".to_owned() } else { has.join(", ") };
            let kind = names.of_kind(kind);
            let name = Asked(name);
            let hint = names.hint(&name);
            Error::msg(format!(
                "{kind} plugin {name} not found in this binary; plugins of this kind: {has}{hint}"
            ))
        })
    }
}

impl Entry {
    /// Returns the plugin's instance, constructing it on first use; a failed constructor is called again on
    /// the next use. `H` is the `dyn Handler` of the kind.
    pub(crate) async fn handler<H>(&self, surroundings: &Surroundings) -> Result<Arc<H>>
    where
        H: ?Sized + Send + Sync + 'static,
    {
        if let Some(handler) = self.made_handler() {
            return Ok(handler);
        }
        let make = || async {
            let cx =
                Context::new(self.made.kinds.clone(), self.declaration.name.clone(), surroundings.clone());
            self.declaration.make(&cx).await
        };
        let instance = self.made.instance.get_or_try_init(make).await?;
        if let Some(handler) = self.declaration.handle(instance) {
            self.handler.get_or_init(|| handler);
        }
        self.made_handler().ok_or_else(|| {
            let Declaration { kind, name, .. } = &self.declaration;
            Error::msg(format!(
                "{kind} plugin {name} has an instance of another type; this is a bug in plugwright"
            ))
        })
    }

    fn made_handler<H>(&self) -> Option<Arc<H>>
    where
        H: ?Sized + Send + Sync + 'static,
    {
        self.handler.get()?.downcast_ref::<Arc<H>>().cloned()
    }

    /// Returns the items the plugin applies to. Constructs nothing: Velero aborts the whole backup or restore
    /// if `AppliesTo` fails (`pkg/plugin/framework/action_resolver.go`).
    pub(crate) async fn selector(&self, surroundings: &Surroundings) -> Result<ResourceSelector> {
        let Declaration { kind, name, .. } = &self.declaration;
        self.declaration.choose(Context::new(vec![*kind], name.clone(), surroundings.clone())).await
    }
}

fn malformed(declaration: &Declaration) -> Vec<String> {
    let Declaration { kind, place, selector, .. } = declaration;
    let plugin = &declaration.name;
    let mut problems = Vec::new();
    if kind.only_name().is_none()
        && let Err(error) = name::check(plugin)
    {
        problems.push(format!("{kind} plugin `{plugin}`, declared at {place}: {error}"));
    }
    if let Some(ark) = &declaration.ark_name
        && let Err(error) = name::check_ark(ark)
    {
        problems.push(format!("{kind} plugin `{plugin}`, declared at {place}: `ark_name` {ark:?}: {error}"));
    }
    if let Err(error) = label_selector::parse(&selector.label_selector) {
        problems.push(format!(
            "{kind} plugin `{plugin}`, declared at {place}: label selector `{}`: {error}",
            selector.label_selector
        ));
    }
    problems
}

fn clash(a: &Declaration, b: &Declaration) -> Option<String> {
    let Declaration { kind, name, place, .. } = a;
    if *name != b.name {
        None
    } else if *kind == b.kind && kind.only_name().is_some() {
        Some(format!(
            "two {kind} plugins are declared, at {place} and at {}; a binary supports one, because the host does \
             not name the one it requests",
            b.place
        ))
    } else if *kind == b.kind {
        Some(format!("{kind} plugin `{name}` is declared twice: at {place} and at {}", b.place))
    } else if kind.twin() == Some(b.kind) {
        Some(format!(
            "`{name}` is declared as {kind} at {place} and as {} at {}: Velero would call only the second, and \
             twice; give them different names",
            b.kind, b.place
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declare::testing::{Action, delete};
    use crate::prelude::*;

    fn v1(name: &str, line: u32) -> Declaration {
        Declaration::backup_item_action::<Action, _>(name, Action::default).__declared("src/a.rs", line, "")
    }

    fn v2(name: &str) -> Declaration {
        Declaration::backup_item_action_v2::<Action, _>(name, Action::default).__declared("src/b.rs", 9, "")
    }

    fn problems(declarations: Vec<Declaration>) -> String {
        Registry::new(declarations).unwrap_err().to_string()
    }

    #[test]
    fn plugins_are_listed_by_kind_and_name() {
        let registry =
            Registry::new(vec![delete("a.b/0"), v2("a.b/b"), v1("a.b/z", 1), v1("a.b/a", 2)]).unwrap();
        let listed: Vec<_> = registry.declarations().map(|d| (d.kind, d.name.as_str())).collect();
        let expected = [
            (Kind::BackupItemAction, "a.b/a"),
            (Kind::BackupItemAction, "a.b/z"),
            (Kind::BackupItemActionV2, "a.b/b"),
            (Kind::DeleteItemAction, "a.b/0"),
        ];
        assert_eq!(listed, expected);
    }

    #[test]
    fn rejects_duplicate_name_with_both_places() {
        let text = problems(vec![v1("a.b/c", 1), v1("a.b/c", 2)]);
        assert_eq!(
            text,
            "BackupItemAction plugin `a.b/c` is declared twice: at src/a.rs:1 and at src/a.rs:2"
        );
    }

    #[cfg(feature = "ephemeral-access")]
    #[test]
    fn rejects_second_access_requester_with_both_places() {
        struct Requester;
        impl AccessRequester for Requester {
            async fn grant_access(&self, _: &AccessRequest, _: &Application) -> Result<GrantResponse> {
                Ok(GrantResponse::granted(""))
            }
        }
        let requester = |line| {
            Declaration::access_requester::<Requester, _>(|| Requester).__declared("src/a.rs", line, "")
        };
        assert!(Registry::new(vec![requester(1), v1("a.b/c", 1)]).is_ok());
        let text = problems(vec![requester(1), requester(2)]);
        assert!(
            text.starts_with("two AccessRequester plugins are declared, at src/a.rs:1 and at src/a.rs:2; "),
            "{text}"
        );
    }

    #[test]
    fn rejects_a_name_in_v1_and_v2_of_a_kind() {
        let text = problems(vec![v2("a.b/c"), v1("a.b/c", 1)]);
        assert!(
            text.contains("src/a.rs:1") && text.contains("src/b.rs:9") && text.contains("twice"),
            "{text}"
        );
        assert!(Registry::new(vec![v1("a.b/c", 1), delete("a.b/c")]).is_ok());
    }

    #[test]
    fn reports_all_errors_at_once() {
        let text = problems(vec![v1("no-slash", 1), v1("a.b/c", 2).label_selector("a in (b")]);
        assert!(text.contains("`no-slash`, declared at src/a.rs:1"), "{text}");
        assert!(text.contains("label selector `a in (b`"), "{text}");
        let text = problems(vec![v1("a.b/c", 1).ark_name("a.b/c")]);
        assert!(text.contains("`ark_name` \"a.b/c\": a Heptio Ark name must not contain `/`"), "{text}");
    }

    #[test]
    fn unknown_name_error_lists_the_plugins() {
        let registry = Registry::new(vec![v1("a.b/c", 1), v1("a.b/d", 1)]).unwrap();
        let error = registry.find(Kind::BackupItemAction, Names::Velero, "a.b/x").unwrap_err().to_string();
        assert_eq!(
            error,
            "BackupItemAction plugin a.b/x not found in this binary; plugins of this kind: a.b/c, a.b/d"
        );
        let error = registry.find(Kind::ObjectStore, Names::Velero, "a.b/c").unwrap_err().to_string();
        assert!(error.ends_with("plugins of this kind: none"), "{error}");
    }

    #[tokio::test]
    async fn kinds_with_one_name_share_an_instance() {
        use std::sync::atomic::{AtomicU32, Ordering};
        static MADE: AtomicU32 = AtomicU32::new(0);
        fn new(cx: &Context) -> Action {
            assert_eq!(cx.kind(), Kind::BackupItemAction);
            MADE.fetch_add(1, Ordering::SeqCst);
            Action
        }
        let delete = |name| {
            Declaration::delete_item_action::<Action, _>(name, Action::default).__declared("a.rs", 1, "")
        };
        let backup = Declaration::backup_item_action::<Action, _>("a.b/c", new).__declared("a.rs", 1, "new");
        let same = Declaration::delete_item_action::<Action, _>("a.b/c", new).__declared("a.rs", 1, "new");
        let registry = Registry::new(vec![delete("a.b/d"), same, backup]).unwrap();
        let surroundings = Surroundings::default();
        let of = |kind, name| registry.find(kind, Names::Velero, name).unwrap();
        let (delete, backup) = (of(Kind::DeleteItemAction, "a.b/c"), of(Kind::BackupItemAction, "a.b/c"));
        assert!(
            delete.handler::<dyn crate::action::delete_item_action::Handler>(&surroundings).await.is_ok()
        );
        assert!(
            backup.handler::<dyn crate::action::backup_item_action::Handler>(&surroundings).await.is_ok()
        );
        assert_eq!(MADE.load(Ordering::SeqCst), 1);
        assert!(Arc::ptr_eq(&delete.made, &backup.made));
        assert!(!Arc::ptr_eq(&delete.made, &of(Kind::DeleteItemAction, "a.b/d").made));
    }

    #[tokio::test]
    async fn instance_is_kept_and_failure_is_retried() {
        use std::sync::atomic::{AtomicU32, Ordering};
        static MADE: AtomicU32 = AtomicU32::new(0);
        fn new(cx: &Context) -> Result<Action> {
            assert_eq!(cx.name(), "a.b/c");
            ensure!(MADE.fetch_add(1, Ordering::SeqCst) > 0, "not yet");
            Ok(Action)
        }
        let registry =
            Registry::new(vec![Declaration::backup_item_action::<Action, _>("a.b/c", new)]).unwrap();
        let entry = registry.find(Kind::BackupItemAction, Names::Velero, "a.b/c").unwrap();
        let surroundings = Surroundings::default();
        let make = || entry.handler::<dyn crate::action::backup_item_action::Handler>(&surroundings);
        assert_eq!(make().await.err().unwrap().to_string(), "not yet");
        let first = make().await.unwrap();
        assert!(Arc::ptr_eq(&first, &make().await.unwrap()));
        assert_eq!(MADE.load(Ordering::SeqCst), 2);
    }
}
