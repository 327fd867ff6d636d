#[derive(Default)]
struct It;
::core::compile_error! {
    "`included_resources` is empty: Velero treats an empty list as everything\nremove it, or write `included_resources = [\"pods\", \"deployments.apps\"]`"
}
::core::compile_error! {
    "a backup item action requires a `name`\nwrite `#[backup_item_action(name = \"example.io/it\")]`, with your own domain"
}
