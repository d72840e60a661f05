//! What is kept of somebody, and how does it go? Everything of a person is gathered for him, and taken out of what was written.
//!
//! A case belongs to the desk as well, so it is anonymised and not lost: who asked, his words about himself, his files and his
//! visit go, what was asked and answered stays. Of the person a tombstone is left: a hash of the address under a key of this
//! installation, by which what an older backup brings back is erased again.

mod again;
mod anonymise;
mod document;
mod erase;
mod retention;

pub use document::PersonFile;
pub use erase::Erased;
pub use retention::Due;

use super::Cases;
use crate::model::{Email, PersonId};

/// How the addresses end under which anonymised cases stand. Nothing is ever sent there.
pub(super) const NOBODY: &str = "@erased.invalid";

impl Cases {
    /// The hash under our key by which an address is known when it is erased, and in links that end its letters.
    pub fn address_hash(&self, email: &Email) -> String {
        let hash = blake3::keyed_hash(&self.0.erased, email.key().as_bytes());
        hash.to_hex().to_string()
    }
}

/// The address of somebody who is nobody any more.
pub(super) fn stand_in(id: PersonId) -> Option<Email> {
    Email::parse(&format!("erased-{id}{NOBODY}")).ok()
}

/// Whether an address is one of nobody.
pub fn is_nobody(email: &Email) -> bool {
    email.as_str().ends_with(NOBODY)
}
