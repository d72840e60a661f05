//! What is kept of somebody, and how does he get out of it? Shown, handed out and erased from the terminal, which may do all.

use super::Outcome;
use super::args::person::{Erase, ErasedArgs, Export, Person, PersonCommand, Retention, Show};
use super::args::{Format, Global};
use super::case::{pretty, print, table, with_cases};
use super::terminal::{Terminal, visible};
use crate::cases::{Cases, Erased, PersonFile};
use crate::error::{Code, Error, Result};
use crate::model::Email;
use crate::store::Tombstone;
use serde_json::{Value, json};
use std::io::{BufRead, IsTerminal, Read, Write};
use std::path::Path;

/// The largest list of tombstones that is read, in bytes.
const MAX_LIST_BYTES: u64 = 256 << 20;

/// `kb person …`
pub(super) fn run(args: &Person, global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let mut public = false;
    let done = with_cases(global, terminal, async |cases| match &args.command {
        PersonCommand::Show(args) => show(args, cases, terminal).await,
        PersonCommand::Export(args) => export(args, cases, terminal).await,
        PersonCommand::Erase(args) => {
            let (outcome, changed) = erase(args, cases, terminal).await?;
            public = changed;
            Ok(outcome)
        }
        PersonCommand::Retention(args) => retention(args, cases, terminal).await,
        PersonCommand::Erased(args) => erased(args, cases, terminal).await,
    })?;
    if public {
        // Parts of an index are never changed, so what they said is forgotten when all of it is built anew.
        super::reindex::run(global, &terminal.quietly())?;
    }
    Ok(done)
}

fn nobody(email: &Email) -> Error {
    Error::not_found(format!("nothing is kept of {email}"))
}

async fn show(args: &Show, cases: &Cases, terminal: &Terminal) -> Result<Outcome> {
    let Some(document) = cases.person_document(&args.email).await? else {
        return Err(nobody(&args.email));
    };
    let erased = cases.would_erase(&args.email).await?;
    let kept: Value = erased
        .counts
        .iter()
        .map(|(what, n)| ((*what).to_owned(), json!(n)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    match args.format {
        Format::Json => {
            let shown =
                json!({"email": document["email"], "record": document["record"], "kept": kept});
            print(terminal, &pretty(&shown)?)
        }
        Format::Human => {
            let record = &document["record"];
            let name = record["name"].as_str().unwrap_or("(no name)");
            let since = record["since"].as_str().unwrap_or("");
            let mut shown = format!("{}  {}  {since}\n", args.email, visible(name));
            shown.push_str(&counted(&erased));
            for case in document["cases"].as_array().into_iter().flatten() {
                let text = |key: &str| visible(case[key].as_str().unwrap_or_default()).to_string();
                shown.push_str(&format!(
                    "{}  {}  {}\n",
                    text("number"),
                    text("state"),
                    text("subject")
                ));
            }
            print(terminal, &shown)
        }
    }
}

async fn export(args: &Export, cases: &Cases, terminal: &Terminal) -> Result<Outcome> {
    let Some(document) = cases.person_document(&args.email).await? else {
        return Err(nobody(&args.email));
    };
    if let Some(folder) = &args.files {
        empty(folder)?;
        let count = cases
            .person_files(&args.email, |file| write_file(folder, &file))
            .await?;
        if !terminal.quiet {
            let _ = writeln!(terminal.err(), "{count} files in {}", folder.display());
        }
    }
    cases.note_handed_out(&args.email, "terminal").await?;
    print(terminal, &pretty(&document)?)
}

/// A folder with something in it is almost always a slip, and what is in it would be taken for his.
fn empty(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .and_then(|()| Ok(std::fs::read_dir(folder)?.next().is_none()))
        .map_err(|e| unusable(folder, e))
        .and_then(|is_empty| match is_empty {
            true => Ok(()),
            false => Err(
                Error::new(Code::Conflict, format!("{} is not empty", folder.display()))
                    .help("name a folder that is not there yet"),
            ),
        })
}

fn write_file(folder: &Path, file: &PersonFile) -> Result<()> {
    let path = folder.join(&file.path);
    let parent = path.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent)
        .and_then(|()| std::fs::write(&path, &file.bytes))
        .map_err(|e| unusable(&path, e))
}

fn unusable(path: &Path, cause: std::io::Error) -> Error {
    Error::internal(format!("{} cannot be used", path.display()), cause)
        .help("name a folder that can be written")
}

/// Whether it went well, and whether the index must forget something.
async fn erase(args: &Erase, cases: &Cases, terminal: &Terminal) -> Result<(Outcome, bool)> {
    let planned = cases.would_erase(&args.email).await?;
    if !planned.known {
        let said = match planned.before {
            Some(at) => format!("{} was erased at {at}; nothing is left\n", args.email),
            None => return Err(nobody(&args.email)),
        };
        return Ok((print(terminal, &said)?, false));
    }
    if args.dry_run {
        let said = format!("would erase {}:\n{}", args.email, counted(&planned));
        return Ok((print(terminal, &said)?, false));
    }
    if !args.yes && !confirmed(&args.email, &planned, terminal)? {
        return Ok((Outcome::Negative, false));
    }
    let done = cases.erase(&args.email, "terminal").await?;
    let said = format!("erased {}:\n{}", args.email, counted(&done));
    Ok((print(terminal, &said)?, done.public))
}

/// Whether somebody at a terminal types the address once more.
fn confirmed(email: &Email, planned: &Erased, terminal: &Terminal) -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Err(Error::invalid("erasing cannot be undone")
            .help("say --yes to do it, or --dry-run to see what it would do"));
    }
    let mut out = terminal.err();
    let _ = write!(
        out,
        "{}this cannot be undone. Type the address to erase it: ",
        counted(planned)
    );
    let _ = out.flush();
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .take(1_000)
        .read_line(&mut line)
        .map_err(|e| Error::internal("the terminal cannot be read", e))?;
    Ok(line.trim().eq_ignore_ascii_case(email.as_str()))
}

fn counted(erased: &Erased) -> String {
    let name = |what: &str| what.replace('_', " ");
    let lines = erased.counts.iter();
    lines
        .map(|(what, n)| format!("  {n:>6}  {}\n", name(what)))
        .collect()
}

async fn retention(args: &Retention, cases: &Cases, terminal: &Terminal) -> Result<Outcome> {
    if args.apply {
        let (rows, anonymised) = cases.apply_retention().await?;
        let said = format!("removed {rows} rows, anonymised {anonymised} cases\n");
        return print(terminal, &said);
    }
    let due = cases.retention_due().await?;
    let shown = match args.format {
        Format::Json => {
            let one = |due: &crate::cases::Due| json!({"what": due.what, "days": due.days, "due": due.due});
            pretty(&due.iter().map(one).collect::<Value>())?
        }
        Format::Human => {
            let days = |days: u32| match days {
                0 => "for ever".to_owned(),
                days => format!("{days} days"),
            };
            let rows = due
                .iter()
                .map(|due| [due.what.to_owned(), days(due.days), due.due.to_string()]);
            table(&["WHAT", "KEPT", "DUE"], rows)
        }
    };
    print(terminal, &shown)
}

async fn erased(args: &ErasedArgs, cases: &Cases, terminal: &Terminal) -> Result<Outcome> {
    if let Some(file) = &args.again {
        let stones = read_list(file)?;
        let again = cases.erase_those(&stones).await?;
        return print(terminal, &format!("erased {again} again\n"));
    }
    let stones = cases.store().read().await?.tombstones(false).await?;
    let lines = stones
        .iter()
        .map(|stone| format!("{} {}\n", stone.hash, stone.erased_at));
    print(terminal, &lines.collect::<String>())
}

/// Lines of a hash and a time, as they were printed.
fn read_list(file: &Path) -> Result<Vec<Tombstone>> {
    let cannot = |e| Error::internal(format!("{} cannot be read", file.display()), e);
    let mut text = String::new();
    match file == Path::new("-") {
        true => std::io::stdin()
            .take(MAX_LIST_BYTES)
            .read_to_string(&mut text),
        false => std::fs::File::open(file)
            .and_then(|file| file.take(MAX_LIST_BYTES).read_to_string(&mut text)),
    }
    .map_err(cannot)?;
    let one = |(i, line): (usize, &str)| {
        let read = line.split_once(' ').and_then(|(hash, at)| {
            let plain = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
            Some(Tombstone {
                hash: plain.then(|| hash.to_owned())?,
                erased_at: at.trim().parse().ok()?,
            })
        });
        read.ok_or_else(|| {
            Error::invalid(format!("line {} of the list is no tombstone", i + 1))
                .help("give what `kb person erased` printed")
        })
    };
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(one)
        .collect()
}
