use super::*;
use crate::declare::testing::restore;
use crate::log::testing::logged;
use crate::{Context, Plugins, RestoreItemActionV2, RestoreOutputV2, VolumeInfo, VolumeSnapshotter, bail};

/// The plugin for a call of the kind.
fn target(declaration: Declaration) -> Target<()> {
    let (kind, name) = (declaration.kind, declaration.name.clone());
    let registry = Arc::new(Plugins::new().with(declaration).into_registry().unwrap());
    let dispatcher = Dispatcher::new(registry, Names::Velero, &Environment::of([]));
    let entry = dispatcher.0.registry.find(kind, Names::Velero, &name).unwrap();
    Target { handler: Arc::new(()), entry, dispatcher }
}

#[test]
fn log_lines_name_the_objects_of_the_call() {
    let target = target(restore("a.b/c"));
    let fields = |metadata: &str| {
        let of = |kind: &str| Bytes::from(format!(r#"{{"kind":"{kind}","metadata":{metadata}}}"#));
        logged(|| {
            let span = Invocation::new(Kind::RestoreItemAction, "a.b/c".into(), "execute", None).span();
            let _entered = span.enter();
            item(of("Pod"), "item").unwrap();
            target.backup(&of("Backup")).unwrap();
            target.restore(&of("Restore")).unwrap();
        })
    };
    assert_eq!(
        fields(r#"{"name":"web","namespace":"shop"}"#),
        [
            r#"resource="Pod""#,
            r#"namespace="shop""#,
            r#"name="web""#,
            r#"backup="shop/web""#,
            r#"restore="shop/web""#,
        ]
    );
    assert_eq!(fields("{}"), [r#"resource="Pod""#, r#"name="""#]);
}

#[test]
fn restore_input_has_only_the_objects_that_the_host_sends() {
    let target = target(restore("a.b/c"));
    let of_cluster = Bytes::from(r#"{"kind":"Pod"}"#);
    let of_backup = Bytes::from(r#"{"kind":"Pod","status":{}}"#);
    let restore = Bytes::from(r#"{"metadata":{"name":"daily"}}"#);
    let input = target.restore_input(of_cluster.clone(), of_backup.clone(), &restore).unwrap();
    assert_eq!((input.item.to_json(), &*input.restore.metadata.name), (of_cluster.clone(), "daily"));
    assert_eq!(input.stored().unwrap().to_json(), of_backup);
    let input = target.restore_input(of_cluster.clone(), Bytes::new(), &restore).unwrap();
    assert!(input.item_from_backup.is_none() && input.stored().is_err());
    let error = target.restore_input(of_cluster, Bytes::from("{"), &restore).unwrap_err().to_string();
    assert!(error.starts_with("itemFromBackup from the host: "), "{error}");
}

struct Disks;

impl VolumeSnapshotter for Disks {
    async fn init(_: &Context, _: Config) -> Result<Self> {
        Ok(Self)
    }

    async fn create_volume_from_snapshot(&self, _: &str, _: &str, _: &str, _: Option<i64>) -> Result<String> {
        bail!("not called")
    }

    async fn get_volume_info(&self, _: &str, _: &str) -> Result<VolumeInfo> {
        bail!("not called")
    }

    async fn create_snapshot(&self, _: &str, _: &str, _: &BTreeMap<String, String>) -> Result<String> {
        bail!("not called")
    }

    async fn delete_snapshot(&self, _: &str) -> Result<()> {
        bail!("not called")
    }

    async fn get_volume_id(&self, _: &Item) -> Result<Option<String>> {
        bail!("not called")
    }

    async fn set_volume_id(&self, _: &mut Item, _: &str) -> Result<()> {
        bail!("not called")
    }
}

#[test]
fn unknown_keys_of_a_configuration_are_errors() {
    let config = |declared: &Declaration, keys: &[&str]| {
        let config = keys.iter().map(|key| ((*key).to_owned(), "x".to_owned())).collect();
        target(declared.clone())
            .config(config)
            .map(|config| config.iter().count())
            .map_err(|error| error.to_string())
    };
    let any = Declaration::volume_snapshotter::<Disks>("a.b/c");
    assert_eq!(config(&any, &["region", "zone"]), Ok(2));
    let two = any.clone().config_keys(["region", "zone"]);
    assert_eq!(config(&two, &["credentialsFile", "region"]), Ok(2));
    assert_eq!(
        config(&two, &["Region", "speed", "zone"]),
        Err("config has invalid keys [Region speed]; valid keys are [region zone credentialsFile]".to_owned())
    );
    // A key that Velero adds may also be declared.
    assert_eq!(
        config(&any.config_keys(["credentialsFile", "region"]), &["zone"]),
        Err("config has invalid keys [zone]; valid keys are [credentialsFile region]".to_owned())
    );
}

#[derive(Default)]
struct V2;

impl RestoreItemActionV2 for V2 {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutputV2> {
        bail!("not called")
    }
}

#[test]
fn an_operation_requires_progress() {
    let check = |id, has_operations| {
        let plugin = target(Declaration::restore_item_action_v2("a.b/c", V2::default));
        plugin.check_operation(id, has_operations).map_err(|error| error.to_string())
    };
    assert_eq!(check(None, false), Ok(()));
    assert_eq!(check(None, true), Ok(()));
    assert_eq!(check(Some("7"), true), Ok(()));
    let error = check(Some("7"), false).unwrap_err();
    let expected = "V2 started the operation `7`, but does not implement RestoreOperations, so Velero could not \
                    poll its progress";
    assert!(error.ends_with(expected), "{error}");
}
