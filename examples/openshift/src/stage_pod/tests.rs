use super::*;
use crate::testing::input;

fn pod(labels: &Value, annotations: &Value) -> Value {
    let claim = |name: &str| json!({"name": name, "persistentVolumeClaim": {"claimName": name}});
    let mount = |name: &str| json!({"name": name, "mountPath": format!("/{name}")});
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web", "namespace": "shop", "labels": labels, "annotations": annotations},
        "spec": {
            "containers": [
                {"name": "web", "image": "web:1", "command": ["serve"],
                    "volumeMounts": [mount("data"), mount("moved"), mount("config")]},
                {"name": "proxy", "image": "proxy:1"},
            ],
            "volumes": [claim("data"), claim("moved"), {"name": "config", "configMap": {"name": "web"}}],
        },
    })
}

fn reduced(labels: &Value, annotations: &Value, restore: Restore) -> Item {
    let mut input = input(pod(labels, annotations), restore);
    reduce(&mut input.item, &input.restore).unwrap();
    input.item
}

fn staging() -> Restore {
    Restore::default().with_annotation(IMAGE, "stage:1")
}

#[test]
fn a_stage_pod_sleeps_with_the_claims_to_copy() {
    let is_staged = json!({IS_STAGED: "8f1c"});
    let names = |pod: &Item, list: &str| -> Vec<Value> { pod.get_each(list).cloned().collect() };
    for (annotations, copied) in [
        (json!({}), json!(["data", "moved"])),
        (json!({NOT_COPIED: "moved"}), json!(["data"])),
        (json!({NOT_COPIED: "data,moved"}), json!([])),
    ] {
        let pod = reduced(&is_staged, &annotations, staging());
        assert_eq!(json!(names(&pod, "/spec/volumes/*/name")), copied);
        assert_eq!(json!(names(&pod, "/spec/containers/0/volumeMounts/*/name")), copied);
        for container in pod.containers() {
            assert_eq!(container["image"], "stage:1");
            assert_eq!(
                (&container["command"], &container["args"]),
                (&json!(["sleep"]), &json!(["infinity"]))
            );
        }
        assert_eq!(pod.get("/spec/containers/1/volumeMounts"), None);
    }
}

#[test]
fn other_pods_and_restores_are_unchanged() {
    let is_staged = json!({IS_STAGED: "8f1c"});
    for (labels, restore) in [
        (json!({}), staging()),
        (is_staged.clone(), Restore::default()),
        (is_staged, Restore::default().with_annotation(IMAGE, "")),
    ] {
        assert!(!reduced(&labels, &json!({}), restore).is_changed());
    }
}
