//! How does a case look to its requester's programs? As its page shows it: nothing of the desk's own.

use crate::cases::{Cases, Opened, Shown};
use crate::model::case::{Event, Role, What};
use serde::Serialize;
use utoipa::ToSchema;

/// A case that was opened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenedCase {
    /// Its number, for people. It opens nothing.
    #[schema(example = "KB-2611-0042")]
    number: String,
    /// The secret that opens it.
    token: String,
    /// The page that it opens.
    pub(crate) url: String,
    /// Until when a first answer is promised, in RFC 3339.
    promised: Option<String>,
    /// The same in the words of its language.
    promised_words: Option<String>,
}

impl OpenedCase {
    pub(super) fn of(cases: &Cases, opened: &Opened) -> Self {
        let (case, due) = (&opened.case, opened.case.due.first_answer);
        Self {
            number: case.number.to_string(),
            token: opened.token.reveal().to_owned(),
            url: cases.public(&format!("/case/{}", opened.token.reveal())),
            promised: due.map(|at| at.to_string()),
            promised_words: due.map(|at| cases.when(at).for_people(case.lang)),
        }
    }
}

/// A case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseAnswer {
    /// Its number, for people.
    #[schema(example = "KB-2611-0042")]
    number: String,
    /// What it is about.
    subject: String,
    /// `new`, `open`, `waiting`, `solved`, `closed` or `merged`.
    #[schema(example = "open")]
    state: &'static str,
    /// `question`, `problem`, `complaint` or `suggestion`.
    kind: &'static str,
    /// `P1` to `P4`.
    priority: &'static str,
    /// The group that answers.
    group: String,
    /// Who in it.
    assignee: Option<String>,
    /// When it was opened, in RFC 3339.
    opened_at: String,
    /// When something is due next, in RFC 3339.
    due_at: Option<String>,
    /// One to five, if it was rated.
    rating: Option<u8>,
    /// The number of the public question that was made of it.
    question: Option<i64>,
    /// All points of the requester.
    points: u64,
    /// What may be done now: `write`, `solve`, `confirm`, `reopen`.
    may: Vec<&'static str>,
    /// What happened.
    timeline: Vec<CaseEvent>,
    /// Its files.
    attachments: Vec<CaseFile>,
}

/// One entry of a timeline.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseEvent {
    /// Its place.
    seq: i64,
    /// When, in RFC 3339.
    at: String,
    /// `requester`, `agent`, `specialist` or `system`.
    by: &'static str,
    /// The name, if there is one.
    name: String,
    /// What happened, as in `opened`, `message`, `moved`.
    what: &'static str,
    /// What was written: plain text of the requester, Markdown of the desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The state that it led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
}

/// A file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseFile {
    /// Its id: `/case/{token}/files/{id}/{name}` sends it.
    id: String,
    /// What it is called.
    name: String,
    /// What its bytes showed.
    media_type: String,
    /// In bytes.
    size: u64,
    /// The event that it came with.
    event: i64,
}

impl CaseAnswer {
    pub(super) fn of(shown: &Shown) -> Self {
        let case = &shown.case;
        Self {
            number: case.number.to_string(),
            subject: case.subject.clone(),
            state: case.state.as_str(),
            kind: case.kind.as_str(),
            priority: case.priority.as_str(),
            group: shown.group.clone(),
            assignee: shown.assignee.clone(),
            opened_at: case.opened_at.to_string(),
            due_at: case.due_at().map(|at| at.to_string()),
            rating: case.rating.map(|rating| rating.stars()),
            question: shown.question,
            points: shown.points,
            may: shown.may.iter().map(|step| step.as_str()).collect(),
            timeline: shown.events.iter().map(event).collect(),
            attachments: shown.attachments.iter().map(file).collect(),
        }
    }
}

fn event(event: &Event) -> CaseEvent {
    CaseEvent {
        seq: event.seq,
        at: event.at.to_string(),
        by: event.by.role.as_str(),
        name: if event.by.role == Role::System {
            String::new()
        } else {
            event.by.name.clone()
        },
        what: event.what.name(),
        // Why a colleague hands a case on is the desk's.
        text: match &event.what {
            What::Escalated { .. } => None,
            other => other.text().map(str::to_owned),
        },
        state: match &event.what {
            What::Moved { to, .. } => Some(to.as_str()),
            _ => None,
        },
    }
}

fn file(file: &crate::model::case::Attachment) -> CaseFile {
    CaseFile {
        id: file.id.to_string(),
        name: file.name.to_string(),
        media_type: file.media_type.clone(),
        size: file.size,
        event: file.event,
    }
}
