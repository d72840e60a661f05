//! Which other programs hear of it? What happens becomes entries for the web hooks of `kb.toml`, in the transaction that makes it
//! happen.
//!
//! Hooks have no lanes: one that hangs must not hold up what comes after, and each message has its time. The key of an entry
//! names the happening and the hook, so it is told once.

use super::Cases;
use crate::config::Hook;
use crate::error::{Error, Result};
use crate::hooks::{Line, Notice};
use crate::model::case::Case;
use crate::model::outbox::{Channel, Outgoing};
use crate::model::{CaseId, Lang, OutboxId, Person};
use crate::store::Tx;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The words of notices: key, then simplified, traditional, English.
const WORDS: &str = include_str!("notices.txt");

/// What waits in the outbox for a hook: whose it is, and what is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Announced {
    /// The name of the hook in `kb.toml`.
    pub(super) hook: String,
    /// What is told.
    pub(super) notice: Notice,
}

/// Something to be told to other programs.
#[derive(Debug, Clone)]
pub(super) struct Fact<'a> {
    /// One of [`super::EVENTS`].
    pub(super) event: &'static str,
    /// Names the happening: told twice it is sent once.
    pub(super) key: String,
    /// The case that it is about.
    pub(super) case: Option<&'a Case>,
    /// For people: what they need to decide whether to act.
    pub(super) lines: Vec<Line>,
    /// For people: the path where to act.
    pub(super) path: Option<String>,
    /// For programs.
    pub(super) data: Value,
}

impl Cases {
    /// Puts a fact into the outbox for every hook that hears of it.
    ///
    /// # Errors
    /// As the store has it.
    pub(super) async fn announce(&self, tx: &mut Tx, fact: Fact<'_>) -> Result<()> {
        let hooks: Vec<&Hook> = self.hearing(fact.event, fact.case).collect();
        if hooks.is_empty() {
            return Ok(());
        }
        let lang = self.settings().site.default_lang;
        let notice = Notice {
            event: fact.event.to_owned(),
            at: self.now(),
            title: word(fact.event, lang).to_owned(),
            lines: fact.lines,
            link: fact
                .path
                .map(|path| Line::new(word("open", lang), self.public(&path))),
            data: fact.data,
        };
        for hook in hooks {
            let dedup = format!("{}:{}:hook:{}", fact.key, fact.event, hook.name);
            let case = fact.case.map(|case| case.id);
            self.post_notice(tx, dedup, case, hook, &notice).await?;
        }
        Ok(())
    }

    /// Tells of something that happened to a case.
    pub(super) async fn announce_case(
        &self,
        tx: &mut Tx,
        event: &'static str,
        case: &Case,
        person: &Person,
    ) -> Result<()> {
        let lang = self.settings().site.default_lang;
        let line = |key: &str, text: String| Line::new(word(key, lang), text);
        let mut lines = vec![
            line("number", case.number.to_string()),
            line("subject", case.subject.clone()),
            line("priority", case.priority.to_string()),
            line("group", case.group.to_string()),
        ];
        if let Some(due) = case.due_at() {
            lines.push(line("due", self.when(due).for_people(lang)));
        }
        let fact = Fact {
            event,
            key: format!("case:{}:{}", case.id, case.events),
            case: Some(case),
            lines,
            path: Some(format!("/desk/cases/{}", case.number)),
            data: json!({ "case": described(case, person) }),
        };
        self.announce(tx, fact).await
    }

    /// The hooks that hear of an event; those of the case's group hear of its pages whatever else they hear of.
    fn hearing<'a>(
        &'a self,
        event: &'a str,
        case: Option<&'a Case>,
    ) -> impl Iterator<Item = &'a Hook> {
        let group = case.and_then(|case| self.settings().group(&case.group));
        let group = group.filter(|_| event == "case.paged");
        let paged = move |hook: &Hook| group.is_some_and(|group| group.hooks.contains(&hook.name));
        let hooks = self.settings().hooks.iter();
        hooks.filter(move |hook| hook.hears(event) || paged(hook))
    }

    async fn post_notice(
        &self,
        tx: &mut Tx,
        dedup: String,
        case: Option<CaseId>,
        hook: &Hook,
        notice: &Notice,
    ) -> Result<()> {
        let announced = Announced {
            hook: hook.name.to_string(),
            notice: notice.clone(),
        };
        let payload = serde_json::to_string(&announced)
            .map_err(|e| Error::internal("a notice cannot be written", e))?;
        let now = self.now();
        let outgoing = Outgoing {
            id: OutboxId::generate(now),
            channel: Channel::Hook,
            dedup,
            case,
            lane: String::new(),
            payload,
            created_at: now,
            due_at: now,
        };
        tx.send(&outgoing).await?;
        Ok(())
    }
}

/// A case as programs are told of it.
fn described(case: &Case, person: &Person) -> Value {
    json!({
        "id": case.id.to_string(),
        "number": case.number.to_string(),
        "subject": case.subject,
        "state": case.state.as_str(),
        "priority": case.priority.as_str(),
        "kind": case.kind.as_str(),
        "lang": case.lang.tag(),
        "product": case.product.as_ref().map(ToString::to_string),
        "category": case.category,
        "tags": case.tags.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "group": case.group.to_string(),
        "assignee": case.assignee.map(|id| id.to_string()),
        "requester": requester(person),
        "opened_at": case.opened_at.to_string(),
        "updated_at": case.updated_at.to_string(),
        "due_at": case.due_at().map(|at| at.to_string()),
        "rating": case.rating.map(crate::model::case::Rating::stars),
    })
}

/// Somebody who asked, as programs are told of him.
pub(super) fn requester(person: &Person) -> Value {
    json!({
        "id": person.id.to_string(),
        "email": person.email.as_str(),
        "name": person.name.as_ref().map(|name| name.as_str()),
        "tier": person.tier.as_str(),
    })
}

/// A word of notices in a language; the key itself where there is none.
pub(super) fn word(key: &str, lang: Lang) -> &str {
    let line = WORDS.lines().find_map(|line| {
        let (name, words) = line.split_once('|')?;
        (name == key).then_some(words)
    });
    let place = match lang {
        Lang::ZhCn => 0,
        Lang::ZhTw => 1,
        Lang::En => 2,
    };
    line.and_then(|words| words.split('|').nth(place))
        .unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::{WORDS, word};
    use crate::cases::EVENTS;
    use crate::model::Lang;

    #[test]
    fn every_event_has_words_in_every_language() {
        for line in WORDS.lines() {
            assert_eq!(line.split('|').count(), 4, "{line}");
        }
        for event in EVENTS {
            for lang in Lang::ALL {
                assert_ne!(word(event, lang), event, "{lang}");
            }
        }
    }
}
