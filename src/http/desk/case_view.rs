//! What does the middle of a case's page show? Its head, what was tried before asking, the timeline, and what is being written.

use super::case::requester_name;
use super::door::Desk;
use super::event_view::{EventView, Timeline};
use super::queue::{Option_, answering, group_name};
use super::words::{DueView, Moment, Words};
use crate::cases::{Dossier, Fillings, fill_in};
use crate::error::Result;
use crate::model::case::{Case, Event, Kind, Priority, Role, State};
use crate::model::visit::Visit;
use serde::Serialize;

/// What is being written.
#[derive(Debug, Clone, Default)]
pub(super) struct Composer {
    /// The text; `None` for the draft that is kept.
    pub(super) text: Option<String>,
    /// Whether it is a note.
    pub(super) note: bool,
    /// The last event that its writer saw, when others came since.
    pub(super) stale_after: Option<i64>,
    /// Why it was not sent.
    pub(super) error: Option<String>,
}

/// The middle of the page.
#[derive(Debug, Serialize)]
pub(super) struct CaseView {
    id: String,
    number: String,
    url: String,
    subject: String,
    state: &'static str,
    state_name: String,
    priority: &'static str,
    kind_name: String,
    due: Option<DueView>,
    opened: Moment,
    seen: i64,
    version: i64,
    urgent: bool,
    mine: bool,
    live: bool,
    solvable: bool,
    closed: bool,
    merged_into: Option<String>,
    requester: String,
    mail: String,
    here: Vec<String>,
    visit: Option<VisitView>,
    events: Vec<EventView>,
    text: String,
    note: bool,
    stale: bool,
    error: Option<String>,
    canned: Vec<CannedView>,
    accounts: Vec<Option_>,
    unassigned: bool,
    groups: Vec<Option_>,
    higher: Vec<Option_>,
    priorities: Vec<Option_>,
    kinds: Vec<Option_>,
    tags: String,
    product: String,
}

#[derive(Debug, Serialize)]
struct CannedView {
    id: String,
    title: String,
    text: String,
}

/// What was tried before asking.
#[derive(Debug, Serialize)]
struct VisitView {
    searches: Vec<SearchView>,
    reads: Vec<ReadView>,
}

#[derive(Debug, Serialize)]
struct SearchView {
    at: Moment,
    query: String,
    results: u32,
    failed: bool,
    clicks: Vec<ReadView>,
}

#[derive(Debug, Serialize)]
struct ReadView {
    url: Option<String>,
    title: String,
    solved: bool,
}

pub(super) async fn case_view(
    desk: &Desk,
    words: &Words<'_>,
    dossier: &Dossier,
    composer: Composer,
    draft: String,
) -> Result<CaseView> {
    let case = &dossier.case;
    let requester = requester_name(desk, dossier);
    let here = desk.cases.others_here(&desk.account, case.id).await?;
    let here = here.iter().map(|here| {
        let name = if here.role == Role::Requester {
            requester.clone()
        } else {
            here.name.clone()
        };
        words.fill(
            if here.writing {
                "desk_writes"
            } else {
                "desk_looks"
            },
            &[("name", &name)],
        )
    });
    let groups = desk.cases.groups().await?;
    let settings = desk.state.settings();
    let escalates_to = settings
        .group(&case.group)
        .and_then(|group| group.escalates_to.as_ref());
    Ok(CaseView {
        id: case.id.to_string(),
        number: case.number.to_string(),
        url: format!("/desk/cases/{}", case.number),
        subject: case.subject.clone(),
        state: case.state.as_str(),
        state_name: words.state(case.state),
        priority: case.priority.as_str(),
        kind_name: words.kind(case.kind),
        due: words.due(case),
        opened: words.moment(case.opened_at),
        seen: case.events,
        version: case.version,
        urgent: case.priority == Priority::P1 && case.state.is_live(),
        mine: case.assignee == Some(desk.account.id),
        live: case.state.is_live(),
        solvable: case.state.is_live(),
        closed: matches!(case.state, State::Closed | State::Merged),
        merged_into: dossier.merged_into.as_ref().map(ToString::to_string),
        mail: dossier
            .requester
            .as_ref()
            .map(|person| person.email.to_string())
            .unwrap_or_default(),
        here: here.collect(),
        visit: dossier
            .visit
            .as_ref()
            .map(|visit| visit_view(desk, words, visit)),
        events: timeline(desk, words, dossier, &requester, composer.stale_after),
        text: composer.text.unwrap_or(draft),
        note: composer.note,
        stale: composer.stale_after.is_some(),
        error: composer.error,
        canned: canned(desk, case, &requester).await?,
        accounts: answering(desk, case.assignee),
        unassigned: case.assignee.is_none(),
        groups: groups
            .iter()
            .map(|group| Option_::new(group, group_name(desk, group), *group == case.group))
            .collect(),
        higher: groups
            .iter()
            .filter(|group| **group != case.group)
            .map(|group| Option_::new(group, group_name(desk, group), Some(group) == escalates_to))
            .collect(),
        priorities: Priority::ALL
            .iter()
            .map(|p| Option_::new(p, words.text(&format!("desk_{p}")), *p == case.priority))
            .collect(),
        kinds: Kind::ALL
            .iter()
            .map(|kind| Option_::new(kind, words.kind(*kind), *kind == case.kind))
            .collect(),
        tags: case
            .tags
            .iter()
            .map(crate::model::Slug::as_str)
            .collect::<Vec<_>>()
            .join(", "),
        product: case
            .product
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        requester,
    })
}

/// All that happened, here and in the cases that were merged into this one, in the order of time.
fn timeline(
    desk: &Desk,
    words: &Words<'_>,
    dossier: &Dossier,
    requester: &str,
    fresh_after: Option<i64>,
) -> Vec<EventView> {
    let shown = Timeline {
        desk,
        words,
        case: &dossier.case,
        requester,
        files: &dossier.files,
        fresh_after,
    };
    let mut all: Vec<(&Event, Option<&Case>)> =
        dossier.events.iter().map(|event| (event, None)).collect();
    for (source, events) in &dossier.merged {
        all.extend(events.iter().map(|event| (event, Some(source))));
    }
    all.sort_by_key(|(event, source)| (event.at, source.is_none(), event.seq));
    all.into_iter()
        .map(|(event, source)| shown.show(event, source.map(|case| &case.number)))
        .collect()
}

async fn canned(desk: &Desk, case: &Case, requester: &str) -> Result<Vec<CannedView>> {
    let number = case.number.to_string();
    let group = group_name(desk, &case.group);
    let fillings = Fillings {
        name: requester,
        number: &number,
        subject: &case.subject,
        agent: desk.account.name.as_str(),
        group: &group,
        product: case.product.as_ref().map_or("", crate::model::Slug::as_str),
    };
    let mut all = desk.cases.canned().await?;
    all.retain(|canned| {
        canned
            .group
            .as_ref()
            .is_none_or(|group| *group == case.group)
    });
    // Those in the requester's language come first.
    all.sort_by_key(|canned| canned.lang != case.lang);
    let view = |canned: crate::model::account::Canned| CannedView {
        id: canned.id.to_string(),
        text: fill_in(&canned.text, &fillings),
        title: canned.title,
    };
    Ok(all.into_iter().map(view).collect())
}

fn visit_view(desk: &Desk, words: &Words<'_>, visit: &Visit) -> VisitView {
    let searches = visit.searches.iter().map(|search| SearchView {
        at: words.moment(search.at),
        failed: search.results == 0 || search.clicks.is_empty(),
        query: search.query.clone(),
        results: search.results,
        clicks: search
            .clicks
            .iter()
            .map(|target| read_view(desk, target, false))
            .collect(),
    });
    let clicked: Vec<&String> = visit
        .searches
        .iter()
        .flat_map(|search| &search.clicks)
        .collect();
    let reads = visit
        .readings
        .iter()
        .filter(|reading| reading.solved || !clicked.contains(&&reading.target));
    VisitView {
        searches: searches.collect(),
        reads: reads
            .map(|reading| read_view(desk, &reading.target, reading.solved))
            .collect(),
    }
}

/// What was opened, by its title where it is one of ours. What a visitor's browser sent is never an address of elsewhere.
fn read_view(desk: &Desk, target: &str, solved: bool) -> ReadView {
    let ours = ["/a/", "/q/"].iter().any(|room| target.starts_with(room));
    ReadView {
        url: ours.then(|| target.to_owned()),
        title: super::articles::title_of(desk, target),
        solved,
    }
}
