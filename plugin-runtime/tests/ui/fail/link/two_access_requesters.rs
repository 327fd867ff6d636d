use plugwright::prelude::*;

#[access_requester]
#[derive(Default)]
struct Plugin;

impl AccessRequester for Plugin {
    async fn grant_access(&self, _: &AccessRequest, _: &Application) -> Result<GrantResponse> {
        Ok(GrantResponse::granted("on call"))
    }
}

mod other {
    use plugwright::prelude::*;

    #[access_requester]
    async fn grant(_: &AccessRequest, _: &Application) -> Result<GrantResponse> {
        Ok(GrantResponse::denied("at night"))
    }
}

fn main() {}
