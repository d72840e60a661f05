//! How is an event kept? Its kind as a word, the rest as a JSON object of which no key is ever renamed.

use super::case_rows::rating;
use super::error::{Error, Result};
use super::sql::Columns;
use crate::model::case::{Actor, Due, Event, Kind, Move, Priority, Reach, Role, State, Via, What};
use crate::model::{AccountId, AttachmentId, CaseId, QuestionId, Slug};
use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::any::AnyRow;
use std::fmt::Display;

/// The JSON of what happened.
pub(super) fn event_body(what: &What) -> String {
    let text = |value: &dyn Display| value.to_string();
    let texts = |values: &[Slug]| values.iter().map(ToString::to_string).collect::<Vec<_>>();
    match what {
        What::Opened { text, via } => json!({"text": text, "via": via.as_str()}),
        What::Message { text, quoted, via } => {
            json!({"text": text, "quoted": quoted, "via": via.as_str()})
        }
        What::Note { text } | What::FollowedUp { text } => json!({"text": text}),
        What::Moved { step, from, to } => {
            json!({"step": step.as_str(), "from": from.as_str(), "to": to.as_str()})
        }
        What::Assigned {
            group,
            account,
            name,
        } => {
            json!({"group": text(group), "account": account.map(|a| a.to_string()), "name": name})
        }
        What::Escalated {
            from,
            to,
            late,
            reason,
        } => {
            json!({"from": text(from), "to": text(to), "late": late, "reason": reason})
        }
        What::Priority { from, to } => json!({"from": from.as_str(), "to": to.as_str()}),
        What::Kind { from, to } => json!({"from": from.as_str(), "to": to.as_str()}),
        What::Tagged { tags } => json!({"tags": texts(tags)}),
        What::Due { due } => json!({
            "first_answer": due.first_answer.map(Timestamp::as_millisecond),
            "solution": due.solution.map(Timestamp::as_millisecond),
        }),
        What::MergedInto { case } | What::MergedFrom { case } => json!({"case": text(case)}),
        What::Attached { attachments } => {
            json!({"attachments": attachments.iter().map(ToString::to_string).collect::<Vec<_>>()})
        }
        What::Rated { rating, text } => json!({"rating": rating.stars(), "text": text}),
        What::Published { question } => json!({"question": text(question)}),
        What::Drafted { path } => json!({"path": path}),
        What::Rewarded { points } => json!({"points": points}),
        What::LinkSent => json!({}),
        What::Late { first_answer } => json!({"first_answer": first_answer}),
        What::Paged { group } => json!({"group": text(group)}),
    }
    .to_string()
}

/// Reads an event.
pub(super) fn read_event(row: &AnyRow) -> Result<Event> {
    let body: Value = row.read("body", |text| serde_json::from_str(text))?;
    Ok(Event {
        seq: row.int("seq")?,
        at: row.time("at")?,
        by: Actor {
            role: row.read("role", Role::parse)?,
            account: row.read_or_none("account_id", AccountId::parse)?,
            name: row.text("name")?,
        },
        reach: row.read("reach", Reach::parse)?,
        what: read_what(&row.text("kind")?, &Body(body))?,
    })
}

fn read_what(kind: &str, body: &Body) -> Result<What> {
    Ok(match kind {
        "opened" => What::Opened {
            text: body.text("text")?,
            via: body.read("via", Via::parse)?,
        },
        "message" => What::Message {
            text: body.text("text")?,
            quoted: body.text("quoted")?,
            via: body.read("via", Via::parse)?,
        },
        "note" => What::Note {
            text: body.text("text")?,
        },
        "moved" => What::Moved {
            step: body.read("step", Move::parse)?,
            from: body.read("from", State::parse)?,
            to: body.read("to", State::parse)?,
        },
        "assigned" => What::Assigned {
            group: body.read("group", Slug::parse)?,
            account: body.read_or_none("account", AccountId::parse)?,
            name: body.text("name")?,
        },
        "escalated" => What::Escalated {
            from: body.read("from", Slug::parse)?,
            to: body.read("to", Slug::parse)?,
            late: body.flag("late"),
            reason: body.text("reason")?,
        },
        "priority" => What::Priority {
            from: body.read("from", Priority::parse)?,
            to: body.read("to", Priority::parse)?,
        },
        "kind" => What::Kind {
            from: body.read("from", Kind::parse)?,
            to: body.read("to", Kind::parse)?,
        },
        "tagged" => What::Tagged {
            tags: body.list("tags", Slug::parse)?,
        },
        "due" => What::Due {
            due: Due {
                first_answer: body.time("first_answer")?,
                solution: body.time("solution")?,
            },
        },
        "merged_into" => What::MergedInto {
            case: body.read("case", CaseId::parse)?,
        },
        "merged_from" => What::MergedFrom {
            case: body.read("case", CaseId::parse)?,
        },
        "attached" => What::Attached {
            attachments: body.list("attachments", AttachmentId::parse)?,
        },
        "rated" => What::Rated {
            rating: rating(body.int("rating")?)?,
            text: body.text("text")?,
        },
        "published" => What::Published {
            question: body.read("question", QuestionId::parse)?,
        },
        "drafted" => What::Drafted {
            path: body.text("path")?,
        },
        "rewarded" => What::Rewarded {
            points: u32::try_from(body.int("points")?).map_err(Error::row)?,
        },
        "link_sent" => What::LinkSent,
        "followed_up" => What::FollowedUp {
            text: body.text("text")?,
        },
        "late" => What::Late {
            first_answer: body.flag("first_answer"),
        },
        "paged" => What::Paged {
            group: body.read("group", Slug::parse)?,
        },
        other => return Err(Error::row(format!("an unknown event: {other}"))),
    })
}

/// The JSON object of an event.
struct Body(Value);

impl Body {
    fn text(&self, key: &str) -> Result<String> {
        let text = self.0.get(key).and_then(Value::as_str);
        text.map(str::to_owned)
            .ok_or_else(|| Error::row(format!("an event without {key}")))
    }

    fn int(&self, key: &str) -> Result<i64> {
        let number = self.0.get(key).and_then(Value::as_i64);
        number.ok_or_else(|| Error::row(format!("an event without {key}")))
    }

    fn flag(&self, key: &str) -> bool {
        self.0.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    fn time(&self, key: &str) -> Result<Option<Timestamp>> {
        let ms = self.0.get(key).and_then(Value::as_i64);
        ms.map(Timestamp::from_millisecond)
            .transpose()
            .map_err(Error::row)
    }

    fn read<T, E: Display>(&self, key: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<T> {
        parse(&self.text(key)?).map_err(|e| Error::row(format!("an event with a wrong {key}: {e}")))
    }

    fn read_or_none<T, E: Display>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(_) => self.read(key, parse).map(Some),
        }
    }

    fn list<T, E: Display>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>> {
        let items = self
            .0
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let read = items.filter_map(Value::as_str).map(parse);
        read.collect::<Result<_, E>>()
            .map_err(|e| Error::row(format!("an event with wrong {key}: {e}")))
    }
}
