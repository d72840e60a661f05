//! What did a customer read lately? Noted for who is signed in and did not say no; of others the tab alone knows.

use super::lately::soon;
use super::state::AppState;
use super::visitor::Visitor;
use crate::model::{ArticleId, Customer};

/// How many pages are looked at.
const LOOKED_AT: u32 = 40;

/// Who holds what was read: the person, else the customer as the company's site calls him.
pub(super) fn holder(customer: &Customer) -> String {
    match customer.person {
        Some(person) => person.to_string(),
        None => format!("subject:{}", customer.subject),
    }
}

/// Notes that a page was read; nobody waits for it.
pub(super) fn note(state: &AppState, visitor: &Visitor, id: &ArticleId) {
    let Some(customer) = &visitor.customer else {
        return;
    };
    let (holder, Ok(cases)) = (holder(customer), state.cases()) else {
        return;
    };
    let id = id.to_string();
    tokio::spawn(async move {
        if let Err(error) = cases.note_reading(&holder, &id).await {
            tracing::warn!(%error, "what was read could not be noted");
        }
    });
}

/// What was read lately, the latest first; nothing for who is not signed in, and while the store does not answer soon.
pub(super) async fn read_by(state: &AppState, visitor: &Visitor) -> Vec<ArticleId> {
    let Some(customer) = &visitor.customer else {
        return Vec::new();
    };
    let asked = async {
        let cases = state.cases()?;
        cases.readings(&holder(customer), LOOKED_AT).await
    };
    soon(state, asked).await.unwrap_or_default()
}
