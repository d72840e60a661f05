//! Where is the database? A file, or a server by its address.

use super::error::{Error, Fault, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use std::path::{Path, PathBuf};

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// A PostgreSQL server: `postgres://user:password@host:port/name?sslmode=…`.
    Postgres(String),
}

impl Location {
    /// Reads `postgres://…`, `postgresql://…`, `sqlite:PATH` or `sqlite://PATH`.
    ///
    /// # Errors
    /// When it is none of them. The message never repeats the address, which may hold a password.
    pub fn parse(url: &str) -> Result<Self> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let file = url
            .strip_prefix("sqlite://")
            .or_else(|| url.strip_prefix("sqlite:"));
        match file {
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            _ => Err(
                Error::new(Fault::Internal, "this is no address of a database")
                    .help("write postgres://user:password@host/name or sqlite:PATH"),
            ),
        }
    }

    /// The database of a data directory: `kb.sqlite` in it.
    pub fn within(data_dir: &Path) -> Self {
        Self::Sqlite(data_dir.join("kb.sqlite"))
    }

    /// What the driver understands.
    pub(super) fn address(&self) -> Result<String> {
        match self {
            Self::Postgres(url) => Ok(url.clone()),
            Self::Sqlite(path) => {
                let path = std::path::absolute(path).map_err(|e| {
                    Error::new(Fault::Unavailable, "the database's path cannot be used").because(e)
                })?;
                let text = path.to_str().ok_or_else(|| {
                    Error::new(Fault::Unavailable, "the path of the database is not UTF-8")
                        .help("name another one as database.url in kb.toml")
                })?;
                Ok(format!(
                    "sqlite://{}?mode=rwc",
                    utf8_percent_encode(text, KEPT)
                ))
            }
        }
    }
}

/// What stays as it is in the address of a file.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'.')
    .remove(b'-')
    .remove(b'_');

/// Without user and password.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => {
                let rest = url.rsplit_once('@').map_or_else(
                    || url.split_once("://").map_or("", |(_, rest)| rest),
                    |(_, rest)| rest,
                );
                let place = rest.split('?').next().unwrap_or_default();
                write!(f, "postgres://{place}")
            }
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::Location;
    use std::path::PathBuf;

    #[test]
    fn reads_both_kinds_and_shows_no_password() {
        for (url, shown) in [
            (
                "postgres://u:geheim@h:5432/kb?sslmode=require",
                "postgres://h:5432/kb",
            ),
            ("postgresql://h/kb", "postgres://h/kb"),
            ("postgres://u:p@ss@h/kb", "postgres://h/kb"),
        ] {
            let location = Location::parse(url).expect(url);
            assert_eq!(location.to_string(), shown);
            assert_eq!(format!("{location:?}"), format!("Location({shown})"));
        }
        for bad in ["", "mysql://h/kb", "sqlite:", "sqlite://", "kb.sqlite"] {
            let refused = Location::parse(bad).expect_err(bad).to_string();
            assert!(bad.is_empty() || !refused.contains("mysql"), "{refused}");
        }
    }

    #[test]
    fn any_file_name_can_be_addressed() {
        let location = Location::Sqlite(PathBuf::from("/数据/a b?c#d%20e/kb.sqlite"));
        let address = location.address().expect("an address");
        assert!(address.starts_with("sqlite:///%E6%95%B0"), "{address}");
        assert!(
            address.ends_with("/a%20b%3Fc%23d%2520e/kb.sqlite?mode=rwc"),
            "{address}"
        );
    }
}
