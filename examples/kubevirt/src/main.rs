//! KubeVirt's Velero plugin, with a module for each kind of object, and shared modules.

mod backed_up;
mod data_volume;
mod graph;
mod launcher_pod;
mod pvc_uid;
mod resource;
mod restore_options;
#[cfg(test)]
mod testing;
mod virtual_machine;
mod virtual_machine_instance;

plugwright::main!();
