//! Why does the desk say no? A closed list, so that pages can say it in the reader's language.

use crate::error::{Code, Error};
use std::fmt;

/// Why something at the desk is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The role of the account does not include it.
    Role,
    /// There is no such case.
    NoCase,
    /// There is no such account, or it does not answer cases, or was disabled.
    NoAccount,
    /// There is no such group.
    NoGroup,
    /// The state of the case does not allow it.
    State,
    /// Somebody else changed the case meanwhile.
    Changed,
    /// The case went on in another one.
    Merged,
    /// A case cannot be merged into itself.
    SameCase,
    /// The two cases are of different people, who would read each other's words.
    OtherPerson,
    /// There is no text.
    Empty,
    /// The text is too long.
    TooLong,
    /// The group has nobody to escalate to.
    NoSpecialists,
    /// A label has characters that labels do not have, or there are too many.
    Tags,
    /// Mail address and password do not belong together.
    Credentials,
    /// Too many attempts; wait.
    Throttled,
    /// A password is too short or too long.
    Password,
    /// The mail address is another account's.
    EmailTaken,
    /// It would leave nobody who manages accounts.
    LastAdmin,
    /// There is no such question or answer.
    NoQuestion,
    /// There is no open forum.
    NoForum,
    /// It is to be published nowhere.
    Nowhere,
    /// There is no such category.
    Category,
    /// A file of the knowledge base cannot be written.
    Unwritable,
    /// The password is one that many people choose.
    PasswordCommon,
    /// The password is a pattern, as a run of keys.
    PasswordPattern,
    /// The password is little more than a name or an address.
    PasswordOwn,
    /// A link of a letter has expired, was used, or was never given out.
    LinkGone,
    /// There is no such invitation.
    NoInvitation,
    /// A code of the second step is wrong, or was used before.
    Code,
    /// There is no second step to be confirmed or removed.
    NoSecondStep,
    /// The role needs a second step, so it cannot be removed.
    SecondStepNeeded,
    /// There is no such session.
    NoSession,
    /// There is no such key of a program.
    NoKey,
    /// A key has no name, or one that is too long.
    KeyName,
    /// A key permits nothing, or something that there is not.
    Scopes,
    /// A key would be good for no time or for ever so long, or be asked with too seldom or too often.
    KeyLimits,
    /// The sites of a key are no origins, or it permits more than search.
    Origins,
    /// The identity provider does not answer, or not as it should.
    Provider,
    /// The identity provider knows somebody who has no account here.
    Stranger,
    /// What came back from the identity provider is not for us, or not for this browser.
    Foreign,
}

impl Refusal {
    /// A name for it, as in message catalogues.
    pub fn name(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::NoCase => "no_case",
            Self::NoAccount => "no_account",
            Self::NoGroup => "no_group",
            Self::State => "state",
            Self::Changed => "changed",
            Self::Merged => "merged",
            Self::SameCase => "same_case",
            Self::OtherPerson => "other_person",
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::NoSpecialists => "no_specialists",
            Self::Tags => "tags",
            Self::Credentials => "credentials",
            Self::Throttled => "throttled",
            Self::Password => "password",
            Self::EmailTaken => "email_taken",
            Self::LastAdmin => "last_admin",
            Self::NoQuestion => "no_question",
            Self::NoForum => "no_forum",
            Self::Nowhere => "nowhere",
            Self::Category => "category",
            Self::Unwritable => "unwritable",
            Self::PasswordCommon => "password_common",
            Self::PasswordPattern => "password_pattern",
            Self::PasswordOwn => "password_own",
            Self::LinkGone => "link_gone",
            Self::NoInvitation => "no_invitation",
            Self::Code => "code",
            Self::NoSecondStep => "no_second_step",
            Self::SecondStepNeeded => "second_step_needed",
            Self::NoSession => "no_session",
            Self::NoKey => "no_key",
            Self::KeyName => "key_name",
            Self::Scopes => "scopes",
            Self::KeyLimits => "key_limits",
            Self::Origins => "origins",
            Self::Provider => "provider",
            Self::Stranger => "stranger",
            Self::Foreign => "foreign",
        }
    }

    fn code(self) -> Code {
        match self {
            Self::Role | Self::Stranger | Self::Foreign => Code::Forbidden,
            Self::NoCase
            | Self::NoAccount
            | Self::NoQuestion
            | Self::NoForum
            | Self::LinkGone
            | Self::NoInvitation
            | Self::NoSession
            | Self::NoKey => Code::NotFound,
            Self::Unwritable | Self::Provider => Code::Unavailable,
            Self::State
            | Self::Changed
            | Self::Merged
            | Self::EmailTaken
            | Self::LastAdmin
            | Self::NoSecondStep
            | Self::SecondStepNeeded => Code::Conflict,
            Self::Credentials | Self::Code => Code::Unauthorized,
            Self::Throttled => Code::RateLimited,
            _ => Code::InvalidRequest,
        }
    }

    /// The refusal that an error stands for, if it is one.
    pub fn of(error: &Error) -> Option<Self> {
        error.cause()?.downcast_ref::<Self>().copied()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Role => "this account may not do that",
            Self::NoCase => "there is no such case",
            Self::NoAccount => "there is no such account that answers cases",
            Self::NoGroup => "there is no such group",
            Self::State => "the case is in a state that does not allow this",
            Self::Changed => "somebody else changed the case meanwhile",
            Self::Merged => "the case went on in another one",
            Self::SameCase => "a case cannot be merged into itself",
            Self::OtherPerson => "the cases are of different people",
            Self::Empty => "there is no text",
            Self::TooLong => "the text is too long",
            Self::NoSpecialists => "this group escalates to no other; name one",
            Self::Tags => "labels are short names of letters and digits, at most 20",
            Self::Credentials => "mail address and password do not belong together",
            Self::Throttled => "there were too many attempts; wait a moment",
            Self::Password => "a password has 10 to 200 characters",
            Self::EmailTaken => "another account has this mail address",
            Self::LastAdmin => "somebody has to be able to manage accounts",
            Self::NoQuestion => "there is no such question or answer",
            Self::NoForum => "there is no open forum here; `forum.enabled` in kb.toml opens one",
            Self::Nowhere => "choose where to publish it: the forum, a draft, or both",
            Self::Category => "there is no such category",
            Self::Unwritable => "a file of the knowledge base cannot be written; the log says why",
            Self::PasswordCommon => {
                "many people have this password: choose another, as a sentence of your own"
            }
            Self::PasswordPattern => {
                "this password is a pattern that is tried early: choose another, as a sentence of your own"
            }
            Self::PasswordOwn => {
                "this password is little more than the name of its owner or of the site"
            }
            Self::LinkGone => "this link has expired or was used already",
            Self::NoInvitation => "there is no such invitation",
            Self::Code => "the code is wrong, or was used already",
            Self::NoSecondStep => "there is no second step to be confirmed or removed",
            Self::SecondStepNeeded => {
                "this role needs a second step: set another one up in its place"
            }
            Self::NoSession => "there is no such session",
            Self::NoKey => "there is no such key",
            Self::KeyName => "a key has a name of 1 to 80 characters",
            Self::Scopes => {
                "a key has scopes: search, read:AUDIENCE, cases:read, cases:write, questions:write"
            }
            Self::KeyLimits => {
                "a key is good for 1 to 3650 days or without end, and for 1 to 1000000 requests a minute"
            }
            Self::Origins => {
                "a key for browsers names origins as in https://www.example.com, and permits search alone"
            }
            Self::Provider => "the identity provider cannot be reached",
            Self::Stranger => {
                "there is no account for this person; an administrator can invite him"
            }
            Self::Foreign => "this sign-in was not begun here, or is over: begin again",
        })
    }
}

impl std::error::Error for Refusal {}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code(), refusal.to_string()).because(refusal)
    }
}
