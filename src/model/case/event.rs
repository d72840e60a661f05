//! What has happened in a case? Every change is an event: who, when, what, and whether the requester sees it.

use super::{Due, Kind, Move, Priority, Rating, Role, State, words};
use crate::model::{AccountId, AttachmentId, CaseId, QuestionId, Slug};
use jiff::Timestamp;

/// Who sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// The requester and the desk.
    Public,
    /// The desk only.
    Internal,
}

words!(Reach, "reach": Public = "public", Internal = "internal");

/// By which way a text came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Via {
    /// A page of the help centre.
    Page,
    /// The box on another site.
    Box,
    /// The API.
    Api,
    /// A mail.
    Mail,
    /// The desk.
    Desk,
    /// The command line.
    Terminal,
}

words!(Via, "way": Page = "page", Box = "box", Api = "api", Mail = "mail", Desk = "desk", Terminal = "terminal");

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// In which part.
    pub role: Role,
    /// By which account, of the desk.
    pub account: Option<AccountId>,
    /// The name at that time; empty for the program and for requesters without a name.
    pub name: String,
}

impl Actor {
    /// The program by itself.
    pub fn system() -> Self {
        Self {
            role: Role::System,
            account: None,
            name: String::new(),
        }
    }

    /// Who asked.
    pub fn requester(name: Option<&str>) -> Self {
        Self {
            role: Role::Requester,
            account: None,
            name: name.unwrap_or_default().to_owned(),
        }
    }
}

/// One entry of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its place in the timeline of its case, from 1 without gaps; the store gives it.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// Who sees it.
    pub reach: Reach,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The case was opened with this text.
    Opened {
        /// As the requester wrote it.
        text: String,
        /// How it came.
        via: Via,
    },
    /// Somebody wrote to the other side.
    Message {
        /// Plain text of a requester, Markdown of the desk.
        text: String,
        /// What a mail quoted below it; empty for nothing.
        quoted: String,
        /// How it came.
        via: Via,
    },
    /// Somebody wrote to the desk.
    Note {
        /// Markdown.
        text: String,
    },
    /// The state changed.
    Moved {
        /// By which move.
        step: Move,
        /// From.
        from: State,
        /// To.
        to: State,
    },
    /// It was given to somebody, or to nobody.
    Assigned {
        /// The group.
        group: Slug,
        /// Who in it.
        account: Option<AccountId>,
        /// The name at that time; empty for nobody.
        name: String,
    },
    /// It was handed to specialists.
    Escalated {
        /// The group that had it.
        from: Slug,
        /// The group that has it now.
        to: Slug,
        /// Whether what was promised was late, and not somebody's decision.
        late: bool,
        /// Why; may be empty.
        reason: String,
    },
    /// It became more or less urgent.
    Priority {
        /// From.
        from: Priority,
        /// To.
        to: Priority,
    },
    /// It turned out to be of another kind.
    Kind {
        /// From.
        from: Kind,
        /// To.
        to: Kind,
    },
    /// Its labels are now these.
    Tagged {
        /// All of them.
        tags: Vec<Slug>,
    },
    /// What is due when changed.
    Due {
        /// The new times.
        due: Due,
    },
    /// It went on in another case.
    MergedInto {
        /// That case.
        case: CaseId,
    },
    /// Another case goes on in it.
    MergedFrom {
        /// That case.
        case: CaseId,
    },
    /// Files came. Those of a message come with the event of the message.
    Attached {
        /// Which.
        attachments: Vec<AttachmentId>,
    },
    /// The requester said how it was.
    Rated {
        /// Stars.
        rating: Rating,
        /// In words; may be empty.
        text: String,
    },
    /// It became a public question.
    Published {
        /// Which.
        question: QuestionId,
    },
    /// It became a draft of an article.
    Drafted {
        /// The file, relative to `kb/`.
        path: String,
    },
    /// Somebody was given points for it.
    Rewarded {
        /// How many.
        points: u32,
    },
    /// The link was sent again.
    LinkSent,
    /// Somebody asked how it went (回访).
    FollowedUp {
        /// What was said; may be empty.
        text: String,
    },
    /// What was promised came late.
    Late {
        /// Whether it is the first answer, and not the solution.
        first_answer: bool,
    },
    /// The people on duty were paged.
    Paged {
        /// The group.
        group: Slug,
    },
}

impl What {
    /// The word for it in tables and on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::Message { .. } => "message",
            Self::Note { .. } => "note",
            Self::Moved { .. } => "moved",
            Self::Assigned { .. } => "assigned",
            Self::Escalated { .. } => "escalated",
            Self::Priority { .. } => "priority",
            Self::Kind { .. } => "kind",
            Self::Tagged { .. } => "tagged",
            Self::Due { .. } => "due",
            Self::MergedInto { .. } => "merged_into",
            Self::MergedFrom { .. } => "merged_from",
            Self::Attached { .. } => "attached",
            Self::Rated { .. } => "rated",
            Self::Published { .. } => "published",
            Self::Drafted { .. } => "drafted",
            Self::Rewarded { .. } => "rewarded",
            Self::LinkSent => "link_sent",
            Self::FollowedUp { .. } => "followed_up",
            Self::Late { .. } => "late",
            Self::Paged { .. } => "paged",
        }
    }

    /// The text that people wrote, if it has one: what is searched and read.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Opened { text, .. }
            | Self::Message { text, .. }
            | Self::Note { text }
            | Self::Rated { text, .. }
            | Self::FollowedUp { text } => Some(text),
            Self::Escalated { reason, .. } => Some(reason),
            _ => None,
        }
    }

    /// Who sees it unless said otherwise: requesters see what is written to them and where their case stands.
    pub fn usual_reach(&self) -> Reach {
        match self {
            Self::Opened { .. }
            | Self::Message { .. }
            | Self::Moved { .. }
            | Self::Assigned { .. }
            | Self::Escalated { .. }
            | Self::MergedInto { .. }
            | Self::Attached { .. }
            | Self::Rated { .. }
            | Self::Published { .. }
            | Self::Rewarded { .. } => Reach::Public,
            _ => Reach::Internal,
        }
    }
}
