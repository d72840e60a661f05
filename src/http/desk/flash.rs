//! What is said once, on the page after a redirect? Kept with the session, since the next page may come from another server; and
//! written and forgotten in one place, behind every handler.

use super::door::Desk;
use crate::cases::{Cases, Inverse};
use crate::model::Token;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

/// Something to say once.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Flash {
    /// The words.
    pub(super) text: String,
    /// Whether it went wrong.
    pub(super) failed: bool,
    /// How to undo it, for hidden fields; empty when it cannot be.
    pub(super) undo: Vec<String>,
}

/// What is said in the course of one request.
#[derive(Debug, Default)]
struct Course {
    /// What waited to be said.
    waiting: Option<Flash>,
    /// Whether it was said.
    said: bool,
    /// What the next page is to say.
    next: Option<Flash>,
    /// Whose session it is, once that is known.
    whose: Option<(Cases, Token)>,
}

/// The notices of one request, for its handler and for [`keep`].
#[derive(Debug, Clone, Default)]
pub(super) struct Notices(Arc<Mutex<Course>>);

impl Notices {
    /// Those of a session, of which `said` was kept.
    pub(super) fn begin(&self, cases: &Cases, token: &Token, said: &str) {
        self.with(|course| {
            course.waiting = serde_json::from_str(said).ok();
            course.whose = Some((cases.clone(), token.clone()));
        });
    }

    /// The session goes on under another secret.
    pub(super) fn renewed(&self, token: &Token) {
        self.with(|course| {
            if let Some((_, known)) = &mut course.whose {
                *known = token.clone();
            }
        });
    }

    fn with<T>(&self, change: impl FnOnce(&mut Course) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Has each request have its notices, and keeps what the next page is to say. A notice that cannot be kept is not worth failing
/// for: what was done is done.
pub(super) async fn keep(mut request: Request, next: Next) -> Response {
    let notices = Notices::default();
    request.extensions_mut().insert(notices.clone());
    let response = next.run(request).await;
    let course = notices.with(std::mem::take);
    let text = match (&course.next, course.said) {
        (Some(flash), _) => serde_json::to_string(flash).unwrap_or_default(),
        (None, true) => String::new(),
        (None, false) => return response,
    };
    if let Some((cases, token)) = course.whose
        && let Err(error) = cases.say_to(&token, &text).await
    {
        tracing::warn!(%error, "a notice of the desk could not be kept");
    }
    response
}

impl Desk {
    /// Says something on the next page.
    pub(super) fn say(&self, text: String, failed: bool, undo: &[Inverse]) {
        let undo = undo.iter().map(Inverse::as_text).collect();
        let flash = Flash { text, failed, undo };
        self.notices.with(|course| course.next = Some(flash));
    }

    /// What is to be said on this page.
    pub(super) fn said(&self) -> Option<Flash> {
        if self.is_part {
            return None;
        }
        self.notices.with(|course| {
            let waiting = course.waiting.take();
            course.said |= waiting.is_some();
            waiting
        })
    }
}
