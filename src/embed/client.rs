//! How is the service asked? One `POST` with some texts; what it answers is believed only as far as it makes sense.

use super::{Role, Text, answer};
use crate::config::Embeddings;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Response, StatusCode, redirect};
use serde::Serialize;
use std::time::Duration;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);

/// The largest answer that is read for one text, in bytes: 4096 numbers with 30 characters each.
const ANSWER_BYTES: usize = 4096 * 30;

/// The longest explanation of the service that is repeated, in characters.
const MAX_EXPLANATION: usize = 200;

/// The longest that a service may put us off.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(120);

/// Asks the service. Belongs to the runtime on which it is first used.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    settings: Embeddings,
    url: String,
}

/// Why there are no vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// It does not take these texts (too long, say); others it may.
    Refused(String),
    /// It has too much to do; the time it asks for, if it does.
    Busy(Option<Duration>),
    /// It cannot be reached, does not work, does not let us in, or answers nonsense.
    Down(String),
}

#[derive(Serialize)]
struct Request<'a> {
    input: Vec<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<usize>,
    #[serde(skip_serializing_if = "str::is_empty")]
    input_type: &'a str,
}

impl Client {
    /// A client, if `settings` name a service.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub(super) fn new(settings: &Embeddings) -> Result<Self, String> {
        let url = settings.url.clone().ok_or("embeddings.url is not set")?;
        // Whoever comes first decides for the process; everybody here decides the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(Duration::from_millis(settings.timeout_ms))
            .default_headers(headers(settings))
            .user_agent(concat!("kb/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|why| explain(&why))?;
        Ok(Self {
            http,
            settings: settings.clone(),
            url,
        })
    }

    /// The vectors of some texts of one kind, in their order; not normalised.
    ///
    /// # Errors
    /// [`Failure`] says whether it is for these texts, for now or altogether.
    pub(super) async fn embed(&self, texts: &[&Text]) -> Result<Vec<Vec<f32>>, Failure> {
        let down = |why: reqwest::Error| Failure::Down(explain(&why));
        let request = self.request(texts);
        let response = self.http.post(&self.url).json(&request).send().await;
        let response = response.map_err(down)?;
        let status = response.status();
        let retry_after = retry_after(response.headers());
        let redirects = status.is_redirection();
        let body = body(response, texts.len()).await;
        if status.is_success() {
            let bytes = body.map_err(Failure::Down)?;
            return answer::read(&bytes, texts.len(), self.settings.dimensions)
                .map_err(Failure::Down);
        }
        let said = body.map(|bytes| explanation(&bytes)).unwrap_or_default();
        Err(match status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                Failure::Busy(retry_after)
            }
            StatusCode::BAD_REQUEST
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY => Failure::Refused(format!("{status}{said}")),
            _ if redirects => Failure::Down(format!(
                "it answers {status}: set embeddings.url to where it really is"
            )),
            _ => Failure::Down(format!("it answers {status}{said}")),
        })
    }

    fn request(&self, texts: &[&Text]) -> Request<'_> {
        let settings = &self.settings;
        let prefix = |role| match role {
            Role::Query => settings.query_prefix.as_str(),
            Role::Question => settings.question_prefix(),
            Role::Passage => &settings.passage_prefix,
        };
        let is_passage = texts.first().is_some_and(|text| text.role == Role::Passage);
        Request {
            input: texts
                .iter()
                .map(|text| format!("{}{}", prefix(text.role), text.text))
                .collect(),
            model: &settings.model,
            dimensions: settings.dimensions,
            input_type: if is_passage {
                &settings.passage_input_type
            } else {
                &settings.query_input_type
            },
        }
    }
}

fn headers(settings: &Embeddings) -> HeaderMap {
    let key = settings.key.as_ref();
    let value = key.and_then(|key| HeaderValue::from_str(&format!("Bearer {}", key.reveal())).ok());
    let mut headers = HeaderMap::new();
    if let Some(mut value) = value {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers
}

/// The body, if it is not larger than the answer for `texts` texts can be.
async fn body(mut response: Response, texts: usize) -> Result<Vec<u8>, String> {
    let limit = ANSWER_BYTES * texts.max(1);
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|why| explain(&why))? {
        if bytes.len() + chunk.len() > limit {
            return Err(format!("its answer is larger than {limit} bytes"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse();
    seconds
        .ok()
        .map(|seconds| Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}

/// What the service says of its refusal, in one line.
fn explanation(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let parsed: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    let message = parsed.as_ref().and_then(|value| {
        let of_error = value["error"]["message"].as_str();
        of_error
            .or(value["message"].as_str())
            .or(value["error"].as_str())
    });
    let said: String = message
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_EXPLANATION)
        .collect();
    if said.is_empty() {
        said
    } else {
        format!(" (“{said}”)")
    }
}

/// What went wrong on the way, with its causes; the address is known already.
fn explain(why: &reqwest::Error) -> String {
    if why.is_timeout() {
        return "it does not answer in time".to_owned();
    }
    let mut said = Vec::new();
    let mut cause = std::error::Error::source(why);
    while let Some(next) = cause {
        said.push(next.to_string());
        cause = next.source();
    }
    said.pop()
        .unwrap_or_else(|| "the request failed".to_owned())
}
