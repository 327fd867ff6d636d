//! Kills plugins' processes and Velero's servers at random moments of backups and restores. After each moment, nothing half is
//! taken for whole, Velero reports what is missing, the next backup or restore is whole, and no process and no socket stays.
//!
//! ```text
//! seed, number ─► moment ─► stage: start, kill, wait ─► whole: check
//! ```

mod moment;
mod stage;
mod whole;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Result;
use futures::future::try_join_all;
use plugwright_local_velero::{ControlPlane, Programs, Run, Velero};

use self::moment::Moment;
use self::stage::Stage;
use crate::options::{Kills, Options};
use crate::scenario::Plugins;
use crate::site::Side;
use crate::{seconds, setup};

/// The number of servers, which share the moments.
const SERVERS: usize = 3;

/// Returns the number of moments after which something was wrong.
pub(crate) async fn run(
    run: &Run,
    programs: &Programs,
    plane: &ControlPlane,
    options: &Options,
    kills: &Kills,
) -> Result<usize> {
    let started = Instant::now();
    let side = if kills.twin { Side::Go } else { Side::Ours };
    let stages = try_join_all((0..SERVERS).map(async |number| {
        let setup = setup(options, Plugins::Test, side, format!("kills-{number}"));
        Stage::new(side, Velero::start(run, programs, plane, setup).await?, plane.client.clone()).await
    }));
    let stages = stages.await?;
    println!("{} moments with the seed {}, on {SERVERS} servers", kills.moments, kills.seed);

    let next = Cell::new(kills.first);
    let (counts, failed) = (Cell::new(BTreeMap::<String, usize>::new()), Cell::new(0));
    futures::future::join_all(stages.into_iter().map(async |mut stage| {
        while next.get() < kills.first + kills.moments {
            let mut moment = Moment::new(kills.seed, next.replace(next.get() + 1));
            match stage.play(&mut moment).await {
                Ok(description) => println!("{:5}  {description}", moment.number),
                Err(error) => {
                    failed.set(failed.get() + 1);
                    println!(
                        "FAIL   {}, {}: {error:#}\n       again: e2e/run kills --seed {} --first {} --moments 1",
                        moment.operation.kind(),
                        moment.victim,
                        kills.seed,
                        moment.number
                    );
                }
            }
            let mut all = counts.take();
            *all.entry(format!("{}, {}", moment.operation.kind(), moment.victim)).or_default() += 1;
            counts.set(all);
        }
    }))
    .await;

    for (kind, count) in counts.take() {
        println!("{count:5}  {kind}");
    }
    let failed = failed.get();
    println!("{failed} of {} moments failed, in {}", kills.moments, seconds(started.elapsed()));
    Ok(failed)
}
