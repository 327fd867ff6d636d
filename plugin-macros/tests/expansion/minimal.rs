struct It;
const _: () = {
    #[unsafe(
        export_name = "plugin name declared twice: RestoreItemAction example.io/it"
    )]
    #[used]
    static DECLARED_ONCE: ::core::primitive::u8 = 0;
    ::plugwright::__private::inventory::submit! {
        ::plugwright::__private::Declared(||
        ::plugwright::Declaration::restore_item_action:: < It, _ > ("example.io/it", ||
        ::plugwright::__private::by_default:: < It > ()).__declared(::core::file!(),
        ::core::line!(), ""))
    }
};
