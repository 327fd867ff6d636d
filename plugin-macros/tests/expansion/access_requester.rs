pub struct It;
const _: () = {
    #[unsafe(
        export_name = "plugin name declared twice: AccessRequester ephemeralaccess"
    )]
    #[used]
    static DECLARED_ONCE: ::core::primitive::u8 = 0;
    ::plugwright::__private::inventory::submit! {
        ::plugwright::__private::Declared(||
        ::plugwright::Declaration::access_requester:: < It, _ > (||
        ::plugwright::__private::by_default:: < It > ()).__declared(::core::file!(),
        ::core::line!(), ""))
    }
};
