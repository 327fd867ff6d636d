//! Random moments, which a seed and a number determine.

use std::fmt;
use std::time::Duration;

use rustix::process::Signal;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operation {
    Backup,
    Restore,
}

impl Operation {
    pub(super) const ALL: [Self; 2] = [Self::Backup, Self::Restore];

    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Backup => "Backup",
            Self::Restore => "Restore",
        }
    }

    /// The folder in the store.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Backup => "backups",
            Self::Restore => "restores",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Victim {
    /// One of the plugins' processes: the one at this index, modulo their number.
    Plugin(Signal, usize),
    /// Velero's server, with SIGKILL. Its plugins are not signalled.
    Server,
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plugin(Signal::TERM, _) => "SIGTERM, plugin",
            Self::Plugin(..) => "SIGKILL, plugin",
            Self::Server => "SIGKILL, server",
        })
    }
}

pub(super) struct Moment {
    pub(super) number: u64,
    pub(super) operation: Operation,
    pub(super) victim: Victim,
    random: fastrand::Rng,
}

impl Moment {
    /// Of five moments, four are of plugins, and one is of the server.
    pub(super) fn new(seed: u64, number: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let operation = Operation::ALL[random.usize(..2)];
        let signal = if random.bool() { Signal::KILL } else { Signal::TERM };
        let index = random.usize(..100);
        let victim = if random.u8(..5) == 0 { Victim::Server } else { Victim::Plugin(signal, index) };
        Self { number, operation, victim, random }
    }

    /// The next random part of a duration.
    pub(super) fn delay(&mut self, duration: Duration) -> Duration {
        duration.mul_f64(self.random.f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_moments_of_every_kind() {
        let all = || (0..200).map(|number| Moment::new(7, number)).collect::<Vec<_>>();
        let (first, second) = (all(), all());
        for (mut first, mut second) in first.into_iter().zip(second) {
            assert_eq!((first.operation, first.victim), (second.operation, second.victim));
            let duration = Duration::from_secs(1);
            let delay = first.delay(duration);
            assert!(delay < duration && delay == second.delay(duration));
        }
        for operation in Operation::ALL {
            for victim in ["SIGTERM, plugin", "SIGKILL, plugin", "SIGKILL, server"] {
                let is_one =
                    |moment: &Moment| moment.operation == operation && moment.victim.to_string() == victim;
                assert!(all().iter().filter(|moment| is_one(moment)).count() > 10, "{operation:?}, {victim}");
            }
        }
    }
}
