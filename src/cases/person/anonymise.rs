//! How does a case stop saying who asked? Its texts without what says it, its files, visit, links and letters removed, and what it
//! is found by made anew.

use crate::cases::redact::{Finding, Known, Personal, findings, redact};
use crate::cases::{Cases, Terms, terms_of};
use crate::error::Result;
use crate::model::case::{Actor, Case, Event, Move, Reach, Role, State, What};
use crate::model::{CaseId, Email, Lang, Person, PersonId};
use crate::store::{NewEvent, Tx};
use std::collections::BTreeSet;

/// How many characters the part of an address before the `@` has at least to be looked for by itself.
const LEAST_LOCAL: usize = 5;

/// What is taken out of texts.
#[derive(Debug, Clone, Default)]
pub(super) struct Identity {
    known: Known,
    /// What is replaced wherever it stands, recognised or not.
    literal: Vec<Finding>,
}

/// How much was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Anonymised {
    pub(super) events: u64,
    pub(super) attachments: u64,
    pub(super) visits: u64,
    pub(super) letters: u64,
}

impl Identity {
    /// What is known of a person, by his record and the names that he went by.
    pub(super) fn of(email: &Email, names: impl IntoIterator<Item = String>) -> Self {
        let local = email.as_str().split('@').next().unwrap_or_default();
        let telling = local.len() >= LEAST_LOCAL && !local.bytes().all(|b| b.is_ascii_alphabetic());
        let names: BTreeSet<String> = names
            .into_iter()
            .chain(telling.then(|| local.to_owned()))
            .filter(|name| name.chars().count() > 1)
            .collect();
        let literal = [email.to_string(), email.key()].map(|text| Finding {
            sort: Personal::Email,
            text,
        });
        Self {
            literal: literal.to_vec(),
            known: Known {
                names: names.into_iter().collect(),
                numbers: Vec::new(),
            },
        }
    }

    /// A private text without what says who anybody is: in doubt it goes.
    fn private(&self, text: &str, lang: Lang) -> String {
        let mut found = findings(&[text], &self.known);
        found.extend(self.literal.iter().cloned());
        redact(text, &found, lang)
    }

    /// A public text, which somebody has looked at before it was shown: only what is this person's goes.
    pub(super) fn public(&self, text: &str, lang: Lang) -> String {
        let own = |finding: &Finding| {
            let text = finding.text.to_lowercase();
            let mut names = self.known.names.iter().map(|name| name.to_lowercase());
            names.any(|name| name == text)
                || matches!(
                    finding.sort,
                    Personal::Phone | Personal::Email | Personal::Id | Personal::Card
                )
        };
        let mut found = findings(&[text], &self.known);
        found.retain(own);
        found.extend(self.literal.iter().cloned());
        redact(text, &found, lang)
    }
}

impl Cases {
    /// What is known of a person: the name of his record, and those that he gave in his cases and answers.
    pub(super) async fn identity(&self, tx: &mut Tx, person: &Person) -> Result<Identity> {
        let mut names: Vec<String> = person.name.iter().map(ToString::to_string).collect();
        for id in tx.all_cases_of(person.id).await? {
            for event in tx.events(id, 0, Reach::Internal).await? {
                if event.by.role == Role::Requester && !names.contains(&event.by.name) {
                    names.push(event.by.name);
                }
            }
        }
        for id in tx.answers_of(person.id).await? {
            names.extend(tx.answer(id).await?.map(|answer| answer.byline));
        }
        Ok(Identity::of(&person.email, names))
    }

    /// Takes out of a case what says who asked. `to`: whose it is then, if not the same row's. One that is still open is closed:
    /// nobody can be answered any more.
    pub(super) async fn anonymise_case(
        &self,
        tx: &mut Tx,
        id: CaseId,
        identity: &Identity,
        to: Option<PersonId>,
    ) -> Result<Anonymised> {
        let Some(mut case) = tx.case_for_update(id).await? else {
            return Ok(Anonymised::default());
        };
        let mut done = Anonymised::default();
        case.subject = identity.private(&case.subject, case.lang);
        let mut terms = terms_of(
            self.analyzer(),
            &format!("{}\n{}", case.number, case.subject),
        );
        let mut after = 0;
        loop {
            let events = tx.events(id, after, Reach::Internal).await?;
            let Some(last) = events.last() else { break };
            after = last.seq;
            for event in events {
                done.events += self
                    .anonymise_event(tx, &case, event, identity, &mut terms)
                    .await?;
            }
        }
        done.visits = tx.remove_visits(id, case.visit).await?;
        done.attachments = tx.remove_attachments(id).await?;
        done.letters = tx.remove_letters(id).await?;
        tx.remove_links(id).await?;
        tx.remove_traces(id).await?;
        (case.visit, case.follow_up_at) = (None, None);
        case.requester = to.unwrap_or(case.requester);
        let moves = self.close_for_good(&mut case);
        tx.save_case(&mut case, moves).await?;
        tx.remove_terms(id).await?;
        tx.add_terms(id, &terms).await?;
        Ok(done)
    }

    /// One event of a case. Returns whether it was changed, as a count.
    async fn anonymise_event(
        &self,
        tx: &mut Tx,
        case: &Case,
        event: Event,
        identity: &Identity,
        terms: &mut Terms,
    ) -> Result<u64> {
        let name = match event.by.role {
            Role::Requester => String::new(),
            _ => event.by.name.clone(),
        };
        let clean = Event {
            by: Actor {
                name,
                ..event.by.clone()
            },
            what: without(&event.what, |text| identity.private(text, case.lang)),
            ..event.clone()
        };
        if let Some(text) = clean.what.text() {
            terms.extend(terms_of(self.analyzer(), text));
        }
        if clean == event {
            return Ok(0);
        }
        tx.replace_event(case.id, &clean).await?;
        Ok(1)
    }

    /// The moves that close a case by themselves.
    fn close_for_good(&self, case: &mut Case) -> Vec<NewEvent> {
        let mut events = Vec::new();
        for step in [Move::Solve, Move::Close] {
            let from = case.state;
            if matches!(from, State::Closed | State::Merged)
                || case.go(step, Role::System, self.now()).is_err()
            {
                continue;
            }
            let to = case.state;
            let what = What::Moved { step, from, to };
            events.push(NewEvent::new(Actor::system(), what, self.now()));
        }
        events
    }
}

/// What happened, with each of its texts made anew.
fn without(what: &What, clean: impl Fn(&str) -> String) -> What {
    match what.clone() {
        What::Opened { text, via } => What::Opened {
            text: clean(&text),
            via,
        },
        What::Message { text, quoted, via } => What::Message {
            text: clean(&text),
            quoted: clean(&quoted),
            via,
        },
        What::Note { text } => What::Note { text: clean(&text) },
        What::FollowedUp { text } => What::FollowedUp { text: clean(&text) },
        What::Rated { rating, text } => What::Rated {
            rating,
            text: clean(&text),
        },
        What::Escalated {
            from,
            to,
            late,
            reason,
        } => What::Escalated {
            from,
            to,
            late,
            reason: clean(&reason),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::Identity;
    use crate::model::{Email, Lang};

    #[test]
    fn a_public_text_loses_only_what_is_his() {
        let email = Email::parse("li.lei9@example.com").expect("an address");
        let identity = Identity::of(&email, ["李雷".to_owned(), "王".to_owned()]);
        let text = "我是李雷，王先生说订单号：TB20261122-8891，电话13800138000，Li.Lei9@example.com，li.lei9";
        let public = identity.public(text, Lang::ZhCn);
        assert_eq!(
            public,
            "我是【姓名】，王先生说订单号：TB20261122-8891，电话【电话】，【邮箱】，【姓名】"
        );
        let private = identity.private(text, Lang::ZhCn);
        assert!(
            !private.contains("TB2026") && !private.contains("王先生"),
            "{private}"
        );
        assert_eq!(identity.private(&private, Lang::ZhCn), private);
    }
}
