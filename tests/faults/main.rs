//! Does it stand what breaks? The faults F01 to F28 of `tests/attacks.md`: sudden death, full and failing disks, damaged files,
//! clocks that jump, storms of files, too little memory. After each the promise is checked, and not that nothing panicked:
//! nothing acknowledged is lost or doubled, the index is a whole one, search answers soon after a restart, mails come.
//!
//! `cargo test --test faults` does a few rounds of each, in about two minutes; `KB_FAULT_ROUNDS=200 cargo test --test faults`
//! as many as named, and prints what was hit (`-- --nocapture`). What a machine must have for it (`faketime`, `cc`, `unshare`, PostgreSQL, `haproxy`, `pgbouncer`)
//! and lacks fails a test, with the command that installs it.

#[path = "../it/asking.rs"]
#[expect(dead_code, reason = "shared with the other binary of tests")]
mod asking;
#[path = "../it/harness.rs"]
mod harness;
#[path = "../it/postgres.rs"]
mod postgres;
#[path = "../it/questions.rs"]
mod questions;
#[path = "../it/smtp_sink.rs"]
#[expect(dead_code, reason = "shared with the other binary of tests")]
mod smtp_sink;

mod away;
mod backup;
mod cluster;
mod crowd;
mod damage;
mod database;
mod disk;
mod full;
mod help_centre;
mod journal;
mod jumps;
mod kills;
mod memory;
mod power;
mod proxy;
mod rounds;
mod several;
mod sizes;
mod steps;
mod storm;
mod together;
mod tools;
