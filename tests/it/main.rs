//! One binary for all integration tests: a room a file, every test a sentence through [`harness::Kb`].

mod architecture;
mod harness;
mod site;

mod api;
mod api_bad_input;
mod api_headers;
mod api_server;
mod cli;
mod config;
mod sync;
mod watch;
