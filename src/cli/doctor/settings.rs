//! Can both files be used, and do they fit how the site is reached?

use super::Finding;
use crate::cli::setup::Found;
use crate::config::{Loaded, Settings};
use crate::model::{Problem, Severity};

/// The most problems of a file that are shown; `kb config` shows all.
const SHOWN: usize = 10;

/// Looks at `kb.toml`, `schema.toml` and the environment.
pub(super) fn look(found: &Found) -> Vec<Finding> {
    let mut findings = file("kb.toml", found.locations.config.is_some(), &found.settings);
    findings.extend(file(
        "schema.toml",
        found.locations.schema.is_some(),
        &found.schema,
    ));
    findings.push(address(&found.settings.value));
    findings.extend(servers(&found.settings.value));
    findings
}

fn file<T>(name: &'static str, is_there: bool, loaded: &Loaded<T>) -> Vec<Finding> {
    if loaded.problems.is_empty() {
        let says = match is_there {
            true => "can be used",
            false => "is not there: every setting has its default",
        };
        return vec![Finding::ok(name, says)];
    }
    let shown = loaded.problems.iter().take(SHOWN);
    shown.map(|problem| of_problem(name, problem)).collect()
}

fn of_problem(name: &'static str, problem: &Problem) -> Finding {
    let place = problem.place.as_ref();
    let place = place.map_or_else(String::new, |place| {
        format!(":{}:{}", place.line, place.column)
    });
    let says = format!("{}{place}: {}", problem.path, problem.message);
    let help = problem
        .help
        .as_deref()
        .unwrap_or("`kb config` shows the place");
    match problem.severity {
        Severity::Error => Finding::fail(name, says, help),
        _ => Finding::warn(name, says, help),
    }
}

/// Whether links that leave the house lead back to it, and over an encrypted way.
fn address(settings: &Settings) -> Finding {
    let is_local = settings.server.listen.ip().is_loopback();
    match settings.site.base_url.as_deref() {
        Some(url)
            if url.starts_with("https://") && is_local && settings.proxies.trusted.is_empty() =>
        {
            Finding::warn(
                "address",
                format!("the site is {url}, and no proxy is trusted: all visitors count as one"),
                "list the proxy's address in server.trusted_proxies",
            )
        }
        Some(url) if url.starts_with("https://") => {
            Finding::ok("address", format!("the site is {url}"))
        }
        Some(url) => Finding::warn(
            "address",
            format!("the site is {url}: what visitors write and read is not encrypted"),
            "put a proxy with TLS in front, and set site.base_url to its https address",
        ),
        None if is_local => Finding::ok(
            "address",
            "only this machine reaches it, and site.base_url is not set",
        ),
        None => Finding::warn(
            "address",
            "site.base_url is not set: links in mails and feeds lead to the listen address",
            "set site.base_url to the public address",
        ),
    }
}

/// What to know of several servers on one database.
fn servers(settings: &Settings) -> Option<Finding> {
    let url = settings.database.url.as_ref()?.reveal();
    url.starts_with("postgres").then(|| {
        Finding::ok(
            "servers",
            "several servers may share this database: each needs the same kb/, schema.toml and kb.toml, and a data directory of its own",
        )
    })
}
