//! What does another service answer? One request with a time limit, to an address that an operator wrote, whose answer is read within
//! a limit. Redirects are not followed: what an operator did not write is not asked.

use super::resolver::{Guard, Lookup};
use anyhow::{Context, bail};
use reqwest::header::{HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Client, Method, redirect};
use std::sync::Arc;
use std::time::Duration;

/// How long a whole exchange may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer, in bytes.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// Asks other services. Cheap to clone; made once and shared.
#[derive(Debug, Clone)]
pub struct Fetch(Client);

/// What a service answered.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The HTTP status.
    pub status: u16,
    /// Its headers, as far as they are text.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Fetch {
    /// One that may ask machines of one's own network.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub fn new() -> anyhow::Result<Self> {
        // As in `client`: the first who names a cryptography for the process wins, and all here name the same.
        drop(rustls::crypto::ring::default_provider().install_default());
        let guard = Guard {
            lookup: Lookup::System,
            allow_private: true,
        };
        let client = Client::builder()
            .dns_resolver(Arc::new(guard))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .http1_only()
            .timeout(TIMEOUT)
            .build();
        Ok(Self(client.context(
            "no other service can be asked: the system's certificates cannot be read",
        )?))
    }

    /// Makes one request.
    ///
    /// # Errors
    /// When nothing answers in time, or too much. The address is not in the message.
    pub async fn exchange(
        &self,
        method: &str,
        url: &str,
        headers: &[(String, String)],
        body: Vec<u8>,
    ) -> anyhow::Result<Fetched> {
        let method = Method::from_bytes(method.as_bytes())?;
        let mut request = self
            .0
            .request(method, url)
            .header(USER_AGENT, concat!("kb/", env!("CARGO_PKG_VERSION")))
            .body(body);
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes())?;
            request = request.header(name, HeaderValue::from_str(value)?);
        }
        let sent = request.send().await;
        let mut answer = sent.map_err(|e| anyhow::Error::new(e.without_url()))?;
        let text = |value: &HeaderValue| value.to_str().map(str::to_owned).ok();
        let headers = answer.headers().iter();
        let headers = headers.filter_map(|(name, value)| Some((name.to_string(), text(value)?)));
        let headers = headers.collect();
        let status = answer.status().as_u16();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_ANSWER_BYTES {
                bail!("the answer is larger than 1 MiB");
            }
        }
        Ok(Fetched {
            status,
            headers,
            body: bytes,
        })
    }
}
