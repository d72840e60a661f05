//! What do programs get? JSON, described by a document that is made from these handlers and their types.
//!
//! A handler reads the parameters (all mistakes are told at once), makes one call into [`crate::search`] or the reader's view,
//! and shows the result. Field names never change within `v1`; new ones may come.

pub(super) mod article;
pub(super) mod articles;
mod case_answer;
pub(super) mod cases;
pub(super) mod categories;
pub(super) mod docs;
pub(super) mod filters;
mod json;
mod parts;
mod problems;
pub(super) mod questions;
pub(super) mod search;
pub(super) mod suggest;
pub(super) mod visits;
