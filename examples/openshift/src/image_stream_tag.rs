//! ImageStreamTags, which name images and may refer to other tags.

use plugwright::prelude::*;

use crate::registry::{self, BACKUP_REGISTRY};

const TAGS: &str = "imagestreamtags.image.openshift.io";

/// Annotations with the name and namespace of the referenced tag, on a tag in a backup. The original's backup action sets them.
const RELATED_TAG: &str = "migration.openshift.io/related-istag";
const RELATED_NAMESPACE: &str = "migration.openshift.io/related-istag-ns";

/// Restores tags that refer to other tags or to external images, after the referenced tags. The import of an image into
/// the registry creates all other tags.
#[restore_item_action_v2(
    name = "openshift.io/04-imagestreamtag-restore-plugin",
    included_resources = ["imagestreamtags.image.openshift.io"],
    new = Self::new,
)]
struct ImageStreamTags(Context);

impl ImageStreamTags {
    fn new(cx: &Context) -> Self {
        Self(cx.clone())
    }
}

impl RestoreItemActionV2 for ImageStreamTags {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutputV2> {
        let RestoreInput { item: tag, restore, .. } = input;
        let image = tag.get_str("/image/dockerImageReference").unwrap_or_default();
        let is_local = registry::path(image, tag.annotation(BACKUP_REGISTRY)).is_some();
        let namespace = tag.get_str("/tag/from/namespace").filter(|namespace| !namespace.is_empty());
        let is_reference = match tag.get_str("/tag/from/kind") {
            // The stream itself contains its images.
            Some("ImageStreamImage") => namespace.is_some_and(|namespace| namespace != tag.namespace()),
            kind => kind.is_some(),
        };
        if is_local && !is_reference {
            return Ok(RestoreOutputV2::skip());
        }
        let related = tag.annotation(RELATED_NAMESPACE).zip(tag.annotation(RELATED_TAG));
        let related = related.map(|(namespace, name)| ResourceIdentifier::new(TAGS, namespace, name));
        if let Some(target) = namespace.map(|namespace| restore.target_namespace(namespace).to_owned()) {
            tag.set("/tag/from/namespace", target)?;
        }
        // The tag's annotations come from the stream, and must match it.
        tag.remove("/tag/annotations");
        Ok(RestoreOutputV2::restore().additional_items(related).wait_for_additional_items())
    }

    async fn are_additional_items_ready(
        &self,
        ids: &[ResourceIdentifier],
        restore: &Restore,
    ) -> Result<bool> {
        for id in ids {
            let namespace = restore.target_namespace(&id.namespace);
            let tags = self.0.api("imagestreamtags.image.openshift.io/v1", namespace).await?;
            if tags.get_metadata_opt(&id.name).await?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
