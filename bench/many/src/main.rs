//! As many plugins as `BENCH_PLUGINS` says, by default 50, in one binary. `main.go` is the same in Go.

use std::process::ExitCode;

use plugwright::prelude::*;
use plugwright::{Declaration, Plugins};

struct Unpin;

impl RestoreItemAction for Unpin {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
        input.item.remove("/spec/nodeName");
        Ok(RestoreOutput::restore())
    }
}

fn main() -> ExitCode {
    let number = std::env::var("BENCH_PLUGINS").ok().and_then(|number| number.parse().ok()).unwrap_or(50);
    let plugin = |n: usize| {
        Declaration::restore_item_action::<Unpin, _>(format!("example.io/plugin-{n}"), || Unpin)
            .included_resources(["pods"])
    };
    (1..=number).map(plugin).collect::<Plugins>().serve()
}
