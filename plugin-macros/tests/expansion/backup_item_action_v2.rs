pub struct It;
const _: () = {
    #[unsafe(export_name = "plugin name declared twice: BackupItemAction example.io/it")]
    #[used]
    static DECLARED_ONCE: ::core::primitive::u8 = 0;
    ::plugwright::__private::inventory::submit! {
        ::plugwright::__private::Declared(||
        ::plugwright::Declaration::__backup_item_action_v2:: < It, _ > ("example.io/it",
        || ::plugwright::__private::by_default:: < It > (), || { #[allow(unused_imports)]
        use ::plugwright::__private::operations::NoOperations as _;
        ::plugwright::__private::operations::Probe:: < It > ::new().backup_operations()
        }).included_namespaces(["shop-*"]).excluded_namespaces(["shop-test"])
        .included_resources(["pods", "deployments.apps"]).excluded_resources(["events"])
        .label_selector("app=shop,tier in (front,back)").__declared(::core::file!(),
        ::core::line!(), ""))
    }
};
