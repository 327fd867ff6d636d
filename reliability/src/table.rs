//! The table of all results.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use plugwright::Time;

use crate::machine::machine;

/// The limit of a process's memory.
pub(crate) const MEMORY: u64 = 256 << 20;

const DOCUMENT: &str = "docs/reliability.md";
const BEGIN: &str = "<!-- fuzz: written by `reliability/run --write` -->\n";
const END: &str = "<!-- fuzz: end -->\n";

/// The results of one target, or of one comparison.
#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) inputs: u64,
    pub(crate) time: Duration,
    pub(crate) panics: u64,
    pub(crate) hangs: u64,
    /// The peak memory of the process; `None` if it was not measured.
    pub(crate) memory: Option<u64>,
    /// The number of answers that differ from the original's; `None` without an original.
    pub(crate) differences: Option<u64>,
}

impl Row {
    /// What fell short, each finding once.
    fn short(&self) -> u64 {
        let memory = self.memory.is_some_and(|memory| memory > MEMORY);
        self.panics
            + self.hangs
            + self.differences.unwrap_or_default()
            + u64::from(memory)
            + u64::from(self.inputs == 0)
    }

    fn cells(&self) -> [String; 7] {
        let or_dash = |number: Option<u64>| number.map_or_else(|| "–".to_owned(), thousands);
        let memory = self.memory.map(|memory| format!("{} MiB", memory.div_ceil(1 << 20)));
        [
            self.name.clone(),
            thousands(self.inputs),
            format!("{} s", self.time.as_secs()),
            thousands(self.panics),
            thousands(self.hangs),
            or_dash(self.differences),
            memory.unwrap_or_else(|| "–".to_owned()),
        ]
    }
}

/// `12,345`
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
}

impl Table {
    pub(crate) fn short(&self) -> usize {
        usize::try_from(self.rows.iter().map(Row::short).sum::<u64>()).unwrap_or(usize::MAX)
    }

    /// Markdown, with aligned columns.
    pub(crate) fn text(&self) -> String {
        let head =
            ["target", "inputs", "time", "panics", "hangs", "differences", "peak memory"].map(str::to_owned);
        let rows: Vec<_> = std::iter::once(head).chain(self.rows.iter().map(Row::cells)).collect();
        let width =
            |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let widths: [usize; 7] = std::array::from_fn(width);
        let mut text = String::new();
        for (index, row) in rows.iter().enumerate() {
            for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
                let _ = match column {
                    0 => write!(text, "| {cell:width$} |"),
                    _ => write!(text, " {cell:>width$} |"),
                };
            }
            text.push('\n');
            if index == 0 {
                for (column, width) in widths.into_iter().enumerate() {
                    let dashes = "-".repeat(width);
                    let _ = match column {
                        0 => write!(text, "| {dashes} |"),
                        _ => write!(text, " {}: |", &dashes[1..]),
                    };
                }
                text.push('\n');
            }
        }
        text
    }

    /// Replaces the table in the book.
    pub(crate) fn write(&self) -> Result<(), String> {
        let failed = |error| format!("cannot write {DOCUMENT}: {error}");
        let document = fs::read_to_string(DOCUMENT).map_err(failed)?;
        let (Some(begin), Some(end)) = (document.find(BEGIN), document.find(END)) else {
            return Err(format!("{DOCUMENT} does not contain the lines `{BEGIN}` and `{END}`"));
        };
        let inputs = thousands(self.rows.iter().map(|row| row.inputs).sum());
        let now = Time::now().to_string();
        let day = now.split('T').next().unwrap_or_default();
        let text = format!(
            "{BEGIN}\n{inputs} inputs on {day}, on {}:\n\n{}\n{}",
            machine(),
            self.text(),
            &document[end..]
        );
        fs::write(DOCUMENT, document[..begin].to_owned() + &text).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_counted() {
        let row = |row: Row| Table { rows: vec![row] }.short();
        assert_eq!(row(Row { inputs: 7, memory: Some(MEMORY), differences: Some(0), ..Row::default() }), 0);
        assert_eq!(row(Row { inputs: 7, panics: 2, hangs: 1, differences: Some(4), ..Row::default() }), 7);
        assert_eq!(row(Row { inputs: 7, memory: Some(MEMORY + 1), ..Row::default() }), 1);
        assert_eq!(row(Row::default()), 1, "a target without inputs");
    }

    #[test]
    fn columns_are_aligned() {
        let rows = vec![Row { name: "a".into(), inputs: 1_234_567, ..Row::default() }];
        let text = Table { rows }.text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "| target |    inputs | time | panics | hangs | differences | peak memory |");
        assert_eq!(lines[1], "| ------ | --------: | ---: | -----: | ----: | ----------: | ----------: |");
        assert_eq!(lines[2], "| a      | 1,234,567 |  0 s |      0 |     0 |           – |           – |");
    }
}
