//! What is in effect, and who says so? Every setting with its origin, in a form that can be copied into the file.

use super::Outcome;
use super::args::{Config, Format, Global};
use super::setup::Found;
use super::terminal::{Terminal, visible};
use crate::config::{Entry, Origin, Refused};
use crate::model::Severity;
use anstyle::Style;
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr;

/// The column at which origins stand, if there is room.
const ORIGIN_COLUMN: usize = 48;

/// Prints the settings.
pub(super) fn run(args: &Config, global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let found = Found::read(global, None);
    let mut out = terminal.out();
    match args.format {
        Format::Human => write_toml(&mut out, &found)?,
        Format::Json => write_json(&mut out, &found)?,
    }
    out.flush()?;
    let problems = [found.settings.problems, found.schema.problems].concat();
    if problems
        .iter()
        .any(|problem| problem.severity == Severity::Error)
    {
        return Err(Refused { problems }.into());
    }
    if !terminal.quiet {
        super::problems::write_human(&mut terminal.err(), &problems, terminal.width())?;
    }
    Ok(Outcome::Fine)
}

fn write_toml(to: &mut dyn Write, found: &Found) -> io::Result<()> {
    let dim = Style::new().dimmed();
    writeln!(to, "{dim}# where things are{dim:#}")?;
    for entry in &found.locations.entries {
        let value = entry
            .value
            .as_ref()
            .map_or_else(|| without_file(&entry.key), ToString::to_string);
        write_entry(to, &format!("# {} = {value}", entry.key), &entry.origin)?;
    }
    for (title, entries) in [
        ("kb.toml", &found.settings.entries),
        ("schema.toml", &found.schema.entries),
    ] {
        writeln!(
            to,
            "\n{dim}# {title}: how it {}{dim:#}",
            if title == "kb.toml" {
                "runs"
            } else {
                "is searched"
            }
        )?;
        for entry in entries {
            write_entry(to, &assignment(entry), &entry.origin)?;
        }
    }
    Ok(())
}

/// What is used where no file is.
fn without_file(key: &str) -> String {
    if key == "schema" {
        "(built in)"
    } else {
        "(none)"
    }
    .to_owned()
}

fn assignment(entry: &Entry) -> String {
    match &entry.value {
        Some(value) => format!("{} = {value}", entry.key),
        None => format!("# {} is not set", entry.key),
    }
}

fn write_entry(to: &mut dyn Write, text: &str, origin: &Origin) -> io::Result<()> {
    let text = visible(text);
    let gap = ORIGIN_COLUMN.saturating_sub(text.width()).max(2);
    let style = if *origin == Origin::Default {
        Style::new().dimmed()
    } else {
        Style::new().bold()
    };
    let origin = origin.to_string();
    writeln!(
        to,
        "{text}{:gap$}{style}# {}{style:#}",
        "",
        visible(&origin)
    )
}

fn write_json(to: &mut dyn Write, found: &Found) -> io::Result<()> {
    let object = |entries: &[Entry]| {
        let members = entries.iter().map(|entry| {
            let value = json!({ "value": entry.value, "origin": entry.origin.to_string() });
            (entry.key.clone(), value)
        });
        Value::Object(members.collect::<Map<_, _>>())
    };
    let all = json!({
        "locations": object(&found.locations.entries),
        "settings": object(&found.settings.entries),
        "schema": object(&found.schema.entries),
    });
    serde_json::to_writer_pretty(&mut *to, &all)?;
    writeln!(to)
}
