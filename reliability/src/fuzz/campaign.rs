//! One run of AFL++ for one target.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::process::{PEAK, TIME};
use crate::table::Row;

/// The longest input. Longer ones are slower and rarely reach other code.
const LONGEST: usize = 32 << 10;

pub(crate) struct Campaign {
    name: &'static str,
    /// `cargo-afl`, which `run` installs.
    afl: OsString,
    program: PathBuf,
    corpus: PathBuf,
    folder: PathBuf,
}

impl Campaign {
    /// The target in this program.
    pub(crate) fn of(name: &'static str) -> Result<Self, String> {
        let program =
            std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
        Self::with(name, program, Path::new("target/reliability/fuzz"))
    }

    /// The target in another build of this program.
    pub(crate) fn with(name: &'static str, program: PathBuf, folder: &Path) -> Result<Self, String> {
        let afl = std::env::var_os("CARGO_AFL").ok_or("CARGO_AFL is not set; use `reliability/run`")?;
        let corpus = Path::new("reliability/corpus").join(name);
        Ok(Self { name, afl, program, corpus, folder: folder.join(name) })
    }

    /// Runs the target for this time.
    pub(crate) fn run(&self, time: Duration) -> Result<Row, String> {
        let failed = |error| format!("{}: cannot prepare {}: {error}", self.name, self.folder.display());
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder).map_err(failed)?;
        }
        fs::create_dir_all(&self.folder).map_err(failed)?;
        let log = fs::File::create(self.folder.join("log")).map_err(failed)?;
        let errors = log.try_clone().map_err(failed)?;
        let status = self
            .command(time)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .status()
            .map_err(|error| format!("cannot start cargo-afl: {error}"))?;
        let row = self.row();
        if !status.success() && row.as_ref().is_none_or(|row| row.inputs == 0) {
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            return Err(format!("{}: afl-fuzz ended with {status}:\n{log}", self.name));
        }
        row.ok_or_else(|| format!("{}: afl-fuzz wrote no statistics", self.name))
    }

    fn command(&self, time: Duration) -> Command {
        let mut command = Command::new(&self.afl);
        command.args(["afl", "fuzz", "-i"]).arg(&self.corpus).arg("-o").arg(&self.folder);
        command.args(["-V", &time.as_secs().to_string()]);
        command.args(["-t", &TIME.as_millis().to_string()]);
        // The process limits the memory that it uses. AFL++ would limit the address space, most of which is reserved.
        command.args(["-m", "none", "-G", &LONGEST.to_string(), "--"]);
        command.arg(&self.program).args(["--target", self.name]);
        command
            .env(PEAK, self.folder.join("peak"))
            // AFL++'s runtime sets it in this process, and it would disable the target.
            .env_remove("AFL_DISABLE_LLVM_INSTRUMENTATION")
            .env("AFL_NO_UI", "1")
            .env("AFL_NO_AFFINITY", "1")
            .env("AFL_SKIP_CPUFREQ", "1")
            .env("AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "1")
            // A bug may already break an input of the corpus.
            .env("AFL_CRASHING_SEEDS_AS_NEW_CRASH", "1")
            .env("AFL_FAST_CAL", "1")
            .env("AFL_FORKSRV_INIT_TMOUT", "60000")
            .env("RUST_BACKTRACE", "0")
            // A helper of Docker's credentials must not be found.
            .env("DOCKER_CONFIG", "/nonexistent");
        command
    }

    /// Reads AFL++'s statistics; `None` if there are none.
    fn row(&self) -> Option<Row> {
        let text = fs::read_to_string(self.folder.join("default/fuzzer_stats")).ok()?;
        let stats: BTreeMap<_, _> = text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(key, value)| (key.trim(), value.trim()))
            .collect();
        let number = |key| stats.get(key)?.parse::<u64>().ok();
        let peak = fs::read_to_string(self.folder.join("peak")).ok();
        Some(Row {
            name: self.name.to_owned(),
            inputs: number("execs_done")?,
            time: Duration::from_secs(number("run_time")?),
            panics: number("saved_crashes")?,
            hangs: number("saved_hangs")?,
            memory: peak.and_then(|peak| peak.parse().ok()),
            differences: None,
        })
    }

    /// The inputs that caused a panic or a hang.
    pub(crate) fn findings(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for kind in ["crashes", "hangs"] {
            let entries =
                fs::read_dir(self.folder.join("default").join(kind)).into_iter().flatten().flatten();
            let inputs = entries.map(|entry| entry.path());
            files.extend(inputs.filter(|path| path.file_name().is_some_and(|name| name != "README.txt")));
        }
        files.sort();
        files
    }
}
