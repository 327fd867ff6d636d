//! A real Velero server and a real Kubernetes API as processes of this machine: no cluster, no container, no root. Linux only: the
//! processes are found through `/proc`.
//!
//! ```text
//! Programs (built from source, once) ─► Run ─► ControlPlane ─► Velero ─► operation: Backup, Restore
//!                                        └► keeper: ends every process of a run that is killed
//! ```
//!
//! Everything listens on free ports of 127.0.0.1, so that runs do not disturb each other. What a run writes is in its folder, which
//! goes with it.
//!
//! The program that uses this crate is started by it again, in three roles. So its `main` begins with [`entry`]:
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
pub use self::wait::until;

/// Plays this process's role, if this crate has started it: the keeper of a run, the file store, or the recorder before a plugin.
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
