#[allow(clippy::unused_async)]
async fn it(_: &mut BackupInput) -> Result<BackupOutputV2> {
    Ok(BackupOutputV2::backup())
}
const _: () = {
    const __PLUGIN_NAME: &::core::primitive::str = names::IT;
    const _: () = ::plugwright::__private::check_name(__PLUGIN_NAME);
    struct r#it {}
    impl ::plugwright::BackupItemActionV2 for r#it {
        async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutputV2> {
            it(input).await
        }
    }
    ::plugwright::__private::inventory::submit! {
        ::plugwright::__private::Declared(||
        ::plugwright::Declaration::backup_item_action_v2:: < it, _ > (__PLUGIN_NAME, ||
        r#it {}).__declared(::core::file!(), ::core::line!(), ""))
    }
};
