//! Who answers? The group whose rules match best, and in it who is on duty and next.

use super::Cases;
use crate::config::{Group, Settings, Share};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::case::Kind;
use crate::model::{Lang, Slug, Tier};
use crate::store::Tx;
use crate::text::Analyzer;

/// What is known of a question when its group is chosen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) text: &'a str,
    pub(super) category: &'a str,
    pub(super) product: Option<&'a Slug>,
    pub(super) kind: Kind,
    pub(super) lang: Lang,
    pub(super) tier: &'a Tier,
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routed {
    /// The group.
    pub group: Slug,
    /// Who in it, if its cases are shared out and somebody is on duty.
    pub account: Option<Account>,
}

impl Cases {
    /// Chooses who answers a new question, and notes that he was given one.
    pub(super) async fn route(&self, tx: &mut Tx, question: Question<'_>) -> Result<Routed> {
        let group = group_for(self.settings(), self.analyzer(), question);
        let share = self
            .settings()
            .group(&group)
            .map_or(Share::Nobody, |group| group.share);
        let account = self.next_of(tx, &group, share).await?;
        Ok(Routed { group, account })
    }

    /// Who of a group is given the next case, if anybody is on duty and the group shares its cases out in this way.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn next_of(
        &self,
        tx: &mut Tx,
        group: &Slug,
        share: Share,
    ) -> Result<Option<Account>> {
        if share == Share::Nobody {
            return Ok(None);
        }
        let duties = tx.on_duty(group).await?;
        let next = match share {
            // Who has waited longest comes first.
            Share::LeastLoaded => duties.into_iter().min_by_key(|duty| duty.live_cases),
            Share::RoundRobin | Share::Nobody => duties.into_iter().next(),
        };
        let Some(duty) = next else {
            return Ok(None);
        };
        tx.note_assignment(duty.account.id, self.now()).await?;
        Ok(Some(duty.account))
    }
}

/// The group with the most rules that match, none that does not; the first in the file of several; else the fallback group.
fn group_for(settings: &Settings, analyzer: &Analyzer, question: Question<'_>) -> Slug {
    let mut best: Option<(usize, &Group)> = None;
    for group in &settings.groups {
        let rules = rules(group, analyzer, question);
        let Some(matched) = rules else { continue };
        if matched > 0 && best.is_none_or(|(most, _)| matched > most) {
            best = Some((matched, group));
        }
    }
    best.map_or_else(
        || settings.cases.fallback_group.clone(),
        |(_, group)| group.name.clone(),
    )
}

/// How many rules of a group match; `None` when one does not.
fn rules(group: &Group, analyzer: &Analyzer, question: Question<'_>) -> Option<usize> {
    let category = |path: &String| {
        let rest = question.category.strip_prefix(path.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let tier = |name: &String| question.tier.as_str() == name;
    let product = |name: &String| question.product.is_some_and(|slug| slug.as_str() == name);
    let checks = [
        (
            group.categories.is_empty(),
            group.categories.iter().any(category),
        ),
        (
            group.products.is_empty(),
            group.products.iter().any(product),
        ),
        (
            group.words.is_empty(),
            group
                .words
                .iter()
                .any(|word| says(analyzer, question.text, word)),
        ),
        (group.kinds.is_empty(), group.kinds.contains(&question.kind)),
        (group.langs.is_empty(), group.langs.contains(&question.lang)),
        (group.tiers.is_empty(), group.tiers.iter().any(tier)),
    ];
    let mut matched = 0;
    for (absent, holds) in checks {
        match (absent, holds) {
            (true, _) => {}
            (false, true) => matched += 1,
            (false, false) => return None,
        }
    }
    Some(matched)
}

/// Whether a text has a word or phrase, in whatever script, case and width.
pub(super) fn says(analyzer: &Analyzer, text: &str, word: &str) -> bool {
    let units = |text: &str| {
        let analysis = analyzer.analyze_units(text);
        let units: Vec<String> = analysis
            .unit_terms()
            .map(|term| analysis.text(term).to_owned())
            .collect();
        units
    };
    let (text, word) = (units(text), units(word));
    !word.is_empty() && text.windows(word.len()).any(|run| run == word)
}

#[cfg(test)]
mod tests {
    use super::{Question, group_for, says};
    use crate::config::{Group, Settings};
    use crate::model::case::Kind;
    use crate::model::{Lang, Slug, Tier};
    use crate::text::Analyzer;

    fn slug(text: &str) -> Slug {
        Slug::parse(text).expect("a name")
    }

    fn settings() -> Settings {
        let group = |name: &str| Group::plain(slug(name));
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Settings {
            groups: vec![
                Group {
                    categories: words(&["支付"]),
                    ..group("billing")
                },
                Group {
                    categories: words(&["支付"]),
                    words: words(&["发票"]),
                    ..group("invoices")
                },
                Group {
                    products: words(&["app"]),
                    kinds: vec![Kind::Problem],
                    ..group("app")
                },
                Group {
                    kinds: vec![Kind::Complaint],
                    ..group("care")
                },
                Group {
                    langs: vec![Lang::En],
                    ..group("english")
                },
                Group {
                    tiers: words(&["gold", "platinum"]),
                    ..group("gold")
                },
                group("nothing"),
            ],
            ..Settings::default()
        }
    }

    #[test]
    fn the_group_with_the_most_rules_that_match_answers() {
        let analyzer = Analyzer::new([], true);
        let app = slug("app");
        for (text, category, product, kind, lang, group) in [
            (
                "退款",
                "支付/退款",
                None,
                Kind::Question,
                Lang::ZhCn,
                "billing",
            ),
            (
                "開收據",
                "支付",
                None,
                Kind::Question,
                Lang::ZhTw,
                "billing",
            ),
            (
                "我要發票",
                "支付",
                None,
                Kind::Question,
                Lang::ZhTw,
                "invoices",
            ),
            (
                "退款",
                "支付宝",
                None,
                Kind::Question,
                Lang::ZhCn,
                "support",
            ),
            ("打不开", "", Some(&app), Kind::Problem, Lang::ZhCn, "app"),
            (
                "打不开",
                "",
                Some(&app),
                Kind::Question,
                Lang::ZhCn,
                "support",
            ),
            ("太差", "", None, Kind::Complaint, Lang::ZhCn, "care"),
            ("help", "", None, Kind::Question, Lang::En, "english"),
        ] {
            let question = Question {
                text,
                category,
                product,
                kind,
                lang,
                tier: &Tier::default(),
            };
            let found = group_for(&settings(), &analyzer, question);
            assert_eq!(found.as_str(), group, "{text}");
        }
    }

    #[test]
    fn a_group_may_be_for_tiers_of_customers() {
        let analyzer = Analyzer::new([], true);
        for (tier, text, category, group) in [
            ("gold", "退款", "", "gold"),
            ("platinum", "退款", "", "gold"),
            ("silver", "退款", "", "support"),
            // As many rules match: the first in the file answers.
            ("gold", "退款", "支付", "billing"),
            ("gold", "我要发票", "支付", "invoices"),
        ] {
            let question = Question {
                text,
                category,
                product: None,
                kind: Kind::Question,
                lang: Lang::ZhCn,
                tier: &Tier::parse(tier).expect("a tier"),
            };
            let found = group_for(&settings(), &analyzer, question);
            assert_eq!(found.as_str(), group, "{tier} {text}");
        }
    }

    #[test]
    fn words_are_found_in_any_script_and_not_within_others() {
        let analyzer = Analyzer::new([], true);
        for (text, word, found) in [
            ("網站宕機了！", "宕机", true),
            ("An OUTAGE again", "outage", true),
            ("outages", "outage", true),
            ("登录不了", "登录", true),
            ("登一下录", "登录", false),
            ("x", "", false),
        ] {
            assert_eq!(says(&analyzer, text, word), found, "{text} {word}");
        }
    }
}
