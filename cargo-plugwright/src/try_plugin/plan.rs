//! Selects the plugins to call.

use plugwright::Item;
use plugwright::client::PluginIdentifier;
use plugwright::client::chain::Plan;
use plugwright_model::suggest;

use super::trial::Patient;
use crate::failure::Failure;
use crate::session::{NO_PLUGINS, Session};

/// Selects the item actions with the given names, or all item actions if none are given.
pub(crate) async fn make(
    caller: &mut Patient<'_>,
    names: &[String],
    items: &[Item],
) -> Result<Plan, Failure> {
    let plugins = caller.session.plugins().await?;
    check_names(names, &plugins)?;
    let is_empty = plugins.is_empty();
    let wanted = plugins
        .into_iter()
        .filter(|plugin| names.is_empty() || names.contains(&plugin.name))
        .map(|plugin| (0, plugin));
    let plan = Plan::make(caller, wanted, items).await?;
    if plan.is_empty() {
        let is_for_access = is_empty && Session::access_requester(caller.session.path()).await.is_some();
        return Err(Failure::new(if is_empty && !is_for_access {
            format!("the binary has no plugins\n  {NO_PLUGINS}")
        } else {
            "the binary has no item actions; use --location for an object store or volume snapshotter, and \
             --access-request for an access requester"
                .to_owned()
        }));
    }
    Ok(plan)
}

pub(super) fn check_names(names: &[String], plugins: &[PluginIdentifier]) -> Result<(), Failure> {
    let known = || plugins.iter().map(|plugin| plugin.name.as_str());
    let Some(unknown) = names.iter().find(|name| !known().any(|known| known == name.as_str())) else {
        return Ok(());
    };
    let hint = match suggest::closest(unknown, known()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("it has: {}", known().collect::<Vec<_>>().join(", ")),
    };
    Err(Failure::new(format!("the binary has no plugin `{unknown}`; {hint}")))
}
