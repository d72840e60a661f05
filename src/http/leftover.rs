//! What of a request was not read? A handler that answers without reading all of the body leaves the rest here, so that it can be
//! passed over: a client that is still sending would see a broken connection and not the answer.

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// A body that is shared by who reads it and by who looks afterwards what is left.
#[derive(Debug, Clone)]
pub(super) struct Leftover(Arc<Mutex<Option<Body>>>);

impl Leftover {
    /// Splits `body`: what a handler reads, and what is left afterwards. `None` where there is nothing to read.
    pub(super) fn of(body: Body) -> (Body, Option<Self>) {
        if body.is_end_stream() {
            return (body, None);
        }
        let left = Self(Arc::new(Mutex::new(Some(body))));
        (Body::new(left.clone()), Some(left))
    }

    /// What nobody has read; `None` when all was.
    pub(super) fn take(&self) -> Option<Body> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        body.take().filter(|body| !body.is_end_stream())
    }
}

impl HttpBody for Leftover {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match body.as_mut() {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        body.as_ref()
            .map_or_else(SizeHint::default, HttpBody::size_hint)
    }
}
