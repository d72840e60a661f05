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
    /// PostgreSQL.
    Postgres(Server),
}

/// A PostgreSQL server, or several that follow each other.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// `postgres://user:password@host:port,host:port/name?sslmode=…`. Of several hosts the one is used that takes writes.
    url: String,
    /// Whether a pooler in between gives each transaction another connection.
    pooler: bool,
}

impl Location {
    /// Reads `postgres://…`, `postgresql://…`, `sqlite:PATH` or `sqlite://PATH`.
    ///
    /// # Errors
    /// When it is none of them. The message never repeats the address, which may hold a password.
    pub fn parse(url: &str) -> Result<Self> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(Server {
                url: url.to_owned(),
                pooler: false,
            }));
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

    /// The same, reached through a pooler that gives each transaction another connection (PgBouncer's `pool_mode = transaction`):
    /// nothing is left behind on a connection then, and every read is a transaction.
    #[must_use]
    pub fn behind_pooler(mut self, pooler: bool) -> Self {
        if let Self::Postgres(server) = &mut self {
            server.pooler = pooler;
        }
        self
    }

    /// Whether a pooler is in between.
    pub(super) fn has_pooler(&self) -> bool {
        matches!(self, Self::Postgres(server) if server.pooler)
    }

    /// What the driver understands: an address for each host.
    pub(super) fn addresses(&self) -> Result<Vec<String>> {
        match self {
            Self::Postgres(server) => Ok(of_each_host(&server.url)),
            Self::Sqlite(path) => {
                let path = std::path::absolute(path).map_err(|e| {
                    Error::new(Fault::Unavailable, "the database's path cannot be used").because(e)
                })?;
                let text = path.to_str().ok_or_else(|| {
                    Error::new(Fault::Unavailable, "the path of the database is not UTF-8")
                        .help("name another one as database.url in kb.toml")
                })?;
                Ok(vec![format!(
                    "sqlite://{}?mode=rwc",
                    utf8_percent_encode(text, KEPT)
                )])
            }
        }
    }
}

/// `scheme://user@a,b/name` as `scheme://user@a/name` and `scheme://user@b/name`.
fn of_each_host(url: &str) -> Vec<String> {
    let begin = url.find("://").map_or(0, |at| at + 3);
    let end = url[begin..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| begin + at);
    let begin = url[begin..end]
        .rfind('@')
        .map_or(begin, |at| begin + at + 1);
    let (before, after) = (&url[..begin], &url[end..]);
    url[begin..end]
        .split(',')
        .map(|host| format!("{before}{host}{after}"))
        .collect()
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
            Self::Postgres(Server { url, .. }) => {
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
    fn each_of_several_hosts_has_an_address() {
        let hosts = |url: &str| Location::parse(url).and_then(|l| l.addresses()).expect(url);
        assert_eq!(
            hosts("postgres:///kb?host=/run"),
            ["postgres:///kb?host=/run"]
        );
        assert_eq!(
            hosts("postgres://u:p@a:1,[::1]:2/kb?sslmode=require"),
            [
                "postgres://u:p@a:1/kb?sslmode=require",
                "postgres://u:p@[::1]:2/kb?sslmode=require"
            ]
        );
    }

    #[test]
    fn any_file_name_can_be_addressed() {
        let location = Location::Sqlite(PathBuf::from("/数据/a b?c#d%20e/kb.sqlite"));
        let address = location.addresses().expect("an address").concat();
        assert!(address.starts_with("sqlite:///%E6%95%B0"), "{address}");
        assert!(
            address.ends_with("/a%20b%3Fc%23d%2520e/kb.sqlite?mode=rwc"),
            "{address}"
        );
    }
}
