//! `kb`: a searchable FAQ and self-service knowledge base.
//!
//! A tour in reading order: [`model`] has the words, [`text`] takes texts apart, [`config`] reads the settings;
//! [`content`] reads `kb/`, [`embed`] asks what texts mean, [`identity`] reads who a visitor is said to be, [`index`] keeps what can
//! be found, [`store`] what people wrote; [`sync`] brings one into the other, [`search`] asks it, [`cases`] has what happens to a
//! question that nothing answered; [`http`] and [`cli`] are how people reach all of this. `ARCHITECTURE.md` says why.

pub mod model;

pub mod clock;
pub mod config;
pub mod error;
pub mod private;
pub mod signature;
pub mod text;

pub mod content;
pub mod embed;
pub mod hooks;
pub mod identity;
pub mod index;
pub mod mail;
pub mod store;

pub mod cases;
pub mod search;
pub mod sync;

pub mod cli;
pub mod http;
