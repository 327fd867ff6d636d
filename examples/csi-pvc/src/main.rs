//! Three of Velero's built-in restore actions: a module for each, and the DataDownload of the first.

mod change_image_name;
mod change_storage_class;
mod csi_pvc;
mod data_download;
#[cfg(test)]
mod testing;

plugwright::main!();
