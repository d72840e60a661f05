//! What do people see? Pages, complete without scripts and quicker with them; and what crawlers and feed readers take.
//!
//! Each page is a handler, a view of plain values, and a template of the same name. The [`reader`] has the language, the
//! [`frame`] what all pages share. Every article and count comes from the viewer's own view of one engine.

mod accept;
mod addresses;
mod answer_words;
mod api_docs;
mod article;
mod ask;
mod ask_form;
mod ask_words;
mod case_files;
mod case_live;
mod case_page;
mod case_view;
mod category;
mod colours;
mod crawlers;
mod demo;
mod failure;
mod forum;
mod forum_feed;
mod frame;
mod home;
mod json_ld;
mod lists;
mod look;
pub(super) mod messages;
mod moved;
mod private;
mod query;
mod question;
mod question_ld;
mod question_view;
pub(super) mod reader;
mod resend;
mod results;
mod solved;
mod stretches;
mod tap;
pub(super) mod templates;
mod xml;

pub(super) use accept::{accept, answers as case_answers};
pub(super) use answer_words::AnswerWords;
pub(super) use api_docs::api_docs;
pub(super) use article::article;
pub(super) use ask::{ask, send as send_question};
pub(super) use case_files::file as case_file;
pub(super) use case_live::{events as case_events, now as case_now, presence as case_presence};
pub(super) use case_page::{case, confirm, enter, open, rate, read_token, reopen, write};
pub(super) use category::{category, everything, everything_slashed};
pub(super) use crawlers::{feed, llms, opensearch, robots, sitemap};
pub(super) use demo::embed_demo;
pub(super) use failure::error_page;
pub(super) use forum::questions;
pub(super) use forum_feed::feed as question_feed;
pub(super) use home::home;
pub(super) use look::{icon, logo, style_sheet, touch_icon};
pub(super) use moved::elsewhere;
pub(super) use question::{answer as answer_question, question, vote};
pub(super) use resend::{resend, send_again};
pub(super) use results::search;
pub(super) use solved::solved;
pub(super) use tap::{tap, tapped};
pub use templates::Templates;
