//! Who is told of what? A happening becomes letters in the outbox, in the transaction that makes it happen.
//!
//! Each letter to a requester carries a link of its own to the tracking page, so that what is in an old mailbox can be taken back.
//! The key of an entry names the happening and the receiver: told twice, it is sent once.

use super::Cases;
use crate::error::{Error, Result};
use crate::mail::{
    Acknowledged, CaseView, Letter, Message, News as Told, Page, Reopened, Reply, Solved, Task,
    When,
};
use crate::model::account::Account;
use crate::model::case::Case;
use crate::model::outbox::{Channel, Outgoing};
use crate::model::{Email, Lang, OutboxId, Person, Slug};
use crate::store::{Store, Tx};
use jiff::Timestamp;

/// The names of all that can be told, as web hooks and keys have them.
pub const EVENTS: [&str; 16] = [
    "case.opened",
    "case.message",
    "case.replied",
    "case.asked_back",
    "case.solved",
    "case.reopened",
    "case.closed",
    "case.assigned",
    "case.escalated",
    "case.paged",
    "case.due",
    "case.rated",
    "question.published",
    "answer.waiting",
    "reward.granted",
    "mail.dead",
];

/// The most people of a group that are told at once.
const MAX_TOLD: usize = 50;
/// How much of a text the desk's notices quote, in characters.
const QUOTED_CHARS: usize = 1_000;

/// What somebody of the desk wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<'a> {
    /// Who, as requesters see it.
    pub by: &'a str,
    /// Markdown.
    pub text: &'a str,
    /// The same as HTML that is safe for the requester; may be empty.
    pub html: &'a str,
}

/// Something that happened to a case. Where it was an event of the timeline, the case's `events` is its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum News<'a> {
    /// It was opened with this text; these articles may help.
    Opened {
        /// What was asked.
        text: &'a str,
        /// The best articles.
        articles: &'a [Page],
    },
    /// The requester wrote.
    Wrote {
        /// What.
        text: &'a str,
    },
    /// The desk answered.
    Replied(Said<'a>),
    /// The desk asked back, and waits.
    AskedBack(Said<'a>),
    /// The desk thinks it is solved, with a last message if there is one.
    Solved {
        /// Who solved it.
        by: &'a str,
        /// The last message.
        said: Option<Said<'a>>,
        /// When it is closed if nothing is heard.
        closes: Option<Timestamp>,
    },
    /// It is open again.
    Reopened {
        /// Whether the requester did it, so that the desk is told and not he.
        by_requester: bool,
    },
    /// It is done.
    Closed,
    /// It is somebody's now, who was given it by another or by the program.
    Assigned {
        /// Whose.
        to: &'a Account,
        /// What it is about.
        text: &'a str,
    },
    /// It was handed to the group that has it now.
    Escalated {
        /// In the words of a colleague; may be empty.
        reason: &'a str,
        /// What it is about.
        text: &'a str,
    },
    /// It is most urgent: the group's people are called.
    Paged {
        /// What it is about.
        text: &'a str,
    },
    /// What was promised is late.
    Late {
        /// What it is about.
        text: &'a str,
    },
    /// The requester said how it was.
    Rated,
}

impl News<'_> {
    /// The name of the happening.
    pub fn event(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "case.opened",
            Self::Wrote { .. } => "case.message",
            Self::Replied(_) => "case.replied",
            Self::AskedBack(_) => "case.asked_back",
            Self::Solved { .. } => "case.solved",
            Self::Reopened { .. } => "case.reopened",
            Self::Closed => "case.closed",
            Self::Assigned { .. } => "case.assigned",
            Self::Escalated { .. } => "case.escalated",
            Self::Paged { .. } => "case.paged",
            Self::Late { .. } => "case.due",
            Self::Rated => "case.rated",
        }
    }
}

impl Cases {
    /// Tells everybody whom it concerns. Call it after the case was saved, in the same transaction.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn tell(&self, tx: &mut Tx, case: &Case, news: News<'_>) -> Result<()> {
        let person = tx.person(case.requester).await?;
        let person = person.ok_or_else(|| Error::not_found("nobody asked this"))?;
        let event = news.event();
        self.announce_case(tx, event, case, &person).await?;
        match news {
            News::Opened { .. } | News::Replied(_) | News::AskedBack(_) | News::Solved { .. } => {
                self.tell_requester(tx, case, &person, news).await
            }
            News::Reopened {
                by_requester: false,
            } => self.tell_requester(tx, case, &person, news).await,
            News::Reopened { by_requester: true } => {
                let to = self.who_answers(tx, case).await?;
                self.tell_desk(tx, case, &person, (event, ""), &to, Told::Wrote)
                    .await
            }
            News::Wrote { text } => {
                let to = self.who_answers(tx, case).await?;
                self.tell_desk(tx, case, &person, (event, text), &to, Told::Wrote)
                    .await
            }
            News::Assigned { to, text } => {
                let to = [Desk::of(to)];
                self.tell_desk(tx, case, &person, (event, text), &to, Told::Assigned)
                    .await
            }
            News::Escalated { reason, text } => {
                let to = self.on_duty(tx, &case.group).await?;
                let told = |task| {
                    Told::Escalated(Task {
                        reason: reason.to_owned(),
                        ..task
                    })
                };
                self.tell_desk(tx, case, &person, (event, text), &to, told)
                    .await
            }
            News::Paged { text } => {
                let mut to = self.on_duty(tx, &case.group).await?;
                to.extend(self.pagers(&case.group));
                self.tell_desk(tx, case, &person, (event, text), &to, Told::Paged)
                    .await
            }
            News::Late { text } => {
                let to = self.who_answers(tx, case).await?;
                self.tell_desk(tx, case, &person, (event, text), &to, Told::Due)
                    .await
            }
            News::Closed | News::Rated => Ok(()),
        }
    }

    async fn tell_requester(
        &self,
        tx: &mut Tx,
        case: &Case,
        person: &Person,
        news: News<'_>,
    ) -> Result<()> {
        let view = self.view_for_requester(tx, case).await?;
        let promised = case.due.first_answer.map(|at| self.when(at));
        let reply = |view, said: Said<'_>| Reply {
            case: view,
            by: said.by.to_owned(),
            message: message(said),
        };
        let told = match news {
            News::Opened { text, articles } => Told::Acknowledged(Acknowledged {
                case: view,
                text: text.to_owned(),
                promised,
                articles: articles.to_vec(),
            }),
            News::Replied(said) => Told::Reply(reply(view, said)),
            News::AskedBack(said) => Told::AskedBack(reply(view, said)),
            News::Solved { by, said, closes } => {
                let taps = self.taps(case);
                Told::Solved(Solved {
                    case: view,
                    by: by.to_owned(),
                    message: said.map(message),
                    confirm_url: taps.confirm,
                    reopen_url: taps.reopen,
                    rate_urls: taps.rate,
                    closes: closes.map(|at| self.when(at)),
                })
            }
            _ => Told::Reopened(Reopened {
                case: view,
                promised: case.due_at().map(|at| self.when(at)),
            }),
        };
        let name = person
            .name
            .as_ref()
            .map_or(String::new(), ToString::to_string);
        let letter = Letter {
            to: person.email.clone(),
            name,
            lang: case.lang,
            case: Some(case.id),
            in_reply_to: None,
            unsubscribe: None,
            news: told,
        };
        self.post(tx, case, news.event(), letter).await
    }

    /// Tells who answers of a note that came from outside, by a mail of somebody who is not the requester.
    pub(super) async fn tell_note(
        &self,
        tx: &mut Tx,
        case: &Case,
        from: &Email,
        text: &str,
    ) -> Result<()> {
        let Some(person) = tx.person(case.requester).await? else {
            return Ok(());
        };
        let writer = Person {
            email: from.clone(),
            name: None,
            ..person
        };
        let to = self.who_answers(tx, case).await?;
        self.tell_desk(tx, case, &writer, ("case.message", text), &to, Told::Wrote)
            .await
    }

    async fn tell_desk(
        &self,
        tx: &mut Tx,
        case: &Case,
        person: &Person,
        (event, text): (&str, &str),
        to: &[Desk],
        told: impl Fn(Task) -> Told,
    ) -> Result<()> {
        let task = Task {
            case: CaseView {
                number: case.number.to_string(),
                subject: case.subject.clone(),
                url: self.public(&format!("/desk/cases/{}", case.number)),
            },
            priority: case.priority.to_string(),
            group: case.group.to_string(),
            requester: person
                .name
                .as_ref()
                .map_or_else(|| person.email.to_string(), ToString::to_string),
            text: text.chars().take(QUOTED_CHARS).collect(),
            reason: String::new(),
            due: case.due_at().map(|at| self.when(at)),
        };
        for receiver in to.iter().take(MAX_TOLD) {
            let letter = Letter {
                to: receiver.email.clone(),
                name: receiver.name.clone(),
                lang: receiver.lang,
                case: Some(case.id),
                in_reply_to: None,
                unsubscribe: None,
                news: told(task.clone()),
            };
            self.post(tx, case, event, letter).await?;
        }
        Ok(())
    }

    /// Puts a letter about a case into the outbox. Those of one case to one receiver leave in order.
    async fn post(&self, tx: &mut Tx, case: &Case, event: &str, letter: Letter) -> Result<()> {
        let receiver = letter.to.key();
        let dedup = format!("case:{}:{}:{event}:{receiver}", case.id, case.events);
        let lane = format!("case:{}:{receiver}", case.id);
        self.post_as(tx, Some(case), dedup, lane, &letter).await
    }

    /// Puts a letter into the outbox under a key of its own.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn post_as(
        &self,
        tx: &mut Tx,
        case: Option<&Case>,
        dedup: String,
        lane: String,
        letter: &Letter,
    ) -> Result<()> {
        if super::is_nobody(&letter.to) {
            return Ok(());
        }
        let now = self.now();
        let payload = serde_json::to_string(letter)
            .map_err(|e| Error::internal("a letter cannot be written", e))?;
        let outgoing = Outgoing {
            id: OutboxId::generate(now),
            channel: Channel::Mail,
            dedup,
            case: case.map(|case| case.id),
            lane,
            payload,
            created_at: now,
            due_at: now,
        };
        tx.send(&outgoing).await?;
        Ok(())
    }

    /// The case as its requester sees it, with a link of its own.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn view_for_requester(&self, tx: &mut Tx, case: &Case) -> Result<CaseView> {
        let token = Store::new_token()?;
        tx.add_link(case.id, token.hash(), self.now()).await?;
        Ok(CaseView {
            number: case.number.to_string(),
            subject: case.subject.clone(),
            url: self.public(&format!("/case/{}", token.reveal())),
        })
    }

    /// An instant as the office's clocks show it.
    pub fn when(&self, at: Timestamp) -> When {
        When::new(at, &self.settings().service.hours.zone)
    }

    /// Who is to hear of what a requester does: who has the case, else everybody on duty.
    async fn who_answers(&self, tx: &mut Tx, case: &Case) -> Result<Vec<Desk>> {
        if let Some(id) = case.assignee
            && let Some(account) = tx.account(id).await?
            && !account.disabled
        {
            return Ok(vec![Desk::of(&account)]);
        }
        self.on_duty(tx, &case.group).await
    }

    async fn on_duty(&self, tx: &mut Tx, group: &Slug) -> Result<Vec<Desk>> {
        let duties = tx.on_duty(group).await?;
        Ok(duties.iter().map(|duty| Desk::of(&duty.account)).collect())
    }

    /// The addresses of `kb.toml` that are called for a group.
    fn pagers(&self, group: &Slug) -> Vec<Desk> {
        let group = self.settings().group(group);
        let addresses = group.into_iter().flat_map(|group| &group.page);
        let lang = self.settings().site.default_lang;
        let read = addresses.filter_map(|address| Email::parse(address).ok());
        read.map(|email| Desk {
            email,
            name: String::new(),
            lang,
        })
        .collect()
    }
}

/// Somebody of the desk who is told.
struct Desk {
    email: Email,
    name: String,
    lang: Lang,
}

impl Desk {
    fn of(account: &Account) -> Self {
        Self {
            email: account.email.clone(),
            name: account.name.to_string(),
            lang: account.lang,
        }
    }
}

fn message(said: Said<'_>) -> Message {
    Message {
        text: said.text.to_owned(),
        html: said.html.to_owned(),
    }
}
