//! What do faults of databases and clocks need? Requests that may fail, facts that are waited for, and programs that must be there.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Whether this is the long run.
pub(crate) fn is_long() -> bool {
    std::env::var_os("KB_FAULT_ROUNDS").is_some()
}

/// A figure for the closing note, shown with `--nocapture`.
#[expect(clippy::print_stdout, reason = "the long run is there for its figures")]
pub(crate) fn figure(row: &str, text: &str) {
    println!("figure {row}: {text}");
}

/// A number below `end`, another one each time.
pub(crate) fn any(end: u64) -> u64 {
    RandomState::new().hash_one(Instant::now()) % end.max(1)
}

/// Waits until `fact` gives something; fails after `patience`.
#[track_caller]
pub(crate) fn until<T>(what: &str, patience: Duration, mut fact: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    let mut found = fact();
    while found.is_none() && began.elapsed() < patience {
        std::thread::sleep(Duration::from_millis(20));
        found = fact();
    }
    assert!(found.is_some(), "never within {patience:?}: {what}");
    found.expect("just checked")
}

/// Fails when a program is not there.
#[track_caller]
pub(crate) fn needs(program: &str, package: &str) -> PathBuf {
    let places = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin"];
    let found = places
        .iter()
        .map(|place| Path::new(place).join(program))
        .find(|path| path.is_file());
    assert!(
        found.is_some(),
        "missing: {program}\nhelp: apt-get install {package}"
    );
    found.expect("just checked")
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// A request on a connection of its own, which may fail.
pub(crate) fn request(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
    patience: Duration,
) -> Result<Answer, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(patience))
        .build()
        .into();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = match body {
        "" => agent.run(request.body(()).map_err(|e| e.to_string())?),
        body => agent.run(request.body(body.to_owned()).map_err(|e| e.to_string())?),
    };
    let mut answer = answer.map_err(|e| e.to_string())?;
    let mut bytes = Vec::new();
    let mut reader = answer.body_mut().as_reader();
    reader.read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    let text = |v: &ureq::http::HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
    Ok(Answer {
        status: answer.status().as_u16(),
        headers: answer
            .headers()
            .iter()
            .map(|(n, v)| (n.to_string(), text(v)))
            .collect(),
        body: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

/// GET, with the patience of a person.
pub(crate) fn get(url: &str) -> Result<Answer, String> {
    request(
        "GET",
        url,
        &[("accept", "*/*")],
        "",
        Duration::from_secs(20),
    )
}
