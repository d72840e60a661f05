//! What was done, in words? Deeds of the audit log as people read them; files and programs get the words of the log itself.

use super::words::{Moment, Words};
use crate::cases::{DEEDS, DeedFact, facts};
use crate::http::pages::messages;
use crate::model::Lang;
use crate::model::case::CaseNumber;
use crate::store::Noted;
use jiff::Timestamp;
use serde::Serialize;

/// How many digits of a digest tell people apart.
const HASH_DIGITS: usize = 8;

/// A deed as a page shows it.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    at: Moment,
    actor: String,
    /// The deed in words.
    done: String,
    /// The word of the log for it, which files have.
    action: String,
    subject: String,
    /// Where the subject is, if it is a page.
    url: Option<String>,
    facts: Vec<Told>,
}

/// Something that is known of a deed.
#[derive(Debug, Serialize)]
struct Told {
    what: String,
    before: Option<String>,
    now: String,
}

/// The families of all deeds, as `account` of `account.added`, in their order.
pub(super) fn families() -> Vec<&'static str> {
    let mut families: Vec<_> = DEEDS.iter().map(|deed| family(deed)).collect();
    families.dedup();
    families
}

fn family(deed: &str) -> &str {
    deed.split('.').next().unwrap_or(deed)
}

/// What the deeds of a family are called together.
pub(super) fn family_name(lang: Lang, family: &str) -> String {
    known(lang, "deeds", family).unwrap_or_else(|| family.to_owned())
}

/// Who did it, where the log has no address.
pub(super) const NAMELESS: [&str; 5] = ["terminal", "system", "somebody", "himself", "restore"];

/// What an actor of the log is called.
pub(super) fn actor_name(lang: Lang, actor: &str) -> String {
    known(lang, "deed_by", actor).unwrap_or_else(|| actor.to_owned())
}

/// A deed in the reader's language. What has no words, as from another version, is shown as it is written.
pub(super) fn row(noted: Noted, words: &Words<'_>) -> Row {
    let deed = noted.deed;
    let lang = words.lang;
    Row {
        at: words.instant(deed.at),
        done: known(lang, "deed", &deed.action).unwrap_or_else(|| deed.action.clone()),
        // Who did it to himself is named once.
        subject: match deed.subject == deed.actor {
            true => String::new(),
            false => subject(lang, &deed.subject),
        },
        url: url(&deed.subject),
        actor: actor_name(lang, &deed.actor),
        facts: facts(&deed.details)
            .map(|fact| told(&fact, words))
            .collect(),
        action: deed.action,
    }
}

/// The text that is named after a word of the log.
fn known(lang: Lang, room: &str, word: &str) -> Option<String> {
    let key = format!("{room}_{}", word.replace(['.', ' ', '-'], "_"));
    let text = messages::text(lang, &key);
    (text != key).then(|| text.to_owned())
}

fn subject(lang: Lang, subject: &str) -> String {
    let is_digest = subject.len() == 64 && subject.bytes().all(|byte| byte.is_ascii_hexdigit());
    match subject {
        "unknown address" => messages::text(lang, "deed_to_unknown").to_owned(),
        _ if is_digest => {
            messages::fill(lang, "deed_to_hash", &[("hash", &subject[..HASH_DIGITS])])
        }
        other => known(lang, "deed_to", other).unwrap_or_else(|| other.to_owned()),
    }
}

fn url(subject: &str) -> Option<String> {
    let case = || {
        let number = CaseNumber::parse(subject).ok()?;
        Some(format!("/desk/cases/{number}"))
    };
    subject
        .starts_with("/q/")
        .then(|| subject.to_owned())
        .or_else(case)
}

fn told(fact: &DeedFact<'_>, words: &Words<'_>) -> Told {
    let what = fact.what;
    Told {
        what: known(words.lang, "fact", what).unwrap_or_else(|| what.to_owned()),
        before: fact.before.map(|before| value(what, before, words)),
        now: value(what, fact.now, words),
    }
}

fn value(what: &str, value: &str, words: &Words<'_>) -> String {
    let lang = words.lang;
    let room = match what {
        "role" => "desk_role",
        "way" => "desk_way",
        "by" => "fact_by",
        "counted by" => "fact_counted",
        "asked for" => "fact",
        "reason" => "desk_refused",
        "on duty" | "disabled" => "fact_is",
        _ => "",
    };
    match (what, value, value.parse::<Timestamp>()) {
        (_, "", _) => messages::text(lang, "fact_nothing").to_owned(),
        ("until", _, Ok(at)) => words.instant(at).shown().to_owned(),
        ("language", ..) => match Lang::parse(value) {
            Some(lang) => lang.own_name().to_owned(),
            None => value.to_owned(),
        },
        _ => known(lang, room, value).unwrap_or_else(|| value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{NAMELESS, families, known, value};
    use crate::cases::{DEEDS, Refusal};
    use crate::config::Settings;
    use crate::http::desk::words::Words;
    use crate::model::Lang;
    use crate::model::account::{Role, Way};
    use jiff::Timestamp;

    #[test]
    fn every_deed_and_every_family_has_words_in_every_language() {
        for lang in Lang::ALL {
            for deed in DEEDS {
                assert!(known(lang, "deed", deed).is_some(), "{lang} {deed}");
            }
            for family in families() {
                assert!(known(lang, "deeds", family).is_some(), "{lang} {family}");
            }
            for actor in NAMELESS {
                assert!(known(lang, "deed_by", actor).is_some(), "{lang} {actor}");
            }
        }
        assert!(known(Lang::En, "deed", "no.such").is_none());
    }

    #[test]
    fn values_are_said_in_the_readers_language() {
        let settings = Settings::default();
        let words = Words::new(Lang::ZhCn, Timestamp::UNIX_EPOCH, &settings);
        for (what, written, shown) in [
            ("role", Role::Admin.to_string().as_str(), "管理员"),
            ("way", Way::TwoSteps.to_string().as_str(), "密码和验证码"),
            ("on duty", "true", "是"),
            ("groups", "", "（空）"),
            ("language", "en", "English"),
            (
                "reason",
                Refusal::Stranger.name(),
                "公司账号还不能使用这个服务台，请管理员邀请您。",
            ),
            ("scopes", "read:internal", "read:internal"),
            ("name", "admin", "admin"),
        ] {
            assert_eq!(value(what, written, &words), shown, "{what}");
        }
    }
}
