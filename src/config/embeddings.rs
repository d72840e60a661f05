//! How are texts turned into vectors? `[embeddings]` of `kb.toml`; without `embeddings.url`, not at all.

use super::reader::{Complaint, Reader, Verdict};
use super::rules;
use super::{Code, Secret, outward_file};
use crate::model::MAX_DIMENSIONS;
use std::path::Path;

/// The longest key, in bytes.
const MAX_KEY_BYTES: usize = 4096;

/// The longest prefix, in characters.
const MAX_PREFIX_CHARS: usize = 500;

/// A service that turns texts into vectors: `POST` to an OpenAI-compatible `/v1/embeddings`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embeddings {
    /// Its whole address; `None`: search is by words alone.
    pub url: Option<String>,
    /// The name of the model; empty when the service has only one.
    pub model: String,
    /// How many dimensions to ask for; `None` for as many as the model has.
    pub dimensions: Option<usize>,
    /// What it must be told to answer.
    pub key: Option<Secret>,
    /// How many texts are sent at a time.
    pub batch: usize,
    /// Stands before every query.
    pub query_prefix: String,
    /// Stands before titles and similar questions; `None` for the same as before queries.
    pub question_prefix: Option<String>,
    /// Stands before passages of bodies.
    pub passage_prefix: String,
    /// `input_type` of queries, titles and similar questions; empty to send none.
    pub query_input_type: String,
    /// `input_type` of passages; empty to send none.
    pub passage_input_type: String,
    /// The longest passage, in characters.
    pub passage_chars: usize,
    /// The most passages of one article.
    pub passages: usize,
    /// How long a query's vector is waited for, in milliseconds; after that the answer is by words alone.
    pub deadline_ms: u64,
    /// How long a batch may take, in milliseconds.
    pub timeout_ms: u64,
}

impl Default for Embeddings {
    fn default() -> Self {
        Self {
            url: None,
            model: String::new(),
            dimensions: None,
            key: None,
            batch: 32,
            query_prefix: String::new(),
            question_prefix: None,
            passage_prefix: String::new(),
            query_input_type: String::new(),
            passage_input_type: String::new(),
            passage_chars: 400,
            passages: 50,
            deadline_ms: 150,
            timeout_ms: 30_000,
        }
    }
}

impl Embeddings {
    /// What stands before titles and similar questions.
    pub fn question_prefix(&self) -> &str {
        self.question_prefix
            .as_deref()
            .unwrap_or(&self.query_prefix)
    }

    /// A hash (hex) over what alters the vector of a text: vectors of another one do not compare.
    pub fn fingerprint(&self) -> String {
        let made_by = format!(
            "{:?} {:?} {:?} {:?}",
            self.model, self.dimensions, self.query_input_type, self.passage_input_type
        );
        let prefixes = format!(
            "{:?} {:?} {:?}",
            self.query_prefix,
            self.question_prefix(),
            self.passage_prefix
        );
        let mut hash = blake3::Hasher::new();
        if self.model.is_empty() {
            // The address is all that says which model it is.
            hash.update(self.url.as_deref().unwrap_or_default().as_bytes());
        }
        hash.update(made_by.as_bytes());
        hash.update(prefixes.as_bytes());
        hash.finalize().to_hex()[..32].to_owned()
    }
}

/// Reads `[embeddings]`. Paths in the file start at `folder`.
pub(super) fn read(reader: &mut Reader<'_>, folder: &Path) -> Embeddings {
    let default = Embeddings::default();
    let url = reader.get("embeddings.url", default.url, |url| {
        rules::optional(url, |url| endpoint(url))
    });
    let prefix = |reader: &mut Reader<'_>, name: &str| {
        reader.get(
            &format!("embeddings.{name}"),
            String::new(),
            |text: &String| brief(text),
        )
    };
    Embeddings {
        url,
        model: prefix(reader, "model"),
        key: key(reader, folder),
        dimensions: reader.get("embeddings.dimensions", default.dimensions, |n| {
            rules::optional(n, |n| rules::within(n, 1, MAX_DIMENSIONS))
        }),
        batch: number(reader, "batch", default.batch, 1, 2048),
        query_prefix: prefix(reader, "query_prefix"),
        question_prefix: reader.get("embeddings.question_prefix", None, |text| {
            rules::optional(text, |text: &String| brief(text))
        }),
        passage_prefix: prefix(reader, "passage_prefix"),
        query_input_type: prefix(reader, "query_input_type"),
        passage_input_type: prefix(reader, "passage_input_type"),
        passage_chars: number(reader, "passage_chars", default.passage_chars, 50, 4000),
        passages: number(reader, "passages", default.passages, 0, 1000),
        deadline_ms: reader.get("embeddings.deadline_ms", default.deadline_ms, |n| {
            rules::within(n, 1, 10_000)
        }),
        timeout_ms: reader.get("embeddings.timeout_ms", default.timeout_ms, |n| {
            rules::within(n, 100, 600_000)
        }),
    }
}

fn number(reader: &mut Reader<'_>, name: &str, default: usize, least: usize, most: usize) -> usize {
    reader.get(&format!("embeddings.{name}"), default, |n| {
        rules::within(n, least, most)
    })
}

fn brief(text: &str) -> Verdict {
    if text.chars().count() <= MAX_PREFIX_CHARS
        && !text.chars().any(|c| c.is_control() && c != '\n')
    {
        return Ok(());
    }
    Err(Complaint::new(
        "this text is too long, or has control characters",
        format!("use at most {MAX_PREFIX_CHARS} characters"),
    ))
}

/// The address of the service.
fn endpoint(text: &str) -> Verdict {
    rules::service(
        text,
        "write the whole address, as in \"http://127.0.0.1:8000/v1/embeddings\"",
    )
}

/// The key, if it can stand in a header.
fn key(reader: &mut Reader<'_>, folder: &Path) -> Option<Secret> {
    let key = outward_file::secret(reader, "embeddings.key", folder)?;
    let usable = key.reveal().bytes().all(|b| b.is_ascii_graphic());
    if !usable || key.reveal().len() > MAX_KEY_BYTES {
        let complaint = Complaint::new(
            "the key has spaces, or signs that are not ASCII, or is too long",
            "the key stands alone, in one line",
        );
        reader.complain_of_secret("embeddings.key (or KB_EMBEDDINGS_KEY)", complaint);
        return None;
    }
    Some(key)
}

/// A problem with a setting whose value is not shown.
pub(super) fn secret_problem(key: &str, complaint: Complaint) -> crate::model::Problem {
    let message = format!("{key}: {}", complaint.message);
    let found = super::file::problem(key, None, Code::Value, message);
    crate::model::Problem {
        help: complaint.help,
        ..found
    }
}
