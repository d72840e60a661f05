//! What do search engines read of a question? `QAPage` of schema.org.

use super::addresses;
use super::question_view::plain;
use crate::cases::Thread;
use crate::config::Settings;
use crate::model::question::Answer;
use serde_json::{Value, json};

/// A question with its answers.
pub(super) fn page(settings: &Settings, thread: &Thread) -> Value {
    let question = &thread.question;
    let url = addresses::public(settings, &format!("/q/{}", question.number));
    let text = match question.text.is_empty() {
        true => &question.title,
        false => &question.text,
    };
    let mut entity = json!({
        "@type": "Question",
        "name": question.title,
        "text": text,
        "answerCount": thread.answers.len(),
        "upvoteCount": question.votes.max(0),
        "dateCreated": question.created_at.to_string(),
        "author": author(&question.byline),
    });
    let (accepted, others): (Vec<&Answer>, Vec<&Answer>) = thread
        .answers
        .iter()
        .partition(|answer| question.accepted == Some(answer.id));
    if let Some(best) = accepted.first() {
        entity["acceptedAnswer"] = answer(best, &url);
    }
    if !others.is_empty() {
        let others = others.iter().map(|other| answer(other, &url));
        entity["suggestedAnswer"] = others.collect();
    }
    json!({ "@type": "QAPage", "inLanguage": question.lang.tag(), "url": url, "mainEntity": entity })
}

fn answer(answer: &Answer, url: &str) -> Value {
    let author = match answer.is_staffs() {
        true => json!({ "@type": "Organization", "name": "support" }),
        false => author(&answer.byline),
    };
    json!({
        "@type": "Answer",
        "text": plain(answer),
        "upvoteCount": answer.votes.max(0),
        "dateCreated": answer.created_at.to_string(),
        "url": format!("{url}#a-{}", answer.id),
        "author": author,
    })
}

fn author(byline: &str) -> Value {
    let name = if byline.is_empty() { "guest" } else { byline };
    json!({ "@type": "Person", "name": name })
}
