//! How urgent is a question, and until when is it to be answered?

use super::Cases;
use super::route::says;
use crate::config::CaseSettings;
use crate::model::Tier;
use crate::model::case::{Due, Kind, Priority};
use jiff::Timestamp;

impl Cases {
    /// How urgent a text of this kind is, from somebody of this tier: by its words, else by its kind; tiers that are named as
    /// urgent are one step more so, but only words make it a P1.
    pub fn priority_of(&self, kind: Kind, text: &str, tier: &Tier) -> Priority {
        let settings = &self.settings().cases;
        let analyzer = self.analyzer();
        let named = |words: &[String]| words.iter().any(|word| says(analyzer, text, word));
        if kind != Kind::Suggestion && named(&settings.p1_words) {
            return Priority::P1;
        }
        let usual = CaseSettings::usual_priority(kind);
        let found = if kind != Kind::Suggestion && named(&settings.p2_words) {
            usual.min(Priority::P2)
        } else {
            usual
        };
        let is_urgent = settings
            .urgent_tiers
            .iter()
            .any(|urgent| urgent == tier.as_str());
        match found {
            Priority::P3 if is_urgent => Priority::P2,
            Priority::P4 if is_urgent => Priority::P3,
            other => other,
        }
    }

    /// Until when a case of this priority and tier, opened at an instant, is to be answered and solved.
    pub fn due(&self, from: Timestamp, priority: Priority, tier: &Tier) -> Due {
        self.settings().service.due(from, priority, tier)
    }

    /// When a question of this kind that is asked now would be answered: what the form promises, to a customer by his tier.
    pub fn promised(&self, kind: Kind, tier: Option<&Tier>) -> Option<Timestamp> {
        let tier = tier.cloned().unwrap_or_default();
        let priority = self.priority_of(kind, "", &tier);
        self.due(self.now(), priority, &tier).first_answer
    }
}
