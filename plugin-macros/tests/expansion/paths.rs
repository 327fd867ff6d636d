#[derive(Debug)]
pub(crate) struct r#It {
    n: u8,
}
const _: () = {
    const __PLUGIN_NAME: &::core::primitive::str = names::IT;
    const _: () = crate::vendored::plugwright::__private::check_name(__PLUGIN_NAME);
    crate::vendored::plugwright::__private::inventory::submit! {
        crate ::vendored::plugwright::__private::Declared(|| crate
        ::vendored::plugwright::Declaration::delete_item_action:: < r#It, _ >
        (__PLUGIN_NAME, r#It::for_cluster:: < Here >).__declared(::core::file!(),
        ::core::line!(), "Self :: for_cluster :: < Here >"))
    }
};
