//! How is it doing? Figures for Prometheus, at `/metrics`.
//!
//! | name | type | labels | what it is |
//! |---|---|---|---|
//! | `kb_http_requests_total` | counter | `route`, `method`, `status` | requests answered |
//! | `kb_http_request_duration_seconds` | histogram | `route` | from the head of a request to the head of its answer |
//! | `kb_http_connections` | gauge | | open connections |
//! | `kb_http_connections_refused_total` | counter | | connections closed at once, since one address had too many |
//! | `kb_http_limited_total` | counter | `class` (`search`, `page`) | requests answered 429, since one network read too much in a minute |
//! | `kb_searches_total` | counter | `surface` (`api`, `page`) | searches |
//! | `kb_searches_without_hits_total` | counter | `surface` | searches that found nothing |
//! | `kb_search_duration_seconds` | histogram | | within the search engine, waiting for a thread included |
//! | `kb_index_info` | gauge, always 1 | `generation` | the generation that is served |
//! | `kb_index_published_timestamp_seconds` | gauge | | when it was taken into service |
//! | `kb_index_age_seconds` | gauge | | how long ago that was |
//! | `kb_index_articles` | gauge | | articles that the public may read |
//! | `kb_live_pages` | gauge | | pages of cases that follow what happens |
//! | `kb_questions_open` | gauge | | 1 while questions can be asked, 0 while what people write cannot be kept |
//! | `kb_disk_free_bytes` | gauge | | what is free on the disk of the data directory; below `uploads.min_free_mib` no files are taken |
//! | `kb_outbox_attempts_total` | counter | `channel` (`mail`, `hook`), `outcome` (`sent`, `failed`, `dead`) | attempts to send mails and web hooks; `failed` are tried again |
//! | `kb_outbox_entries` | gauge | `channel`, `delivery` (`pending`, `dead`) | what waits to be sent, and what was given up; counted every ten seconds |
//! | `kb_outbox_oldest_age_seconds` | gauge | `channel` | how long the oldest that waits has waited |
//! | `kb_problems` | gauge | `severity` (`error`, `warning`) | problems found while files were read; `kb check` also looks at links and duplicates |
//! | `kb_embeddings_texts_total` | counter | `outcome` (`embedded`, `cached`, `failed`) | texts of articles that got a vector, had one, or got none |
//! | `kb_embeddings_queries_total` | counter | `outcome` (`answered`, `remembered`, `late`, `unavailable`) | queries whose vector was asked for |
//! | `kb_embeddings_query_duration_seconds` | histogram | | how long searches waited for a query's vector |
//! | `kb_config_reloads_total` | counter | `outcome` (`applied`, `refused`) | times that `kb.toml` was read again on SIGHUP |
//! | `kb_build_info` | gauge, always 1 | `version` | this program |

use super::state::{AppState, ProblemCounts};
use crate::cases::Posted;
use crate::embed::Figures;
use crate::model::Audience;
use crate::model::outbox::{Channel, Delivery};
use crate::search::{Engine, Results};
use crate::store::free_bytes;
use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
    with_local_recorder,
};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Upper bounds of the duration histograms, in seconds.
const BUCKETS: [f64; 12] = [
    0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0,
];

/// The figures of one server. They belong to it and not to the process, so that tests do not see each other's.
#[derive(Debug)]
pub(super) struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    published_ms: AtomicI64,
}

impl Default for Metrics {
    fn default() -> Self {
        let suffix = Matcher::Suffix("_seconds".to_owned());
        let builder = PrometheusBuilder::new().set_buckets_for_metric(suffix, &BUCKETS);
        let recorder = builder.unwrap_or_default().build_recorder();
        with_local_recorder(&recorder, describe);
        Self {
            handle: recorder.handle(),
            recorder,
            published_ms: AtomicI64::new(0),
        }
    }
}

fn describe() {
    describe_counter!("kb_http_requests_total", "Requests answered");
    describe_histogram!(
        "kb_http_request_duration_seconds",
        Unit::Seconds,
        "From the head of a request to the head of its answer"
    );
    describe_gauge!("kb_http_connections", "Open connections");
    describe_counter!(
        "kb_http_connections_refused_total",
        "Connections closed at once, since one address had too many"
    );
    describe_counter!(
        "kb_http_limited_total",
        "Requests refused, since one network read too much in a minute"
    );
    describe_gauge!("kb_live_pages", "Pages of cases that follow what happens");
    describe_gauge!("kb_questions_open", "Whether questions can be asked");
    describe_gauge!(
        "kb_disk_free_bytes",
        Unit::Bytes,
        "What is free on the disk of the data directory"
    );
    describe_counter!(
        "kb_outbox_attempts_total",
        "Attempts to send mails and web hooks"
    );
    describe_gauge!(
        "kb_outbox_entries",
        "Mails and web hooks that wait, and that were given up"
    );
    describe_gauge!(
        "kb_outbox_oldest_age_seconds",
        "How long the oldest that waits has waited"
    );
    describe_counter!("kb_searches_total", "Searches");
    describe_counter!(
        "kb_searches_without_hits_total",
        "Searches that found nothing"
    );
    describe_histogram!(
        "kb_search_duration_seconds",
        Unit::Seconds,
        "Within the search engine, waiting for a thread included"
    );
    describe_gauge!("kb_index_info", "The generation that is served");
    describe_gauge!(
        "kb_index_published_timestamp_seconds",
        "When it was taken into service"
    );
    describe_gauge!("kb_index_age_seconds", "How long ago that was");
    describe_gauge!("kb_index_articles", "Articles that the public may read");
    describe_gauge!(
        "kb_problems",
        "Problems found while files were read; kb check also looks at links and duplicates"
    );
    describe_counter!(
        "kb_embeddings_texts_total",
        "Texts of articles that got a vector, had one, or got none"
    );
    describe_counter!(
        "kb_embeddings_queries_total",
        "Queries whose vector was asked for"
    );
    describe_histogram!(
        "kb_embeddings_query_duration_seconds",
        Unit::Seconds,
        "How long searches waited for a query's vector"
    );
    describe_counter!(
        "kb_config_reloads_total",
        "Times that kb.toml was read again on SIGHUP"
    );
    describe_gauge!("kb_build_info", "This program");
    gauge!("kb_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// Where a search was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    /// By a program or the box.
    Api,
    /// On the results page.
    Page,
}

impl Metrics {
    /// Notes that `engine` is served from `now` on.
    pub(super) fn published(&self, engine: &Engine, now: Timestamp) {
        self.published_ms
            .store(now.as_millisecond(), Ordering::Relaxed);
        with_local_recorder(&self.recorder, || {
            gauge!("kb_index_articles").set(engine.view(Audience::PUBLIC).len() as f64);
            gauge!("kb_index_published_timestamp_seconds")
                .set(now.as_millisecond() as f64 / 1000.0);
        });
    }

    /// Notes how many problems there are.
    pub(super) fn reported(&self, problems: ProblemCounts) {
        with_local_recorder(&self.recorder, || {
            gauge!("kb_problems", "severity" => "error").set(problems.errors as f64);
            gauge!("kb_problems", "severity" => "warning").set(problems.warnings as f64);
        });
    }

    /// Counts an answered request.
    pub(super) fn answered(
        &self,
        route: &str,
        method: &Method,
        status: StatusCode,
        took: Duration,
    ) {
        let method = match *method {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::OPTIONS => "OPTIONS",
            Method::POST => "POST",
            _ => "other",
        };
        with_local_recorder(&self.recorder, || {
            let status = status.as_u16().to_string();
            counter!("kb_http_requests_total", "route" => route.to_owned(), "method" => method, "status" => status).increment(1);
            histogram!("kb_http_request_duration_seconds", "route" => route.to_owned())
                .record(took);
        });
    }

    /// Counts a search.
    pub(super) fn searched(&self, surface: Surface, results: &Results, took: Duration) {
        let surface = match surface {
            Surface::Api => "api",
            Surface::Page => "page",
        };
        with_local_recorder(&self.recorder, || {
            counter!("kb_searches_total", "surface" => surface).increment(1);
            counter!("kb_searches_without_hits_total", "surface" => surface)
                .increment(u64::from(results.total == 0));
            histogram!("kb_search_duration_seconds").record(took);
        });
    }

    /// Notes how long a search waited to know what its query means.
    pub(super) fn asked_for_meaning(&self, took: Duration) {
        with_local_recorder(&self.recorder, || {
            histogram!("kb_embeddings_query_duration_seconds").record(took)
        });
    }

    fn count_embeddings(&self, figures: &Figures) {
        let counted = figures.read();
        let texts = [
            ("embedded", counted.embedded),
            ("cached", counted.cached),
            ("failed", counted.failed),
        ];
        let queries = [
            ("answered", counted.asked),
            ("remembered", counted.remembered),
            ("late", counted.late),
            ("unavailable", counted.unavailable),
        ];
        with_local_recorder(&self.recorder, || {
            for (outcome, count) in texts {
                counter!("kb_embeddings_texts_total", "outcome" => outcome).absolute(count);
            }
            for (outcome, count) in queries {
                counter!("kb_embeddings_queries_total", "outcome" => outcome).absolute(count);
            }
        });
    }

    fn count_outbox(&self, posted: &Posted, now: Timestamp) {
        let backlog = posted.backlog();
        let waiting = |channel, delivery| {
            backlog
                .iter()
                .find(|count| count.channel == channel && count.delivery == delivery)
        };
        with_local_recorder(&self.recorder, || {
            for channel in Channel::ALL.iter().copied() {
                let name = channel.as_str();
                for (outcome, count) in posted.attempts(channel) {
                    counter!("kb_outbox_attempts_total", "channel" => name, "outcome" => outcome)
                        .absolute(count);
                }
                for delivery in [Delivery::Pending, Delivery::Dead] {
                    let count = waiting(channel, delivery).map_or(0, |found| found.count);
                    gauge!("kb_outbox_entries", "channel" => name, "delivery" => delivery.as_str())
                        .set(f64::from(count));
                }
                let oldest = waiting(channel, Delivery::Pending).map(|found| found.oldest);
                let age = oldest.map_or(0.0, |at| now.duration_since(at).as_secs_f64().max(0.0));
                gauge!("kb_outbox_oldest_age_seconds", "channel" => name).set(age);
            }
        });
    }

    /// Counts that the settings were read again, and whether they could be used.
    pub(super) fn reloaded(&self, applied: bool) {
        let outcome = if applied { "applied" } else { "refused" };
        with_local_recorder(&self.recorder, || {
            counter!("kb_config_reloads_total", "outcome" => outcome).increment(1)
        });
    }

    /// Notes how many connections are open.
    pub(super) fn connections(&self, open: usize) {
        with_local_recorder(&self.recorder, || {
            gauge!("kb_http_connections").set(open as f64)
        });
    }

    /// Counts a request that was refused since one network reads too much.
    pub(super) fn limited(&self, class: &'static str) {
        with_local_recorder(&self.recorder, || {
            counter!("kb_http_limited_total", "class" => class).increment(1)
        });
    }

    /// Counts a connection that was closed at once.
    pub(super) fn refused_connection(&self) {
        with_local_recorder(&self.recorder, || {
            counter!("kb_http_connections_refused_total").increment(1)
        });
    }

    /// Sums up what has been recorded. Called every few seconds, so that memory stays small when nobody asks for the figures.
    pub(super) fn sum_up(&self) {
        self.handle.run_upkeep();
    }

    /// All figures, in Prometheus' text format.
    pub(super) fn text(&self, state: &AppState) -> String {
        if let Some(figures) = state.meanings().figures() {
            self.count_embeddings(figures);
        }
        if let Ok(cases) = state.desk_cases() {
            self.count_outbox(cases.posted(), state.clock().now());
        }
        if let Some(free) = free_bytes(&state.settings().data_dir) {
            with_local_recorder(&self.recorder, || {
                gauge!("kb_disk_free_bytes").set(free as f64)
            });
        }
        let Some(engine) = state.engine() else {
            return self.handle.render();
        };
        let age_ms =
            state.clock().now().as_millisecond() - self.published_ms.load(Ordering::Relaxed);
        with_local_recorder(&self.recorder, || {
            gauge!("kb_index_age_seconds").set(age_ms.max(0) as f64 / 1000.0);
            gauge!("kb_live_pages").set(state.followers().count() as f64);
            gauge!("kb_questions_open").set(f64::from(u8::from(state.reaches_database())));
        });
        let generation = engine.snapshot().generation();
        let generation = generation.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "_");
        format!(
            "{}# HELP kb_index_info The generation that is served\n# TYPE kb_index_info gauge\nkb_index_info{{generation=\"{generation}\"}} 1\n",
            self.handle.render()
        )
    }
}
