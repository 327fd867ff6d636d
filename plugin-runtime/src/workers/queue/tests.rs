//! Tries every order of events of a few calls and threads: the steps between two locks are the transitions of a model.
//! No order may end with a call that did not run.

use std::collections::HashSet;
use std::io;

use super::{Placed, Queue};

/// A call, and the call whose end it waits for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Call {
    state: CallState,
    blocked_by: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum CallState {
    NotMade,
    /// Its ticket was not used yet. It is used after a while, or when the host cancels the call.
    Patient(u64),
    /// It waits for its output.
    Made,
    Done,
    /// No thread could be started.
    Failed,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Thread {
    Starting,
    Running(usize),
    /// The call has ended, and the lock is not taken yet.
    Ended,
    /// In `wait_timeout`.
    Waiting,
    /// Woken, and the lock is not taken yet.
    Woken {
        timed_out: bool,
    },
    Exited,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Model {
    queue: Queue<usize>,
    calls: Vec<Call>,
    threads: Vec<Thread>,
    /// How many more threads the system can start; `None` for any number.
    startable: Option<usize>,
}

impl Model {
    fn new(blocked_by: &[Option<usize>], resident: usize, most: usize) -> Self {
        let call = |by: &Option<usize>| Call { state: CallState::NotMade, blocked_by: *by };
        Self {
            queue: Queue::new(resident, most),
            calls: blocked_by.iter().map(call).collect(),
            threads: Vec::new(),
            startable: None,
        }
    }

    /// A `spawn` of this model, and the changed model.
    fn with_spawn<T>(
        &self,
        change: impl FnOnce(&mut Queue<usize>, &mut dyn FnMut() -> io::Result<()>) -> T,
    ) -> (Self, T) {
        let mut next = self.clone();
        let (mut startable, mut threads) = (next.startable, std::mem::take(&mut next.threads));
        let changed = change(&mut next.queue, &mut || {
            if startable == Some(0) {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            startable = startable.map(|left| left - 1);
            threads.push(Thread::Starting);
            Ok(())
        });
        (next.startable, next.threads) = (startable, threads);
        (next, changed)
    }

    /// The models after each possible next step of a call.
    fn steps_of_call(&self, number: usize, next: &mut Vec<Self>) {
        match self.calls[number].state {
            CallState::NotMade => {
                let (mut made, placed) = self.with_spawn(|queue, spawn| queue.offer(number, spawn));
                made.calls[number].state = match &placed {
                    Ok(Placed::Waiting(ticket)) => CallState::Patient(*ticket),
                    Ok(_) => CallState::Made,
                    Err(_) => CallState::Failed,
                };
                let waiting: Vec<_> = made.threads_that(|thread| thread == Thread::Waiting).collect();
                if !matches!(placed, Ok(Placed::WithIdle)) || waiting.is_empty() {
                    next.push(made);
                    return;
                }
                // `notify_one` wakes any of them.
                for thread in waiting {
                    let mut one = made.clone();
                    one.threads[thread] = Thread::Woken { timed_out: false };
                    next.push(one);
                }
            }
            CallState::Patient(ticket) => {
                let (mut grown, ()) = self.with_spawn(|queue, spawn| queue.grow_for(ticket, spawn));
                grown.calls[number].state = CallState::Made;
                next.push(grown);
            }
            CallState::Made | CallState::Done | CallState::Failed => {}
        }
    }

    fn threads_that(&self, are: impl Fn(Thread) -> bool) -> impl Iterator<Item = usize> {
        let threads = self.threads.iter().enumerate();
        threads.filter(|(_, thread)| are(**thread)).map(|(index, _)| index).collect::<Vec<_>>().into_iter()
    }

    /// The models after each possible next step of a thread.
    fn steps_of_thread(&self, index: usize, next: &mut Vec<Self>) {
        match self.threads[index] {
            Thread::Starting => self.look(index, Some(false), next),
            Thread::Woken { timed_out } => self.look(index, Some(timed_out), next),
            Thread::Ended => self.look(index, None, next),
            Thread::Running(call) => {
                let blocked_by = self.calls[call].blocked_by;
                if blocked_by.is_none_or(|other| self.calls[other].state == CallState::Done) {
                    let mut ended = self.clone();
                    ended.threads[index] = Thread::Ended;
                    ended.calls[call].state = CallState::Done;
                    next.push(ended);
                }
            }
            Thread::Waiting | Thread::Exited => {}
        }
    }

    /// A thread holds the lock: it exits, takes a call, or waits.
    fn look(&self, index: usize, woken: Option<bool>, next: &mut Vec<Self>) {
        let mut looked = self.clone();
        looked.threads[index] = if woken.is_some_and(|timed_out| looked.queue.woken(timed_out)) {
            Thread::Exited
        } else if let Some(call) = looked.queue.next() {
            Thread::Running(call)
        } else {
            looked.queue.waits();
            Thread::Waiting
        };
        next.push(looked);
    }

    /// The models after steps that happen at any time, or never: timeouts and spurious wakeups.
    fn accidents(&self, next: &mut Vec<Self>) {
        for index in self.threads_that(|thread| thread == Thread::Waiting) {
            for timed_out in [true, false] {
                let mut woken = self.clone();
                woken.threads[index] = Thread::Woken { timed_out };
                next.push(woken);
            }
        }
    }

    fn check(&self) {
        let alive = self.threads_that(|thread| thread != Thread::Exited).count();
        let idle = |thread| !matches!(thread, Thread::Running(_) | Thread::Ended | Thread::Exited);
        assert_eq!(
            (self.queue.threads, self.queue.idle),
            (alive, self.threads_that(idle).count()),
            "{self:?}"
        );
        assert!(alive <= self.queue.most, "{self:?}");
        let unfinished =
            self.calls.iter().any(|call| matches!(call.state, CallState::Made | CallState::Patient(_)));
        let ending = self.threads_that(|thread| thread == Thread::Ended).count() > 0;
        assert!(ending || self.queue.is_idle() != unfinished, "{self:?}");
    }
}

/// Visits all models that can follow this one, and returns their number. In those where nothing more has to happen,
/// `ended` is checked.
fn explore(start: Model, ended: impl Fn(&Model) -> bool) -> usize {
    let mut seen = HashSet::from([start.clone()]);
    let mut left = vec![start];
    while let Some(model) = left.pop() {
        model.check();
        let mut next = Vec::new();
        (0..model.calls.len()).for_each(|number| model.steps_of_call(number, &mut next));
        (0..model.threads.len()).for_each(|index| model.steps_of_thread(index, &mut next));
        assert!(!next.is_empty() || ended(&model), "stuck: {model:?}");
        // A thread that exits and starts again is another one; three are enough.
        if model.threads.len() <= model.calls.len() {
            model.accidents(&mut next);
        }
        left.extend(next.into_iter().filter(|model| seen.insert(model.clone())));
    }
    seen.len()
}

fn all_done(model: &Model) -> bool {
    model.calls.iter().all(|call| call.state == CallState::Done)
}

/// All ways in which each of these calls can wait for a call made later, or for none.
fn blockings(calls: usize) -> Vec<Vec<Option<usize>>> {
    (0..calls).fold(vec![Vec::new()], |all, number| {
        let choices: Vec<_> = std::iter::once(None).chain((number + 1..calls).map(Some)).collect();
        all.iter()
            .flat_map(|before| choices.iter().map(|choice| [&before[..], &[*choice]].concat()))
            .collect()
    })
}

#[test]
fn calls_that_wait_for_each_other_all_run() {
    for (calls, resident) in [(3, 1), (3, 2), (4, 2)] {
        for blocked_by in blockings(calls) {
            let seen = explore(Model::new(&blocked_by, resident, calls), all_done);
            assert!(seen > 10, "{seen}");
        }
    }
}

#[test]
fn more_calls_than_threads_take_turns() {
    for most in [1, 2] {
        explore(Model::new(&[None; 4], 1, most), all_done);
    }
}

#[test]
fn threads_that_cannot_be_started_fail_no_call_once_there_is_one() {
    for startable in 0..3 {
        let mut model = Model::new(&[None; 3], 2, 3);
        model.startable = Some(startable);
        explore(model, |model| {
            let failed = |call: &Call| call.state == CallState::Failed;
            all_done(model) || (startable == 0 && model.calls.iter().all(failed))
        });
    }
}
