//! What is kept of somebody, for himself? One JSON document: his record, his cases as he sees them, and all else that is his.

use crate::cases::Cases;
use crate::error::Result;
use crate::model::case::{Attachment, Case, Event, Reach, Role, What};
use crate::model::outbox::Delivery;
use crate::model::question::Subject as Voted;
use crate::model::reward::Holder;
use crate::model::visit::Visit;
use crate::model::{Email, Person};
use crate::store::{Deed, Read};
use serde_json::{Value, json};

/// The most grants of points that are listed.
const MAX_GRANTS: u32 = 10_000;

/// A file of a case, with where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonFile {
    /// A path of its own: the case's number and a name that is safe on any disk.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Cases {
    /// Everything that is kept of an address, as one document; `None` when nothing is. Names of rooms are those of `/me`.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn person_document(&self, email: &Email) -> Result<Option<Value>> {
        let mut read = self.store().read().await?;
        let person = read.person_by_email(email).await?;
        let follows = self.follow_list(&mut read, email).await?;
        let sessions = read.sessions_of_customer(email).await?;
        if person.is_none() && follows.is_empty() && sessions.is_empty() {
            return Ok(None);
        }
        let mut document = json!({
            "format": "kb person 1",
            "exported_at": self.now().to_string(),
            "email": email.to_string(),
            "follows": follows,
            "sessions": sessions
                .iter()
                .map(|(since, until)| json!({"since": since.to_string(), "until": until.to_string()}))
                .collect::<Value>(),
        });
        if let Some(person) = person {
            document["record"] = record(&person);
            let readings = read.readings(&person.id.to_string(), 100).await?;
            document["recently_read"] = readings
                .iter()
                .map(|(target, at)| json!({"page": target, "at": at.to_string()}))
                .collect();
            document["cases"] = self.case_documents(&mut read, &person).await?;
            document["questions"] = questions(&mut read, &person).await?;
            document["answers"] = answers(&mut read, &person).await?;
            document["points"] = points(&mut read, &person).await?;
        }
        Ok(Some(document))
    }

    /// Notes that somebody's data was handed out. The audit log names him by a hash.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn note_handed_out(&self, email: &Email, by: &str) -> Result<()> {
        let deed = Deed {
            at: self.now(),
            actor: by.to_owned(),
            action: "person.exported".to_owned(),
            subject: self.address_hash(email),
            details: String::new(),
        };
        let mut tx = self.store().begin().await?;
        tx.note_deed(&deed).await?;
        Ok(tx.commit().await?)
    }

    /// The files of all cases of an address that he sees, one after the other.
    ///
    /// # Errors
    /// As the store has it, and whatever `take` fails with.
    pub async fn person_files(
        &self,
        email: &Email,
        mut take: impl FnMut(PersonFile) -> Result<()>,
    ) -> Result<usize> {
        let mut read = self.store().read().await?;
        let Some(person) = read.person_by_email(email).await? else {
            return Ok(0);
        };
        let mut count = 0;
        for id in read.all_cases_of(person.id).await? {
            let Some(case) = read.case(id).await? else {
                continue;
            };
            for file in read.attachments(id, Reach::Public).await? {
                let path = path_of(&case, &file);
                if let Some((_, bytes)) = read.attachment(id, file.id, Reach::Public).await? {
                    take(PersonFile { path, bytes })?;
                    count += 1;
                }
            }
        }
        Ok(count)
    }

    async fn case_documents(&self, read: &mut Read, person: &Person) -> Result<Value> {
        let mut all = Vec::new();
        for id in read.all_cases_of(person.id).await? {
            let Some(case) = read.case(id).await? else {
                continue;
            };
            let mut document = case_document(&case);
            document["timeline"] = timeline(read, &case).await?;
            let files = read.attachments(id, Reach::Public).await?;
            document["files"] = files
                .iter()
                .map(|file| {
                    json!({
                        "name": file.name.as_str(),
                        "type": file.media_type,
                        "bytes": file.size,
                        "at": file.created_at.to_string(),
                        "file": path_of(&case, file),
                    })
                })
                .collect();
            if let Some(visit) = match case.visit {
                Some(visit) => read.visit(visit).await?,
                None => None,
            } {
                document["visit"] = visit_document(&visit);
                document["votes"] = self.votes_of(read, &visit).await?;
            }
            let letters = read.outbox_of(id).await?;
            document["letters_waiting"] = letters
                .iter()
                .filter(|entry| {
                    entry.delivery == Delivery::Pending && entry.what.lane.ends_with(&person.email.key())
                })
                .map(|entry| json!({"at": entry.what.created_at.to_string(), "due_at": entry.what.due_at.to_string()}))
                .collect();
            all.push(document);
        }
        Ok(Value::Array(all))
    }

    /// What a visit voted, of what it read.
    async fn votes_of(&self, read: &mut Read, visit: &Visit) -> Result<Value> {
        let voter = crate::cases::forum::voter(visit.id);
        let mut votes = Vec::new();
        for reading in &visit.readings {
            let number = reading.target.strip_prefix("/q/");
            let Some(number) = number.and_then(|number| number.parse().ok()) else {
                continue;
            };
            let Some(question) = read.question_by_number(number).await? else {
                continue;
            };
            let own = read.vote_of(&Voted::Question(question.id), &voter).await?;
            votes.extend(own.map(|helpful| json!({"question": number, "helpful": helpful})));
        }
        Ok(Value::Array(votes))
    }
}

fn record(person: &Person) -> Value {
    json!({
        "name": person.name.as_ref().map(ToString::to_string),
        "email": person.email.to_string(),
        "lang": person.lang.tag(),
        "tier": person.tier.as_str(),
        "since": person.created_at.to_string(),
        "blocked": person.blocked,
    })
}

fn case_document(case: &Case) -> Value {
    json!({
        "number": case.number.to_string(),
        "subject": case.subject,
        "kind": case.kind.as_str(),
        "state": case.state.as_str(),
        "lang": case.lang.tag(),
        "product": case.product.as_ref().map(ToString::to_string),
        "category": case.category,
        "opened_at": case.opened_at.to_string(),
        "answered_at": case.answered_at.map(|at| at.to_string()),
        "solved_at": case.solved_at.map(|at| at.to_string()),
        "closed_at": case.closed_at.map(|at| at.to_string()),
        "rating": case.rating.map(|rating| rating.stars()),
    })
}

/// What he sees of the timeline.
async fn timeline(read: &mut Read, case: &Case) -> Result<Value> {
    let mut all = Vec::new();
    let mut after = 0;
    loop {
        let events = read.events(case.id, after, Reach::Public).await?;
        let Some(last) = events.last() else {
            return Ok(Value::Array(all));
        };
        after = last.seq;
        all.extend(events.iter().map(event_document));
    }
}

fn event_document(event: &Event) -> Value {
    let by = match event.by.role {
        Role::Requester => "you",
        Role::System => "system",
        Role::Agent | Role::Specialist => "desk",
    };
    let mut document = json!({
        "at": event.at.to_string(),
        "by": by,
        "name": event.by.name,
        "what": event.what.name(),
    });
    if let Some(text) = event.what.text() {
        document["text"] = Value::from(text);
    }
    if let What::Moved { from, to, .. } = &event.what {
        document["from"] = Value::from(from.as_str());
        document["to"] = Value::from(to.as_str());
    }
    document
}

fn visit_document(visit: &Visit) -> Value {
    json!({
        "started_at": visit.started_at.to_string(),
        "searches": visit.searches.iter().map(|search| json!({
            "query": search.query,
            "at": search.at.to_string(),
            "results": search.results,
            "opened": search.clicks,
        })).collect::<Value>(),
        "read": visit.readings.iter().map(|reading| json!({
            "page": reading.target,
            "at": reading.at.to_string(),
            "solved": reading.solved,
        })).collect::<Value>(),
    })
}

async fn questions(read: &mut Read, person: &Person) -> Result<Value> {
    let mut all = Vec::new();
    for id in read.questions_of(person.id).await? {
        all.extend(read.question(id).await?.map(|question| {
            json!({
                "number": question.number,
                "title": question.title,
                "text": question.text,
                "byline": question.byline,
                "shown": question.shown.as_str(),
                "at": question.created_at.to_string(),
            })
        }));
    }
    Ok(Value::Array(all))
}

async fn answers(read: &mut Read, person: &Person) -> Result<Value> {
    let mut all = Vec::new();
    for id in read.answers_of(person.id).await? {
        all.extend(read.answer(id).await?.map(|answer| {
            json!({
                "text": answer.text,
                "byline": answer.byline,
                "shown": answer.shown.as_str(),
                "at": answer.created_at.to_string(),
            })
        }));
    }
    Ok(Value::Array(all))
}

async fn points(read: &mut Read, person: &Person) -> Result<Value> {
    let holder = Holder::Person(person.id);
    let grants = read.grants(holder, MAX_GRANTS).await?;
    Ok(json!({
        "total": read.points(holder).await?,
        "grants": grants.iter().map(|grant| json!({
            "points": grant.points,
            "for": grant.reason.as_str(),
            "at": grant.at.to_string(),
        })).collect::<Value>(),
    }))
}

/// Where a file stands among those that are handed out: names that no disk takes for anything else.
fn path_of(case: &Case, file: &Attachment) -> String {
    let kept = |c: char| match c {
        c if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') => c,
        _ => '_',
    };
    let name: String = file.name.as_str().chars().map(kept).collect();
    format!("{}/{}-{}", case.number, file.id, name)
}
