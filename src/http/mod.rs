//! How do browsers and programs reach it? One router: pages for people, JSON for programs, the box for other sites.
//!
//! A request passes [`boundary`] (request id, log, figures, headers, errors), the router, a handler. Every request takes one
//! [`Engine`](crate::search::Engine) when it begins and answers from nothing else, so an answer never mixes two states.
//! This room never knows where articles come from: `cli::serve` publishes each new engine into [`AppState`].

mod access_log;
mod address;
mod api;
mod article_view;
mod assets;
mod blocking;
mod boundary;
mod cache;
mod client;
mod cookies;
mod cors;
mod desk;
mod embed;
mod error;
mod extract;
mod files;
mod followed;
mod form;
mod headers;
mod keys;
mod lately;
mod leftover;
mod meaning;
mod media;
mod metrics;
mod opened;
mod operations;
mod origin;
mod pages;
mod peers;
mod router;
mod server;
mod state;
mod steady;
mod streams;
mod throttle;
mod trail;
mod visitor;

pub use followed::seen_article;
pub use pages::Templates;
pub use router::{app, openapi};
pub use server::{serve, serve_figures};
pub use state::{AppState, ProblemCounts};
