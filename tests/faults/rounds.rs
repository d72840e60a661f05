//! How often is something broken, and when? A few rounds as a rule, as many as `KB_FAULT_ROUNDS` says for a long run.

#![expect(clippy::print_stdout, reason = "figures of a long run are printed")]

use crate::harness::{Kb, Server};
use crate::smtp_sink::Sink;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// The number of rounds: `few`, or what `KB_FAULT_ROUNDS` says.
pub(crate) fn rounds(few: usize) -> usize {
    let named = std::env::var("KB_FAULT_ROUNDS").ok();
    named.map_or(few, |named| {
        named.parse().expect("KB_FAULT_ROUNDS is a number")
    })
}

/// Prints what a run hit.
pub(crate) fn figures(test: &str, figures: &BTreeMap<&'static str, usize>) {
    let figures: Vec<String> = figures
        .iter()
        .map(|(name, n)| format!("{n} {name}"))
        .collect();
    println!("{test}: {}", figures.join(", "));
}

/// Numbers that look random and are the same in each run: what failed fails again.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// One of 0 to `below` - 1.
    pub(crate) fn below(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % below.max(1)
    }

    /// A pause shorter than `most`.
    pub(crate) fn pause(&mut self, most: Duration) -> Duration {
        let micros = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.below(micros))
    }
}

/// Settings with which people may ask as often as they like.
pub(crate) const OFTEN: &str = "[ask]\nmin_seconds = 0\nproof = 0\nper_address_hour = 100000\nper_mail_day = 10000\n\
                                per_hour = 1000000\nunproved_per_hour = 1000000\n";

/// The same, with mails to a server.
pub(crate) fn mailing(sink: &Sink) -> String {
    format!(
        "{OFTEN}[site]\nbase_url = \"https://help.example.com\"\n[mail]\nfrom = \"help@example.com\"\nsmtp_url = \"{}\"\n",
        sink.url()
    )
}

/// A help centre with articles, whose words and count are known.
pub(crate) fn articles(kb: Kb, count: usize) -> Kb {
    (0..count).fold(kb, |kb, n| {
        kb.article(&format!("题 {n}"), &format!("文章 {n} 的答案"))
    })
}

/// Waits until questions can be asked.
#[track_caller]
pub(crate) fn open(server: &Server) {
    server.eventually("questions can be asked", |s| {
        s.get("/ask").is(200).then_some(())
    });
}

/// Asks by the API under a key; what was answered, unless the server is gone or refused.
pub(crate) fn ask_as(server: &Server, email: &str, key: &str) -> Result<Value, String> {
    let body = json!({ "email": email, "text": "退款没有到账" }).to_string();
    let key = format!("key-of-{key}");
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", &key),
        ("x-forwarded-for", "192.0.2.1"),
    ];
    let answer = server.try_send("POST", "/api/v1/cases", &headers, &body);
    let answer = answer.map_err(|gone| gone.to_string())?;
    match answer.status_code() {
        200 | 201 => Ok(answer.json()),
        status => Err(format!("{status} {}", answer.text())),
    }
}

/// Whether the case that was answered with can be read.
pub(crate) fn is_there(server: &Server, case: &Value) -> bool {
    let token = case["token"].as_str().expect("a token");
    let read = server.get(&format!("/api/v1/cases/{token}"));
    read.is(200) && read.json()["number"] == case["number"]
}

/// How many articles match, and that those of [`articles`] are all found.
pub(crate) fn total(server: &Server, query: &str) -> u64 {
    let found = server.get(&format!("/api/v1/search?q={query}")).status(200);
    found.json()["total"].as_u64().expect("a total")
}
