//! What can go wrong with a call? The same for all of them; the document says it for each.

use crate::http::error::Problem;
use utoipa::IntoResponses;

/// Failures of a call.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what `http::error` makes")]
pub(crate) enum Problems {
    /// Parameters are not acceptable; `errors` names each.
    #[response(status = 400, content_type = "application/problem+json")]
    Invalid(Problem),
    /// Something other than JSON is asked for.
    #[response(status = 406, content_type = "application/problem+json")]
    NotAcceptable(Problem),
    /// The address is too long.
    #[response(status = 414, content_type = "application/problem+json")]
    TooLong(Problem),
    /// Too much in a short time. `Retry-After` says when to come back, in seconds.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(Problem),
    /// A fault of ours. Quote `instance` when you ask about it.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(Problem),
    /// No index is served yet, or too much is asked at once. `Retry-After` says when to come back, in seconds.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}

/// Failures of a call that names one thing.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what `http::error` makes")]
pub(crate) enum Absent {
    /// There is no such thing.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
}

/// Failures of a call that changes something.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what `http::error` makes")]
pub(crate) enum Writing {
    /// It came from a page of another site that `embed.origins` does not name, or from an address that is blocked.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// The case is in another state by now, or the key was used for another request.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
    /// Text or files are too large.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The body is of another kind.
    #[response(status = 415, content_type = "application/problem+json")]
    OtherKind(Problem),
}
