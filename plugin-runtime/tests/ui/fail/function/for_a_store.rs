use plugwright::prelude::*;

#[object_store(name = "example.io/my-plugin")]
async fn list_objects(_: &str, _: &str) -> Result<Vec<String>> {
    Ok(Vec::new())
}

fn main() {}
