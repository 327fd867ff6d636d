use std::time::Duration;

use serde_json::json;

use super::plugins::{self, Delete, V1, V2};
use super::{client, fates, item};
use crate::client::chain::{Chain, ChainError, Follow, Outcome, StepError};
use crate::{Backup, Declaration, Item, Result};

fn quickly() -> Follow {
    Follow::for_at_most(Duration::from_millis(200)).every(Duration::from_millis(1))
}

#[tokio::test]
async fn item_passes_all_matching_actions() -> Result<()> {
    let pods = Declaration::backup_item_action("a.b/pods", V1::default).included_resources(["Pod"]);
    let mine = Declaration::backup_item_action("a.b/web", V1::default).label_selector("app=web");
    let other = Declaration::backup_item_action("a.b/other", V1::default).included_namespaces(["billing"]);
    let client = client(plugins::backup().into_iter().chain([pods, mine, other])).await?;
    let items = [item("Pod", "web", &json!({"do": "relabel"}))?, item("Secret", "key", &json!({}))?];
    let report = client.backup(&items, &Backup::default()).await?;

    assert_eq!(fates(&report), ["web: kept", "key: kept"]);
    let plugins = |place: usize| {
        let called = report.items[place].steps.iter().filter(|step| step.is_call());
        called.map(|step| step.plugin.name.clone()).collect::<Vec<_>>()
    };
    // The item block first; then V1 and V2 in the binary's order. The labels are those of the cluster.
    assert_eq!(plugins(0), ["a.b/block", "a.b/pods", "a.b/v1", "a.b/web", "a.b/v2"]);
    assert_eq!(plugins(1), ["a.b/block", "a.b/v1", "a.b/v2"]);
    assert_eq!(report.items[0].result().unwrap().annotation("way"), Some("v1 v1 v1 v2 "));
    let effect = report.items[0].effect("a.b/v1").unwrap();
    assert_eq!(effect.before().unwrap().annotation("way"), Some("v1 "));
    assert_eq!(effect.after().unwrap().annotation("way"), Some("v1 v1 "));
    let Outcome::NotApplicable(why) = &report.items[0].steps[1].outcome else { panic!("{report:?}") };
    assert_eq!(why, "the namespace is not selected (included namespaces: billing)");
    Ok(())
}

#[tokio::test]
async fn additional_items_are_backed_up_at_once_and_only_once() -> Result<()> {
    let client = client(plugins::backup()).await?;
    let items = [
        item("Secret", "late", &json!({}))?,
        item("Pod", "web", &json!({"additional": ["key", "none", "late"]}))?,
        item("Secret", "key", &json!({"additional": ["key"]}))?,
    ];
    let report = client.backup(&items, &Backup::default()).await?;
    assert_eq!(fates(&report), ["late: kept", "web: kept", "key: kept"]);
    let v1: Vec<_> = report.calls("a.b/v1").map(|(item, _)| item.id.name.as_str()).collect();
    assert_eq!(v1, ["late", "web", "key"]);
    let warnings: Vec<_> = report.warnings().collect();
    assert_eq!(
        warnings,
        ["pods shop/web: additional item secrets shop/none was not found, cannot back it up"]
    );
    assert_eq!(report.errors().count(), 0);
    Ok(())
}

#[tokio::test]
async fn a_failing_additional_item_fails_the_item_and_not_the_backup() -> Result<()> {
    let client = client(plugins::backup()).await?;
    let items = [
        item("Pod", "web", &json!({"additional": ["key"]}))?,
        item("Secret", "key", &json!({"do": "fail"}))?,
        item("Pod", "skipped", &json!({"do": "skip", "operation": "ends"}))?,
        item("Pod", "last", &json!({}))?,
    ];
    let report = client.backup(&items, &Backup::default()).await?;
    assert_eq!(
        fates(&report),
        [
            "web: failed: additional item secrets shop/key failed",
            "key: failed: a.b/v1 failed",
            "skipped: skipped by a.b/v1",
            "last: kept"
        ]
    );
    let steps = &report.items[0].steps;
    assert!(matches!(&steps[2].outcome, Outcome::NotReached(why) if why.contains("shop/key failed")));
    let errors: Vec<_> = report.errors().collect();
    // A failing item block action fails nothing else. It is called when the item is processed.
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].starts_with("secrets shop/key: a.b/v1: requested by the item"), "{errors:?}");
    assert!(errors[1].starts_with("secrets shop/key: a.b/block: requested by the item"), "{errors:?}");
    Ok(())
}

#[tokio::test]
async fn additional_items_are_excluded_unless_must_include() -> Result<()> {
    let client = client(plugins::backup()).await?;
    let mut backup = Backup::default();
    backup.spec.excluded_resources = vec!["secret".into()];
    let key = || item("Secret", "key", &json!({}));
    let by_way =
        |what: &str| item("Pod", "web", &json!({"do": what, "additional": ["key"], "must": ["key"]}));
    let report = client.backup(&[by_way("")?, key()?], &backup).await?;
    let excluded = "key: excluded: the backup does not include its resource or namespace";
    assert_eq!(fates(&report), ["web: kept", excluded]);
    assert_eq!(report.items[0].effect("a.b/v1").unwrap().excluded_items[0].to_string(), "secrets shop/key");
    assert_eq!(report.results().map(Item::name).collect::<Vec<_>>(), ["web"]);
    let report = client.backup(&[by_way("must")?, key()?], &backup).await?;
    assert_eq!(fates(&report), ["web: kept", "key: kept"]);
    assert!(report.items[0].effect("a.b/v1").unwrap().excluded_items.is_empty());
    assert_eq!(report.results().count(), 2);

    let mut marked = item("Pod", "web", &json!({}))?;
    marked.set_label("velero.io/exclude-from-backup", "true");
    let report = client.backup(&[marked], &backup).await?;
    assert_eq!(fates(&report), ["web: excluded: it has the label velero.io/exclude-from-backup=true"]);
    Ok(())
}

#[tokio::test]
async fn related_items_are_backed_up_after_the_item_blocks_actions() -> Result<()> {
    let client = client(plugins::backup()).await?;
    let items = [
        item("Pod", "web", &json!({"related": ["key", "none"]}))?,
        item("Pod", "db", &json!({}))?,
        item("Secret", "key", &json!({"related": ["deep"]}))?,
        item("Secret", "deep", &json!({"related": ["key"]}))?,
    ];
    let report = client.backup(&items, &Backup::default()).await?;
    assert_eq!(fates(&report), ["web: kept", "key: kept", "deep: kept", "db: kept"]);
    let warnings: Vec<_> = report.warnings().collect();
    assert_eq!(
        warnings,
        ["pods shop/web: related item secrets shop/none was not found, cannot add it to the item block"]
    );
    Ok(())
}

#[tokio::test]
async fn operations_are_polled_and_their_items_backed_up_again() -> Result<()> {
    let client = client(plugins::backup()).await?;
    let items = [
        item("Pod", "web", &json!({"operation": "ends", "after": ["key", "none"]}))?,
        item("Secret", "key", &json!({}))?,
    ];
    let chain = Chain::of([&client]).follow(quickly().every(Duration::ZERO));
    let report = chain.backup(&items, &Backup::default()).await?;
    let operation = report.items[0].effect("a.b/v2").unwrap().operation.clone().unwrap();
    assert!(operation.succeeded() && operation.id == "ends", "{operation:?}");
    assert_eq!(operation.progress.unwrap().done, 3);
    let finalized: Vec<_> = report.finalized.iter().map(|item| item.id.to_string()).collect();
    assert_eq!(finalized, ["secrets shop/key"]);
    assert_eq!(report.results().find(|item| item.name() == "key"), report.finalized[0].result());
    assert_eq!(report.warnings().count(), 1);

    // A tool may choose not to wait: the operation is reported, but not polled.
    let report = Chain::of([&client]).follow(Follow::NOTHING).backup(&items, &Backup::default()).await?;
    let operation = report.items[0].effect("a.b/v2").unwrap().operation.clone().unwrap();
    assert_eq!((operation.progress, report.finalized.len()), (None, 0));
    Ok(())
}

#[tokio::test]
async fn operations_that_fail_or_take_too_long_are_errors() -> Result<()> {
    for (operation, expected) in [
        ("fails", "pods shop/web: a.b/v2: the disk is gone"),
        ("errs", "pods shop/web: a.b/v2: nobody knows"),
        ("endless", "pods shop/web: a.b/v2: no answer within 200ms"),
    ] {
        let client = client(plugins::backup()).await?;
        let items = [item("Pod", "web", &json!({"operation": operation}))?];
        let report = Chain::of([&client]).follow(quickly()).backup(&items, &Backup::default()).await?;
        let errors: Vec<_> = report.errors().collect();
        assert!(errors.len() == 1 && errors[0].starts_with(expected), "{errors:?}");
        assert_eq!(fates(&report), ["web: kept"], "the item is in the backup");
    }
    Ok(())
}

#[tokio::test]
async fn plugins_run_binary_by_binary() -> Result<()> {
    let second = client([Declaration::backup_item_action("a.b/first-by-name", V1::default)]).await?;
    let first = client([Declaration::backup_item_action_v2_with_operations("a.b/z", V2::default)]).await?;
    let items = [item("Pod", "web", &json!({}))?];
    let report = Chain::of([&first, &second]).backup(&items, &Backup::default()).await?;
    assert_eq!(report.items[0].result().unwrap().annotation("way"), Some("v2 v1 "));
    Ok(())
}

#[tokio::test]
async fn invalid_selector_fails_the_backup() -> Result<()> {
    use crate::{BackupInput, BackupItemAction, BackupOutput, Context, ResourceSelector};
    #[derive(Default)]
    struct Odd;
    impl BackupItemAction for Odd {
        async fn applies_to(_: &Context, declared: ResourceSelector) -> Result<ResourceSelector> {
            Ok(declared.label_selector("a in ("))
        }

        async fn execute(&self, _: &mut BackupInput) -> Result<BackupOutput> {
            Ok(BackupOutput::backup())
        }
    }
    let client = client([Declaration::backup_item_action("a.b/odd", Odd::default)]).await?;
    let error = client.backup(&[], &Backup::default()).await.unwrap_err();
    assert!(error.to_string().starts_with("applies_to of BackupItemAction a.b/odd: "), "{error}");
    assert!(matches!(error, ChainError::Unusable(_)));
    // It is not called in a restore.
    client.restore(&[], &crate::Restore::default()).await?;
    Ok(())
}

#[tokio::test]
async fn deletion_continues_after_errors() -> Result<()> {
    let delete = |name| Declaration::delete_item_action(name, Delete::default);
    let client = client([delete("a.b/a"), delete("a.b/b")]).await?;
    let items = [item("Pod", "web", &json!({"do": "fail"}))?, item("Pod", "db", &json!({}))?];
    let report = Chain::of([&client]).delete(&items, &Backup::default()).await?;
    let errors: Vec<_> = report.errors().collect();
    assert_eq!(errors.len(), 2);
    assert!(matches!(report.items[0].steps[1].error(), Some(StepError::Call(_))));
    assert_eq!(fates(&report), ["web: kept", "db: kept"]);
    Ok(())
}
