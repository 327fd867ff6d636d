//! Builds Velero and the Kubernetes API, and shows the progress.

use std::cell::RefCell;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use plugwright_local_velero::{Programs, Progress as Event, Version};

use super::failure;
use crate::failure::Failure;
use crate::progress::Progress;

pub(super) async fn build(version: &Version, progress: &Progress) -> Result<Programs, Failure> {
    if !Programs::are_built(version).map_err(failure)? {
        let cache = Programs::cache().map_err(failure)?;
        let cache = cache.display();
        progress.done(
            "Note",
            format_args!(
                "building Velero {version} and the Kubernetes API from source, once: this takes 10 to 15 minutes on two cores, and \
                 requires Go 1.26 or later and network access. Go's caches grow by about 8 GB (`go clean -cache -modcache` empties \
                 them); the programs in {cache} use 350 MB. An interrupted build can be resumed."
            ),
        );
    }
    let bar = Bar { progress, bar: RefCell::default() };
    Programs::build(version, &|event| bar.show(&event)).await.map_err(failure)
}

/// A progress bar for each program, hidden if stderr is not a terminal.
struct Bar<'a> {
    progress: &'a Progress,
    bar: RefCell<Option<ProgressBar>>,
}

impl Bar<'_> {
    fn show(&self, event: &Event<'_>) {
        match event {
            Event::Waiting(folder) => {
                self.progress.done(
                    "Waiting",
                    format_args!("for another process, which builds into {}", folder.display()),
                );
            }
            Event::Missing(programs, folder) => {
                self.progress
                    .done("Building", format_args!("{} into {}", programs.join(", "), folder.display()));
            }
            Event::Preparing(program) => {
                let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
                let style =
                    ProgressStyle::with_template("{prefix:>12.cyan.bold} [{bar:27}] {pos}/{len} {msg}");
                if let Ok(style) = style {
                    bar.set_style(style.progress_chars("=> "));
                }
                bar.set_prefix("Building");
                bar.set_message(format!("{program}: downloading sources"));
                bar.enable_steady_tick(Duration::from_millis(200));
                self.replace(Some(bar));
            }
            Event::Compiling(program, number, total) => {
                if let Some(bar) = &*self.bar.borrow() {
                    bar.set_length(u64::try_from(*total).unwrap_or_default());
                    bar.set_position(u64::try_from(*number).unwrap_or_default());
                    bar.set_message(format!("{program}: packages"));
                }
            }
            Event::Built(program, took) => {
                self.replace(None);
                self.progress.done("Built", format_args!("{program} in {} s", took.as_secs()));
            }
        }
    }

    fn replace(&self, new: Option<ProgressBar>) {
        if let Some(old) = self.bar.replace(new) {
            old.finish_and_clear();
        }
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        self.replace(None);
    }
}
