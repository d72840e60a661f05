//! What is to be published? What a case offers, what somebody at the desk made of it, and what has to be decided before.

use super::permissions::{Act, allow};
use super::redact::{Finding, Known, findings, redact};
use super::{Cases, Refusal, TextFault, plain_text};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::case::{Case, CaseNumber, Event, Reach, Role, What};
use crate::model::question::Question;
use crate::model::{AccountId, Audience, Person};
use std::collections::BTreeSet;

/// The longest title, in characters.
pub const MAX_TITLE_CHARS: usize = 200;
/// The longest question or answer, in characters.
const MAX_TEXT_CHARS: usize = 20_000;
/// The most other wordings.
const MAX_WORDINGS: usize = 20;

/// What a case offers to be published.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The case.
    pub case: Case,
    /// What it is about.
    pub title: String,
    /// What was asked.
    pub text: String,
    /// What was answered last.
    pub answer: String,
    /// What was searched for in vain before.
    pub queries: Vec<String>,
    /// What is known of who asked.
    pub known: Known,
    /// The question that it became already, and whether it is shown.
    pub question: Option<Question>,
    /// The draft that it became already, below `kb/`.
    pub draft: Option<String>,
}

/// What is to be published.
#[derive(Debug, Clone, Default)]
pub struct Publication {
    /// The question in one line.
    pub title: String,
    /// More about it, as plain text; may be empty.
    pub text: String,
    /// The answer in Markdown; empty to leave it open.
    pub answer: String,
    /// The category's path; empty for none.
    pub category: String,
    /// Other ways in which it was asked.
    pub wordings: Vec<String>,
    /// Who may read it.
    pub audience: Audience,
    /// What front matter calls these; `None` for the public.
    pub audience_name: Option<String>,
    /// Whether it becomes a question of the forum.
    pub forum: bool,
    /// Whether it becomes a draft of an article.
    pub draft: bool,
    /// Whether the wordings become golden queries.
    pub golden: bool,
    /// The keys of what is redacted.
    pub redacted: BTreeSet<String>,
    /// The keys of what was put back.
    pub kept: BTreeSet<String>,
}

impl Cases {
    /// What the case of a number offers to be published.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::NoCase`].
    pub async fn proposal(&self, who: &Account, number: &CaseNumber) -> Result<Proposal> {
        allow(who, Act::ReadCases)?;
        allow(who, Act::Publish)?;
        let mut read = self.store().read().await?;
        let case = read.case_by_number(number).await?.ok_or(Refusal::NoCase)?;
        let events = read.events(case.id, 0, Reach::Internal).await?;
        let person = read.person(case.requester).await?;
        let visit = match case.visit {
            Some(id) => read.visit(id).await?,
            None => None,
        };
        let queries = visit.map_or_else(Vec::new, |visit| {
            visit.failing().into_iter().map(str::to_owned).collect()
        });
        let question = match case.question {
            Some(id) => read.question(id).await?,
            None => None,
        };
        Ok(Proposal {
            title: case.subject.clone(),
            text: details(&asked(&events), &case.subject),
            answer: answered(&events).map_or_else(String::new, |(_, text)| text),
            queries,
            known: known(&case, person.as_ref(), &events),
            question,
            draft: drafted(&events),
            case,
        })
    }
}

/// What was asked.
pub(super) fn asked(events: &[Event]) -> String {
    let opened = events.iter().find_map(|event| match &event.what {
        What::Opened { text, .. } => Some(text.clone()),
        _ => None,
    });
    opened.unwrap_or_default()
}

/// What was asked, without what its title says already.
fn details(text: &str, title: &str) -> String {
    let rest = text.strip_prefix(title).unwrap_or(text);
    rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '，' | ',' | '。'))
        .to_owned()
}

/// Who of the desk answered last, and what.
pub(super) fn answered(events: &[Event]) -> Option<(AccountId, String)> {
    events.iter().rev().find_map(|event| match &event.what {
        What::Message { text, .. } => Some((event.by.account?, text.clone())),
        _ => None,
    })
}

/// The draft that was made.
pub(super) fn drafted(events: &[Event]) -> Option<String> {
    events.iter().rev().find_map(|event| match &event.what {
        What::Drafted { path } => Some(path.clone()),
        _ => None,
    })
}

/// What is known of who asked.
pub(super) fn known(case: &Case, person: Option<&Person>, events: &[Event]) -> Known {
    let own = person.and_then(|person| person.name.as_ref());
    let written = events
        .iter()
        .filter(|event| event.by.role == Role::Requester)
        .map(|event| event.by.name.clone());
    let names: BTreeSet<String> = own
        .map(ToString::to_string)
        .into_iter()
        .chain(written)
        .filter(|name| name.chars().count() > 1)
        .collect();
    Known {
        names: names.into_iter().collect(),
        numbers: vec![case.number.to_string()],
    }
}

/// What is to be published, as plain texts of a length that can be read.
pub(super) fn checked(what: &Publication) -> Result<Publication> {
    let title = what.title.split_whitespace().collect::<Vec<_>>().join(" ");
    let title = plain_text(&title, MAX_TITLE_CHARS).map_err(refused)?;
    let optional = |text: &str| match plain_text(text, MAX_TEXT_CHARS) {
        Ok(text) => Ok(text),
        Err(TextFault::Empty) => Ok(String::new()),
        Err(fault) => Err(refused(fault)),
    };
    let mut wordings: Vec<String> = Vec::new();
    for wording in &what.wordings {
        let wording = wording.split_whitespace().collect::<Vec<_>>().join(" ");
        let wording: String = wording.chars().filter(|c| !c.is_control()).collect();
        if !wording.is_empty() && wording != title && !wordings.contains(&wording) {
            wordings.push(wording);
        }
    }
    wordings.truncate(MAX_WORDINGS);
    if !what.forum && !what.draft {
        return Err(Refusal::Nowhere.into());
    }
    Ok(Publication {
        title,
        text: optional(&what.text)?,
        answer: optional(&what.answer)?,
        category: what.category.trim_matches('/').to_owned(),
        wordings,
        ..what.clone()
    })
}

fn refused(fault: TextFault) -> Refusal {
    match fault {
        TextFault::Empty => Refusal::Empty,
        TextFault::TooLong { .. } => Refusal::TooLong,
    }
}

/// What has to be decided before these texts are published.
pub fn proposed(what: &Publication, known: &Known) -> Vec<Finding> {
    let mut texts = vec![what.title.as_str(), &what.text, &what.answer];
    texts.extend(what.wordings.iter().map(String::as_str));
    findings(&texts, known)
}

pub(super) fn undecided(what: &Publication, known: &Known) -> Vec<Finding> {
    let mut all = proposed(what, known);
    all.retain(|finding| {
        let key = finding.key();
        !what.redacted.contains(&key) && !what.kept.contains(&key)
    });
    all
}

/// The texts without what was confirmed. A wording that lost something is none any more.
pub(super) fn clean(what: &Publication, known: &Known, case: &Case) -> Publication {
    let mut confirmed = proposed(what, known);
    confirmed.retain(|finding| !what.kept.contains(&finding.key()));
    let clean = |text: &str| redact(text, &confirmed, case.lang);
    let mut wordings = what.wordings.clone();
    wordings.retain(|wording| clean(wording) == *wording);
    Publication {
        title: clean(&what.title),
        text: clean(&what.text),
        answer: clean(&what.answer),
        wordings,
        ..what.clone()
    }
}

/// What would be published: the texts without what was not put back.
pub fn preview(what: &Publication, known: &Known, case: &Case) -> Publication {
    clean(what, known, case)
}
