//! A real Velero server and Kubernetes API as local processes, without a cluster, containers or root. Linux only: it requires
//! `/proc`.
//!
//! ```text
//! Programs (built from source, once) ─► Run ─► ControlPlane ─► Velero ─► operation: Backup, Restore
//!                                        └► keeper: ends all processes if the run is killed
//! ```
//!
//! All servers listen on free ports of 127.0.0.1, so several runs can coexist. A run writes to its own folder, which is removed at
//! the end.
//!
//! This crate starts the program that uses it in three more roles. Therefore `main` must begin with [`entry`]:
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     if let Some(code) = plugwright_local_velero::entry() {
//!         return code;
//!     }
//!     // …
//!     # std::process::ExitCode::SUCCESS
//! }
//! ```

mod control_plane;
mod disk;
mod downloads;
mod file_store;
mod keeper;
mod objects;
pub mod operation;
mod process;
mod programs;
pub mod recorder;
mod run;
mod store;
mod velero;
mod wait;

use std::process::ExitCode;

pub use self::control_plane::ControlPlane;
pub use self::downloads::Downloads;
pub use self::file_store::FILE_STORE;
pub use self::objects::{Objects, Resource, any_definition};
pub use self::programs::{Programs, Progress, Version};
pub use self::run::Run;
pub use self::store::{BUCKET, Record, Store};
pub use self::velero::{Location, Setup, Storage, Velero, definitions};
pub use self::wait::{until, until_within};

/// Runs the role of this process if this crate started it: the keeper of a run, the file store, or the recorder of a plugin.
pub fn entry() -> Option<ExitCode> {
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    let file = std::path::Path::new(&name).file_name().unwrap_or_default();
    let done = if file == file_store::FILE {
        return Some(plugwright::serve());
    } else if std::env::var_os("VELERO_PLUGIN").is_some() && std::env::var_os(recorder::PLUGINS).is_some() {
        recorder::serve(&name, arguments)
    } else if arguments.next().is_some_and(|first| first == keeper::ARGUMENT) {
        let (mark, folder) = (arguments.next()?, arguments.next()?);
        keeper::keep(&mark.to_string_lossy(), folder.as_ref()).map(|()| ExitCode::SUCCESS)
    } else {
        return None;
    };
    Some(done.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    }))
}
