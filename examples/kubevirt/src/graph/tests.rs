use plugwright::testing::FakeCluster;
use serde_json::json;

use super::*;
use crate::testing::{claim, context, instance, item, launcher, machine, object, texts};

/// A machine with an instance type, a preference, a disk, an SSH key and optionally a persistent TPM.
fn full_machine(is_created: bool, tpm: bool) -> Item {
    item(machine(&json!({
        "spec": {
            "instancetype": {"name": "small", "kind": "virtualmachineinstancetype"},
            "preference": {"name": "linux", "kind": "virtualmachinepreference"},
            "template": {"spec": {
                "volumes": [{"name": "root", "dataVolume": {"name": "disk"}}],
                "domain": {"devices": {"tpm": {"persistent": tpm}}},
                "accessCredentials": [{"sshPublicKey": {"source": {"secret": {"secretName": "ssh"}}}}],
            }},
        },
        "status": {
            "created": is_created,
            "instancetypeRef": {"name": "small", "controllerRevisionRef": {"name": "small-1"}},
            "preferenceRef": {"name": "linux", "controllerRevisionRef": {"name": "linux-1"}},
        },
    })))
}

fn cluster() -> Context {
    let state = claim("web-state", &json!({"metadata": {"labels": {"persistent-state-for": "web"}}}));
    let others = claim("other-state", &json!({"metadata": {"labels": {"persistent-state-for": "other"}}}));
    context([launcher(&json!({})), state, others])
}

const REVISIONS: [&str; 2] =
    ["controllerrevisions.apps shop/small-1", "controllerrevisions.apps shop/linux-1"];
const RUN: [&str; 2] = ["virtualmachineinstances.kubevirt.io shop/web", "pods shop/virt-launcher-web-x7k2p"];
const DISK: [&str; 2] = ["datavolumes.cdi.kubevirt.io shop/disk", "persistentvolumeclaims shop/disk"];
const STATE: [&str; 1] = ["persistentvolumeclaims shop/web-state"];
const KEY: [&str; 1] = ["secrets shop/ssh"];

#[tokio::test]
async fn a_machine_with_all_related_objects() {
    for (is_created, tpm, expected) in [
        (true, false, [&REVISIONS[..], &RUN, &DISK, &KEY].concat()),
        (false, false, [&REVISIONS[..], &DISK, &KEY].concat()),
        (true, true, [&REVISIONS[..], &RUN, &DISK, &STATE, &KEY].concat()),
    ] {
        let related = for_backup(&cluster(), &full_machine(is_created, tpm)).await.unwrap();
        assert_eq!(texts(&related), expected);
    }
}

#[tokio::test]
async fn a_restored_machine_has_its_revisions_in_the_spec() {
    let mut machine = full_machine(true, true);
    machine.remove("/status");
    for (of, revision) in [("instancetype", "small-1"), ("preference", "linux-1")] {
        machine.set(&format!("/spec/{of}/revisionName"), revision).unwrap();
    }
    let related = for_restore(&cluster(), &machine).await.unwrap();
    assert_eq!(texts(&related), [&REVISIONS[..], &DISK, &STATE, &KEY].concat());
}

#[test]
fn a_revision_requires_a_matcher_and_a_name() {
    let of = |spec: Value, status: Value| {
        let machine = item(machine(&json!({"spec": spec, "status": status})));
        revision(&machine, "instancetype").map(ToOwned::to_owned)
    };
    let in_use = json!({"instancetypeRef": {"controllerRevisionRef": {"name": "in-use"}}});
    let in_spec = json!({"instancetype": {"revisionName": "in-spec"}});
    assert_eq!(of(in_spec.clone(), in_use.clone()).as_deref(), Some("in-use"));
    assert_eq!(of(in_spec.clone(), json!({})).as_deref(), Some("in-spec"));
    assert_eq!(of(in_spec, json!({"instancetypeRef": {}})), None);
    assert_eq!(of(json!({"instancetype": {"revisionName": ""}}), json!({})), None);
    assert_eq!(of(json!({}), in_use), None);
}

#[tokio::test]
async fn all_volumes_and_credentials_of_an_instance() {
    let secret = |name| json!({"source": {"secret": {"secretName": name}}});
    let instance = item(instance(&json!({"spec": {
        "volumes": [
            {"persistentVolumeClaim": {"claimName": "claim"}},
            {"dataVolume": {"name": "disk"}},
            {"memoryDump": {"claimName": "dump"}},
            {"configMap": {"name": "settings"}},
            {"secret": {"secretName": "login"}},
            {"serviceAccount": {"serviceAccountName": "account"}},
            {"cloudInitNoCloud": {"secretRef": {"name": "user"}, "networkDataSecretRef": {"name": "network"}}},
            {"cloudInitConfigDrive": {"secretRef": {"name": "user2"}, "networkDataSecretRef": {"name": "network2"}}},
            {"containerDisk": {"image": "example.com/disk"}},
        ],
        "accessCredentials": [{"sshPublicKey": secret("ssh")}, {"userPassword": secret("password")}],
    }})));
    let expected = [
        "persistentvolumeclaims shop/claim",
        "datavolumes.cdi.kubevirt.io shop/disk",
        "persistentvolumeclaims shop/disk",
        "persistentvolumeclaims shop/dump",
        "configmaps shop/settings",
        "secrets shop/login",
        "serviceaccounts shop/account",
        "secrets shop/user",
        "secrets shop/network",
        "secrets shop/user2",
        "secrets shop/network2",
        "secrets shop/ssh",
        "secrets shop/password",
    ];
    assert_eq!(texts(&for_restore(&context([]), &instance).await.unwrap()), expected);
    assert_eq!(texts(&for_backup(&context([]), &instance).await.unwrap()), expected);
}

#[tokio::test]
async fn only_the_launcher_pod_of_the_instance_is_added() {
    let instance = item(instance(&json!({})));
    let mut of_another = launcher(&json!({}));
    of_another["metadata"]["annotations"]["kubevirt.io/domain"] = "another".into();
    let plain =
        object("v1", "Pod", "web", &json!({"metadata": {"annotations": {"kubevirt.io/domain": "web"}}}));
    for (pods, expected) in [
        (vec![launcher(&json!({}))], vec!["pods shop/virt-launcher-web-x7k2p"]),
        (vec![of_another], vec![]),
        (vec![plain], vec![]),
        (vec![], vec![]),
    ] {
        assert_eq!(texts(&for_backup(&context(pods), &instance).await.unwrap()), expected);
    }
}

#[tokio::test]
async fn the_state_of_tpm_and_efi_is_added() {
    for (domain, is_kept) in [
        (json!({"firmware": {"bootloader": {"efi": {"persistent": true}}}}), true),
        (json!({"firmware": {"bootloader": {"efi": {"persistent": false}}}}), false),
        (json!({"devices": {"tpm": {}}}), false),
    ] {
        let instance = item(instance(&json!({"spec": {"domain": domain}})));
        let related = for_restore(&cluster(), &instance).await.unwrap();
        assert_eq!(texts(&related), if is_kept { &STATE[..] } else { &[] }, "{domain}");
    }
}

#[tokio::test]
async fn before_kubevirt_1_4_the_state_claim_has_a_fixed_name() {
    let domain = json!({"devices": {"tpm": {"persistent": true}}});
    let instance = item(instance(&json!({"spec": {"domain": domain}})));
    let related = for_restore(&context([]), &instance).await.unwrap();
    assert_eq!(texts(&related), ["persistentvolumeclaims shop/persistent-state-for-web"]);
}

#[tokio::test]
async fn an_api_error_is_not_an_old_kubevirt() {
    let forbidden = FakeCluster::new();
    forbidden.fail("list", "persistentvolumeclaims", 403);
    let cx = context([]).with_client(forbidden.client());
    assert!(for_restore(&cx, &full_machine(false, true)).await.is_err());
}
