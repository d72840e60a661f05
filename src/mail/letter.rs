//! What is told, and to whom? The contents of each mail as data: what templates may use, and what waits in the outbox as JSON.
//!
//! Owners of a site see these fields in their own templates, as in `{{ case.number }}`; `name`, `lang`, `site.name`, `site.url`,
//! `site.points`, `site.accent` and `can_reply` are there in all of them.

use super::message_id::MessageId;
use super::when::When;
use super::wire;
use crate::model::{CaseId, Email, Lang};
use serde::{Deserialize, Serialize};

/// One mail to be written: everything that is needed for it, so that it can wait for days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    /// Who gets it.
    #[serde(with = "wire::email")]
    pub to: Email,
    /// What to call the receiver; may be empty.
    #[serde(default)]
    pub name: String,
    /// In which language.
    #[serde(with = "wire::lang")]
    pub lang: Lang,
    /// The case whose conversation it belongs to.
    #[serde(default, with = "wire::case")]
    pub case: Option<CaseId>,
    /// The mail of the receiver that it answers, if it was one.
    #[serde(default, with = "wire::message_id")]
    pub in_reply_to: Option<MessageId>,
    /// The address that ends mails of this sort, if it is of a sort that nobody waits for.
    #[serde(default)]
    pub unsubscribe: Option<String>,
    /// What it tells.
    pub news: News,
}

/// What a mail tells. The name of each is the name of its template: [`News::event`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "with", rename_all = "snake_case")]
pub enum News {
    /// To who asked: we have it, and will answer until then.
    Acknowledged(Acknowledged),
    /// To who asked: an answer.
    Reply(Reply),
    /// To who asked: a question back; it waits for him.
    AskedBack(Reply),
    /// To who asked: we think it is solved.
    Solved(Solved),
    /// To who asked: it is open again.
    Reopened(Reopened),
    /// To who asked: the links to his cases, which he asked for.
    Link(Links),
    /// To who asked for it: a code that proves the address.
    Code(CodeMail),
    /// To who asked: question and answer are public; thank you.
    Published(Published),
    /// To who asked, some days later (回访): is it still well?
    FollowUp(FollowUp),
    /// To who answered: thank you.
    Thanked(Thanked),
    /// To who answered: it is not shown, and why.
    Refused(Refused),
    /// To who wants to follow something: is it you?
    FollowAsked(FollowAsked),
    /// To who follows something: it changed.
    Changed(Changed),
    /// To the desk: most urgent, at once.
    Paged(Task),
    /// To the desk: this is yours now.
    Assigned(Task),
    /// To the desk: this was handed to your group.
    Escalated(Task),
    /// To the desk: this is due or late.
    Due(Task),
    /// To the desk: the requester wrote.
    Wrote(Task),
    /// To a colleague to be: come to the desk.
    Invited(Invited),
    /// To a colleague: the link to a new password, which somebody asked for.
    PasswordLink(PasswordLink),
    /// To a colleague: how you sign in was changed.
    AccountChanged(AccountChanged),
}

/// A case as its mails name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseView {
    /// Its number for people, as in `KB-2611-0042`.
    pub number: String,
    /// What it is about, in one line.
    pub subject: String,
    /// Where its receiver sees it: the tracking page, or the desk.
    pub url: String,
}

/// A page to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// Its whole address.
    pub url: String,
}

/// What somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// As text; of the desk, its Markdown.
    pub text: String,
    /// The same as HTML that was made safe for its receiver; empty for none, then the text is shown.
    #[serde(default)]
    pub html: String,
}

/// `acknowledged`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledged {
    /// The case.
    pub case: CaseView,
    /// What was asked, as it was written.
    pub text: String,
    /// Until when a first answer is promised.
    pub promised: Option<When>,
    /// The best articles, the best first.
    pub articles: Vec<Page>,
}

/// `reply` and `asked_back`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The case.
    pub case: CaseView,
    /// Who wrote.
    pub by: String,
    /// What.
    pub message: Message,
}

/// `solved`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Solved {
    /// The case.
    pub case: CaseView,
    /// Who solved it.
    pub by: String,
    /// The last message, if it came with one.
    pub message: Option<Message>,
    /// One tap: yes, it is solved.
    pub confirm_url: String,
    /// One tap: no, it is not.
    pub reopen_url: String,
    /// One tap each: 1 to 5 stars, in this order.
    pub rate_urls: Vec<String>,
    /// When it is closed if nothing is heard.
    pub closes: Option<When>,
}

/// `reopened`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reopened {
    /// The case.
    pub case: CaseView,
    /// Until when an answer is promised.
    pub promised: Option<When>,
}

/// `link`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Links {
    /// The cases of the address.
    pub cases: Vec<CaseView>,
}

/// `code`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeMail {
    /// Its six digits.
    pub code: String,
    /// For how many minutes it is good.
    pub minutes: u32,
}

/// `published`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// The case that it came of.
    pub case: CaseView,
    /// The public question or article.
    pub page: Page,
    /// The points that were given for it; 0 for none.
    pub points: u32,
    /// All points of the receiver.
    pub total: u32,
}

/// `follow_up`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowUp {
    /// The case.
    pub case: CaseView,
    /// One tap: it is not well.
    pub reopen_url: String,
    /// One tap each: 1 to 5 stars, in this order.
    pub rate_urls: Vec<String>,
}

/// `thanked`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thanked {
    /// What was answered.
    pub page: Page,
    /// The points that were given for it; 0 for none.
    pub points: u32,
    /// All points of the receiver.
    pub total: u32,
}

/// `refused`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// What was answered.
    pub page: Page,
    /// Why it is not shown, in the words of a colleague; may be empty.
    pub reason: String,
    /// The answer, as its author wrote it.
    pub text: String,
}

/// `follow_asked`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowAsked {
    /// What is to be followed.
    pub page: Page,
    /// One tap: yes, tell me.
    pub confirm_url: String,
}

/// `changed`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changed {
    /// What changed, each once.
    pub pages: Vec<ChangedPage>,
    /// How many there are.
    pub count: usize,
}

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangedPage {
    /// Its title.
    pub title: String,
    /// Its whole address.
    pub url: String,
    /// How it changed: `text`, `answer` (there is a new one) or `accepted` (one of them helped).
    pub how: Vec<String>,
    /// One tap: no more about this one.
    pub stop_url: String,
}

/// `paged`, `assigned`, `escalated`, `due` and `wrote`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// The case, with its address at the desk.
    pub case: CaseView,
    /// How urgent: `P1` to `P4`.
    pub priority: String,
    /// The group that has it.
    pub group: String,
    /// Who asked.
    pub requester: String,
    /// What was asked or written last.
    pub text: String,
    /// Why it comes now, in the words of a colleague; may be empty.
    pub reason: String,
    /// Until when something was promised.
    pub due: Option<When>,
}

/// `invited`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invited {
    /// Who invites; empty for the terminal.
    pub by: String,
    /// As what: `editor`, `agent`, `specialist` or `admin`.
    pub role: String,
    /// The link, which opens once.
    pub url: String,
    /// Until when it opens.
    pub until: When,
}

/// `password_link`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordLink {
    /// The link, which opens once.
    pub url: String,
    /// For how many minutes it opens.
    pub minutes: u32,
}

/// `account_changed`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountChanged {
    /// What: `password`, `second_step_set` or `second_step_removed`.
    pub what: String,
    /// When.
    pub at: When,
    /// Where its owner looks after it.
    pub url: String,
}

impl News {
    /// The names of all events, in the order of a case's life.
    pub const EVENTS: [&str; 21] = [
        "acknowledged",
        "reply",
        "asked_back",
        "solved",
        "reopened",
        "link",
        "code",
        "published",
        "follow_up",
        "thanked",
        "refused",
        "follow_asked",
        "changed",
        "paged",
        "assigned",
        "escalated",
        "due",
        "wrote",
        "invited",
        "password_link",
        "account_changed",
    ];

    /// The name of the event, as of its templates.
    pub fn event(&self) -> &'static str {
        match self {
            Self::Acknowledged(_) => "acknowledged",
            Self::Reply(_) => "reply",
            Self::AskedBack(_) => "asked_back",
            Self::Solved(_) => "solved",
            Self::Reopened(_) => "reopened",
            Self::Link(_) => "link",
            Self::Code(_) => "code",
            Self::Published(_) => "published",
            Self::FollowUp(_) => "follow_up",
            Self::Thanked(_) => "thanked",
            Self::Refused(_) => "refused",
            Self::FollowAsked(_) => "follow_asked",
            Self::Changed(_) => "changed",
            Self::Paged(_) => "paged",
            Self::Assigned(_) => "assigned",
            Self::Escalated(_) => "escalated",
            Self::Due(_) => "due",
            Self::Wrote(_) => "wrote",
            Self::Invited(_) => "invited",
            Self::PasswordLink(_) => "password_link",
            Self::AccountChanged(_) => "account_changed",
        }
    }

    /// Whether it goes to the desk and not to who asked.
    pub fn is_for_desk(&self) -> bool {
        matches!(
            self,
            Self::Paged(_)
                | Self::Assigned(_)
                | Self::Escalated(_)
                | Self::Due(_)
                | Self::Wrote(_)
                | Self::Invited(_)
                | Self::PasswordLink(_)
                | Self::AccountChanged(_)
        )
    }

    /// Whether a reply to it becomes a message of the case. Colleagues answer at the desk: a mail proves too little.
    pub fn takes_replies(&self) -> bool {
        let of_no_case = matches!(
            self,
            Self::Link(_)
                | Self::Code(_)
                | Self::Thanked(_)
                | Self::Refused(_)
                | Self::FollowAsked(_)
                | Self::Changed(_)
        );
        !self.is_for_desk() && !of_no_case
    }
}
