#[allow(clippy::unused_async)]
async fn grant(_: &AccessRequest, application: &Application) -> Result<GrantResponse> {
    Ok(GrantResponse::granted(&*application.spec.project))
}
const _: () = {
    #[unsafe(
        export_name = "plugin name declared twice: AccessRequester ephemeralaccess"
    )]
    #[used]
    static DECLARED_ONCE: ::core::primitive::u8 = 0;
    struct r#grant {}
    impl ::plugwright::AccessRequester for r#grant {
        async fn grant_access(
            &self,
            request: &AccessRequest,
            application: &Application,
        ) -> Result<GrantResponse> {
            grant(request, application).await
        }
    }
    ::plugwright::__private::inventory::submit! {
        ::plugwright::__private::Declared(||
        ::plugwright::Declaration::access_requester:: < grant, _ > (|| r#grant {})
        .__declared(::core::file!(), ::core::line!(), ""))
    }
};
