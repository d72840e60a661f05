//! What does a help centre look like that is in use? Made-up cases of two weeks, in a store that has none of its own.

use super::Outcome;
use super::args::Global;
use super::database::{location, wait_for};
use super::setup::Found;
use super::terminal::{Terminal, visible};
use crate::cases::{
    Answer, Asking, Cases, How, NewAccount, NewCase, Publication, Sent, Source, Step, Written,
};
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::model::account::{Account, Role};
use crate::model::case::{Case, Kind, Rating, Via};
use crate::model::outbox::Delivery;
use crate::model::{Email, Lang, PersonName, Slug, VisitId};
use crate::store::{CaseFilter, Store};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// What is told.
const STORY: &str = include_str!("demo.toml");
/// How many entries of the outbox are looked at at once.
const BATCH: u32 = 500;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    account: Vec<Colleague>,
    case: Vec<Told>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Colleague {
    email: String,
    name: String,
    role: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    hours: i64,
    email: String,
    name: String,
    text: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    searched: Vec<String>,
    #[serde(default)]
    does: Vec<Deed>,
    #[serde(default)]
    confirmed: bool,
    rating: Option<u8>,
    published: Option<Page>,
}

/// What was written next: by a colleague, or by who asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Deed {
    #[serde(default)]
    by: String,
    text: String,
    #[serde(default)]
    then: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    title: String,
    text: String,
    answer: String,
}

/// `kb demo`
pub(super) fn run(global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let setup = Found::read(global, None).accepted(terminal)?;
    let location = location(&setup.settings)?;
    let story: Story = toml::from_str(STORY)?;
    wait_for(async {
        let store = Store::open(&location).await.map_err(Error::from)?;
        let clock = Clock::fixed(Clock::System.now());
        let settings = Arc::new(setup.settings.clone());
        let cases = Cases::open(store, settings, clock.clone()).await?;
        let kb = &setup.locations.kb;
        let filled = fill(&cases, &clock, &story, kb).await;
        cases.store().close().await;
        say(terminal, &story, &cases, &filled?);
        Ok::<_, Error>(Outcome::Fine)
    })
}

/// Tells the story; returns the password of all accounts.
async fn fill(cases: &Cases, clock: &Clock, story: &Story, kb: &Path) -> Result<String> {
    refuse_used(cases).await?;
    let now = clock.now();
    let password = Store::new_token()?.reveal()[..16].to_owned();
    let mut colleagues = Vec::new();
    for colleague in &story.account {
        colleagues.push(join(cases, colleague, &password).await?);
    }
    for told in &story.case {
        tell(cases, clock, now, told, &colleagues, kb).await?;
    }
    clock.set(now);
    forget_letters(cases).await?;
    Ok(password)
}

async fn refuse_used(cases: &Cases) -> Result<()> {
    let mut read = cases.store().read().await?;
    let used = read.count_cases(&CaseFilter::default(), 1).await? > 0
        || !read.accounts().await?.is_empty();
    match used {
        false => Ok(()),
        true => Err(Error::new(
            Code::Conflict,
            format!(
                "{} is in use: it has cases or accounts",
                cases.store().location()
            ),
        )
        .help("a trial needs a store of its own: kb --data-dir /tmp/trial demo")),
    }
}

async fn join(cases: &Cases, colleague: &Colleague, password: &str) -> Result<Account> {
    let new = NewAccount {
        email: parsed(Email::parse(&colleague.email))?,
        name: parsed(PersonName::parse(&colleague.name))?,
        role: parsed(Role::parse(&colleague.role))?,
        groups: groups(cases),
        lang: Lang::ZhCn,
        on_duty: true,
    };
    cases.add_account(None, new, password).await
}

/// All groups of `kb.toml`, so that everybody sees everything.
fn groups(cases: &Cases) -> Vec<Slug> {
    let settings = cases.settings();
    let set = settings.groups.iter().map(|group| &group.name);
    let mut all: Vec<Slug> = set.cloned().collect();
    if !all.contains(&settings.cases.fallback_group) {
        all.push(settings.cases.fallback_group.clone());
    }
    all
}

async fn tell(
    cases: &Cases,
    clock: &Clock,
    now: Timestamp,
    told: &Told,
    colleagues: &[Account],
    kb: &Path,
) -> Result<()> {
    let opened = now - SignedDuration::from_hours(told.hours);
    clock.set(opened);
    let mut case = ask(cases, told).await?;
    // All that happens, happens before now.
    let pause = SignedDuration::from_mins((told.hours * 60 / 8).clamp(1, 180));
    let mut at = opened;
    for deed in &told.does {
        at += pause;
        clock.set(at);
        case = act(cases, &case, deed, colleagues).await?;
    }
    clock.set(at + pause);
    if told.confirmed {
        case = cases.confirm(case.id).await?;
    }
    if let Some(stars) = told.rating {
        let rating = parsed(Rating::new(stars))?;
        case = cases.rate(case.id, rating, "").await?;
    }
    match (&told.published, colleagues.first()) {
        (Some(page), Some(editor)) => {
            let what = Publication {
                title: page.title.clone(),
                text: page.text.clone(),
                answer: page.answer.clone(),
                forum: true,
                ..Publication::default()
            };
            cases.publish(editor, case.id, &what, kb).await.map(drop)
        }
        _ => Ok(()),
    }
}

async fn ask(cases: &Cases, told: &Told) -> Result<Case> {
    let visit = VisitId::generate(cases.now());
    let steps = told.searched.iter().map(|query| Step::Searched {
        query: query.clone(),
        results: 0,
        confident: false,
    });
    let steps: Vec<Step> = steps.collect();
    cases.note_visit(visit, Lang::ZhCn, &steps).await?;
    let new = NewCase {
        email: parsed(Email::parse(&told.email))?,
        name: Some(parsed(PersonName::parse(&told.name))?),
        tier: None,
        lang: Lang::ZhCn,
        text: told.text.clone(),
        kind: Kind::parse(&told.kind).unwrap_or(Kind::Question),
        product: None,
        category: String::new(),
        via: Via::Page,
        visit: Some(visit),
        steps: Vec::new(),
        files: Vec::new(),
        articles: Vec::new(),
    };
    let asking = Asking {
        key: None,
        proof: None,
        source: Source::OWN,
    };
    Ok(cases.ask(new, asking).await?.case)
}

async fn act(cases: &Cases, case: &Case, deed: &Deed, colleagues: &[Account]) -> Result<Case> {
    let by = colleagues.iter().find(|one| one.email.as_str() == deed.by);
    let Some(by) = by else {
        let written = Written {
            text: deed.text.clone(),
            files: Vec::new(),
            via: Via::Page,
            key: None,
            source: Source::OWN,
        };
        return cases.write(case.id, written).await;
    };
    let answer = Answer {
        case: case.id,
        seen: case.events,
        how: match deed.then.as_str() {
            "solve" => How::Solve,
            "ask_back" => How::AskBack,
            "note" => How::Note,
            _ => How::Reply,
        },
        text: &deed.text,
    };
    match cases.answer(by, answer).await? {
        Sent::Done(case) => Ok(*case),
        Sent::Stale(_) => Err(Error::new(
            Code::Conflict,
            "somebody else is at work in this store",
        )),
    }
}

/// Nobody is mailed of what never happened.
async fn forget_letters(cases: &Cases) -> Result<()> {
    loop {
        let mut read = cases.store().read().await?;
        let waiting = read.outbox(Some(Delivery::Pending), None, BATCH).await?;
        drop(read);
        if waiting.is_empty() {
            return Ok(());
        }
        let mut tx = cases.store().begin().await?;
        for entry in waiting {
            tx.mark_sent(entry.what.id, cases.now()).await?;
        }
        tx.commit().await?;
    }
}

fn say(terminal: &Terminal, story: &Story, cases: &Cases, password: &str) {
    let mut out = terminal.out();
    let _ = writeln!(
        out,
        "{} cases and {} accounts were made up. Start `kb serve`, then sign in:\n",
        story.case.len(),
        story.account.len()
    );
    for colleague in &story.account {
        let _ = writeln!(
            out,
            "  {:<22} {} ({})",
            colleague.email,
            visible(&colleague.name),
            colleague.role
        );
    }
    let _ = writeln!(
        out,
        "\n  password  {password}\n  desk      {}\n  forum     {}",
        cases.public("/desk"),
        cases.public("/questions")
    );
}

/// What the story says is right by construction; a test tells it.
fn parsed<T, E: std::fmt::Display>(read: std::result::Result<T, E>) -> Result<T> {
    read.map_err(|why| Error::new(Code::Internal, why.to_string()))
}
