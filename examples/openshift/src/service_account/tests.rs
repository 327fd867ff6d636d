use plugwright::testing::FakeCluster;
use serde_json::json;

use super::*;

fn constraints(name: &str, users: &Value) -> Value {
    json!({
        "apiVersion": "security.openshift.io/v1", "kind": "SecurityContextConstraints",
        "metadata": {"name": name}, "users": users,
    })
}

fn cluster() -> FakeCluster {
    let objects = [
        constraints("one", &json!(["system:admin", "system:serviceaccount:shop:web"])),
        constraints("all", &json!(["system:serviceaccount:shop"])),
        constraints("other", &json!(["system:serviceaccount:shop:db", "system:serviceaccount:test:web"])),
        constraints("odd", &json!(["system:serviceaccount", "system:serviceaccount::web", "web"])),
        constraints("none", &json!(null)),
    ];
    FakeCluster::new()
        .with_resource("security.openshift.io/v1", "SecurityContextConstraints", "securitycontextconstraints")
        .with(objects)
        .unwrap()
}

fn account(namespace: &str, name: &str) -> Item {
    let metadata = json!({"name": name, "namespace": namespace});
    Item::from_value(json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})).unwrap()
}

#[tokio::test]
async fn constraints_of_an_account_are_added_and_read_once() {
    let cluster = cluster();
    let action =
        ServiceAccounts::new(&Context::for_tests_of::<ServiceAccounts>().with_client(cluster.client()));
    for (namespace, name, expected) in [
        ("shop", "web", &["all", "one"][..]),
        ("shop", "db", &["all", "other"]),
        ("shop", "new", &["all"]),
        ("test", "web", &["other"]),
        ("elsewhere", "web", &[]),
    ] {
        let expected: Vec<_> =
            expected.iter().map(|name| ResourceIdentifier::new(CONSTRAINTS, "", *name)).collect();
        let mut input = BackupInput::new(account(namespace, name), Backup::default());
        assert_eq!(
            action.execute(&mut input).await.unwrap().additional_items,
            expected,
            "{namespace}/{name}"
        );
        assert!(!input.item.is_changed());
        let input = ItemBlockInput::new(account(namespace, name), Backup::default());
        assert_eq!(action.get_related_items(&input).await.unwrap(), expected);
    }
    assert_eq!(cluster.requests().len(), 1);
}

#[tokio::test]
async fn an_error_is_not_cached() {
    let cluster = cluster();
    cluster.fail("list", CONSTRAINTS, 403).times(1);
    let action =
        ServiceAccounts::new(&Context::for_tests_of::<ServiceAccounts>().with_client(cluster.client()));
    let mut input = BackupInput::new(account("shop", "web"), Backup::default());
    action.execute(&mut input).await.unwrap_err();
    assert_eq!(action.execute(&mut input).await.unwrap().additional_items.len(), 2);
}
