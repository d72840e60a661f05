//! What stands beside a case? Who asked, the articles that fit, and the solved cases that are most alike.

use super::articles::{ArticleView, fitting};
use super::door::Desk;
use super::words::{Moment, Words};
use crate::cases::Dossier;
use crate::error::Result;
use crate::model::case::{Event, What};
use serde::Serialize;

/// What stands beside a case.
#[derive(Debug, Serialize)]
pub(super) struct Side {
    find: String,
    articles: Vec<ArticleView>,
    similar: Vec<SimilarView>,
    person: PersonView,
    others: Vec<OtherView>,
}

#[derive(Debug, Serialize)]
struct SimilarView {
    number: String,
    url: String,
    subject: String,
    answer: String,
    alike: u32,
}

#[derive(Debug, Serialize)]
struct PersonView {
    tier: String,
    points: u64,
    since: Option<Moment>,
    lang: String,
    rating: Option<u8>,
    stars: String,
}

#[derive(Debug, Serialize)]
struct OtherView {
    number: String,
    url: String,
    subject: String,
    state: &'static str,
    state_name: String,
}

impl Side {
    /// What stands beside a case; `find`: what articles are to be about, the case itself when it is empty.
    pub(super) async fn of(desk: &Desk, dossier: &Dossier, find: &str) -> Result<Self> {
        let case = &dossier.case;
        let words = Words::new(desk.lang, desk.cases.now(), desk.state.settings());
        let text = first_words(&dossier.events);
        let query = if find.is_empty() {
            format!("{} {text}", case.subject)
        } else {
            find.to_owned()
        };
        let articles = fitting(desk, &query).await?;
        let similar = desk.cases.similar(&desk.account, case, &text).await?;
        let person = dossier.requester.as_ref();
        let rating = case.rating.map(crate::model::case::Rating::stars);
        Ok(Self {
            find: find.to_owned(),
            articles,
            similar: similar
                .iter()
                .map(|similar| SimilarView {
                    number: similar.case.number.to_string(),
                    url: format!("/desk/cases/{}", similar.case.number),
                    subject: similar.case.subject.clone(),
                    answer: similar.answer.clone(),
                    alike: format!("{:.0}", similar.score * 100.0).parse().unwrap_or(0),
                })
                .collect(),
            person: PersonView {
                tier: person
                    .map(|person| person.tier.as_str().to_owned())
                    .unwrap_or_default(),
                points: dossier.points,
                since: person.map(|person| words.moment(person.created_at)),
                lang: case.lang.to_string(),
                rating,
                stars: rating
                    .map(|stars| "★".repeat(usize::from(stars)))
                    .unwrap_or_default(),
            },
            others: dossier
                .others
                .iter()
                .map(|other| OtherView {
                    number: other.number.to_string(),
                    url: format!("/desk/cases/{}", other.number),
                    subject: other.subject.clone(),
                    state: other.state.as_str(),
                    state_name: words.state(other.state),
                })
                .collect(),
        })
    }
}

/// What the requester wrote first.
fn first_words(events: &[Event]) -> String {
    let opened = events.iter().find_map(|event| match &event.what {
        What::Opened { text, .. } => Some(text),
        _ => None,
    });
    opened
        .map(|text| text.chars().take(600).collect())
        .unwrap_or_default()
}
