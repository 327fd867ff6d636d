use serde_json::{Value, json};

use super::*;
use crate::testing::{claim, context, item, object};

fn snapshot(metadata: &Value, source: &Value) -> Value {
    let fields = json!({"metadata": metadata, "spec": {"source": source}});
    object("snapshot.storage.k8s.io/v1", "VolumeSnapshot", "disk-snapshot", &fields)
}

fn sorted<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    entries.map(|(key, value)| (key.to_owned(), Value::from(value))).collect::<serde_json::Map<_, _>>().into()
}

/// Labels and annotations before and after a backup, for an owner with the uid `u-1`.
fn cases() -> Vec<(Value, Value, Value)> {
    vec![
        (json!({}), json!({LABEL: "u-1"}), json!({})),
        (json!({"labels": {"a": "b", "c": "d"}}), json!({LABEL: "u-1", "a": "b", "c": "d"}), json!({})),
        (
            json!({"labels": {LABEL: "mine", "a": "b"}}),
            json!({LABEL: "u-1", "a": "b"}),
            json!({"original": "mine"}),
        ),
        (
            json!({"labels": {LABEL: "mine"}, "annotations": {"x": "y"}}),
            json!({LABEL: "u-1"}),
            json!({"x": "y", "original": "mine"}),
        ),
        // A user may have set the same value.
        (json!({"labels": {LABEL: "u-1"}}), json!({LABEL: "u-1"}), json!({"original": "u-1"})),
    ]
}

/// The annotations with the full name.
fn named(annotations: &Value, original: &str) -> Value {
    let rename = |(key, value): (&String, &Value)| {
        (if key == "original" { original.to_owned() } else { key.clone() }, value.clone())
    };
    annotations.as_object().unwrap().iter().map(rename).collect::<serde_json::Map<_, _>>().into()
}

#[tokio::test]
async fn a_claim_is_labelled_only_in_the_backup() {
    for (mut metadata, labels, annotations) in cases() {
        metadata["uid"] = "u-1".into();
        let mut input =
            BackupInput::new(item(claim("disk", &json!({"metadata": metadata}))), Backup::default());
        assert!(!back_up_claim(&mut input).await.unwrap().is_skipped());
        let stored = input.item;
        assert_eq!(sorted(stored.labels()), labels);
        assert_eq!(sorted(stored.annotations()), named(&annotations, "velero.kubevirt.io/original-pvc-uid"));

        let mut input = RestoreInput::new(stored, Restore::default());
        assert!(!restore_claim(&mut input).await.unwrap().is_skipped());
        let before = item(claim("disk", &json!({"metadata": metadata})));
        assert_eq!(sorted(input.item.labels()), sorted(before.labels()));
        assert_eq!(sorted(input.item.annotations()), sorted(before.annotations()));
    }
}

#[tokio::test]
async fn a_snapshot_has_the_uid_of_its_claim() {
    for (metadata, labels, annotations) in cases() {
        let cx = context([claim("disk", &json!({"metadata": {"uid": "u-1"}}))]);
        let before = item(snapshot(&metadata, &json!({"persistentVolumeClaimName": "disk"})));
        let mut input = BackupInput::new(before.clone(), Backup::default());
        assert!(!back_up_snapshot(&cx, &mut input).await.unwrap().is_skipped());
        let stored = input.item;
        assert_eq!(sorted(stored.labels()), labels);
        assert_eq!(
            sorted(stored.annotations()),
            named(&annotations, "velero.kubevirt.io/original-volumesnapshot-uid")
        );

        let mut input = RestoreInput::new(stored, Restore::default());
        assert!(!restore_snapshot(&mut input).await.unwrap().is_skipped());
        assert_eq!(sorted(input.item.labels()), sorted(before.labels()));
        assert_eq!(sorted(input.item.annotations()), sorted(before.annotations()));
    }
}

#[tokio::test]
async fn items_without_uid_are_unchanged() {
    let mut input = BackupInput::new(item(claim("disk", &json!({}))), Backup::default());
    assert!(!back_up_claim(&mut input).await.unwrap().is_skipped());
    assert!(!input.item.is_changed());

    let cx = context([claim("disk", &json!({"metadata": {"uid": ""}}))]);
    for source in [json!({}), json!({"persistentVolumeClaimName": "disk"})] {
        let mut input = BackupInput::new(item(snapshot(&json!({"uid": "u-2"}), &source)), Backup::default());
        assert!(!back_up_snapshot(&cx, &mut input).await.unwrap().is_skipped());
        assert!(!input.item.is_changed(), "{source}");
    }
}

#[tokio::test]
async fn the_claim_of_a_snapshot_must_exist() {
    let gone = item(snapshot(&json!({}), &json!({"persistentVolumeClaimName": "disk"})));
    assert!(back_up_snapshot(&context([]), &mut BackupInput::new(gone, Backup::default())).await.is_err());
}

#[tokio::test]
async fn without_the_label_a_restore_changes_nothing() {
    for metadata in
        [json!({}), json!({"labels": {"a": "b"}}), json!({"annotations": {ORIGINAL_OF_CLAIM: "x"}})]
    {
        let mut input =
            RestoreInput::new(item(claim("disk", &json!({"metadata": metadata}))), Restore::default());
        assert!(!restore_claim(&mut input).await.unwrap().is_skipped());
        assert!(!input.item.is_changed(), "{metadata}");
    }
    let mut input =
        RestoreInput::new(item(snapshot(&json!({"labels": {"a": "b"}}), &json!({}))), Restore::default());
    assert!(!restore_snapshot(&mut input).await.unwrap().is_skipped());
    assert!(!input.item.is_changed());
}

#[tokio::test]
async fn an_unfilled_claim_is_not_restored() {
    let metadata = json!({"annotations": {IN_PROGRESS: "disk"}});
    let mut input =
        RestoreInput::new(item(claim("disk", &json!({"metadata": metadata}))), Restore::default());
    assert!(restore_claim(&mut input).await.unwrap().is_skipped());
}
