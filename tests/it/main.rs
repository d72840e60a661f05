//! One binary for all integration tests: a room a file, every test a sentence through [`harness::Kb`].

mod harness;
mod smtp_sink;

mod api;
mod api_bad_input;
mod api_headers;
mod api_server;
mod architecture;
mod check_content;
mod cli;
mod config;
mod desk;
mod desk_doors;
mod desk_queue;
mod embeddings_endpoint;
mod generations;
mod hooks;
mod mail;
mod meaning;
mod pages;
mod pages_crawlers;
mod postgres;
mod readme;
mod relevance;
mod render_content;
mod search;
mod search_pruned;
mod search_words;
mod search_work;
mod site;
mod store;
mod store_backup;
mod store_faults;
mod sync;
mod sync_questions;
mod watch;
