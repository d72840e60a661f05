//! What is known of one case? All that its page at the desk shows.

use super::permissions::{Act, allow};
use super::{Cases, Refusal};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::case::{Attachment, Case, CaseNumber, Event, Reach, What};
use crate::model::reward::Holder;
use crate::model::visit::Visit;
use crate::model::{AttachmentId, CaseId, Person, Slug};
use crate::store::Duty;

/// How many other cases of the requester are named.
const OTHERS: u32 = 6;
/// How many merged cases have their timelines shown.
const MERGED: usize = 10;

/// All that is known of a case.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// The case.
    pub case: Case,
    /// Who asked.
    pub requester: Option<Person>,
    /// The requester's points.
    pub points: u64,
    /// All that happened.
    pub events: Vec<Event>,
    /// Files.
    pub files: Vec<Attachment>,
    /// What was tried before asking.
    pub visit: Option<Visit>,
    /// Cases that go on in this one, with what happened in them.
    pub merged: Vec<(Case, Vec<Event>)>,
    /// The case that this one went on in.
    pub merged_into: Option<CaseNumber>,
    /// Other cases of the requester, the newest first.
    pub others: Vec<Case>,
}

impl Cases {
    /// All that is known of the case of a number.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoCase`].
    pub async fn dossier(&self, who: &Account, number: &CaseNumber) -> Result<Dossier> {
        allow(who, Act::ReadCases)?;
        let mut read = self.store().read().await?;
        let case = read.case_by_number(number).await?.ok_or(Refusal::NoCase)?;
        let events = read.events(case.id, 0, Reach::Internal).await?;
        let mut merged = Vec::new();
        for id in events.iter().filter_map(merged_from).take(MERGED) {
            if let Some(source) = read.case(id).await? {
                let events = read.events(id, 0, Reach::Internal).await?;
                merged.push((source, events));
            }
        }
        let merged_into = match case.merged_into {
            Some(id) => read.case(id).await?.map(|case| case.number),
            None => None,
        };
        let mut others = read.cases_of(case.requester, OTHERS + 1).await?;
        others.retain(|other| other.id != case.id);
        Ok(Dossier {
            requester: read.person(case.requester).await?,
            points: read.points(Holder::Person(case.requester)).await?,
            files: read.attachments(case.id, Reach::Internal).await?,
            visit: match case.visit {
                Some(id) => read.visit(id).await?,
                None => None,
            },
            case,
            events,
            merged,
            merged_into,
            others,
        })
    }

    /// The case of a number.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoCase`].
    pub async fn case_at_desk(&self, who: &Account, number: &CaseNumber) -> Result<Case> {
        allow(who, Act::ReadCases)?;
        let found = self.store().read().await?.case_by_number(number).await?;
        found.ok_or_else(|| Refusal::NoCase.into())
    }

    /// How far a case is: its last event, and the state of its row.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoCase`].
    pub async fn pulse(&self, who: &Account, id: CaseId) -> Result<(i64, i64)> {
        allow(who, Act::ReadCases)?;
        let case = self.store().read().await?.case(id).await?;
        let case = case.ok_or(Refusal::NoCase)?;
        Ok((case.events, case.version))
    }

    /// A file of a case.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoCase`] when the case has no such file.
    pub async fn file_at_desk(
        &self,
        who: &Account,
        number: &CaseNumber,
        id: AttachmentId,
    ) -> Result<(Attachment, Vec<u8>)> {
        let case = self.case_at_desk(who, number).await?;
        let found = self
            .store()
            .read()
            .await?
            .attachment(case.id, id, Reach::Internal)
            .await?;
        found.ok_or_else(|| Refusal::NoCase.into())
    }

    /// Who of a group is on duty, and with how many open cases, who has the fewest first.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn loads_of(&self, group: &Slug) -> Result<Vec<Duty>> {
        let mut duties = self.store().read().await?.loads(group).await?;
        duties.sort_by_key(|duty| duty.live_cases);
        Ok(duties)
    }

    /// Every group that `kb.toml` or an account names, the fallback group first.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn groups(&self) -> Result<Vec<Slug>> {
        let mut groups = vec![self.settings().cases.fallback_group.clone()];
        groups.extend(
            self.settings()
                .groups
                .iter()
                .map(|group| group.name.clone()),
        );
        let used = self.store().read().await?.groups_in_use().await?;
        groups.extend(used.iter().filter_map(|name| Slug::parse(name).ok()));
        let mut known = std::collections::BTreeSet::new();
        groups.retain(|group| known.insert(group.clone()));
        Ok(groups)
    }
}

fn merged_from(event: &Event) -> Option<CaseId> {
    match event.what {
        What::MergedFrom { case } => Some(case),
        _ => None,
    }
}
