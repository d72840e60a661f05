//! What are things called at the desk? States, kinds, moments and due times in the reader's language.

use crate::cases::Refusal;
use crate::config::Settings;
use crate::http::pages::messages;
use crate::model::Lang;
use crate::model::case::{Case, Kind, Priority, State};
use crate::model::service::Service;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

/// Less than this many minutes of work before it is due, a case is shown as urgent.
const SOON_MINUTES: u32 = 60;

/// How things are called for one reader at one moment.
pub(super) struct Words<'a> {
    pub(super) lang: Lang,
    pub(super) now: Timestamp,
    service: &'a Service,
}

/// A moment, for machines and for people.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Moment {
    machine: String,
    shown: String,
}

/// When something is due.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DueView {
    at: Moment,
    text: String,
    /// `late`, `soon` or `fine`.
    look: &'static str,
}

impl Moment {
    /// The moment for people.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }
}

impl<'a> Words<'a> {
    pub(super) fn new(lang: Lang, now: Timestamp, settings: &'a Settings) -> Self {
        Self {
            lang,
            now,
            service: &settings.service,
        }
    }

    pub(super) fn text<'k>(&self, key: &'k str) -> &'k str {
        messages::text(self.lang, key)
    }

    pub(super) fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        messages::fill(self.lang, key, values)
    }

    pub(super) fn state(&self, state: State) -> String {
        self.text(&format!("desk_state_{state}")).to_owned()
    }

    pub(super) fn kind(&self, kind: Kind) -> String {
        self.text(&format!("desk_kind_{kind}")).to_owned()
    }

    /// The moment in the desk's own time: the hour of today, the day before that.
    pub(super) fn moment(&self, at: Timestamp) -> Moment {
        let zone: TimeZone = self.service.hours.zone.clone();
        let (then, now) = (at.to_zoned(zone.clone()), self.now.to_zoned(zone));
        let form = match (then.date() == now.date(), then.year() == now.year()) {
            (true, _) => "%H:%M",
            (_, true) => "%m-%d %H:%M",
            _ => "%Y-%m-%d %H:%M",
        };
        Moment {
            machine: at.to_string(),
            shown: then.strftime(form).to_string(),
        }
    }

    /// The moment to the second, with its day: for what is kept as a proof.
    pub(super) fn instant(&self, at: Timestamp) -> Moment {
        let then = at.to_zoned(self.service.hours.zone.clone());
        Moment {
            machine: at.to_string(),
            shown: then.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        }
    }

    /// What is due next in a case, in minutes of work, or since when it is late.
    pub(super) fn due(&self, case: &Case) -> Option<DueView> {
        let at = case.due_at()?;
        let always = case.priority == Priority::P1 && self.service.p1_around_the_clock;
        let plain = |from: Timestamp, to: Timestamp| {
            u32::try_from(to.duration_since(from).as_mins()).unwrap_or(0)
        };
        let minutes = |from, to| {
            if always {
                plain(from, to)
            } else {
                self.service.hours.minutes_between(from, to)
            }
        };
        let (key, minutes, look) = if at < self.now {
            ("desk_late_by", plain(at, self.now), "late")
        } else {
            // Before the office opens no minute of work is left, but some of the clock are.
            let left = match minutes(self.now, at) {
                0 => plain(self.now, at),
                left => left,
            };
            (
                "desk_due_in",
                left,
                if left < SOON_MINUTES { "soon" } else { "fine" },
            )
        };
        let text = self.fill(key, &[("time", &self.span(minutes))]);
        Some(DueView {
            at: self.moment(at),
            text,
            look,
        })
    }

    fn span(&self, minutes: u32) -> String {
        let number = |n: u32| n.to_string();
        match minutes {
            0..60 => self.fill("desk_minutes", &[("n", &number(minutes))]),
            60..2_880 if minutes.is_multiple_of(60) => {
                self.fill("desk_whole_hours", &[("n", &number(minutes / 60))])
            }
            60..2_880 => self.fill(
                "desk_hours",
                &[("n", &number(minutes / 60)), ("m", &number(minutes % 60))],
            ),
            _ => self.fill("desk_days", &[("n", &number(minutes / 1_440))]),
        }
    }
}

/// The message that says why something was not done.
pub(super) fn refusal_key(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Role => "desk_refused_role",
        Refusal::NoCase => "desk_refused_no_case",
        Refusal::NoAccount => "desk_refused_no_account",
        Refusal::NoGroup => "desk_refused_no_group",
        Refusal::State => "desk_refused_state",
        Refusal::Changed => "desk_refused_changed",
        Refusal::Merged => "desk_refused_merged",
        Refusal::SameCase => "desk_refused_same_case",
        Refusal::OtherPerson => "desk_refused_other_person",
        Refusal::Empty => "desk_refused_empty",
        Refusal::TooLong => "desk_refused_too_long",
        Refusal::NoSpecialists => "desk_refused_no_specialists",
        Refusal::Tags => "desk_refused_tags",
        Refusal::Credentials => "desk_refused_credentials",
        Refusal::Throttled => "desk_refused_throttled",
        Refusal::Password => "desk_refused_password",
        Refusal::EmailTaken => "desk_refused_email_taken",
        Refusal::LastAdmin => "desk_refused_last_admin",
        Refusal::NoQuestion => "desk_refused_no_question",
        Refusal::NoForum => "desk_refused_no_forum",
        Refusal::Nowhere => "desk_refused_nowhere",
        Refusal::Category => "desk_refused_category",
        Refusal::Unwritable => "desk_refused_unwritable",
        Refusal::PasswordCommon => "desk_refused_password_common",
        Refusal::PasswordPattern => "desk_refused_password_pattern",
        Refusal::PasswordOwn => "desk_refused_password_own",
        Refusal::LinkGone => "desk_refused_link_gone",
        Refusal::NoInvitation => "desk_refused_no_invitation",
        Refusal::Code => "desk_refused_code",
        Refusal::NoSecondStep => "desk_refused_no_second_step",
        Refusal::SecondStepNeeded => "desk_refused_second_step_needed",
        Refusal::NoSession => "desk_refused_no_session",
        Refusal::NoKey => "desk_refused_no_key",
        Refusal::KeyName => "desk_refused_key_name",
        Refusal::Scopes => "desk_refused_scopes",
        Refusal::KeyLimits => "desk_refused_key_limits",
        Refusal::Origins => "desk_refused_origins",
        Refusal::Provider => "desk_refused_provider",
        Refusal::Stranger => "desk_refused_stranger",
        Refusal::Foreign => "desk_refused_foreign",
    }
}
