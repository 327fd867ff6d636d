use std::pin::Pin;
use std::task::{self, Poll};

use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};

use super::*;

/// A reader that fails, as after the host's exit.
struct Lost;

impl AsyncRead for Lost {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut task::Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::Error::other("cut off")))
    }
}

/// A store with these objects in the bucket `b`.
async fn store(keys: &[&str]) -> (FileObjectStore, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let store = FileObjectStore { root: directory.path().into(), links: Links::default() };
    for key in keys {
        store.put_object("b", key, &mut ObjectBody::from(key.to_string())).await.unwrap();
    }
    (store, directory)
}

async fn content(store: &FileObjectStore, key: &str) -> Vec<u8> {
    let mut content = Vec::new();
    store.get_object("b", key).await.unwrap().read_to_end(&mut content).await.unwrap();
    content
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_stored_object_is_read() {
    let (store, root) = store(&[]).await;
    let large: Vec<u8> = (0..1_000_003_u32).map(|n| n.to_le_bytes()[0]).collect();
    for body in [Vec::new(), b"small".to_vec(), large] {
        store.put_object("b", "backups/1/data", &mut body.clone().into()).await.unwrap();
        assert!(content(&store, "backups/1/data").await == body);
    }
    assert!(names_in(&root.path().join(".incoming")).is_empty());
}

#[tokio::test]
async fn a_truncated_body_keeps_the_old_object() {
    let (store, root) = store(&["kept"]).await;
    for key in ["kept", "new/object"] {
        let mut half = ObjectBody::new(b"half of it".chain(Lost));
        let error = store.put_object("b", key, &mut half).await.unwrap_err();
        assert!(error.to_string().contains("cut off"), "{error}");
    }
    assert_eq!(content(&store, "kept").await, b"kept");
    assert_eq!(names_in(&root.path().join("b")), ["kept"]);
    assert!(names_in(&root.path().join(".incoming")).is_empty());
}

#[tokio::test]
async fn a_cancelled_put_leaves_no_files() {
    let (store, root) = store(&[]).await;
    let incoming = root.path().join(".incoming");
    let (mut host, body) = tokio::io::duplex(16);
    let put = {
        let mut body = ObjectBody::new(body);
        tokio::spawn(async move { store.put_object("b", "new", &mut body).await })
    };
    // Exceeds the pipe's buffer, so the plugin is reading and waits for the rest.
    host.write_all(&[7; 100]).await.unwrap();
    assert_eq!(names_in(&incoming).len(), 1);
    put.abort();
    assert!(put.await.unwrap_err().is_cancelled());
    assert!(names_in(&incoming).is_empty());
    assert!(!root.path().join("b").exists());
}

#[tokio::test]
async fn a_removed_directory_is_created_again() {
    let (store, root) = store(&[]).await;
    for directory in ["b", "b/deep/er"] {
        let _ = fs::remove_dir_all(root.path().join("b"));
        let mut incoming = Incoming::create(root.path()).unwrap();
        incoming.write(&mut "body".into()).await.unwrap();
        incoming.move_to(&root.path().join(directory).join("key")).unwrap();
    }
    assert_eq!(content(&store, "deep/er/key").await, b"body");

    // If the file itself was removed, retrying does not help.
    let incoming = Incoming::create(root.path()).unwrap();
    fs::remove_dir_all(root.path().join(".incoming")).unwrap();
    let error = incoming.move_to(&root.path().join("b/key")).unwrap_err();
    assert!(error.to_string().contains("b/key: "), "{error}");
}

/// Deletions remove the empty directories that the others need.
#[test]
fn concurrent_puts_and_deletions_do_not_disturb_each_other() {
    let root = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for key in ["a/b/1", "a/b/2", "a/b/3", "a/4"] {
            let store = FileObjectStore { root: root.path().into(), links: Links::default() };
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            scope.spawn(move || {
                runtime.block_on(async {
                    for _ in 0..3000 {
                        store.put_object("b", key, &mut key.into()).await.unwrap();
                        store.delete_object("b", key).await.unwrap();
                    }
                });
            });
        }
    });
    assert_eq!(names_in(&root.path().join("b")), [""; 0]);
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
    assert!(!store.object_exists("other", "key").await.unwrap());
}

#[tokio::test]
async fn a_list_contains_all_keys_with_the_prefix() {
    let (store, _root) = store(&["a/2", "a/1/deep/x", "a-b", "ab/1", "z"]).await;
    let list = async |prefix| store.list_objects("b", prefix).await.unwrap();
    assert_eq!(list("").await, ["a-b", "a/1/deep/x", "a/2", "ab/1", "z"]);
    assert_eq!(list("a").await, ["a-b", "a/1/deep/x", "a/2", "ab/1"]);
    assert_eq!(list("a/").await, ["a/1/deep/x", "a/2"]);
    assert_eq!(list("a/1/de").await, ["a/1/deep/x"]);
    assert_eq!(list("z").await, ["z"]);
    for nothing in ["z/", "/", "../", "a//", "b/a", "A"] {
        assert!(list(nothing).await.is_empty(), "{nothing}");
    }
    assert!(store.list_objects("other", "").await.unwrap().is_empty());
}

#[tokio::test]
async fn common_prefixes_end_with_the_delimiter() {
    let (store, _root) = store(&["top", "p/x/1", "p/x/2", "p/y", "p/z-1/1", "p-1/x"]).await;
    let list = async |prefix, delimiter| store.list_common_prefixes("b", prefix, delimiter).await.unwrap();
    assert_eq!(list("", "/").await, ["p-1/", "p/"]);
    assert_eq!(list("p/", "/").await, ["p/x/", "p/z-1/"]);
    assert_eq!(list("p", "/").await, ["p-1/", "p/"]);
    assert_eq!(list("p/x", "/").await, ["p/x/"]);
    assert_eq!(list("", "-1").await, ["p-1", "p/z-1"]);
    assert!(list("", "").await.is_empty());
    assert!(list("q/", "/").await.is_empty());
    assert!(store.list_common_prefixes("other", "", "/").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_deletion_removes_empty_directories() {
    let (store, root) = store(&["a/b/c/1", "a/2"]).await;
    store.delete_object("b", "a/b/c/1").await.unwrap();
    assert_eq!(names_in(&root.path().join("b/a")), ["2"]);
    store.delete_object("b", "a/2").await.unwrap();
    assert!(names_in(&root.path().join("b")).is_empty());

    store.delete_object("b", "a/2").await.unwrap();
    store.delete_object("other", "key").await.unwrap();
}

#[tokio::test]
async fn a_deletion_below_an_object_keeps_the_object() {
    let (store, _root) = store(&["a/file"]).await;
    for key in ["a/file/part", "a/file/part/of/it", "a"] {
        store.delete_object("b", key).await.unwrap();
        assert_eq!(content(&store, "a/file").await, b"a/file");
    }
}

#[tokio::test]
async fn paths_outside_of_the_bucket_are_rejected() {
    let (store, root) = store(&["key"]).await;
    for bucket in ["", ".", "..", ".incoming", "b/c", "/b"] {
        let expected = format!("Bucket {bucket} is not valid");
        let errors = [
            store.put_object(bucket, "key", &mut "new".into()).await.unwrap_err(),
            store.object_exists(bucket, "key").await.unwrap_err(),
            store.get_object(bucket, "key").await.unwrap_err(),
            store.list_common_prefixes(bucket, "", "/").await.unwrap_err(),
            store.list_objects(bucket, "").await.unwrap_err(),
            store.delete_object(bucket, "key").await.unwrap_err(),
            store.create_signed_url(bucket, "key", Duration::ZERO).await.unwrap_err(),
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
            store.create_signed_url("b", key, Duration::ZERO).await.unwrap_err(),
        ];
        assert!(errors.iter().all(|error| error.to_string() == expected), "{errors:?}");
    }
    assert_eq!(names_in(root.path()), [".incoming", "b"]);
    assert_eq!(names_in(&root.path().join("b")), ["key"]);
}

#[tokio::test]
async fn init_creates_the_directory_of_the_location() {
    let (store, root) = store(&[]).await;
    for (bucket, prefix, path) in [("b", "a/b", "b/a/b"), ("c", "/d", "c/d"), ("e", "", "e"), ("", "", "")] {
        store.make_directory(bucket, prefix).unwrap();
        assert!(root.path().join(path).is_dir(), "{path}");
    }
}
