//! Who hears of what the desk does? Each deed of the desk, as news for those whom it concerns.

use super::{Cases, Change, How, News, Said};
use crate::content::render_message;
use crate::error::Result;
use crate::model::account::Account;
use crate::model::case::{Case, Event, Priority, Reach, What};
use crate::store::Tx;

impl Cases {
    /// Tells of a reply or a question back; notes are told to nobody.
    pub(super) async fn tell_answer(
        &self,
        tx: &mut Tx,
        case: &Case,
        by: &Account,
        how: How,
        text: &str,
    ) -> Result<()> {
        let html = render_message(text);
        let said = Said {
            by: by.name.as_str(),
            text,
            html: &html,
        };
        let news = match how {
            How::Note => return Ok(()),
            How::Reply => News::Replied(said),
            How::AskBack => News::AskedBack(said),
            How::Solve => News::Solved {
                by: by.name.as_str(),
                said: (!text.is_empty()).then_some(said),
                closes: self.closes_at(),
            },
        };
        self.tell(tx, case, news).await
    }

    /// Tells of a change: to who was given the case by another, to the requester when it is solved or open again, and to the
    /// people on duty when it became most urgent.
    pub(super) async fn tell_change(
        &self,
        tx: &mut Tx,
        case: &Case,
        by: &Account,
        change: &Change,
    ) -> Result<()> {
        let news = match change {
            Change::Assign(Some(to)) if *to != by.id => {
                let Some(account) = tx.account(*to).await? else {
                    return Ok(());
                };
                let text = question(tx, case).await?;
                let news = News::Assigned {
                    to: &account,
                    text: &text,
                };
                return self.tell(tx, case, news).await;
            }
            Change::Priority(Priority::P1) => {
                let text = question(tx, case).await?;
                return self.tell(tx, case, News::Paged { text: &text }).await;
            }
            Change::Solve => News::Solved {
                by: by.name.as_str(),
                said: None,
                closes: self.closes_at(),
            },
            Change::Close => News::Closed,
            Change::Reopen => News::Reopened {
                by_requester: false,
            },
            _ => return Ok(()),
        };
        self.tell(tx, case, news).await
    }

    /// Tells the group that a case was handed to it, and who in it was given it.
    pub(super) async fn tell_escalation(
        &self,
        tx: &mut Tx,
        case: &Case,
        reason: &str,
        to: Option<&Account>,
    ) -> Result<()> {
        let text = question(tx, case).await?;
        let news = News::Escalated {
            reason,
            text: &text,
        };
        self.tell(tx, case, news).await?;
        match to {
            Some(to) => {
                self.tell(tx, case, News::Assigned { to, text: &text })
                    .await
            }
            None => Ok(()),
        }
    }
}

/// What was asked.
pub(super) async fn question(tx: &mut Tx, case: &Case) -> Result<String> {
    let events = tx.events(case.id, 0, Reach::Public).await?;
    let opened = events
        .into_iter()
        .find_map(|Event { what, .. }| match what {
            What::Opened { text, .. } => Some(text),
            _ => None,
        });
    Ok(opened.unwrap_or_default())
}
