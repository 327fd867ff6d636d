pub struct It;
const _: () = {
    #[unsafe(
        export_name = "plugin name declared twice: VolumeSnapshotter example.io/it"
    )]
    #[used]
    static DECLARED_ONCE: ::core::primitive::u8 = 0;
    ::plugwright::__private::inventory::submit! {
        ::plugwright::__private::Declared(||
        ::plugwright::Declaration::volume_snapshotter:: < It > ("example.io/it").config::
        < settings::Settings > ().__declared(::core::file!(), ::core::line!(), ""))
    }
};
