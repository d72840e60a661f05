//! What does a requester see of his case? Where it stands, what was said, and what he can do now; nothing of the desk's own.

use super::case_page::Draft;
use super::reader::Reader;
use super::{addresses, messages};
use crate::cases::{Cases, Shown};
use crate::content::render_message;
use crate::http::state::AppState;
use crate::model::case::{Attachment, Case, Event, Kind, Move, Priority, Role, State, What};
use crate::model::{Lang, Token};
use crate::store::Present;
use jiff::Timestamp;
use serde::Serialize;

/// A case as its page shows it.
#[derive(Debug, Serialize)]
pub(super) struct CaseView {
    number: String,
    subject: String,
    state: String,
    state_word: &'static str,
    kind: String,
    opened: When,
    promise: Option<String>,
    group: String,
    assignee: Option<String>,
    /// Whether who has it is shown as at work right now.
    is_urgent: bool,
    at_work: Option<String>,
    writing: Option<String>,
    email: String,
    points: u64,
    published: Option<String>,
    rating: Option<u8>,
    entries: Vec<Entry>,
    may_write: bool,
    may_confirm: bool,
    may_reopen: bool,
    may_rate: bool,
    done: Option<String>,
    draft: String,
    fault: Option<String>,
    stamp: String,
    address: String,
    files: usize,
    file_mib: u64,
    most_chars: usize,
    /// Changes with everything that is shown.
    mark: String,
}

/// One line or message of the timeline.
#[derive(Debug, Serialize)]
struct Entry {
    seq: i64,
    /// `own`, `desk` or `note`.
    side: &'static str,
    by: String,
    when: When,
    /// Of messages of the requester, as he wrote it.
    text: String,
    /// Of messages of the desk, made safe.
    html: String,
    files: Vec<File>,
}

#[derive(Debug, Serialize)]
struct File {
    name: String,
    url: String,
    size: String,
    is_picture: bool,
}

/// An instant for machines and for people.
#[derive(Debug, Serialize)]
struct When {
    machine: String,
    shown: String,
}

impl CaseView {
    pub(super) fn new(
        state: &AppState,
        reader: &Reader,
        cases: &Cases,
        shown: &Shown,
        token: &Token,
        (draft, done, stamp): (Draft, Option<String>, String),
    ) -> Self {
        let (case, lang) = (&shown.case, reader.lang);
        let words = Words {
            lang,
            cases,
            shown,
            base: format!("/case/{}", token.reveal()),
        };
        let may = |step| shown.may.contains(&step);
        let limits = state.settings();
        let writing = shown
            .present
            .iter()
            .find(|who| who.writing)
            .map(|who| who.name.clone());
        Self {
            number: case.number.to_string(),
            subject: case.subject.clone(),
            state: messages::text(lang, &format!("case_state_{}", case.state)).to_owned(),
            state_word: case.state.as_str(),
            kind: messages::text(lang, &format!("kind_{}", case.kind)).to_owned(),
            opened: words.when(case.opened_at),
            promise: words.promise(),
            group: shown.group.clone(),
            assignee: shown.assignee.clone(),
            is_urgent: case.priority == Priority::P1 || case.kind == Kind::Complaint,
            at_work: words.at_work(),
            writing,
            email: masked(shown.person.email.as_str()),
            points: shown.points,
            published: shown
                .question
                .map(|number| reader.link(&format!("/q/{number}"))),
            rating: case.rating.map(|rating| rating.stars()),
            entries: shown
                .events
                .iter()
                .filter_map(|event| words.entry(event))
                .collect(),
            may_write: may(Move::Write),
            may_confirm: case.state != State::Closed && (may(Move::Confirm) || may(Move::Solve)),
            may_reopen: may(Move::Reopen),
            may_rate: matches!(case.state, State::Solved | State::Closed),
            done,
            draft: draft.text,
            fault: draft.fault,
            stamp,
            address: words.base.clone(),
            files: limits.uploads.files,
            file_mib: limits.uploads.file_mib,
            most_chars: limits.ask.text_chars,
            mark: mark(case, &shown.present),
        }
    }
}

/// What changes whenever the page would look different.
pub(super) fn mark(case: &Case, present: &[Present]) -> String {
    let present: String = present.iter().map(|who| who.who.as_str()).collect();
    let text = format!("{} {} {present}", case.version, case.events);
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

struct Words<'a> {
    lang: Lang,
    cases: &'a Cases,
    shown: &'a Shown,
    base: String,
}

impl Words<'_> {
    fn when(&self, at: Timestamp) -> When {
        When {
            machine: at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            shown: self.cases.when(at).for_people(self.lang),
        }
    }

    /// What is promised next.
    fn promise(&self) -> Option<String> {
        let case = &self.shown.case;
        let key = match case.answered_at {
            None => "case_promise_answer",
            Some(_) => "case_promise_solution",
        };
        let when = self.cases.when(case.due_at()?).for_people(self.lang);
        Some(messages::fill(self.lang, key, &[("when", &when)]))
    }

    /// Who is at it just now: who has the case, and who of the desk has it open.
    fn at_work(&self) -> Option<String> {
        let mut names: Vec<&str> = self.shown.assignee.as_deref().into_iter().collect();
        names.extend(self.shown.present.iter().map(|who| who.name.as_str()));
        names.dedup();
        let live = self.shown.case.state.is_live() && !names.is_empty();
        live.then(|| {
            let names = names.join(messages::text(self.lang, "list_separator"));
            messages::fill(self.lang, "case_at_work", &[("names", &names)])
        })
    }

    fn entry(&self, event: &Event) -> Option<Entry> {
        let own = event.by.role == Role::Requester;
        let plain = |text: &String| (text.clone(), String::new());
        let (side, (text, html)) = match &event.what {
            What::Opened { text, .. } => ("own", plain(text)),
            What::Message { text, .. } if own => ("own", plain(text)),
            What::Message { text, .. } => ("desk", (String::new(), render_message(text))),
            What::Attached { .. } => (if own { "own" } else { "desk" }, plain(&String::new())),
            other => ("note", plain(&self.note(other)?)),
        };
        Some(Entry {
            seq: event.seq,
            side,
            by: self.by(event),
            when: self.when(event.at),
            text,
            html,
            files: self.files(event.seq),
        })
    }

    fn by(&self, event: &Event) -> String {
        match event.by.role {
            Role::Requester => messages::text(self.lang, "case_you").to_owned(),
            _ if event.by.name.is_empty() => messages::text(self.lang, "case_desk").to_owned(),
            _ => event.by.name.clone(),
        }
    }

    /// A line about something that is no message.
    fn note(&self, what: &What) -> Option<String> {
        let say = |key: &str, values: &[(&str, &str)]| Some(messages::fill(self.lang, key, values));
        let titled = |group: &crate::model::Slug| {
            let known = self.cases.settings().group(group);
            known
                .map_or(group.as_str(), |group| group.shown())
                .to_owned()
        };
        match what {
            What::Moved { to, .. } => say(&format!("case_became_{to}"), &[]),
            What::Assigned { name, .. } if !name.is_empty() => {
                say("case_assigned", &[("name", name)])
            }
            What::Assigned { group, .. } => say("case_grouped", &[("group", &titled(group))]),
            What::Escalated { to, .. } => say("case_escalated", &[("group", &titled(to))]),
            What::MergedInto { .. } => say("case_became_merged", &[]),
            What::Rated { rating, .. } => {
                say("case_you_rated", &[("n", &rating.stars().to_string())])
            }
            What::Published { .. } => say("case_published", &[]),
            What::Rewarded { points } => say("case_rewarded", &[("n", &points.to_string())]),
            _ => None,
        }
    }

    fn files(&self, event: i64) -> Vec<File> {
        let own = self
            .shown
            .attachments
            .iter()
            .filter(|file| file.event == event);
        own.map(|file| self.file(file)).collect()
    }

    fn file(&self, file: &Attachment) -> File {
        let name = addresses::encode(file.name.as_str());
        File {
            name: file.name.to_string(),
            url: format!("{}/files/{}/{name}", self.base, file.id),
            size: size(file.size),
            is_picture: crate::cases::is_picture(&file.media_type),
        }
    }
}

/// A size as people read it.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KB", bytes.div_ceil(1_024)),
        _ => format!("{}.{} MB", bytes >> 20, ((bytes % (1 << 20)) * 10) >> 20),
    }
}

/// An address that its owner knows again and nobody else learns: the page may be shown to others.
fn masked(email: &str) -> String {
    let (local, domain) = email.split_once('@').unwrap_or((email, ""));
    let first: String = local.chars().take(2).collect();
    format!("{first}***@{domain}")
}

#[cfg(test)]
mod tests {
    use super::{masked, size};

    #[test]
    fn shows_sizes_and_hides_addresses() {
        assert_eq!(
            [0, 1, 1_024, 1_500, 1 << 20, 15 << 19].map(size),
            ["0 B", "1 B", "1 KB", "2 KB", "1.0 MB", "7.5 MB"]
        );
        assert_eq!(masked("li.lei@example.com"), "li***@example.com");
    }
}
