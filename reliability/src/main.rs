//! What does not break Plugwright, with figures. `reliability/run` builds and starts this program.
//!
//! ```text
//! options ─┬ fuzz          AFL++ runs this program once for each target
//!          ├ differential  cases for our code and for its original in Go
//!          └ bugs          the same, with bugs on purpose          → table
//! ```

mod bugs;
mod differential;
mod fuzz;
mod gob;
mod machine;
mod options;
mod table;

use std::process::ExitCode;

use clap::Parser;

use options::Options;
use table::Table;

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        // More than 100 would look like a signal to a shell.
        Ok(short) => ExitCode::from(u8::try_from(short.min(100)).unwrap_or(100)),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(101)
        }
    }
}

/// Returns the number of rows and findings that fell short.
fn run(options: &Options) -> Result<usize, String> {
    if let Some(target) = &options.target {
        fuzz::serve(target)?;
        return Ok(0);
    }
    if options.list {
        fuzz::list();
        differential::list();
        return Ok(0);
    }
    if let Some(file) = &options.input {
        fuzz::repeat(options, file)?;
        return Ok(0);
    }
    if let Some(case) = options.case {
        return differential::repeat(options, case);
    }
    if options.bugs {
        return bugs::run(options);
    }
    let mut table = Table::default();
    fuzz::run(options, &mut table)?;
    differential::run(options, &mut table)?;
    if table.rows.is_empty() {
        return Err("no target has this name; `--list` prints the names".to_owned());
    }
    print!("\n{}", table.text());
    if options.write {
        table.write()?;
    }
    Ok(table.short())
}
