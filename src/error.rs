//! What can go wrong, in the words of the person who reads it.
//!
//! One closed [`Code`] says what kind of failure it is; `http` maps it to a status and `cli` to an exit code.
//! The message is for the reader, the source is for the log, and is written there once, at the boundary.

use std::fmt;

/// The kind of a failure. Closed: every boundary maps all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The request cannot be understood or breaks a limit that the caller controls.
    InvalidRequest,
    /// There is no such thing, or the viewer may not know that there is.
    NotFound,
    /// The request contradicts the present state.
    Conflict,
    /// What was sent is larger than what is accepted.
    TooLarge,
    /// Too many requests in too short a time.
    RateLimited,
    /// Nobody is signed in.
    Unauthorized,
    /// Somebody is signed in, but may not do this.
    Forbidden,
    /// The service cannot answer now and will later.
    Unavailable,
    /// A fault of ours.
    Internal,
}

/// A failure: its kind, what to tell the reader, how he can help himself, and the cause for the log.
#[derive(Debug)]
pub struct Error {
    code: Code,
    message: String,
    help: Option<String>,
    source: Option<anyhow::Error>,
}

/// The result of anything that can fail with an [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure of kind `code` with a message for the reader.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            help: None,
            source: None,
        }
    }

    /// The request is not acceptable; the message says which part and why.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, message)
    }

    /// No such thing for this viewer.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    /// A fault of ours with its cause.
    pub fn internal(message: impl Into<String>, source: impl Into<anyhow::Error>) -> Self {
        Self::new(Code::Internal, message).because(source)
    }

    /// The same failure with the cause that is written to the log.
    #[must_use]
    pub fn because(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same failure with a line that says what the reader can do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The kind of the failure.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What went wrong, for the reader.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the reader can do about it, where that is known.
    pub fn help_text(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The cause, for the log.
    pub fn cause(&self) -> Option<&anyhow::Error> {
        self.source.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
