pub struct It;
const _: () = {
    #[unsafe(export_name = "plugin name declared twice: ItemBlockAction example.io/it")]
    #[used]
    static DECLARED_ONCE: ::core::primitive::u8 = 0;
    ::plugwright::__private::inventory::submit! {
        ::plugwright::__private::Declared(||
        ::plugwright::Declaration::item_block_action:: < It, _ > ("example.io/it", ||
        ::plugwright::__private::by_default:: < It > ()).included_namespaces(["shop-*"])
        .excluded_namespaces(["shop-test"]).included_resources(["pods",
        "deployments.apps"]).excluded_resources(["events"])
        .label_selector("app=shop,tier in (front,back)").__declared(::core::file!(),
        ::core::line!(), ""))
    }
};
