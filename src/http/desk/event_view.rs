//! What does a timeline say? Each event in words; customers' texts as they wrote them, the desk's as Markdown.

use super::door::Desk;
use super::frame::initial;
use super::queue::group_name;
use super::words::{Moment, Words};
use crate::content::render_message;
use crate::model::case::{Attachment, Case, CaseNumber, Event, Priority, Role, What};
use serde::Serialize;

/// An event as the page shows it.
#[derive(Debug, Serialize)]
pub(super) struct EventView {
    seq: i64,
    /// `customer`, `desk`, `note` or `fact`.
    look: &'static str,
    who: String,
    mark: String,
    at: Moment,
    /// A text as it was written, shown with its line breaks.
    plain: String,
    /// A text as HTML, made safe.
    html: String,
    quoted: String,
    /// What happened, in one line.
    fact: String,
    files: Vec<FileView>,
    /// The case that it happened in, if it is another.
    from: Option<String>,
    /// Whether the reader has not seen it when he was writing.
    fresh: bool,
}

/// A file as the page shows it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FileView {
    name: String,
    url: String,
    size: String,
}

/// What a timeline is shown with.
pub(super) struct Timeline<'a> {
    pub(super) desk: &'a Desk,
    pub(super) words: &'a Words<'a>,
    pub(super) case: &'a Case,
    pub(super) requester: &'a str,
    pub(super) files: &'a [Attachment],
    /// Events behind this one are marked as new.
    pub(super) fresh_after: Option<i64>,
}

impl Timeline<'_> {
    /// An event of this case, or of one that was merged into it.
    pub(super) fn show(&self, event: &Event, from: Option<&CaseNumber>) -> EventView {
        let desk_text = event.by.role != Role::Requester;
        let who = match event.by.role {
            Role::Requester => self.requester.to_owned(),
            Role::System => self.words.text("desk_system").to_owned(),
            Role::Agent | Role::Specialist => event.by.name.clone(),
        };
        let (text, quoted) = match &event.what {
            What::Opened { text, .. } | What::Note { text } => (Some(text), ""),
            What::Message { text, quoted, .. } => (Some(text), quoted.as_str()),
            _ => (None, ""),
        };
        let look = match (&event.what, text, event.by.role) {
            (What::Note { .. }, ..) => "note",
            (_, Some(_), Role::Requester) => "customer",
            (_, Some(_), _) => "desk",
            (_, None, _) => "fact",
        };
        let own_files = |file: &&Attachment| file.event == event.seq && from.is_none();
        EventView {
            seq: event.seq,
            look,
            mark: initial(&who),
            at: self.words.moment(event.at),
            plain: text.filter(|_| !desk_text).cloned().unwrap_or_default(),
            html: text
                .filter(|_| desk_text)
                .map(|text| render_message(text))
                .unwrap_or_default(),
            quoted: quoted.to_owned(),
            fact: self.fact(event, &who),
            files: self
                .files
                .iter()
                .filter(own_files)
                .map(|file| self.file(file))
                .collect(),
            from: from.map(ToString::to_string),
            fresh: from.is_none() && self.fresh_after.is_some_and(|seen| event.seq > seen),
            who,
        }
    }

    fn file(&self, file: &Attachment) -> FileView {
        let size = match file.size {
            0..1_024 => format!("{} B", file.size),
            1_024..1_048_576 => format!("{} KB", file.size / 1_024),
            _ => format!(
                "{}.{} MB",
                file.size / 1_048_576,
                file.size % 1_048_576 * 10 / 1_048_576
            ),
        };
        let url = format!("/desk/cases/{}/files/{}", self.case.number, file.id);
        FileView {
            name: file.name.to_string(),
            url,
            size,
        }
    }

    fn fact(&self, event: &Event, who: &str) -> String {
        let words = self.words;
        let say = |key: &str, values: &[(&str, &str)]| {
            let values: Vec<(&str, &str)> = [("who", who)].iter().chain(values).copied().collect();
            words.fill(key, &values)
        };
        match &event.what {
            What::Opened { .. } | What::Message { .. } | What::Note { .. } => String::new(),
            What::Moved { to, .. } => say("desk_did_move", &[("state", &words.state(*to))]),
            What::Assigned {
                account: None,
                group,
                ..
            } => say(
                "desk_did_group",
                &[("group", &group_name(self.desk, group))],
            ),
            What::Assigned { account, name, .. } if *account == event.by.account => {
                say("desk_did_take", &[("name", name)])
            }
            What::Assigned { name, .. } => say("desk_did_assign", &[("name", name)]),
            What::Escalated {
                to, late, reason, ..
            } => {
                let key = if *late {
                    "desk_did_escalate_late"
                } else {
                    "desk_did_escalate"
                };
                let reason = if reason.is_empty() {
                    String::new()
                } else {
                    format!("：{reason}")
                };
                say(
                    key,
                    &[("group", &group_name(self.desk, to)), ("reason", &reason)],
                )
            }
            What::Priority { from, to } => say(
                "desk_did_priority",
                &[
                    ("from", Priority::as_str(*from)),
                    ("to", Priority::as_str(*to)),
                ],
            ),
            What::Kind { to, .. } => say("desk_did_kind", &[("kind", &words.kind(*to))]),
            What::Tagged { tags } if tags.is_empty() => say("desk_did_untag", &[]),
            What::Tagged { tags } => {
                let tags: Vec<&str> = tags.iter().map(crate::model::Slug::as_str).collect();
                say("desk_did_tag", &[("tags", &tags.join("、"))])
            }
            What::Due { .. } => say("desk_did_due", &[]),
            What::MergedInto { .. } => say("desk_did_merge_into", &[]),
            What::MergedFrom { .. } => say("desk_did_merge_from", &[]),
            What::Attached { attachments } => {
                say("desk_did_attach", &[("n", &attachments.len().to_string())])
            }
            What::Rated { rating, text } => {
                let stars = "★".repeat(usize::from(rating.stars()));
                say("desk_did_rate", &[("stars", &stars), ("text", text)])
            }
            What::Published { .. } => say("desk_did_publish", &[]),
            What::Drafted { path } => say("desk_did_draft", &[("path", path)]),
            What::Rewarded { points } => say("desk_did_reward", &[("n", &points.to_string())]),
            What::LinkSent => say("desk_did_link", &[]),
            What::FollowedUp { text } => say("desk_did_follow_up", &[("text", text)]),
            What::Late { first_answer: true } => say("desk_did_late_answer", &[]),
            What::Late { .. } => say("desk_did_late", &[]),
            What::Paged { group } => {
                say("desk_did_page", &[("group", &group_name(self.desk, group))])
            }
        }
    }
}
