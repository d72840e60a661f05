//! How does one message get there? One POST with a time limit, to a checked address, whose answer is read only as far as needed.

use super::notice::Notice;
use super::resolver::{Guard, Lookup, PrivateAddress};
use super::robots;
use super::standard::signature;
use super::target::{Preset, Target};
use crate::model::Outcome;
use anyhow::Context;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use reqwest::{Client, Response, StatusCode, redirect};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// The longest that a receiver can ask us to wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(86_400);
/// The largest body that is sent, in bytes.
const MAX_BODY_BYTES: usize = 262_144;
/// How much of an answer is read, in bytes.
const MAX_ANSWER_BYTES: usize = 16_384;
/// How long a whole attempt may take unless said otherwise.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(30);

/// Sends notices. Cheap to clone; made once and shared.
#[derive(Debug, Clone)]
pub struct Hooks {
    guarded: Client,
    open: Client,
    lookup: Lookup,
    timeout: Duration,
}

impl Hooks {
    /// A sender with a limit of 15 seconds for an attempt.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub fn new() -> anyhow::Result<Self> {
        Self::with(Lookup::System, TIMEOUT)
    }

    /// A sender that asks `lookup` for names and gives an attempt `timeout`.
    ///
    /// # Errors
    /// As [`Hooks::new`].
    pub fn with(lookup: Lookup, timeout: Duration) -> anyhow::Result<Self> {
        Ok(Self {
            guarded: client(lookup.clone(), false)?,
            open: client(lookup.clone(), true)?,
            lookup,
            timeout,
        })
    }

    /// Makes one attempt to send `notice` as the message `id`, which stays the same at every attempt. Never longer than the
    /// time limit; never an error that is no [`Outcome`].
    pub async fn deliver(
        &self,
        target: &Target,
        id: &str,
        notice: &Notice,
        now: Timestamp,
    ) -> Outcome {
        match tokio::time::timeout(self.timeout, self.attempt(target, id, notice, now)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::retry("the receiver took too long"),
        }
    }

    /// Looks the target's name up, checks its addresses and connects to one, and sends nothing.
    ///
    /// # Errors
    /// Says why a message would not get there, without the address.
    pub async fn try_out(&self, target: &Target) -> Result<(), String> {
        let host = target.url.host_str().unwrap_or_default();
        let port = target.url.port_or_known_default().unwrap_or(443);
        let guard = Guard {
            lookup: self.lookup.clone(),
            allow_private: target.allow_private,
        };
        let connected = async {
            let found = guard.addresses(host.trim_matches(['[', ']'])).await?;
            let mut last = "the name has no address".to_owned();
            for address in found {
                let at = (address.ip(), port);
                match tokio::net::TcpStream::connect(at).await {
                    Ok(_) => return Ok(()),
                    Err(error) => last = format!("the receiver cannot be reached: {error}"),
                }
            }
            Err(last)
        };
        let timed = tokio::time::timeout(self.timeout, connected).await;
        timed.unwrap_or_else(|_| Err("the receiver took too long".to_owned()))
    }

    async fn attempt(&self, target: &Target, id: &str, notice: &Notice, now: Timestamp) -> Outcome {
        let client = if target.allow_private {
            &self.open
        } else {
            &self.guarded
        };
        let request = match request(client, target, id, notice, now) {
            Ok(request) => request,
            Err(why) => return Outcome::refused(why),
        };
        match request.send().await {
            Ok(response) => judge(target.preset, response, now).await,
            Err(error) => failed(&error),
        }
    }
}

fn client(lookup: Lookup, allow_private: bool) -> anyhow::Result<Client> {
    // reqwest takes its cryptography from the process. The first of all who name one wins, and all here name the same.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder()
        .dns_resolver(Arc::new(Guard {
            lookup,
            allow_private,
        }))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .http1_only()
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(1)
        .build()
        .context("web hooks cannot be sent: the system's certificates cannot be read")
}

fn request(
    client: &Client,
    target: &Target,
    id: &str,
    notice: &Notice,
    now: Timestamp,
) -> Result<reqwest::RequestBuilder, &'static str> {
    let (url, body) = match target.preset {
        Preset::Standard => (target.url.clone(), notice.body()),
        _ => robots::request(target, notice, now),
    };
    if body.len() > MAX_BODY_BYTES {
        return Err("the message is larger than 256 KiB");
    }
    let mut request = client
        .post(url)
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header(USER_AGENT, concat!("kb/", env!("CARGO_PKG_VERSION")));
    if let Some(key) = &target.key {
        let second = now.as_second();
        request = request
            .header("webhook-id", id)
            .header("webhook-timestamp", second)
            .header("webhook-signature", signature(key, id, second, &body));
    }
    Ok(request.body(body))
}

async fn judge(preset: Preset, response: Response, now: Timestamp) -> Outcome {
    let status = response.status();
    let wait = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| pause(value.to_str().ok()?, now));
    if status.is_success() && preset == Preset::Standard {
        return Outcome::sent(status.as_str());
    }
    let body = beginning(response).await;
    if status.is_success() {
        return robots::verdict(&body);
    }
    let why = format!("{status}: {}", String::from_utf8_lossy(&body));
    match (wait, is_final(status)) {
        (_, true) => Outcome::refused(why),
        (Some(wait), false) => Outcome::retry_after(why, wait),
        (None, false) => Outcome::retry(why),
    }
}

/// Whether the same request will be answered the same tomorrow. Missing pages and refused keys are not: somebody is repairing
/// them. A redirect is: it is not followed.
fn is_final(status: StatusCode) -> bool {
    status.is_redirection()
        || matches!(
            status.as_u16(),
            400 | 405 | 406 | 410 | 411 | 413 | 414 | 415 | 422 | 431 | 501
        )
}

/// How long `Retry-After` says to wait, a day at most: seconds, or until a date.
fn pause(text: &str, now: Timestamp) -> Option<Duration> {
    let asked = match text.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
            Duration::try_from(at.duration_since(now)).ok()?
        }
    };
    Some(asked.min(LONGEST_PAUSE))
}

/// The first bytes of an answer; what a receiver sends after them is not read.
async fn beginning(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = MAX_ANSWER_BYTES - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() >= MAX_ANSWER_BYTES {
            break;
        }
    }
    body
}

/// A failure without an answer: never with the address, which may be a secret.
fn failed(error: &reqwest::Error) -> Outcome {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    let mut why = "the receiver cannot be reached".to_owned();
    while let Some(error) = cause {
        if error.downcast_ref::<PrivateAddress>().is_some() {
            return Outcome::refused(super::target::PRIVATE);
        }
        why = format!("the receiver cannot be reached: {error}");
        cause = error.source();
    }
    Outcome::retry(why)
}

#[cfg(test)]
mod tests {
    use super::{is_final, pause};
    use jiff::Timestamp;
    use reqwest::StatusCode;
    use std::time::Duration;

    #[test]
    fn understands_when_to_come_back() {
        let now = "1994-11-06T08:49:00Z".parse::<Timestamp>().expect("a time");
        for (text, seconds) in [
            ("120", Some(120)),
            (" 5 ", Some(5)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", None),
            ("-5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(pause(text, now), seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn only_what_cannot_heal_is_given_up() {
        for (status, given_up) in [
            (301, true),
            (400, true),
            (401, false),
            (404, false),
            (408, false),
            (410, true),
            (413, true),
            (429, false),
            (500, false),
            (501, true),
            (503, false),
        ] {
            let read = StatusCode::from_u16(status).expect("a status");
            assert_eq!(is_final(read), given_up, "{status}");
        }
    }
}
