//! How is an answer made public? The page on which somebody reads once more what everybody will read, and decides about each piece
//! of personal data in it.

use super::articles::staff;
use super::case::number_of;
use super::door::Desk;
use super::form::{Fields, Posted};
use super::frame::{Frame, page_of};
use super::queue::Option_;
use super::refused::{back, refused, status_of};
use super::words::refusal_key;
use crate::cases::{Finding, Made, Proposal, Publication, Published, Refusal, preview, proposed};
use crate::content::render_message;
use crate::error::Result;
use crate::http::error::Failure;
use crate::http::pages::messages;
use crate::model::case::CaseNumber;
use crate::model::question::Shown;
use crate::model::{ArticleId, Audience, Lang};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use percent_encoding::percent_decode_str;
use serde::Serialize;

/// How much stands around what was found, in characters.
const AROUND: usize = 14;

#[derive(Debug, Serialize)]
struct PublishView {
    url: String,
    case_url: String,
    number: String,
    title: String,
    text: String,
    answer: String,
    categories: Vec<Option_>,
    audiences: Vec<Option_>,
    queries: Vec<QueryView>,
    forum: bool,
    draft: bool,
    golden: bool,
    has_forum: bool,
    findings: Vec<FindingView>,
    fault: Option<String>,
    preview: Preview,
    /// The address of the question that it is already.
    published: Option<String>,
    /// Whether that question was taken back.
    hidden: bool,
    drafted: Option<String>,
    /// Articles that the answer leads to and that not everybody may read.
    closed: Vec<String>,
}

#[derive(Debug, Serialize)]
struct QueryView {
    text: String,
    chosen: bool,
}

#[derive(Debug, Serialize)]
struct FindingView {
    key: String,
    sort: String,
    mark: &'static str,
    before: String,
    text: String,
    after: String,
    kept: bool,
    fresh: bool,
}

#[derive(Debug, Serialize)]
struct Preview {
    title: String,
    text: String,
    html: String,
}

/// `GET /desk/cases/{number}/publish`
pub(super) async fn page(desk: Desk, Path(number): Path<String>) -> Result<Response, Failure> {
    let shown = async {
        let proposal = desk
            .cases
            .proposal(&desk.account, &number_of(&number)?)
            .await?;
        let what = first(&desk, &proposal);
        show(&desk, &proposal, what, (None, StatusCode::OK), &[])
    };
    match shown.await {
        Ok(page) => Ok(page),
        Err(error) => refused(&desk, error),
    }
}

/// What the form begins with: everything of the case, and everything that may be somebody's redacted.
fn first(desk: &Desk, proposal: &Proposal) -> Publication {
    let is_plain = |query: &&String| {
        let alone = Publication {
            wordings: vec![(*query).clone()],
            ..Publication::default()
        };
        proposed(&alone, &proposal.known).is_empty()
    };
    let shown = |shown| proposal.question.as_ref().is_some_and(|q| q.shown == shown);
    Publication {
        title: proposal.title.clone(),
        text: proposal.text.clone(),
        answer: proposal.answer.clone(),
        category: proposal.case.category.clone(),
        audience: proposal
            .question
            .as_ref()
            .map(|question| question.audience)
            .unwrap_or_default(),
        wordings: proposal.queries.iter().filter(is_plain).cloned().collect(),
        forum: desk.state.settings().forum.enabled && !shown(Shown::Published),
        draft: false,
        golden: !proposal.queries.is_empty(),
        ..Publication::default()
    }
}

/// `POST /desk/cases/{number}/publish`
pub(super) async fn publish(
    Path(number): Path<String>,
    Posted { desk, fields, .. }: Posted,
) -> Result<Response, Failure> {
    match take(&desk, &number, &fields).await {
        Ok(response) => Ok(response),
        Err(error) => back(&desk, &format!("/desk/cases/{number}/publish"), error),
    }
}

async fn take(desk: &Desk, number: &str, fields: &Fields) -> Result<Response> {
    let number = number_of(number)?;
    let proposal = desk.cases.proposal(&desk.account, &number).await?;
    let mut what = filled(fields);
    audience(desk, fields.one("audience"), &mut what);
    let found = proposed(&what, &proposal.known);
    let mut fresh = Vec::new();
    for finding in &found {
        let key = finding.key();
        match fields.one(&format!("decide-{key}")) {
            "redact" => what.redacted.insert(key),
            "keep" => what.kept.insert(key),
            _ => {
                fresh.push(key);
                continue;
            }
        };
    }
    let text = |key| Some(messages::text(desk.lang, key).to_owned());
    let again = StatusCode::UNPROCESSABLE_ENTITY;
    if fields.one("do") != "publish" {
        return show(desk, &proposal, what, (None, StatusCode::OK), &fresh);
    }
    if !fresh.is_empty() {
        return show(
            desk,
            &proposal,
            what,
            (text("publish_fresh"), again),
            &fresh,
        );
    }
    if fields.one("confirmed") != "1" {
        return show(
            desk,
            &proposal,
            what,
            (text("publish_unconfirmed"), again),
            &[],
        );
    }
    if !what.category.is_empty()
        && !categories(desk, &what)
            .iter()
            .any(|c| c.value == what.category)
    {
        let fault = text(refusal_key(Refusal::Category));
        return show(desk, &proposal, what, (fault, again), &[]);
    }
    let kb = desk.state.kb().to_owned();
    let done = desk
        .cases
        .publish(&desk.account, proposal.case.id, &what, &kb)
        .await;
    match done {
        Ok(Published::Done(made)) => {
            desk.say(
                said(desk.lang, &made, what.golden),
                made.golden.is_none() && what.golden,
                &[],
            );
            Ok(Redirect::to(&case_page(&number)).into_response())
        }
        Ok(Published::Undecided(found)) => {
            let fresh: Vec<String> = found.iter().map(Finding::key).collect();
            show(
                desk,
                &proposal,
                what,
                (text("publish_fresh"), again),
                &fresh,
            )
        }
        Err(error) => match Refusal::of(&error) {
            None | Some(Refusal::Role | Refusal::NoCase) => Err(error),
            Some(refusal) => {
                let fault = text(refusal_key(refusal));
                show(desk, &proposal, what, (fault, status_of(error.code())), &[])
            }
        },
    }
}

fn case_page(number: &CaseNumber) -> String {
    format!("/desk/cases/{number}")
}

fn filled(fields: &Fields) -> Publication {
    Publication {
        title: fields.one("title").to_owned(),
        text: fields.one("text").replace("\r\n", "\n"),
        answer: fields.one("answer").replace("\r\n", "\n"),
        category: fields.one("category").to_owned(),
        wordings: fields.all("query").map(str::to_owned).collect(),
        forum: fields.one("forum") == "1",
        draft: fields.one("draft") == "1",
        golden: fields.one("golden") == "1",
        ..Publication::default()
    }
}

/// What was made, in a line.
fn said(lang: Lang, made: &Made, golden: bool) -> String {
    let mut parts = Vec::new();
    let mut say =
        |key: &str, value: String| parts.push(messages::fill(lang, key, &[("what", &value)]));
    if made.again {
        say("publish_again", String::new());
    }
    if let Some(number) = made.question {
        say("publish_done_forum", format!("/q/{number}"));
    }
    if let Some(path) = &made.draft {
        say("publish_done_draft", format!("kb/{path}"));
    }
    match made.golden {
        Some(0) => {}
        Some(added) => say("publish_done_golden", added.to_string()),
        None if golden => say("publish_failed_golden", String::new()),
        None => {}
    }
    parts.join(" ")
}

fn show(
    desk: &Desk,
    proposal: &Proposal,
    what: Publication,
    (fault, status): (Option<String>, StatusCode),
    fresh: &[String],
) -> Result<Response> {
    let lang = desk.lang;
    let number = &proposal.case.number;
    let clean = preview(&what, &proposal.known, &proposal.case);
    let all = [
        what.title.as_str(),
        &what.text,
        &what.answer,
        &what.wordings.join("\n"),
    ]
    .join("\n");
    let finding =
        |finding: &Finding| view_of(finding, &all, &what, proposal.case.lang, lang, fresh);
    let question = proposal.question.as_ref();
    let view = PublishView {
        url: format!("{}/publish", case_page(number)),
        case_url: case_page(number),
        number: number.to_string(),
        categories: categories(desk, &what),
        audiences: audiences(desk, &what),
        queries: queries(proposal, &what),
        has_forum: desk.state.settings().forum.enabled,
        findings: proposed(&what, &proposal.known)
            .iter()
            .map(finding)
            .collect(),
        fault,
        preview: Preview {
            html: render_message(&clean.answer),
            title: clean.title,
            text: clean.text,
        },
        published: question
            .filter(|q| q.shown == Shown::Published)
            .map(|q| format!("/q/{}", q.number)),
        hidden: question.is_some_and(|q| q.shown == Shown::Hidden),
        drafted: proposal.draft.clone(),
        closed: closed(desk, &what),
        title: what.title,
        text: what.text,
        answer: what.answer,
        forum: what.forum,
        draft: what.draft,
        golden: what.golden,
    };
    let title = messages::fill(lang, "publish_title", &[("number", number.as_str())]);
    let frame = Frame::new(desk, &title, "");
    page_of(
        &desk.state,
        "desk/publish.html",
        lang,
        &frame,
        &view,
        status,
    )
}

fn queries(proposal: &Proposal, what: &Publication) -> Vec<QueryView> {
    let view = |text: &String| QueryView {
        text: text.clone(),
        chosen: what.wordings.contains(text),
    };
    proposal.queries.iter().map(view).collect()
}

fn view_of(
    finding: &Finding,
    all: &str,
    what: &Publication,
    written: Lang,
    lang: Lang,
    fresh: &[String],
) -> FindingView {
    let key = finding.key();
    let (before, after) = all.split_once(&finding.text).unwrap_or_default();
    let cut = before.chars().count().saturating_sub(AROUND);
    FindingView {
        sort: messages::text(lang, &format!("personal_{}", finding.sort.name())).to_owned(),
        mark: finding.sort.mark(written),
        before: before.chars().skip(cut).collect(),
        after: after.chars().take(AROUND).collect(),
        text: finding.text.clone(),
        kept: what.kept.contains(&key),
        fresh: fresh.contains(&key),
        key,
    }
}

/// Takes over who may read it; somebody that nobody knows is nobody, so the highest of all.
fn audience(desk: &Desk, name: &str, what: &mut Publication) {
    let Some(engine) = desk.state.engine() else {
        return;
    };
    let all = &engine.schema().audiences;
    let chosen = match name {
        "" => Some(Audience::PUBLIC),
        name => all.get(name),
    };
    what.audience = chosen.unwrap_or_else(|| all.all().last().unwrap_or_default());
    what.audience_name =
        (what.audience != Audience::PUBLIC).then(|| all.name(what.audience).to_owned());
}

/// Who may read it: all audiences of the schema, in order.
fn audiences(desk: &Desk, what: &Publication) -> Vec<Option_> {
    let Some(engine) = desk.state.engine() else {
        return Vec::new();
    };
    let all = &engine.schema().audiences;
    let option = |audience: Audience| {
        let name = all.name(audience);
        let key = format!("audience_{name}");
        let shown = messages::text(desk.lang, &key);
        let shown = if shown == key { name } else { shown };
        Option_::new(name, shown.to_owned(), audience == what.audience)
    };
    all.all().map(option).collect()
}

/// The categories that those who may read it see, by their paths; the one that is chosen.
fn categories(desk: &Desk, what: &Publication) -> Vec<Option_> {
    let Some(engine) = desk.state.engine() else {
        return Vec::new();
    };
    let (view, chosen) = (engine.view(what.audience), what.category.as_str());
    let all = view.categories().iter().filter(|c| !c.path.is_root());
    let title = |path: &crate::model::CategoryPath| {
        let whole: Vec<String> = path
            .lineage()
            .iter()
            .map(|part| {
                view.category(part)
                    .map_or_else(|| part.as_str().to_owned(), |c| c.title.clone())
            })
            .collect();
        whole.join(" › ")
    };
    all.map(|c| Option_::new(c.path.as_str(), title(&c.path), c.path.as_str() == chosen))
        .collect()
}

/// The titles of articles that an answer leads to and that not all of its readers may read.
fn closed(desk: &Desk, what: &Publication) -> Vec<String> {
    let Some(engine) = desk.state.engine() else {
        return Vec::new();
    };
    let (open, all) = (engine.view(what.audience), engine.view(staff(&engine)));
    let mut titles: Vec<String> = what
        .answer
        .split("/a/")
        .skip(1)
        .filter_map(|rest| {
            let end = rest.find(|c: char| {
                c.is_whitespace() || matches!(c, ')' | '>' | '"' | ']' | '#' | '?')
            });
            let path = percent_decode_str(&rest[..end.unwrap_or(rest.len())])
                .decode_utf8()
                .ok()?;
            let id = ArticleId::parse(&path).ok()?;
            let head = all.head(&id)?;
            open.head(&id).is_none().then(|| head.title.clone())
        })
        .collect();
    titles.dedup();
    titles
}
