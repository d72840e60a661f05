//! What can a database refuse? Faults that callers tell apart, and what each means to the person who waits.

use crate::error::{self, Code};
use std::fmt;

/// What kind of fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Others hold the database for longer than one waits: try again.
    Locked,
    /// It cannot be reached, or went away: try again.
    Unavailable,
    /// There is no space left.
    Full,
    /// It can be read and not written.
    ReadOnly,
    /// What was to be written contradicts what is there.
    Constraint,
    /// What was to be changed has been changed by somebody else meanwhile.
    Stale,
    /// What was written there cannot be read.
    Corrupt,
    /// It was made by a newer program, or its history is another one.
    Unknown,
    /// A pooler is in between that the settings do not know of.
    Pooled,
    /// A fault of ours.
    Internal,
}

/// A failure of the store.
#[derive(Debug)]
pub struct Error {
    fault: Fault,
    message: String,
    help: Option<String>,
    source: Option<anyhow::Error>,
}

/// The result of anything that the store does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure with a message for the reader.
    pub(super) fn new(fault: Fault, message: impl Into<String>) -> Self {
        Self {
            fault,
            message: message.into(),
            help: None,
            source: None,
        }
    }

    /// A row that holds what the program never writes.
    pub(super) fn row(what: impl fmt::Display) -> Self {
        Self::new(Fault::Corrupt, format!("the database holds {what}")).help(RESTORE)
    }

    /// Somebody else changed it meanwhile.
    pub(super) fn stale(what: &str) -> Self {
        let message = format!("{what} was changed by somebody else meanwhile");
        Self::new(Fault::Stale, message).help("look at it again, then decide")
    }

    /// There is no database where one should be.
    pub fn absent(location: &super::Location) -> Self {
        let message = format!("there is no database {location}");
        Self::new(Fault::Unavailable, message)
            .help("name its folder with --data-dir, or its address as database.url in kb.toml")
    }

    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub(super) fn because(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of fault it is.
    pub fn fault(&self) -> Fault {
        self.fault
    }

    /// Whether the same thing may succeed a moment later.
    pub fn is_passing(&self) -> bool {
        matches!(self.fault, Fault::Locked | Fault::Unavailable)
    }
}

/// What to do with a database that cannot be read.
pub(super) const RESTORE: &str =
    "stop kb, keep the damaged file, and put a backup in its place: kb restore FILE --force";

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

impl From<Error> for error::Error {
    fn from(failure: Error) -> Self {
        let code = match failure.fault {
            Fault::Locked | Fault::Unavailable | Fault::Full | Fault::ReadOnly => Code::Unavailable,
            Fault::Corrupt | Fault::Unknown | Fault::Pooled => Code::Unavailable,
            Fault::Stale | Fault::Constraint => Code::Conflict,
            Fault::Internal => Code::Internal,
        };
        let mut told = Self::new(code, failure.message);
        if let Some(help) = failure.help {
            told = told.help(help);
        }
        match failure.source {
            Some(source) => told.because(source),
            None => told,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        let fault = fault_of(&cause);
        let (message, help) = match fault {
            Fault::Locked => (
                "the database is held by another process",
                Some("try again in a moment"),
            ),
            Fault::Unavailable => (
                "the database cannot be reached",
                Some("try again in a moment; kb goes on by itself when it is back"),
            ),
            Fault::Full => (
                "there is no space left for the database",
                Some("free some space; nothing that was acknowledged is lost"),
            ),
            Fault::ReadOnly => (
                "the database cannot be written",
                Some(
                    "make its file and folder writable for this user; of a server's copies, name the one that takes writes",
                ),
            ),
            Fault::Constraint => ("this contradicts what the database holds already", None),
            Fault::Corrupt => ("the database is damaged", Some(RESTORE)),
            Fault::Pooled => (
                "a pooler before the database takes prepared statements away",
                Some("set pooler = true below [database] in kb.toml"),
            ),
            Fault::Stale | Fault::Unknown | Fault::Internal => {
                ("the database refused a statement", None)
            }
        };
        let failure = Self::new(fault, message).because(cause);
        match help {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}

fn fault_of(cause: &sqlx::Error) -> Fault {
    match cause {
        sqlx::Error::Database(refused) => {
            let code = refused.code().unwrap_or_default();
            code.parse::<i64>()
                .ok()
                .filter(|_| code.len() < 5)
                .map_or_else(|| of_postgres(&code), of_sqlite)
        }
        sqlx::Error::PoolTimedOut => Fault::Locked,
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Fault::Unavailable,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Fault::Corrupt,
        _ => Fault::Internal,
    }
}

/// The kind of an (extended) result code of SQLite: <https://sqlite.org/rescode.html>.
fn of_sqlite(code: i64) -> Fault {
    match code & 0xff {
        5 | 6 | 15 => Fault::Locked,
        8 => Fault::ReadOnly,
        10 | 14 => Fault::Unavailable,
        11 | 26 => Fault::Corrupt,
        13 => Fault::Full,
        19 => Fault::Constraint,
        _ => Fault::Internal,
    }
}

/// The kind of a SQLSTATE of PostgreSQL.
fn of_postgres(state: &str) -> Fault {
    match state {
        "25006" => Fault::ReadOnly,
        "40001" | "40P01" | "55P03" | "57014" => Fault::Locked,
        "53100" => Fault::Full,
        "XX001" | "XX002" => Fault::Corrupt,
        "26000" | "42P05" | "08P01" => Fault::Pooled,
        "57P01" | "57P02" | "57P03" | "57P05" => Fault::Unavailable,
        _ => match state.get(..2) {
            Some("08" | "28" | "3D" | "53" | "58") => Fault::Unavailable,
            Some("23") => Fault::Constraint,
            _ => Fault::Internal,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, Fault, of_postgres, of_sqlite};
    use crate::error::{self, Code};

    #[test]
    fn tells_faults_apart() {
        for (code, fault) in [
            (5, Fault::Locked),
            (261, Fault::Locked),
            (13, Fault::Full),
            (11, Fault::Corrupt),
            (26, Fault::Corrupt),
            (1555, Fault::Constraint),
            (2067, Fault::Constraint),
            (787, Fault::Constraint),
            (8, Fault::ReadOnly),
            (1, Fault::Internal),
        ] {
            assert_eq!(of_sqlite(code), fault, "{code}");
        }
        for (state, fault) in [
            ("23505", Fault::Constraint),
            ("40P01", Fault::Locked),
            ("53100", Fault::Full),
            ("53300", Fault::Unavailable),
            ("57P01", Fault::Unavailable),
            ("08006", Fault::Unavailable),
            ("25006", Fault::ReadOnly),
            ("26000", Fault::Pooled),
            ("42601", Fault::Internal),
        ] {
            assert_eq!(of_postgres(state), fault, "{state}");
        }
    }

    #[test]
    fn who_waits_hears_whether_to_try_again() {
        let told = |fault| error::Error::from(Error::new(fault, "x")).code();
        assert_eq!(told(Fault::Full), Code::Unavailable);
        assert_eq!(told(Fault::Locked), Code::Unavailable);
        assert_eq!(told(Fault::Stale), Code::Conflict);
        assert_eq!(told(Fault::Internal), Code::Internal);
    }
}
