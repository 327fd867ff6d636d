//! Progress on stderr in Cargo's form, with a bar on a terminal.

use std::fmt::Display;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::style;

pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Hidden if stderr is not a terminal.
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        Self { bar }
    }

    /// Prints a permanent line, such as `    Building my-plugin for linux/amd64`.
    pub(crate) fn done(&self, verb: &str, what: impl Display) {
        let added = style::ADDED.bold();
        self.bar.suspend(|| anstream::eprintln!("{added}{verb:>12}{added:#} {what}"));
    }

    /// Shows a bar for a number of bytes until the result is dropped.
    pub(crate) fn bytes(&self, verb: &str, total: u64) -> Step<'_> {
        let style = ProgressStyle::with_template("{prefix:>12.cyan.bold} [{bar:27}] {bytes}/{total_bytes}");
        if let Ok(style) = style {
            self.bar.set_style(style.progress_chars("=> "));
        }
        self.bar.reset();
        self.bar.set_prefix(verb.to_owned());
        self.bar.set_length(total);
        self.bar.enable_steady_tick(Duration::from_millis(100));
        Step { bar: &self.bar }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

pub(crate) struct Step<'a> {
    bar: &'a ProgressBar,
}

impl Step<'_> {
    pub(crate) fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// A counter for another thread.
    pub(crate) fn counter(&self) -> impl Fn(u64) + Send + 'static {
        let bar = self.bar.clone();
        move |bytes| bar.inc(bytes)
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
    }
}
