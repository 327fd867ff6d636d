use plugwright::prelude::*;

#[access_requester]
async fn grant(_: &AccessRequest) -> Result<GrantResponse> {
    Ok(GrantResponse::granted("on call"))
}

fn main() {}
