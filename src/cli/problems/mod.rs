//! How are problems shown? For people, as JSON, as SARIF, as commands for GitHub; all from the same findings.

mod github;
mod human;
mod json;
mod sarif;

pub(super) use github::write_github;
pub(super) use human::write_human;
pub(super) use json::write_json;
pub(super) use sarif::write_sarif;

use crate::config;
use crate::content;
use crate::model::{Problem, Severity};

/// How many problems there are of each severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) notes: usize,
}

impl Counts {
    /// Counts them.
    pub(super) fn of(problems: &[Problem]) -> Self {
        let count = |severity| problems.iter().filter(|p| p.severity == severity).count();
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
        }
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [
            (self.errors, "error"),
            (self.warnings, "warning"),
            (self.notes, "note"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, noun)| counted(*count, noun)).collect();
        f.write_str(
            if parts.is_empty() {
                "no problems".to_owned()
            } else {
                parts.join(", ")
            }
            .as_str(),
        )
    }
}

/// `1 error`, `2 errors`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A kind of problem, of articles or of settings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Explained {
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    pub(super) explanation: &'static str,
}

/// All kinds of problem, in the order of their codes.
pub(super) fn all_codes() -> Vec<Explained> {
    let of_articles = content::codes().iter().map(|info| Explained {
        code: info.code,
        title: info.title,
        explanation: info.explanation,
    });
    let of_settings = config::CODES
        .iter()
        .map(|(code, title, explanation)| Explained {
            code,
            title,
            explanation,
        });
    of_articles.chain(of_settings).collect()
}

/// `error`, `warning` or `note`.
pub(super) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}
