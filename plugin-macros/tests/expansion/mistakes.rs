#[derive(Default)]
struct It;
::core::compile_error! {
    "`included_resources` is empty: to Velero, an empty list means everything\nremove it, or write `included_resources = [\"pods\", \"deployments.apps\"]`"
}
::core::compile_error! {
    "a backup item action needs a name\nwrite `#[backup_item_action(name = \"example.io/it\")]`, with a domain of your own"
}
