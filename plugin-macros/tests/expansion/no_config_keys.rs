struct It;
const _: () = {
    #[unsafe(export_name = "plugin name declared twice: ObjectStore example.io/it")]
    #[used]
    static DECLARED_ONCE: ::core::primitive::u8 = 0;
    ::plugwright::__private::inventory::submit! {
        ::plugwright::__private::Declared(|| ::plugwright::Declaration::object_store:: <
        It > ("example.io/it").config_keys([""; 0]).__declared(::core::file!(),
        ::core::line!(), ""))
    }
};
