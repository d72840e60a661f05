//! What have people written? Cases, questions, accounts, and what is on its way out: kept in SQLite or PostgreSQL, by one text
//! of SQL, and never lost.
//!
//! A use case is ONE transaction. What it changes, what is to be sent about it and what others are to hear of it become durable
//! together, or not at all:
//!
//! ```no_run
//! # use kb::store::{Store, Location, NewEvent, Topic, Result};
//! # use kb::model::{case::{Actor, Case, Move, Role, What, Via, Reach}, outbox::Outgoing};
//! # async fn reply(store: &Store, id: kb::model::CaseId, seen: i64, text: String, by: Actor, mail: Outgoing, now: jiff::Timestamp) -> kb::error::Result<()> {
//! let mut tx = store.begin().await?;                      // BEGIN IMMEDIATE, or BEGIN
//! let Some(mut case) = tx.case_for_update(id).await? else { // locked until the end
//!     return Err(kb::error::Error::not_found("there is no such case"));
//! };
//! if case.events > seen {
//!     return Err(kb::error::Error::new(kb::error::Code::Conflict, "somebody wrote meanwhile"));
//! }
//! let step = case.go(Move::AskBack, by.role, now);         // the one table of moves
//! step.map_err(|refused| kb::error::Error::new(kb::error::Code::Conflict, refused.to_string()))?;
//! let message = What::Message { text, quoted: String::new(), via: Via::Desk };
//! tx.save_case(&mut case, vec![NewEvent::new(by, message, now)]).await?; // bumps version, numbers events
//! tx.send(&mail).await?;                                  // leaves through the outbox, once per `dedup`
//! tx.commit().await?;                                     // durable; others hear of the case
//! # Ok(()) }
//! ```
//!
//! A dropped [`Tx`] is rolled back. Reads outside of a transaction: `store.read().await?.case(id)`. [`Tx`] has all reads too.
//! Errors are [`Error`]s, told apart by [`Fault`]; `?` makes [`crate::error::Error`]s of them (locked, unreachable, full and
//! damaged databases are `Unavailable`, stale copies and doubles `Conflict`). Nothing here asks the time or analyses a text:
//! both are given.

mod accounts;
mod answers;
mod api_keys;
mod attachments;
mod audit;
mod backup;
mod canned;
mod case_list;
mod case_rows;
mod case_terms;
mod cases;
mod changes;
mod copy;
mod counters;
mod crowd;
mod customers;
mod drafts;
mod erase;
mod error;
mod event_rows;
mod examine;
mod follows;
mod idempotency;
mod identities;
mod invitations;
mod jobs;
mod ledger;
mod links;
mod location;
mod migrate;
mod open;
mod openings;
mod outbox;
mod people;
mod presence;
mod questions;
mod reach;
mod readings;
mod room;
mod second_factors;
mod sessions;
mod sql;
mod throttle;
mod tidy;
mod tombstones;
mod tx;
mod visits;
mod votes;

pub use accounts::Duty;
pub use audit::{Deed, DeedFilter, Noted, Verified};
pub use backup::{BackupReport, RestoreReport};
pub use case_list::{Assigned, CaseFilter, CaseOrder, CasePage, Cursor, QueueCount};
pub use case_terms::CaseMatch;
pub use cases::NewEvent;
pub use changes::{Change, Topic};
pub use customers::{CustomerSession, MailedCode};
pub use drafts::Draft;
pub use error::{Error, Fault, Result};
pub use examine::Examined;
pub use idempotency::Claimed;
pub use identities::Departure;
pub use location::Location;
pub use migrate::{Applied, LATEST};
pub use open::{Patience, Store};
pub use outbox::OutboxCount;
pub use presence::Present;
pub use questions::{QuestionFilter, QuestionMark, QuestionOrder};
pub use room::free_bytes;
pub use second_factors::SecondFactor;
pub use sessions::session_name;
pub use tidy::Tidy;
pub use tombstones::{ERASED, Tombstone};
pub use tx::{Read, Tx};
