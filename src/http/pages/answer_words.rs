//! What does an answer of the forum say, and who is named for it? The same on its page, on the requester's and at the desk.

use super::messages;
use crate::content::render_message;
use crate::model::Lang;
use crate::model::question::Answer;
use serde::Serialize;

/// An answer's words, for a template.
#[derive(Debug, Serialize)]
pub(in crate::http) struct AnswerWords {
    /// Of the desk: safe HTML.
    html: String,
    /// Of a customer: plain text.
    text: String,
    by: String,
}

impl AnswerWords {
    /// The words of `answer` for a reader of `lang`.
    pub(in crate::http) fn of(answer: &Answer, lang: Lang) -> Self {
        let named = |key| messages::text(lang, key).to_owned();
        if answer.is_staffs() {
            return Self {
                html: render_message(&answer.text),
                text: String::new(),
                by: named("forum_staff"),
            };
        }
        Self {
            html: String::new(),
            text: answer.text.clone(),
            by: match answer.byline.is_empty() {
                true => named("forum_somebody"),
                false => answer.byline.clone(),
            },
        }
    }
}
