//! Which thread runs which call: the state that all threads share, without locks, so that `tests` can try every
//! order of events.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io;

/// Starts a thread, which calls [`Queue::woken`] first.
type Spawn<'a> = &'a mut dyn FnMut() -> io::Result<()>;

/// The calls that wait for a thread, and the number of threads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Queue<W> {
    waiting: VecDeque<W>,
    /// The number of entries taken from `waiting` so far.
    taken: u64,
    threads: usize,
    /// The number of threads that will look at `waiting` without finishing a call first: those that wait, and
    /// those that start.
    idle: usize,
    /// The number of threads that never exit.
    resident: usize,
    /// The maximum number of threads.
    most: usize,
}

/// Who runs an offered call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placed {
    /// An idle thread. One must be woken.
    WithIdle,
    /// A started thread.
    WithStarted,
    /// The next thread that is free. If the call still waits after a while, [`Queue::grow_for`] this ticket.
    Waiting(u64),
}

impl<W> Queue<W> {
    pub(super) const fn new(resident: usize, most: usize) -> Self {
        Self { waiting: VecDeque::new(), taken: 0, threads: 0, idle: 0, resident, most }
    }

    /// Whether no call is running or waiting.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.idle == self.threads
    }

    /// Adds a call. Fails if no thread exists and none can be started.
    pub(super) fn offer(&mut self, work: W, spawn: Spawn<'_>) -> io::Result<Placed> {
        self.waiting.push_back(work);
        let ticket = self.taken + self.waiting.len() as u64;
        if self.idle >= self.waiting.len() {
            return Ok(Placed::WithIdle);
        }
        if self.threads >= self.resident {
            return Ok(Placed::Waiting(ticket));
        }
        match self.grow(spawn) {
            Ok(()) => Ok(Placed::WithStarted),
            Err(_) if self.threads > 0 => Ok(Placed::Waiting(ticket)),
            Err(error) => {
                self.waiting.pop_back();
                Err(error)
            }
        }
    }

    /// Starts a thread for the call with this ticket, and for each call before it, because these may block.
    /// Without a thread, they wait for an existing one.
    pub(super) fn grow_for(&mut self, ticket: u64, spawn: Spawn<'_>) {
        let until = ticket.saturating_sub(self.taken);
        while until > self.idle as u64 && self.threads < self.most {
            if self.grow(spawn).is_err() {
                return;
            }
        }
    }

    fn grow(&mut self, spawn: Spawn<'_>) -> io::Result<()> {
        spawn()?;
        self.threads += 1;
        self.idle += 1;
        Ok(())
    }

    /// Takes a call. The thread is busy until it asks for the next one.
    pub(super) fn next(&mut self) -> Option<W> {
        let work = self.waiting.pop_front()?;
        self.taken += 1;
        Some(work)
    }

    /// Called by a thread without a call before it waits.
    pub(super) fn waits(&mut self) {
        self.idle += 1;
    }

    /// Called by a thread that has started or waited, before it asks for the next call. Returns whether it exits
    /// instead, after a long time without a call.
    pub(super) fn woken(&mut self, timed_out: bool) -> bool {
        self.idle -= 1;
        let exits = timed_out && self.waiting.is_empty() && self.threads > self.resident;
        self.threads -= usize::from(exits);
        exits
    }
}
