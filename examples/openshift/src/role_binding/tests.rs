use serde_json::{Value, json};

use super::*;
use crate::testing::input;

fn mapped() -> Restore {
    Restore::default().with_spec(|spec| {
        spec.namespace_mapping.insert("old-ns".into(), "new-ns".into());
    })
}

/// The restored binding; `None` if it is skipped.
async fn restored(name: &str, fields: Value, mapping: Restore) -> Option<Value> {
    let mut binding = fields;
    binding["apiVersion"] = "authorization.openshift.io/v1".into();
    binding["kind"] = "RoleBinding".into();
    binding["metadata"] = json!({"name": name, "namespace": "old-ns"});
    let mut input = input(binding, mapping);
    let output = restore(&mut input).await.unwrap();
    (!output.is_skipped()).then(|| input.item.as_value().clone())
}

#[tokio::test]
async fn bindings_of_every_project_are_skipped() {
    for (name, is_left_out) in [
        ("system:image-pullers", true),
        ("system:image-builders", true),
        ("system:deployers", true),
        ("my-custom-rolebinding", false),
        ("system:custom-role", false),
    ] {
        let role = json!({"roleRef": {"namespace": "old-ns", "name": "test-role"}});
        assert_eq!(restored(name, role, Restore::default()).await.is_none(), is_left_out, "{name}");
    }
}

#[tokio::test]
async fn all_names_are_mapped() {
    let fields = json!({
        "roleRef": {"namespace": "old-ns", "name": "test-role"},
        "subjects": [
            {"kind": "ServiceAccount", "namespace": "old-ns", "name": "test-sa"},
            {"kind": "Group", "name": "system:serviceaccounts:old-ns"},
        ],
        "userNames": ["system:serviceaccount:old-ns:test-sa", "regular-user"],
        "groupNames": ["system:serviceaccounts:old-ns", "regular-group"],
    });
    let binding = restored("test-rolebinding", fields.clone(), mapped()).await.unwrap();
    let expected = fields.to_string().replace("old-ns", "new-ns");
    for (field, value) in serde_json::from_str::<Value>(&expected).unwrap().as_object().unwrap() {
        assert_eq!(binding[field], *value);
    }
    // Velero maps the namespace of the object itself.
    assert_eq!(binding["metadata"]["namespace"], "old-ns");

    let unmapped = restored("test-rolebinding", fields.clone(), Restore::default()).await.unwrap();
    assert_eq!(unmapped["userNames"], fields["userNames"]);
}

async fn field(name: &str, value: Value) -> Value {
    restored("test-rolebinding", json!({name: value}), mapped()).await.unwrap()[name].clone()
}

#[tokio::test]
async fn subjects() {
    for (before, after) in [
        (
            json!({"namespace": "old-ns", "name": "test-sa"}),
            json!({"namespace": "new-ns", "name": "test-sa"}),
        ),
        (json!({"name": "system:serviceaccounts:old-ns"}), json!({"name": "system:serviceaccounts:new-ns"})),
        (json!({"namespace": "unmapped-ns", "name": "a"}), json!({"namespace": "unmapped-ns", "name": "a"})),
        (json!({"name": "old-ns"}), json!({"name": "old-ns"})),
        (json!({"namespace": null}), json!({"namespace": null})),
    ] {
        assert_eq!(field("subjects", json!([before])).await, json!([after]));
    }
}

#[tokio::test]
async fn names_of_users_and_groups() {
    for (list, before, after) in [
        ("userNames", "system:serviceaccount:old-ns:test-sa", "system:serviceaccount:new-ns:test-sa"),
        ("userNames", "regular-user", "regular-user"),
        (
            "userNames",
            "system:serviceaccount:unmapped-ns:test-sa",
            "system:serviceaccount:unmapped-ns:test-sa",
        ),
        ("userNames", "system:node:old-ns", "system:node:old-ns"),
        ("groupNames", "system:serviceaccounts:old-ns", "system:serviceaccounts:new-ns"),
        ("groupNames", "regular-group", "regular-group"),
        ("groupNames", "system:serviceaccounts:unmapped-ns", "system:serviceaccounts:unmapped-ns"),
        ("groupNames", "system:serviceaccounts", "system:serviceaccounts"),
    ] {
        assert_eq!(field(list, json!([before])).await, json!([after]));
    }
    assert_eq!(field("groupNames", Value::Null).await, Value::Null);
}
