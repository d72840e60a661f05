//! What does a tap in a mail do? A signed link names one deed for one case. Opening it does nothing, since programs open links:
//! the page that it leads to has a button.

use super::Cases;
use crate::error::{Code, Error, Result};
use crate::model::CaseId;
use crate::model::case::{Case, Rating};
use crate::signature::{Purpose, Unsigned};
use jiff::SignedDuration;

/// For how many days a link in a mail can be tapped.
const VALID_DAYS: i64 = 90;

/// What a link does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TapKind {
    /// It is solved.
    Confirm,
    /// It is not.
    Reopen,
    /// It was like this.
    Rate(Rating),
}

/// A link that was tapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tap {
    /// The case.
    pub case: CaseId,
    /// What is to be done.
    pub kind: TapKind,
}

/// The addresses of all taps of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taps {
    /// It is solved.
    pub confirm: String,
    /// It is not.
    pub reopen: String,
    /// One to five stars.
    pub rate: Vec<String>,
}

impl Cases {
    /// The addresses that the mails of a case offer.
    pub fn taps(&self, case: &Case) -> Taps {
        let until = self
            .now()
            .checked_add(SignedDuration::from_hours(24 * VALID_DAYS))
            .ok();
        let link = |word: &str, purpose, payload: String| {
            let signed = self.signer().link(purpose, &payload, until);
            self.public(&format!("/tap/{word}/{signed}"))
        };
        let id = case.id.to_string();
        Taps {
            confirm: link("confirm", Purpose::Confirm, id.clone()),
            reopen: link("reopen", Purpose::Reopen, id.clone()),
            rate: (1..=5)
                .map(|stars| link("rate", Purpose::Rate, format!("{id}:{stars}")))
                .collect(),
        }
    }

    /// Reads a link: its word and what was signed.
    ///
    /// # Errors
    /// `NotFound` when it is not one of ours, and, in other words, when its time is over.
    pub fn read_tap(&self, word: &str, signed: &str) -> Result<Tap> {
        let purpose = match word {
            "confirm" => Purpose::Confirm,
            "reopen" => Purpose::Reopen,
            "rate" => Purpose::Rate,
            _ => return Err(unknown()),
        };
        let payload = self.signer().read_link(purpose, signed, self.now());
        let payload = payload.map_err(|why| match why {
            Unsigned::Forged => unknown(),
            Unsigned::Expired => Error::new(Code::NotFound, "this link has expired")
                .help("have the link to your case sent again: /case/resend"),
        })?;
        let (id, stars) = payload.split_once(':').unwrap_or((&payload, ""));
        let case = CaseId::parse(id).map_err(|_| unknown())?;
        let kind = match purpose {
            Purpose::Confirm => TapKind::Confirm,
            Purpose::Reopen => TapKind::Reopen,
            _ => TapKind::Rate(
                stars
                    .parse()
                    .ok()
                    .and_then(|n| Rating::new(n).ok())
                    .ok_or_else(unknown)?,
            ),
        };
        Ok(Tap { case, kind })
    }

    /// Does what a link says. Done twice it is done once.
    ///
    /// # Errors
    /// `NotFound` when the case is gone, `Conflict` when it is in another state by now.
    pub async fn tap(&self, tap: Tap) -> Result<Case> {
        match tap.kind {
            TapKind::Confirm => self.confirm(tap.case).await,
            TapKind::Reopen => self.reopen(tap.case, "").await,
            TapKind::Rate(rating) => self.rate(tap.case, rating, "").await,
        }
    }
}

fn unknown() -> Error {
    Error::not_found("this link is not one of ours")
        .help("open it from the mail once more, as a whole")
}
