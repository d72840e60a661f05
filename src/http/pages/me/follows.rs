//! What do I follow? Each page with a button that ends it.

use super::known;
use crate::cases::Seen;
use crate::error::Error;
use crate::http::error::Failure;
use crate::http::extract::Reading;
use crate::http::followed::seen_article;
use crate::http::form::Form;
use crate::http::pages::private;
use crate::http::pages::reader::Reader;
use crate::http::state::AppState;
use crate::http::visitor::Visitor;
use crate::model::follow::Subject;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

/// The section.
#[derive(Debug, Default, Serialize)]
pub(super) struct FollowsView {
    follows: Vec<FollowLine>,
    action: String,
}

#[derive(Debug, Serialize)]
struct FollowLine {
    subject: String,
    /// Its title; of what the visitor may not read any more, nothing.
    title: Option<String>,
    url: String,
    /// Whether the address still is to be confirmed.
    waits: bool,
}

/// What is shown to this visitor.
pub(super) async fn section(
    state: &AppState,
    reader: &Reader,
    (visitor, reading): (&Visitor, &Reading),
) -> Result<FollowsView, Failure> {
    let customer = known(visitor)?;
    let Some(email) = &customer.email else {
        return Ok(FollowsView::default());
    };
    let cases = state.cases()?;
    let mut follows = Vec::new();
    for follow in cases.followed_by(email).await? {
        let seen: Option<Seen> = match &follow.subject {
            Subject::Article(id) => seen_article(&reading.engine, id, reading.viewer),
            Subject::Question(id) => cases.question_seen(*id, reading.viewer).await?,
        };
        follows.push(FollowLine {
            subject: follow.subject.to_string(),
            url: seen
                .as_ref()
                .map_or_else(String::new, |seen| reader.link(&seen.path)),
            title: seen.map(|seen| seen.title),
            waits: follow.confirmed_at.is_none(),
        });
    }
    Ok(FollowsView {
        follows,
        action: reader.link("/me/follows"),
    })
}

/// `POST /me/follows`: ends one.
pub(in crate::http) async fn stop(
    State(state): State<AppState>,
    reader: Reader,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failure> {
    let customer = known(&visitor)?;
    let subject = Subject::parse(form.get("subject"));
    let subject = subject.map_err(|_| Error::invalid("this is nothing that is followed"))?;
    if let Some(email) = &customer.email {
        state.cases()?.unfollow(email, &subject).await?;
    }
    Ok(private::see_other(&reader.link("/me#me-follows")))
}
