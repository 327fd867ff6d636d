//! A bucket: Velero's calls on the crate `object_store`, and the messages for failures.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer};
use object_store::{GetOptions, ObjectStore, ObjectStoreExt as _};
use plugwright::{Context, ErrorContext as _, ObjectBody, Result};

use crate::download::Download;
use crate::failure::{Failure, Site};
use crate::listing::Listing;
use crate::provider::Action;
use crate::upload::{Upload, Uploads};

/// A bucket of any provider.
pub(crate) struct Bucket {
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// `object_store` rejects keys that Velero must list and delete: folder markers, `a//b`.
    pub(crate) listing: Listing,
    pub(crate) links: Links,
    pub(crate) uploads: Uploads,
    pub(crate) site: Site,
}

/// Signs URLs.
pub(crate) struct Links {
    pub(crate) signer: Arc<dyn Signer>,
    pub(crate) options: SignedUrlOptions,
}

impl Bucket {
    pub(crate) async fn put(&self, cx: &Context, key: &str, body: &mut ObjectBody) -> Result<()> {
        self.ready().await?;
        Upload::new(self, path(key)?).put(cx, body).await
    }

    pub(crate) async fn exists(&self, key: &str) -> Result<bool> {
        self.ready().await?;
        match self.objects.head(&path(key)?).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => {
                let failure = Failure::of(&error);
                // The response to HEAD has no body with a reason.
                if failure.is_unexplained() {
                    self.listing
                        .page("", "", None, 1)
                        .await
                        .map_err(|error| self.fail(&error, Action::Exists))?;
                }
                Err(self.fail(&failure, Action::Exists))
            }
        }
    }

    pub(crate) async fn get(&self, key: &str) -> Result<ObjectBody> {
        self.ready().await?;
        let path = path(key)?;
        let found = self.objects.get_opts(&path, GetOptions::default()).await;
        let found = found.map_err(|error| self.fail(&Failure::of(&error), Action::Get))?;
        Ok(Download::new(Arc::clone(&self.objects), path, found).into_body())
    }

    /// Returns the keys in the order of the provider's Go plugin: descending for S3, so that the objects of a folder
    /// are deleted before its marker.
    pub(crate) async fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        self.ready().await?;
        let keys = self.listing.keys(prefix).await;
        keys.map_err(|failure| self.fail(&failure, Action::List))
    }

    pub(crate) async fn common_prefixes(&self, prefix: &str, delimiter: &str) -> Result<Vec<String>> {
        self.ready().await?;
        let prefixes = self.listing.common_prefixes(prefix, delimiter).await;
        prefixes.map_err(|failure| self.fail(&failure, Action::List))
    }

    pub(crate) async fn delete(&self, key: &str) -> Result<()> {
        self.ready().await?;
        self.listing.delete(key).await.map_err(|failure| self.fail(&failure, Action::Delete))
    }

    pub(crate) async fn signed_url(&self, key: &str, ttl: Duration) -> Result<String> {
        self.ready().await?;
        let Links { signer, options } = &self.links;
        let path = path(key)?;
        let signed = if options.is_empty() {
            signer.signed_url(Method::GET, &path, ttl).await
        } else {
            signer.signed_url_opts(Method::GET, &path, ttl, options).await
        };
        let url = signed.map_err(|error| self.fail(&Failure::of(&error), Action::Sign))?;
        Ok(url.into())
    }

    /// Gets the credentials first, for a separate message: the error of a call does not distinguish the store from the
    /// source of the credentials.
    async fn ready(&self) -> Result<()> {
        let checked = self.listing.authorize.check().await;
        checked.map_err(|error| {
            let (source, failure) = (&self.site.credentials, Failure::of(&error));
            plugwright::Error::msg(format!(
                "no credentials from {source}: {failure}; correct it, or set `credential` in the BackupStorageLocation"
            ))
        })
    }

    #[track_caller]
    pub(crate) fn fail(&self, failure: &Failure, action: Action) -> plugwright::Error {
        plugwright::Error::msg(self.site.explain(failure, action))
    }
}

/// Converts a key for `object_store`. `parse` keeps it unchanged, or rejects it.
fn path(key: &str) -> Result<Path> {
    Path::parse(key).context("the key is not supported")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_as_they_are() {
        for key in ["backups/a/velero-backup.json", "a b/ä+%20/x=1", "x"] {
            assert_eq!(path(key).unwrap().as_ref(), key);
        }
        for key in ["a//b", "a/../b", "a/./b"] {
            assert!(path(key).unwrap_err().to_string().starts_with("the key is not supported: "), "{key}");
        }
    }
}
