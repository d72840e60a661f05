//! How does a question look? Plain values for its template.

use super::answer_words::AnswerWords;
use super::follow::FollowView;
use super::lists::{self, Day, Link};
use super::messages;
use super::reader::Reader;
use crate::cases::{Cases, Thread};
use crate::content::digest;
use crate::error::Result;
use crate::http::extract::Reading;
use crate::http::form::Form;
use crate::http::state::AppState;
use crate::model::question::Answer;
use crate::model::{CategoryPath, VisitId};
use serde::Serialize;

/// The longest description for search engines, in characters.
const DESCRIPTION_CHARS: usize = 150;

/// An answer that comes back with what is wrong with it.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) text: String,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) faults: Vec<String>,
    pub(super) done: Option<String>,
    /// How it is followed.
    pub(super) follow: Option<FollowView>,
}

impl Draft {
    pub(super) fn of(form: &Form) -> Self {
        let short = |name: &str, most: usize| form.get(name).chars().take(most).collect();
        Self {
            text: short("text", 20_000),
            email: short("email", 300),
            name: short("name", 200),
            ..Self::default()
        }
    }
}

/// A question as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct QuestionView {
    number: i64,
    title: String,
    text: String,
    lang: &'static str,
    date: Day,
    tags: Vec<String>,
    votes: i64,
    own: Option<bool>,
    answers: Vec<AnswerView>,
    crumbs: Vec<Link>,
    /// The address by which a visit names it.
    target: String,
    vote: String,
    visit: String,
    ask: String,
    form: Option<AnswerForm>,
    done: Option<String>,
    follow: Option<FollowView>,
    #[serde(skip)]
    description: String,
}

#[derive(Debug, Serialize)]
struct AnswerView {
    id: String,
    #[serde(flatten)]
    words: AnswerWords,
    staff: bool,
    accepted: bool,
    votes: i64,
    own: Option<bool>,
    date: Day,
}

#[derive(Debug, Serialize)]
struct AnswerForm {
    action: String,
    stamp: String,
    challenge: String,
    text: String,
    email: String,
    name: String,
    faults: Vec<String>,
}

impl QuestionView {
    pub(super) fn new(
        state: &AppState,
        reader: &Reader,
        reading: &Reading,
        thread: &Thread,
        visit: Option<VisitId>,
        draft: Draft,
    ) -> Result<Self> {
        let question = &thread.question;
        let address = format!("/q/{}", question.number);
        let answers = thread.answers.iter().zip(&thread.own_of_answers);
        let accepted = |answer: &Answer| question.accepted == Some(answer.id);
        let (done, follow) = (draft.done.clone(), draft.follow.clone());
        Ok(Self {
            number: question.number,
            title: question.title.clone(),
            text: question.text.clone(),
            lang: question.lang.tag(),
            date: lists::day(reader, question.created_at),
            tags: question.tags.clone(),
            votes: question.votes,
            own: thread.own,
            answers: answers
                .map(|(answer, own)| answer_view(reader, answer, *own, accepted(answer)))
                .collect(),
            crumbs: crumbs(reader, reading, &question.category),
            vote: reader.link(&format!("{address}/vote")),
            visit: visit.map_or_else(String::new, |id| id.to_string()),
            ask: reader.link(&super::solved::ask_address(
                &question.title,
                &address,
                visit,
            )),
            form: form(state, reader, &address, draft)?,
            done,
            follow,
            description: description(thread),
            target: address,
        })
    }

    pub(super) fn description(&self) -> String {
        self.description.clone()
    }

    pub(super) fn crumbs(&self) -> &[Link] {
        &self.crumbs
    }
}

fn answer_view(reader: &Reader, answer: &Answer, own: Option<bool>, accepted: bool) -> AnswerView {
    AnswerView {
        id: answer.id.to_string(),
        words: AnswerWords::of(answer, reader.lang),
        staff: answer.is_staffs(),
        accepted,
        votes: answer.votes,
        own,
        date: lists::day(reader, answer.created_at),
    }
}

/// The way from the home page, through the list of questions.
fn crumbs(reader: &Reader, reading: &Reading, category: &str) -> Vec<Link> {
    let text = |key: &str| messages::text(reader.lang, key).to_owned();
    let path = CategoryPath::new(category);
    let of_category = reading.view().category(&path).filter(|c| !c.path.is_root());
    let of_category = of_category.map(|c| Link {
        title: c.title.clone(),
        url: reader.link(&super::addresses::category(&c.path)),
    });
    let links = [
        Link {
            title: text("home"),
            url: reader.link("/"),
        },
        Link {
            title: text("forum_title"),
            url: reader.link("/questions"),
        },
    ];
    links.into_iter().chain(of_category).collect()
}

fn form(
    state: &AppState,
    reader: &Reader,
    address: &str,
    draft: Draft,
) -> Result<Option<AnswerForm>> {
    if !state.settings().forum.customer_answers {
        return Ok(None);
    }
    let cases: Cases = state.cases()?;
    let stamped = cases.new_form()?;
    Ok(Some(AnswerForm {
        action: reader.link(&format!("{address}/answers")),
        challenge: cases
            .challenge(&stamped.id)
            .map_or_else(String::new, |task| task.0),
        stamp: stamped.stamp,
        text: draft.text,
        email: draft.email,
        name: draft.name,
        faults: draft.faults,
    }))
}

/// What helped, else what was asked.
fn description(thread: &Thread) -> String {
    let answer = thread.answers.first().map(plain);
    let text = answer.unwrap_or_else(|| thread.question.text.clone());
    lists::clip(&text, DESCRIPTION_CHARS)
}

/// An answer as plain text.
pub(super) fn plain(answer: &Answer) -> String {
    match answer.is_staffs() {
        false => answer.text.clone(),
        true => {
            let passages = digest(&answer.text).passages;
            let texts: Vec<&str> = passages
                .iter()
                .map(|passage| passage.text.as_str())
                .collect();
            texts.join("\n")
        }
    }
}
