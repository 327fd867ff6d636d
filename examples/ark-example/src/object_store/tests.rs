use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// A store with these objects in the bucket `b`. The content of each object is its key.
async fn store(keys: &[&str]) -> (FileStore, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore { root: directory.path().into() };
    for key in keys {
        store.put_object("b", key, &mut ObjectBody::from((*key).to_owned())).await.unwrap();
    }
    (store, directory)
}

async fn content(store: &FileStore, key: &str) -> Vec<u8> {
    let mut content = Vec::new();
    store.get_object("b", key).await.unwrap().read_to_end(&mut content).await.unwrap();
    content
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn the_last_stored_object_is_read() {
    let (store, root) = store(&[]).await;
    let large: Vec<u8> = (0..1_000_003_u32).map(|n| n.to_le_bytes()[0]).collect();
    for body in [large, b"small".to_vec(), Vec::new()] {
        store.put_object("b", "backups/1/data", &mut body.clone().into()).await.unwrap();
        assert!(content(&store, "backups/1/data").await == body);
    }
    assert!(names_in(&root.path().join(INCOMING)).is_empty());
}

#[tokio::test]
async fn a_cancelled_put_keeps_the_old_object() {
    let (store, root) = store(&["kept"]).await;
    let incoming = root.path().join(INCOMING);
    let (mut host, body) = tokio::io::duplex(16);
    let put = tokio::spawn(async move {
        let mut body = ObjectBody::new(body);
        store.put_object("b", "kept", &mut body).await
    });
    // Exceeds the pipe's buffer, so the plugin is reading and waits for the rest.
    host.write_all(&[7; 100]).await.unwrap();
    assert_eq!(names_in(&incoming).len(), 1);
    put.abort();
    assert!(put.await.unwrap_err().is_cancelled());
    assert!(names_in(&incoming).is_empty());
    assert_eq!(std::fs::read(root.path().join("b/kept")).unwrap(), b"kept");
}

#[tokio::test]
async fn a_failed_put_leaves_no_files() {
    let (store, root) = store(&["a/file"]).await;
    for key in ["a", "a/file/part"] {
        assert!(store.put_object("b", key, &mut "new".into()).await.is_err(), "{key}");
    }
    assert_eq!(content(&store, "a/file").await, b"a/file");
    assert!(names_in(&root.path().join(INCOMING)).is_empty());
}

#[tokio::test]
async fn only_files_are_objects() {
    let (store, _root) = store(&["backups/1/data"]).await;
    assert!(store.object_exists("b", "backups/1/data").await.unwrap());
    for key in ["backups/1", "backups", "backups/2", "backups/1/data/part"] {
        assert!(!store.object_exists("b", key).await.unwrap(), "{key}");
        let error = store.get_object("b", key).await.unwrap_err();
        assert_eq!(error.to_string(), format!("Object {key} not found in bucket b"));
    }
}

#[tokio::test]
async fn a_list_contains_all_keys_with_the_prefix() {
    let (store, _root) = store(&["a/2", "a/1/deep/x", "a-b", "ab/1", "z"]).await;
    let list = async |prefix| store.list_objects("b", prefix).await.unwrap();
    assert_eq!(list("").await, ["a-b", "a/1/deep/x", "a/2", "ab/1", "z"]);
    assert_eq!(list("a").await, ["a-b", "a/1/deep/x", "a/2", "ab/1"]);
    assert_eq!(list("a/").await, ["a/1/deep/x", "a/2"]);
    assert_eq!(list("a/1/de").await, ["a/1/deep/x"]);
    for nothing in ["z/", "/", "../", "a//", "b/a", "A"] {
        assert!(list(nothing).await.is_empty(), "{nothing}");
    }
}

#[tokio::test]
async fn common_prefixes_end_with_the_delimiter() {
    let (store, _root) = store(&["top", "p/x/1", "p/x/2", "p/y", "p/z-1/1", "p-1/x"]).await;
    let list = async |prefix, delimiter| store.list_common_prefixes("b", prefix, delimiter).await.unwrap();
    assert_eq!(list("", "/").await, ["p-1/", "p/"]);
    assert_eq!(list("p/", "/").await, ["p/x/", "p/z-1/"]);
    assert_eq!(list("p/x", "/").await, ["p/x/"]);
    assert_eq!(list("", "-1").await, ["p-1", "p/z-1"]);
    assert!(list("", "").await.is_empty());
}

#[tokio::test]
async fn a_new_location_is_empty() {
    let (store, _root) = store(&[]).await;
    assert!(store.list_objects("b", "").await.unwrap().is_empty());
    assert!(store.list_common_prefixes("b", "", "/").await.unwrap().is_empty());
    assert!(!store.object_exists("b", "key").await.unwrap());
    store.delete_object("b", "key").await.unwrap();
}

#[tokio::test]
async fn a_deleted_object_is_not_listed() {
    let (store, _root) = store(&["a/b/1", "a/2"]).await;
    for key in ["a/b/1", "a/b/1", "a/2/part"] {
        store.delete_object("b", key).await.unwrap();
    }
    assert_eq!(store.list_objects("b", "").await.unwrap(), ["a/2"]);
    assert!(store.list_common_prefixes("b", "a/", "/").await.unwrap().is_empty());
    store.put_object("b", "a/b/1", &mut "again".into()).await.unwrap();
    assert_eq!(content(&store, "a/b/1").await, b"again");
}

#[tokio::test]
async fn paths_outside_of_the_bucket_are_rejected() {
    let (store, root) = store(&["key"]).await;
    for bucket in ["", ".", "..", INCOMING, "b/c", "/b"] {
        let expected = format!("Bucket {bucket} is not valid");
        let errors = [
            store.put_object(bucket, "key", &mut "new".into()).await.unwrap_err(),
            store.object_exists(bucket, "key").await.unwrap_err(),
            store.get_object(bucket, "key").await.unwrap_err(),
            store.list_common_prefixes(bucket, "", "/").await.unwrap_err(),
            store.list_objects(bucket, "").await.unwrap_err(),
            store.delete_object(bucket, "key").await.unwrap_err(),
        ];
        assert!(errors.iter().all(|error| error.to_string() == expected), "{errors:?}");
    }
    for key in ["", "/", "/key", "key/", "a//b", ".", "..", "a/../b", "a/./b"] {
        let expected = format!("Key {key} is not valid");
        let errors = [
            store.put_object("b", key, &mut "new".into()).await.unwrap_err(),
            store.object_exists("b", key).await.unwrap_err(),
            store.get_object("b", key).await.unwrap_err(),
            store.delete_object("b", key).await.unwrap_err(),
        ];
        assert!(errors.iter().all(|error| error.to_string() == expected), "{errors:?}");
    }
    assert_eq!(names_in(root.path()), [INCOMING, "b"]);
    assert_eq!(names_in(&root.path().join("b")), ["key"]);
}

#[tokio::test]
async fn signed_urls_are_not_supported() {
    let (store, _root) = store(&["key"]).await;
    let error = store.create_signed_url("b", "key", Duration::from_secs(60)).await.unwrap_err();
    assert_eq!(error.to_string(), "signed URLs are not supported");
}
