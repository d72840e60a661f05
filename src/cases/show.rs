//! How does a case look to who asked? What happened, without what is the desk's, and who is there.

use super::requester::absent;
use super::{Cases, is_picture};
use crate::error::{Error, Result};
use crate::model::case::{Attachment, Case, Event, Move, Reach, Role};
use crate::model::reward::Holder;
use crate::model::{AttachmentId, CaseId, Person};
use crate::store::Present;
use jiff::SignedDuration;

/// For how long somebody counts as present, in seconds.
const HERE_SECONDS: i64 = 40;

/// A case as its requester sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The case.
    pub case: Case,
    /// Who asked.
    pub person: Person,
    /// What happened, without what is the desk's.
    pub events: Vec<Event>,
    /// The files.
    pub attachments: Vec<Attachment>,
    /// The number of the public question that was made of it.
    pub question: Option<i64>,
    /// All points of the requester.
    pub points: u64,
    /// What the group is called for requesters; empty where `kb.toml` says nothing of it.
    pub group: String,
    /// Who has the case, by name.
    pub assignee: Option<String>,
    /// Who of the desk is there just now.
    pub present: Vec<Present>,
    /// What the requester may do.
    pub may: Vec<Move>,
}

/// A case, and who of the desk has it open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// The case.
    pub case: Case,
    /// Who.
    pub present: Vec<Present>,
}

impl Cases {
    /// Everything that the tracking page shows.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn show(&self, case: Case) -> Result<Shown> {
        let now = self.now();
        let mut read = self.store().read().await?;
        let person = read.person(case.requester).await?.ok_or_else(absent)?;
        let assignee = match case.assignee {
            Some(id) => read
                .account(id)
                .await?
                .map(|account| account.name.to_string()),
            None => None,
        };
        let question = match case.question {
            Some(id) => {
                let question = read.question(id).await?;
                let public =
                    question.filter(|q| q.shown == crate::model::question::Shown::Published);
                public.map(|question| question.number)
            }
            None => None,
        };
        let since = now
            .checked_sub(SignedDuration::from_secs(HERE_SECONDS))
            .unwrap_or(now);
        let present = read.present(case.id, since).await?;
        let group = self.settings().group(&case.group);
        Ok(Shown {
            events: read.events(case.id, 0, Reach::Public).await?,
            attachments: read.attachments(case.id, Reach::Public).await?,
            points: read.points(Holder::Person(person.id)).await?,
            group: group.map_or("", |group| group.shown()).to_owned(),
            may: case
                .state
                .moves(Role::Requester)
                .map(|(step, _)| step)
                .collect(),
            present: present
                .into_iter()
                .filter(|who| who.role != Role::Requester)
                .collect(),
            assignee,
            question,
            person,
            case,
        })
    }

    /// The case and who of the desk is there: what a live page asks for again and again.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn glance(&self, id: CaseId) -> Result<Glance> {
        let now = self.now();
        let mut read = self.store().read().await?;
        let case = read.case(id).await?.ok_or_else(absent)?;
        let since = now
            .checked_sub(SignedDuration::from_secs(HERE_SECONDS))
            .unwrap_or(now);
        let mut present = read.present(id, since).await?;
        present.retain(|who| who.role != Role::Requester);
        Ok(Glance { case, present })
    }

    /// A file of the case, with whether a browser may show it where it stands.
    ///
    /// # Errors
    /// `NotFound` when it is no file of this case that the requester may see.
    pub async fn requesters_file(
        &self,
        case: CaseId,
        file: AttachmentId,
    ) -> Result<(Attachment, Vec<u8>, bool)> {
        let mut read = self.store().read().await?;
        let found = read.attachment(case, file, Reach::Public).await?;
        let (attachment, bytes) = found.ok_or_else(|| Error::not_found("there is no such file"))?;
        let shown = is_picture(&attachment.media_type);
        Ok((attachment, bytes, shown))
    }

    /// Notes that the requester has his page open, and whether he is writing.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn requester_is_here(&self, case: CaseId, writing: bool) -> Result<()> {
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let present = Present {
            who: "requester".to_owned(),
            name: String::new(),
            role: Role::Requester,
            writing,
            seen_at: now,
        };
        tx.note_presence(case, &present).await?;
        Ok(tx.commit().await?)
    }
}
