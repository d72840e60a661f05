//! One binary for all integration tests: a room a file, every test a sentence through [`harness::Kb`].

mod architecture;
mod harness;

mod api;
mod cli;
mod config;
mod sync;
mod watch;
