#[allow(clippy::unused_async)]
/// Kept.
pub async fn r#it<'a>(
    ItemBlockInput { item, .. }: &'a framework::ItemBlockInput,
) -> Result<Vec<ResourceIdentifier>, Error>
where
    'a: 'a,
{
    Err(item.into())
}
const _: () = {
    #[unsafe(export_name = "plugin name declared twice: ItemBlockAction example.io/it")]
    #[used]
    static DECLARED_ONCE: ::core::primitive::u8 = 0;
    struct r#it {}
    impl framework::ItemBlockAction for r#it {
        async fn get_related_items<'a>(
            &self,
            input: &'a framework::ItemBlockInput,
        ) -> Result<Vec<ResourceIdentifier>, Error> {
            r#it(input).await
        }
    }
    framework::__private::inventory::submit! {
        framework::__private::Declared(|| framework::Declaration::item_block_action:: <
        r#it, _ > ("example.io/it", || r#it {}).included_resources(["pods"])
        .__declared(::core::file!(), ::core::line!(), ""))
    }
};
