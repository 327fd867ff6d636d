use plugwright::prelude::*;

#[access_requester("example.io/my-plugin")]
#[derive(Default)]
struct Plugin;

impl AccessRequester for Plugin {
    async fn grant_access(&self, _: &AccessRequest, _: &Application) -> Result<GrantResponse> {
        Ok(GrantResponse::granted("on call"))
    }
}

fn main() {}
