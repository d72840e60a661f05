//! Is everything well that it needs? Looks at one thing after another, says of each how it is and what to do, and changes nothing
//! unless it is told to.

mod kept;
mod machine;
mod outward;
mod report;
mod settings;

use super::Outcome;
use super::args::Global;
use super::args::doctor::Doctor;
use super::database::wait_for;
use super::setup::{Found, Setup};
use super::terminal::Terminal;
use crate::error::Error;
use serde::Serialize;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// As it should be.
    Ok,
    /// It works, but not as well or as safely as it could.
    Warn,
    /// Something does not work, or is not safe.
    Fail,
}

/// What was found about one thing.
#[derive(Debug, Clone, Serialize)]
struct Finding {
    /// What was looked at, in one word.
    what: &'static str,
    /// How it is.
    state: State,
    /// The same in words.
    says: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl Finding {
    fn ok(what: &'static str, says: impl Into<String>) -> Self {
        Self::new(what, State::Ok, says, None)
    }

    fn warn(what: &'static str, says: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(what, State::Warn, says, Some(help.into()))
    }

    fn fail(what: &'static str, says: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(what, State::Fail, says, Some(help.into()))
    }

    /// Makes it something to mind that does not fail any more.
    fn settle(&mut self) {
        self.state = self.state.min(State::Warn);
    }

    /// A failure of the program as a finding, with its causes.
    fn of_error(what: &'static str, error: &Error, otherwise: &str) -> Self {
        let cause = error.cause().map(|cause| format!(": {cause:#}"));
        let says = format!("{error}{}", cause.unwrap_or_default());
        Self::fail(what, says, error.help_text().unwrap_or(otherwise))
    }

    fn new(
        what: &'static str,
        state: State,
        says: impl Into<String>,
        help: Option<String>,
    ) -> Self {
        Self {
            what,
            state,
            says: says.into(),
            help,
        }
    }
}

/// `kb doctor`
pub(super) fn run(args: &Doctor, global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let found = Found::read(global, None);
    let mut findings = settings::look(&found);
    // What is not acceptable has its default from here on, so that the rest can be looked at too.
    let setup = Setup {
        locations: found.locations,
        settings: found.settings.value,
        schema: found.schema.value,
    };
    findings.extend(machine::look(&setup, &found.settings.entries));
    findings.extend(kept::articles(&setup));
    findings.extend(kept::index(&setup, args.repair));
    let outside = wait_for(async {
        let mut findings = kept::store(&setup).await;
        findings.extend(outward::look(&setup.settings, args.send_mail.as_ref()).await);
        Ok::<_, Error>(findings)
    })?;
    findings.extend(outside);
    report::write(&findings, args.format, terminal)?;
    let is_well = findings.iter().all(|finding| finding.state != State::Fail);
    Ok(match is_well {
        true => Outcome::Fine,
        false => Outcome::Negative,
    })
}
