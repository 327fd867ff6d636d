//! The commands that every kind of plugin supports.

use std::time::Duration;

use plugwright::prelude::*;

use crate::log;

/// A command, `verb` or `verb:argument`.
pub(crate) struct Command<'a> {
    pub(crate) verb: &'a str,
    pub(crate) argument: &'a str,
}

impl<'a> Command<'a> {
    fn parse(text: &'a str) -> Self {
        let (verb, argument) = text.split_once(':').unwrap_or((text, ""));
        Self { verb, argument }
    }
}

/// Fails for an unknown command.
pub(crate) fn unknown(command: &Command<'_>) -> Result<()> {
    bail!("unknown command {}", command.verb)
}

/// Commands that affect the output.
#[derive(Default)]
pub(crate) struct Asked(Vec<(String, String)>);

impl Asked {
    pub(crate) fn add(&mut self, command: &Command<'_>) {
        self.0.push((command.verb.to_owned(), command.argument.to_owned()));
    }

    pub(crate) fn has(&self, verb: &str) -> bool {
        self.argument(verb).is_some()
    }

    /// The argument of a command, if it was given.
    pub(crate) fn argument(&self, verb: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == verb).map(|(_, argument)| &**argument)
    }
}

/// The commands in the item's annotation.
pub(crate) fn wish(item: &Item) -> String {
    item.annotation("probe.plugwright.dev/do").unwrap_or_default().to_owned()
}

/// Runs the commands one by one: those that every kind supports, or `special`.
pub(crate) fn each(wish: &str, mut special: impl FnMut(&Command<'_>) -> Result<()>) -> Result<()> {
    for command in wish.split(',').filter(|text| !text.is_empty()).map(Command::parse) {
        if !common(&command)? {
            special(&command)?;
        }
    }
    Ok(())
}

/// Runs a command in place of a store's key, ID or setting. Other texts are ignored.
pub(crate) fn text(text: &str) -> Result<()> {
    common(&Command::parse(text))?;
    Ok(())
}

/// Runs a command that every kind supports. Returns false for other commands.
fn common(command: &Command<'_>) -> Result<bool> {
    let argument = command.argument;
    match command.verb {
        "error" => bail!("{argument}"),
        "error-in-context" => Err(argument.to_owned()).context("while probing")?,
        "panic" => panic!("{argument}"),
        "block" => std::thread::sleep(Duration::from_millis(argument.parse()?)),
        "exit" => std::process::exit(argument.parse()?),
        "print" => print(argument),
        "log" => log::everything(argument),
        "log-hostile" => log::hostile(),
        "log-long" => tracing::info!("{}", "x".repeat(argument.parse()?)),
        _ => return Ok(false),
    }
    Ok(true)
}

fn print(text: &str) {
    println!("a line for stdout: {text}");
    eprintln!("a line for stderr: {text}");
    if text == "hostile" {
        // An "@message" that is not text crashes go-plugin's host. Go's framework would forward it, so the twin does not print it.
        for line in [
            r#"{"@message":5,"@level":7}"#,
            r#"{"@message":"x","@timestamp":1}"#,
            r#"{"@level":"info"}"#,
            "{",
        ] {
            println!("{line}");
            eprintln!("{line}");
        }
    }
}
