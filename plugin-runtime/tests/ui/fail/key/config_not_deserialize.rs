use plugwright::prelude::*;

struct Settings {
    region: String,
}

#[object_store(name = "example.io/my-store", config = Settings)]
struct Store;

impl ObjectStore for Store {
    async fn init(_: &Context, _: Config) -> Result<Self> {
        Ok(Self)
    }
    async fn put_object(&self, _: &str, _: &str, _: &mut ObjectBody) -> Result<()> {
        Ok(())
    }
    async fn object_exists(&self, _: &str, _: &str) -> Result<bool> {
        Ok(false)
    }
    async fn get_object(&self, _: &str, _: &str) -> Result<ObjectBody> {
        bail!("not found")
    }
    async fn list_common_prefixes(&self, _: &str, _: &str, _: &str) -> Result<Vec<String>> {
        Ok(vec![])
    }
    async fn list_objects(&self, _: &str, _: &str) -> Result<Vec<String>> {
        Ok(vec![])
    }
    async fn delete_object(&self, _: &str, _: &str) -> Result<()> {
        Ok(())
    }
    async fn create_signed_url(&self, _: &str, _: &str, _: std::time::Duration) -> Result<String> {
        bail!("not found")
    }
}

fn main() {}
