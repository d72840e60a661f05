//! Was this form ours, and did a person fill it? A form carries its id and the time it was made, signed.

use super::Cases;
use crate::error::Result;
use crate::model::Token;
use crate::signature::{Purpose, Unsigned};
use crate::store::Store;
use jiff::{SignedDuration, Timestamp};

/// A form that was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// What names it: random; also the key by which it is sent once only.
    pub id: String,
    /// What the page carries: the id and the time, signed.
    pub stamp: String,
}

/// Why a form is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormFault {
    /// It is not one of ours.
    Forged,
    /// It was open for too long.
    Expired,
    /// It came back sooner than a person types.
    TooSoon,
}

impl Cases {
    /// A form to give out.
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    pub fn new_form(&self) -> Result<Form> {
        let token: Token = Store::new_token()?;
        let now = self.now();
        let id = token.reveal().to_owned();
        let payload = format!("{id} {}", now.as_millisecond());
        let hours = i64::from(self.settings().ask.form_hours);
        let until = now.checked_add(SignedDuration::from_hours(hours)).ok();
        Ok(Form {
            stamp: self.signer().link(Purpose::Form, &payload, until),
            id,
        })
    }

    /// The id of a form that came back with this stamp.
    ///
    /// # Errors
    /// [`FormFault`] says why it is not taken.
    pub fn read_form(&self, stamp: &str) -> Result<String, FormFault> {
        let now = self.now();
        let payload = match self.signer().read_link(Purpose::Form, stamp, now) {
            Ok(payload) => payload,
            Err(Unsigned::Expired) => return Err(FormFault::Expired),
            Err(Unsigned::Forged) => return Err(FormFault::Forged),
        };
        let (id, made_ms) = payload.split_once(' ').ok_or(FormFault::Forged)?;
        let made = made_ms
            .parse()
            .ok()
            .and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let open_for = now.duration_since(made.ok_or(FormFault::Forged)?);
        if open_for < SignedDuration::from_secs(i64::from(self.settings().ask.min_seconds)) {
            return Err(FormFault::TooSoon);
        }
        Ok(id.to_owned())
    }
}
