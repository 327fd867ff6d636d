//! Questions on a terminal.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use dialoguer::theme::ColorfulTheme;
use dialoguer::{Input, MultiSelect};
use plugwright::Kind;

use super::{name, template};
use crate::failure::Failure;

/// Questions go to stderr, answers come from stdin.
pub(super) fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

pub(super) fn path() -> Result<PathBuf, Failure> {
    let check = |path: &String| name::of_path(Path::new(path)).map(drop);
    let theme = ColorfulTheme::default();
    let input = Input::<String>::with_theme(&theme).with_prompt("Name of the crate").validate_with(check);
    input.interact_text().map(PathBuf::from).map_err(failure)
}

pub(super) fn kinds() -> Result<Vec<Kind>, Failure> {
    let lines = Kind::ALL.map(|kind| format!("{}: {}", kind.name(), template::of(kind).what));
    let theme = ColorfulTheme::default();
    loop {
        let question =
            MultiSelect::with_theme(&theme).with_prompt("Kinds of plugin (space selects, enter confirms)");
        let chosen = question.items(&lines).interact().map_err(failure)?;
        if !chosen.is_empty() {
            return Ok(chosen.into_iter().map(|index| Kind::ALL[index]).collect());
        }
    }
}

pub(super) fn domain() -> Result<String, Failure> {
    let check = |domain: &String| name::check_domain(domain);
    let theme = ColorfulTheme::default();
    let input = Input::with_theme(&theme).with_prompt("Your domain, for the names of the plugins");
    input.default(name::DOMAIN.to_owned()).validate_with(check).interact_text().map_err(failure)
}

/// Ctrl-C is not an error. It leaves the cursor hidden, so it is shown again.
fn failure(error: dialoguer::Error) -> Failure {
    let dialoguer::Error::IO(error) = error;
    match error.kind() {
        std::io::ErrorKind::Interrupted => {
            let _ = dialoguer::console::Term::stderr().show_cursor();
            Failure::interrupted()
        }
        _ => Failure::new(format!("cannot read the answer: {error}")),
    }
}
