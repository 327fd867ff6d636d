//! Tests the code blocks of the README and the book. `tests/book.rs` checks that every page is listed.

macro_rules! pages {
    ($($name:ident $page:literal,)*) => {
        $(
            #[doc = include_str!(concat!("../../", $page))]
            struct $name;
        )*
    };
}

pages! {
    Readme "README.md",
    Introduction "docs/README.md",
    FromNothing "docs/from-nothing-to-your-cluster.md",
    Kinds "docs/kinds/README.md",
    BackupItemAction "docs/kinds/backup-item-action.md",
    BackupItemActionV2 "docs/kinds/backup-item-action-v2.md",
    RestoreItemAction "docs/kinds/restore-item-action.md",
    RestoreItemActionV2 "docs/kinds/restore-item-action-v2.md",
    DeleteItemAction "docs/kinds/delete-item-action.md",
    ItemBlockAction "docs/kinds/item-block-action.md",
    ObjectStore "docs/kinds/object-store.md",
    VolumeSnapshotter "docs/kinds/volume-snapshotter.md",
    AccessRequester "docs/kinds/access-requester.md",
    Items "docs/items.md",
    Lifecycle "docs/lifecycle.md",
    Kubernetes "docs/kubernetes.md",
    Testing "docs/testing.md",
    Deployment "docs/deployment.md",
    MovingFromTheGoPlugins "docs/moving-from-the-go-plugins.md",
    Hosts "docs/hosts.md",
    Performance "docs/performance.md",
    Reliability "docs/reliability.md",
    Errors "docs/errors.md",
    Security "docs/security.md",
    Limits "docs/limits.md",
}
