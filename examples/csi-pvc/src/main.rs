//! Three of Velero's built-in restore actions, with a module for each, and one for DataDownloads.

mod change_image_name;
mod change_storage_class;
mod csi_pvc;
mod data_download;
#[cfg(test)]
mod testing;

plugwright::main!();
