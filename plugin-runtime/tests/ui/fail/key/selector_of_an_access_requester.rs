use plugwright::prelude::*;

#[access_requester(label_selector = "app=shop")]
#[derive(Default)]
struct Plugin;

impl AccessRequester for Plugin {
    async fn grant_access(&self, _: &AccessRequest, _: &Application) -> Result<GrantResponse> {
        Ok(GrantResponse::granted("on call"))
    }
}

fn main() {}
