//! RoleBindings in OpenShift's own API, which has three forms of service account names.

use plugwright::prelude::*;

/// OpenShift creates these in every new project.
const OF_PROJECTS: [&str; 3] = ["system:image-pullers", "system:image-builders", "system:deployers"];

/// Skips the bindings that every project has, and binds the service accounts in the target namespaces.
#[restore_item_action(
    name = "openshift.io/21-role-bindings-restore-plugin",
    included_resources = ["rolebindings.authorization.openshift.io"],
)]
async fn restore(input: &mut RestoreInput) -> Result<RestoreOutput> {
    let RestoreInput { item: binding, restore, .. } = input;
    if OF_PROJECTS.contains(&binding.name()) {
        return Ok(RestoreOutput::skip());
    }
    let namespace = |name: &str| restore.target_namespace(name).to_owned();
    let account = |name: &str| in_target_namespace(name, restore);
    let mut edit = |places: &[&str], replace: &dyn Fn(&str) -> String| {
        for place in places {
            binding.edit_each(place, |text| *text = text.as_str().map(replace).into());
        }
    };
    edit(&["/roleRef/namespace", "/subjects/*/namespace"], &namespace);
    edit(&["/subjects/*/name", "/userNames/*", "/groupNames/*"], &account);
    Ok(RestoreOutput::restore())
}

/// Maps the namespace in the name of a service account, `system:serviceaccount:shop:web`, or of a namespace's group,
/// `system:serviceaccounts:shop`. Other names are unchanged.
fn in_target_namespace(name: &str, restore: &Restore) -> String {
    let mut parts: Vec<_> = name.split(':').collect();
    if let [_, "serviceaccount" | "serviceaccounts", namespace, ..] = &mut parts[..] {
        *namespace = restore.target_namespace(namespace);
    }
    parts.join(":")
}

#[cfg(test)]
mod tests;
