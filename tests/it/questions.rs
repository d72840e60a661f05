//! What is a question of the forum, for tests that only need one? Published, asked by nobody in particular.

use jiff::Timestamp;
use kb::model::question::{Question, Shown};
use kb::model::{Audience, Lang, QuestionId};

/// A published question that is not kept yet; change what matters.
pub(crate) fn question(title: &str, text: &str, now: Timestamp) -> Question {
    Question {
        id: QuestionId::generate(now),
        number: 0,
        shown: Shown::Published,
        audience: Audience::PUBLIC,
        title: title.to_owned(),
        text: text.to_owned(),
        lang: Lang::ZhCn,
        category: String::new(),
        tags: Vec::new(),
        products: Vec::new(),
        wordings: Vec::new(),
        asker: None,
        byline: String::new(),
        case: None,
        accepted: None,
        answers: 0,
        votes: 0,
        created_at: now,
        updated_at: now,
        published_at: Some(now),
        version: 0,
    }
}
