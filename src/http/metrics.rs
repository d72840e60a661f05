//! How is it doing? Figures for Prometheus.

use crate::search::Engine;
use jiff::Timestamp;

/// The figures of one server.
#[derive(Debug, Default)]
pub(super) struct Metrics {}

impl Metrics {
    /// Notes that `engine` is served from `now` on.
    pub(super) fn published(&self, _engine: &Engine, _now: Timestamp) {}
}
