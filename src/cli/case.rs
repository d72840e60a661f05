//! What stands in the cases? Listed, shown and answered from the terminal, which may do all.

use super::Outcome;
use super::args::case::{Case as Args, CaseCommand, CaseList, CaseReply, CaseShow};
use super::args::{Format, Global};
use super::database::{location, wait_for};
use super::setup::Found;
use super::terminal::{Terminal, visible};
use crate::cases::{Answer, Cases, How, Sent};
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::model::case::{Case, CaseNumber, Event, Reach, State};
use crate::model::visit::{Reading, Search, Visit};
use crate::model::{Person, PersonId};
use crate::store::{CaseFilter, CaseOrder, Store};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::sync::Arc;

/// The longest reply that is read, in bytes.
const MAX_REPLY_BYTES: u64 = 262_144;

/// `kb case …`
pub(super) fn run(args: &Args, global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    with_cases(global, terminal, async |cases| match &args.command {
        CaseCommand::List(args) => list(args, cases, terminal).await,
        CaseCommand::Show(args) => show(args, cases, terminal).await,
        CaseCommand::Reply(args) => reply(args, cases, terminal).await,
    })
}

/// Opens what people wrote for a command, and closes it behind it.
pub(super) fn with_cases(
    global: &Global,
    terminal: &Terminal,
    work: impl AsyncFnOnce(&Cases) -> Result<Outcome>,
) -> anyhow::Result<Outcome> {
    let settings = Found::read(global, None).accepted(terminal)?.settings;
    let location = location(&settings)?;
    wait_for(async {
        let store = Store::open(&location).await.map_err(Error::from)?;
        let cases = Cases::open(store, Arc::new(settings), Clock::System).await?;
        let done = work(&cases).await;
        cases.store().close().await;
        done
    })
}

async fn list(args: &CaseList, cases: &Cases, terminal: &Terminal) -> Result<Outcome> {
    let live = [State::New, State::Open, State::Waiting];
    let filter = CaseFilter {
        states: match args.state.is_empty() {
            true => live.to_vec(),
            false => args.state.clone(),
        },
        groups: args.group.clone(),
        due_before: args.late.then(|| cases.now()),
        ..CaseFilter::default()
    };
    let mut read = cases.store().read().await?;
    let page = read
        .cases(&filter, CaseOrder::Due, None, args.limit)
        .await?;
    let ids: BTreeSet<PersonId> = page.cases.iter().map(|case| case.requester).collect();
    let people = read.people(ids).await?.into_iter();
    let people: BTreeMap<PersonId, Person> = people.map(|person| (person.id, person)).collect();
    let shown = match args.format {
        Format::Json => {
            let rows = page.cases.iter();
            let rows = rows.map(|case| as_json(case, people.get(&case.requester)));
            pretty(&Value::Array(rows.collect()))?
        }
        Format::Human => as_table(&page.cases, &people),
    };
    print(terminal, &shown)
}

async fn show(args: &CaseShow, cases: &Cases, terminal: &Terminal) -> Result<Outcome> {
    let mut read = cases.store().read().await?;
    let case = read.case_by_number(&args.number).await?;
    let case = case.ok_or_else(|| absent(&args.number))?;
    let person = read.person(case.requester).await?;
    let events = read.events(case.id, 0, Reach::Internal).await?;
    let visit = match case.visit {
        Some(visit) => read.visit(visit).await?,
        None => None,
    };
    let shown = match args.format {
        Format::Json => {
            let mut whole = as_json(&case, person.as_ref());
            whole["visit"] = visit.as_ref().map_or(Value::Null, visit_json);
            whole["timeline"] = events.iter().map(event_json).collect();
            pretty(&whole)?
        }
        Format::Human => as_text(&case, person.as_ref(), visit.as_ref(), &events),
    };
    print(terminal, &shown)
}

async fn reply(args: &CaseReply, cases: &Cases, terminal: &Terminal) -> Result<Outcome> {
    let by = cases.account_of(&args.account).await?;
    let mut read = cases.store().read().await?;
    let case = read.case_by_number(&args.number).await?;
    drop(read);
    let case = case.ok_or_else(|| absent(&args.number))?;
    let how = match (args.ask_back, args.solve, args.note) {
        (true, ..) => How::AskBack,
        (_, true, _) => How::Solve,
        (.., true) => How::Note,
        _ => How::Reply,
    };
    let text = text()?;
    let answer = Answer {
        case: case.id,
        seen: case.events,
        how,
        text: &text,
    };
    match cases.answer(&by, answer).await? {
        Sent::Done(case) => {
            if !terminal.quiet {
                let (number, state) = (&case.number, case.state);
                let _ = writeln!(terminal.err(), "{number} is {state} now");
            }
            Ok(Outcome::Fine)
        }
        Sent::Stale(_) => Err(Error::new(
            Code::Conflict,
            "somebody wrote to this case at this moment",
        )
        .help("look at it with `kb case show`, then reply again")),
    }
}

fn absent(number: &CaseNumber) -> Error {
    Error::not_found(format!("there is no case {number}")).help("`kb case list` shows cases")
}

fn text() -> Result<String> {
    let mut text = String::new();
    let read = std::io::stdin()
        .lock()
        .take(MAX_REPLY_BYTES)
        .read_to_string(&mut text);
    read.map_err(|e| {
        Error::invalid("the text cannot be read")
            .because(e)
            .help("write it to standard input, as UTF-8")
    })?;
    Ok(text)
}

fn as_json(case: &Case, person: Option<&Person>) -> Value {
    json!({
        "number": case.number.as_str(),
        "subject": case.subject,
        "state": case.state.as_str(),
        "priority": case.priority.as_str(),
        "kind": case.kind.as_str(),
        "group": case.group.as_str(),
        "lang": case.lang.tag(),
        "requester": person.map(|person| json!({
            "email": person.email.as_str(),
            "name": person.name.as_ref().map(|name| name.as_str()),
        })),
        "opened_at": case.opened_at.to_string(),
        "updated_at": case.updated_at.to_string(),
        "due_at": case.due_at().map(|at| at.to_string()),
        "rating": case.rating.map(|rating| rating.stars()),
    })
}

fn visit_json(visit: &Visit) -> Value {
    let search = |search: &Search| json!({ "query": search.query, "at": search.at.to_string(), "results": search.results, "clicks": search.clicks });
    let reading = |page: &Reading| json!({ "page": page.target, "at": page.at.to_string(), "solved": page.solved });
    json!({
        "searches": visit.searches.iter().map(search).collect::<Vec<_>>(),
        "read": visit.readings.iter().map(reading).collect::<Vec<_>>(),
    })
}

fn event_json(event: &Event) -> Value {
    json!({
        "seq": event.seq,
        "at": event.at.to_string(),
        "role": event.by.role.as_str(),
        "name": event.by.name,
        "reach": event.reach.as_str(),
        "what": event.what.name(),
        "text": event.what.text(),
    })
}

fn as_table(cases: &[Case], people: &BTreeMap<PersonId, Person>) -> String {
    if cases.is_empty() {
        return "no cases\n".to_owned();
    }
    let head = [
        "NUMBER", "STATE", "PRIORITY", "GROUP", "DUE", "FROM", "ABOUT",
    ];
    let rows = cases.iter().map(|case| {
        let due = case.due_at();
        let from = people.get(&case.requester).map(|p| p.email.to_string());
        [
            case.number.to_string(),
            case.state.to_string(),
            case.priority.to_string(),
            case.group.to_string(),
            due.map_or_else(String::new, |at| at.strftime("%F %H:%MZ").to_string()),
            from.unwrap_or_default(),
            case.subject.clone(),
        ]
    });
    table(&head, rows)
}

/// A table for people.
pub(super) fn table<const N: usize>(
    head: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(*head);
    for row in rows {
        table.add_row(row.map(|cell| visible(&cell).into_owned()));
    }
    let text = table.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join("\n") + "\n"
}

/// What was tried before asking, a line each.
fn tried(visit: &Visit) -> Vec<String> {
    let searched = visit.searches.iter().map(|search| {
        let found = match search.results {
            0 => "nothing found".to_owned(),
            n => format!("{n} found"),
        };
        format!("searched for {:?}: {found}", visible(&search.query))
    });
    let read = visit
        .readings
        .iter()
        .map(|page| format!("read {}", visible(&page.target)));
    searched.chain(read).collect()
}

fn as_text(
    case: &Case,
    person: Option<&Person>,
    visit: Option<&Visit>,
    events: &[Event],
) -> String {
    let from = person.map_or_else(String::new, |person| match &person.name {
        Some(name) => format!("{name} <{}>", person.email),
        None => person.email.to_string(),
    });
    let mut lines = vec![
        format!("{}  {}", case.number, visible(&case.subject)),
        format!(
            "{}, {}, {}, group {}, from {}",
            case.state,
            case.priority,
            case.kind,
            case.group,
            visible(&from)
        ),
    ];
    lines.extend(visit.map(tried).unwrap_or_default());
    for event in events {
        let at = event.at.strftime("%F %H:%MZ");
        let by = match event.by.name.is_empty() {
            true => event.by.role.to_string(),
            false => format!("{} ({})", visible(&event.by.name), event.by.role),
        };
        let hidden = match event.reach {
            Reach::Internal => ", desk only",
            Reach::Public => "",
        };
        lines.push(format!("\n{at}  {by}: {}{hidden}", event.what.name()));
        let text = event.what.text().unwrap_or_default();
        lines.extend(text.lines().map(|line| format!("    {}", visible(line))));
    }
    lines.join("\n") + "\n"
}

/// JSON for programs.
pub(super) fn pretty(value: &Value) -> Result<String> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|e| Error::internal("the answer cannot be written", e))?;
    Ok(text + "\n")
}

/// Prints a result; a reader who has seen enough is no failure.
pub(super) fn print(terminal: &Terminal, text: &str) -> Result<Outcome> {
    match terminal.out().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::internal("the answer cannot be written", error))
        }
        _ => Ok(Outcome::Fine),
    }
}
