//! Questions, where there is somebody to answer them.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use dialoguer::theme::ColorfulTheme;
use dialoguer::{Input, MultiSelect};
use plugwright::Kind;

use super::{name, template};
use crate::failure::{Failure, OrFail};

/// Questions are on stderr, answers on stdin.
pub(super) fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

pub(super) fn path() -> Result<PathBuf, Failure> {
    let check = |path: &String| name::of_path(Path::new(path)).map(drop);
    let theme = ColorfulTheme::default();
    let input = Input::<String>::with_theme(&theme).with_prompt("Name of the crate").validate_with(check);
    input.interact_text().map(PathBuf::from).or_fail("cannot ask")
}

pub(super) fn kinds() -> Result<Vec<Kind>, Failure> {
    let lines = Kind::ALL.map(|kind| format!("{}: {}", kind.name(), template::of(kind).what));
    let theme = ColorfulTheme::default();
    loop {
        let question =
            MultiSelect::with_theme(&theme).with_prompt("Kinds of plugin (space chooses, enter ends)");
        let chosen = question.items(&lines).interact().or_fail("cannot ask")?;
        if !chosen.is_empty() {
            return Ok(chosen.into_iter().map(|index| Kind::ALL[index]).collect());
        }
    }
}

pub(super) fn domain() -> Result<String, Failure> {
    let check = |domain: &String| name::check_domain(domain);
    let theme = ColorfulTheme::default();
    let input = Input::with_theme(&theme).with_prompt("A domain of yours, for the names of the plugins");
    input.default(name::DOMAIN.to_owned()).validate_with(check).interact_text().or_fail("cannot ask")
}
