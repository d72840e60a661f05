//! What was filled in? The fields of a form, with files or without, each bounded; the same for pages and for the API.

use super::boundary::{MAX_FIELDS_BYTES, upload_bytes};
use super::error::Failure;
use super::state::AppState;
use crate::cases::{Upload, UploadFault};
use crate::config::Uploads;
use crate::error::{Code, Error, Result};
use axum::body::to_bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::header;

/// The most fields of a form.
const MAX_FIELDS: usize = 60;

/// A form that was sent.
#[derive(Debug, Default)]
pub(super) struct Form {
    fields: Vec<(String, String)>,
    files: Vec<File>,
}

/// A file as it came.
#[derive(Debug)]
struct File {
    name: String,
    bytes: Vec<u8>,
}

impl FromRequest<AppState> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Failure> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.map_or(&b""[..], |kind| kind.as_bytes()).to_owned();
        if kind.starts_with(b"multipart/form-data") {
            return Self::with_files(request, state).await;
        }
        if !kind.is_empty() && !kind.starts_with(b"application/x-www-form-urlencoded") {
            return Err(Error::invalid("this address takes forms only").into());
        }
        let most = usize::try_from(MAX_FIELDS_BYTES).unwrap_or(usize::MAX);
        let body = to_bytes(request.into_body(), most)
            .await
            .map_err(|_| too_large(MAX_FIELDS_BYTES))?;
        let pairs = url::form_urlencoded::parse(&body).into_owned();
        let mut form = Self::default();
        for (name, value) in pairs {
            form.add(name, value)?;
        }
        Ok(form)
    }
}

impl Form {
    async fn with_files(mut request: Request, state: &AppState) -> Result<Self, Failure> {
        // A few at a time: their files are in memory.
        let place = state.uploads().acquire().await;
        let most = upload_bytes(state.settings());
        let limit = DefaultBodyLimit::max(usize::try_from(most).unwrap_or(usize::MAX));
        limit.apply(&mut request);
        let mut parts = Multipart::from_request(request, state)
            .await
            .map_err(|_| Error::invalid("the form has no boundary between its fields"))?;
        let read = Self::read_parts(&mut parts, state, most).await;
        if read.is_err() {
            // A browser shows the answer only once it has sent everything.
            while let Ok(Some(mut part)) = parts.next_field().await {
                while let Ok(Some(_)) = part.chunk().await {}
            }
        }
        drop(place);
        Ok(read?)
    }

    async fn read_parts(parts: &mut Multipart, state: &AppState, most: u64) -> Result<Self> {
        let mut form = Self::default();
        let mut left = usize::try_from(MAX_FIELDS_BYTES).unwrap_or(usize::MAX);
        while let Some(part) = parts.next_field().await.map_err(|e| broken(&e, most))? {
            let name = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let bytes = part.bytes().await.map_err(|e| broken(&e, most))?;
            match file {
                // What a browser sends for a field in which no file was chosen.
                Some(file) if file.is_empty() && bytes.is_empty() => {}
                Some(file) => form.attach(file, bytes.to_vec(), &state.settings().uploads)?,
                None => {
                    left = left
                        .checked_sub(bytes.len())
                        .ok_or_else(|| too_large(MAX_FIELDS_BYTES))?;
                    form.add(name, String::from_utf8_lossy(&bytes).into_owned())?;
                }
            }
        }
        Ok(form)
    }

    fn add(&mut self, name: String, value: String) -> Result<()> {
        if self.fields.len() == MAX_FIELDS {
            return Err(Error::invalid(format!(
                "a form has at most {MAX_FIELDS} fields"
            )));
        }
        self.fields.push((name, value));
        Ok(())
    }

    fn attach(&mut self, name: String, bytes: Vec<u8>, limits: &Uploads) -> Result<()> {
        // One more than is taken is enough to say so; its bytes are not kept, nor is a further one.
        match self.files.len() {
            held if held < limits.files => self.files.push(File { name, bytes }),
            held if held == limits.files => self.files.push(File {
                name,
                bytes: Vec::new(),
            }),
            _ => {}
        }
        Ok(())
    }

    /// The first value of a field; empty when it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// Whether any file came along.
    pub(super) fn has_files(&self) -> bool {
        !self.files.is_empty()
    }

    /// How many bytes its files have together.
    pub(super) fn file_bytes(&self) -> u64 {
        let sum: usize = self.files.iter().map(|file| file.bytes.len()).sum();
        u64::try_from(sum).unwrap_or(u64::MAX)
    }

    /// Its files, looked at on a thread that may block, those of one form at a time: opening pictures takes memory.
    ///
    /// # Errors
    /// As the threads have it. What is wrong with a file comes as the inner result.
    pub(super) async fn files(
        &mut self,
        state: &AppState,
    ) -> Result<Result<Vec<Upload>, UploadFault>> {
        let limits = state.settings().uploads;
        let files = std::mem::take(&mut self.files);
        if files.is_empty() {
            return Ok(Ok(Vec::new()));
        }
        if files.len() > limits.files {
            return Ok(Err(UploadFault::TooMany(limits.files)));
        }
        let look = move || {
            let looked = files
                .into_iter()
                .map(|file| Upload::inspect(&file.name, file.bytes, &limits));
            Ok(looked.collect())
        };
        let alone = state.opening().acquire().await;
        let looked = state.blocking().run(look).await;
        drop(alone);
        looked
    }
}

fn too_large(most: u64) -> Error {
    Error::new(
        Code::TooLarge,
        format!("what was sent is larger than {most} bytes"),
    )
}

fn broken(error: &axum::extract::multipart::MultipartError, most: u64) -> Error {
    match error.status() {
        axum::http::StatusCode::PAYLOAD_TOO_LARGE => too_large(most),
        _ => Error::invalid("the form broke off, or cannot be read"),
    }
}
