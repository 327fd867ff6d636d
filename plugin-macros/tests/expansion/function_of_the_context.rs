#[allow(clippy::unused_async)]
async fn it(cx: &Context, input: &DeleteInput) -> Result<()> {
    Ok(())
}
const _: () = {
    #[unsafe(export_name = "plugin name declared twice: DeleteItemAction example.io/it")]
    #[used]
    static DECLARED_ONCE: ::core::primitive::u8 = 0;
    struct r#it {
        cx: ::plugwright::Context,
    }
    impl ::plugwright::DeleteItemAction for r#it {
        async fn execute(&self, input: &DeleteInput) -> Result<()> {
            it(&self.cx, input).await
        }
    }
    ::plugwright::__private::inventory::submit! {
        ::plugwright::__private::Declared(||
        ::plugwright::Declaration::delete_item_action:: < it, _ > ("example.io/it", | cx
        : & ::plugwright::Context | r#it { cx : cx.clone() }).__declared(::core::file!(),
        ::core::line!(), ""))
    }
};
