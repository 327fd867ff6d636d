//! A page of a list.

use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::Dialect;
use crate::failure::Failure;

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) keys: Vec<String>,
    pub(crate) prefixes: Vec<String>,
    /// The token for the next page.
    pub(crate) next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListBucketResult {
    #[serde(default)]
    contents: Vec<Contents>,
    #[serde(default)]
    common_prefixes: Vec<CommonPrefixes>,
    next_continuation_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Contents {
    key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CommonPrefixes {
    prefix: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EnumerationResults {
    #[serde(default)]
    blobs: Blobs,
    next_marker: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Blobs {
    #[serde(default)]
    blob: Vec<Blob>,
    #[serde(default)]
    blob_prefix: Vec<Blob>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Blob {
    name: Name,
}

/// Percent-encoded if XML cannot contain it.
#[derive(Deserialize)]
struct Name {
    #[serde(default, rename = "@Encoded")]
    encoded: bool,
    #[serde(default, rename = "$text")]
    text: String,
}

impl Name {
    fn decoded(self) -> String {
        if !self.encoded {
            return self.text;
        }
        percent_decode_str(&self.text).decode_utf8_lossy().into_owned()
    }
}

impl Page {
    pub(super) fn parse(dialect: Dialect, body: &[u8]) -> Result<Self, Failure> {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}');
        let page = match dialect {
            Dialect::S3 => quick_xml::de::from_str(text).map(|page: ListBucketResult| Self {
                keys: page.contents.into_iter().map(|contents| contents.key).collect(),
                prefixes: page.common_prefixes.into_iter().map(|prefixes| prefixes.prefix).collect(),
                next: page.next_continuation_token,
            }),
            Dialect::Azure => quick_xml::de::from_str(text).map(|page: EnumerationResults| Self {
                keys: page.blobs.blob.into_iter().map(|blob| blob.name.decoded()).collect(),
                prefixes: page.blobs.blob_prefix.into_iter().map(|blob| blob.name.decoded()).collect(),
                next: page.next_marker,
            }),
        };
        let page = page.map_err(|error| Failure::msg(format!("the store's list is not valid: {error}")))?;
        Ok(Self { next: page.next.filter(|next| !next.is_empty()), ..page })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(keys: &[&str], prefixes: &[&str], next: Option<&str>) -> Page {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Page { keys: texts(keys), prefixes: texts(prefixes), next: next.map(str::to_owned) }
    }

    #[test]
    fn s3() {
        let body = r#"<?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bkt</Name><Prefix>a/</Prefix>
            <Contents><Key>a/</Key><Size>0</Size></Contents><CommonPrefixes><Prefix>a/x/</Prefix></CommonPrefixes>
            <Contents><Key>a/1 &lt;2&gt; é</Key></Contents><CommonPrefixes><Prefix>a//</Prefix></CommonPrefixes>
            <IsTruncated>true</IsTruncated><NextContinuationToken>next</NextContinuationToken></ListBucketResult>"#;
        let expected = page(&["a/", "a/1 <2> é"], &["a/x/", "a//"], Some("next"));
        assert_eq!(Page::parse(Dialect::S3, body.as_bytes()), Ok(expected));
        let empty = "<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>";
        assert_eq!(Page::parse(Dialect::S3, empty.as_bytes()), Ok(Page::default()));
    }

    #[test]
    fn azure() {
        let body = "\u{feff}<?xml version=\"1.0\"?><EnumerationResults ServiceEndpoint=\"http://h/\"><Prefix>a/</Prefix>\
            <Blobs><Blob><Name>a/1 &amp; 2</Name><Properties/></Blob><BlobPrefix><Name>a/x/</Name></BlobPrefix>\
            <Blob><Name Encoded=\"true\">a/%EF%BF%BE</Name></Blob></Blobs><NextMarker>m</NextMarker></EnumerationResults>";
        let expected = page(&["a/1 & 2", "a/\u{fffe}"], &["a/x/"], Some("m"));
        assert_eq!(Page::parse(Dialect::Azure, body.as_bytes()), Ok(expected));
        let empty = "<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>";
        assert_eq!(Page::parse(Dialect::Azure, empty.as_bytes()), Ok(Page::default()));
    }

    #[test]
    fn a_page_of_something_else_is_an_error() {
        for body in ["", "<html>", "hello"] {
            let failure = Page::parse(Dialect::Azure, body.as_bytes()).unwrap_err();
            assert!(failure.message.starts_with("the store's list is not valid"), "{body}: {failure}");
        }
    }
}
