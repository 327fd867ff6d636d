use plugwright::prelude::*;

#[access_requester]
#[derive(Default)]
struct Plugin;

fn main() {}
