//! The plugins of a binary: checked once, sorted as Velero lists them, made when first used.

use std::fmt;
use std::sync::{Arc, OnceLock};

use plugwright_model::{Kind, name};
use tokio::sync::OnceCell;

use super::Declaration;
use super::declaration::AnyHandler;
use crate::context::Surroundings;
use crate::{Context, Error, Result};

/// What is wrong with a set of declarations: the message says which and what would be right.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem(String);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// All plugins, sorted by kind, in the order in which Velero's own framework lists kinds
/// (`pkg/plugin/framework/server.go`, `Serve`), then by name.
#[derive(Debug)]
pub(crate) struct Registry {
    entries: Vec<Arc<Entry>>,
}

/// One plugin, and what it was made into.
pub(crate) struct Entry {
    pub(crate) declaration: Declaration,
    cx: OnceLock<&'static Context>,
    handler: OnceCell<AnyHandler>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.declaration.fmt(f)
    }
}

impl Registry {
    /// Refuses what the attributes refuse, for declarations made by hand, and what only the whole
    /// binary shows: one name twice.
    pub(crate) fn new(mut declarations: Vec<Declaration>) -> Result<Self, Vec<Problem>> {
        declarations.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        let mut problems: Vec<_> = declarations.iter().flat_map(malformed).collect();
        for (index, a) in declarations.iter().enumerate() {
            problems.extend(declarations[index + 1..].iter().filter_map(|b| clash(a, b)));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let entry = |declaration| Arc::new(Entry { declaration, cx: OnceLock::new(), handler: OnceCell::new() });
        Ok(Self { entries: declarations.into_iter().map(entry).collect() })
    }

    pub(crate) fn declarations(&self) -> impl Iterator<Item = &Declaration> {
        self.entries.iter().map(|entry| &entry.declaration)
    }

    /// The plugin that the host asks for.
    pub(crate) fn find(&self, kind: Kind, name: &str) -> Result<Arc<Entry>> {
        let same = |entry: &&Arc<Entry>| entry.declaration.kind == kind && entry.declaration.name == name;
        self.entries.iter().find(same).cloned().ok_or_else(|| {
            let of_kind = self.entries.iter().filter(|entry| entry.declaration.kind == kind);
            let names: Vec<_> = of_kind.map(|entry| entry.declaration.name.as_str()).collect();
            let has = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            Error::msg(format!("{kind} plugin {name} was not found in this binary, which has {has} of this kind"))
        })
    }
}

impl Entry {
    /// What the plugin was made into, made now if it was not yet. `H` is the `dyn Handler` of the
    /// kind.
    pub(crate) async fn handler<H>(&self, surroundings: &Surroundings) -> Result<Arc<H>>
    where
        H: ?Sized + Send + Sync + 'static,
    {
        let handler = self.handler.get_or_try_init(|| self.declaration.make(self.context(surroundings))).await?;
        handler.downcast_ref::<Arc<H>>().cloned().ok_or_else(|| {
            let Declaration { kind, name, .. } = &self.declaration;
            Error::msg(format!("{kind} plugin {name} was made into something else; this is a bug in plugwright"))
        })
    }

    /// Lives as long as the process: a constructor may keep it, and there is one for each plugin.
    fn context(&self, surroundings: &Surroundings) -> &'static Context {
        self.cx.get_or_init(|| {
            let Declaration { kind, name, .. } = &self.declaration;
            Box::leak(Box::new(Context::new(*kind, name.clone(), surroundings.clone())))
        })
    }
}

fn malformed(declaration: &Declaration) -> Vec<Problem> {
    let Declaration { kind, place, selector, .. } = declaration;
    let plugin = &declaration.name;
    let mut problems = Vec::new();
    if let Err(error) = name::check(plugin) {
        problems.push(Problem(format!("{kind} plugin `{plugin}`, declared at {place}: {error}")));
    }
    #[cfg(any())]
    if let Err(error) = label_selector::parse(&selector.label_selector) {
        problems.push(Problem(format!(
            "{kind} plugin `{plugin}`, declared at {place}: label selector `{}`: {error}",
            selector.label_selector
        )));
    }
    problems
}

fn clash(a: &Declaration, b: &Declaration) -> Option<Problem> {
    let Declaration { kind, name, place, .. } = a;
    if *name != b.name {
        None
    } else if *kind == b.kind {
        Some(Problem(format!("{kind} plugin `{name}` is declared twice: at {place} and at {}", b.place)))
    } else if kind.twin() == Some(b.kind) {
        Some(Problem(format!(
            "`{name}` is declared as {kind} at {place} and as {} at {}: Velero would call the second one twice \
             and the first one never; give them different names",
            b.kind, b.place
        )))
    } else {
        None
    }
}
