//! Which mail server is it? An address as in `smtps://mail.example.com`, and whether the way there is encrypted.

use std::fmt;
use std::time::Duration;
use url::{Host, Url};

/// How long an attempt may take unless said otherwise: servers check mails while they take them.
pub(super) const TIMEOUT: Duration = Duration::from_secs(60);

/// How the way to a server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// By TLS from the beginning: `smtps://`, port 465.
    Tls,
    /// By STARTTLS, or not at all: `smtp://`, port 587.
    StartTls,
    /// Not: `smtp://` to this machine, or with `?tls=none`; port 25.
    None,
}

/// A mail server. Its `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) login: Option<(String, String)>,
    pub(super) own_name: String,
    pub(super) timeout: Duration,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {:?}", self.host, self.port, self.security)
    }
}

/// Why an address names no mail server; fit to be shown to whoever wrote the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidServer(&'static str);

impl fmt::Display for InvalidServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidServer {}

impl Server {
    /// Reads `smtps://host[:port]` or `smtp://host[:port][?tls=required|none]`. `login` is user and password, `own_name` what we call
    /// ourselves, as the host of the site's address.
    ///
    /// # Errors
    /// [`InvalidServer`] says what is wrong and what to do.
    pub fn new(
        url: &str,
        login: Option<(&str, &str)>,
        own_name: &str,
    ) -> Result<Self, InvalidServer> {
        let url = Url::parse(url.trim()).map_err(|_| {
            InvalidServer("write it as smtps://mail.example.com or smtp://mail.example.com:587")
        })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidServer(
                "user and password do not belong into the address: set mail.smtp_user and mail.smtp_password_file",
            ));
        }
        // Of schemes that it does not know, the parser leaves hosts as they are; addresses are read here.
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or(InvalidServer("the address has no host"))?;
        let host =
            Host::parse(host).map_err(|_| InvalidServer("the host is no name and no address"))?;
        let security = security(&url, is_this_machine(&host))?;
        let login = checked(login, security, is_this_machine(&host))?;
        Ok(Self {
            port: url.port().unwrap_or(security.port()),
            host: without_brackets(&host),
            security,
            login,
            own_name: greeting(own_name),
            timeout: TIMEOUT,
        })
    }

    /// The same server with another time limit for an attempt.
    #[must_use]
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl Security {
    fn port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::None => 25,
        }
    }
}

fn security(url: &Url, is_local: bool) -> Result<Security, InvalidServer> {
    let asked = url.query_pairs().find(|(key, _)| key == "tls");
    let asked = asked.as_ref().map(|(_, value)| value.as_ref());
    match (url.scheme(), asked) {
        ("smtps", None) => Ok(Security::Tls),
        ("smtp", Some("required")) => Ok(Security::StartTls),
        ("smtp", Some("none")) => Ok(Security::None),
        ("smtp", None) if is_local => Ok(Security::None),
        ("smtp", None) => Ok(Security::StartTls),
        ("smtp" | "smtps", Some(_)) => Err(InvalidServer(
            "tls is required or none, and only with smtp://",
        )),
        _ => Err(InvalidServer("the address begins with smtps:// or smtp://")),
    }
}

fn checked(
    login: Option<(&str, &str)>,
    security: Security,
    is_local: bool,
) -> Result<Option<(String, String)>, InvalidServer> {
    match login {
        None => Ok(None),
        Some((_, "")) => Err(InvalidServer("there is a user but no password")),
        Some(("", _)) => Err(InvalidServer("there is a password but no user")),
        Some(_) if security == Security::None && !is_local => {
            Err(InvalidServer("a password is never sent without TLS"))
        }
        Some((user, password)) => Ok(Some((user.to_owned(), password.to_owned()))),
    }
}

fn is_this_machine(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(v4) => v4.is_loopback(),
        Host::Ipv6(v6) => v6.is_loopback(),
    }
}

fn without_brackets(host: &Host<String>) -> String {
    match host {
        Host::Domain(name) => name.clone(),
        Host::Ipv4(v4) => v4.to_string(),
        Host::Ipv6(v6) => v6.to_string(),
    }
}

/// What we call ourselves: a name as of a host, or `localhost`.
fn greeting(name: &str) -> String {
    let is_name = !name.is_empty()
        && name.len() <= 253
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    if is_name { name } else { "localhost" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::Server;

    #[test]
    fn addresses_say_where_and_how() {
        const USER: Option<(&str, &str)> = Some(("u@x", "p"));
        for (url, login, read) in [
            (
                "smtps://mail.example.com",
                None,
                Ok("mail.example.com:465 Tls"),
            ),
            (
                "smtps://mail.example.com:1465",
                USER,
                Ok("mail.example.com:1465 Tls"),
            ),
            (
                "smtp://mail.example.com",
                USER,
                Ok("mail.example.com:587 StartTls"),
            ),
            (
                "smtp://mail.example.com:25?tls=none",
                None,
                Ok("mail.example.com:25 None"),
            ),
            ("smtp://localhost", USER, Ok("localhost:25 None")),
            ("smtp://127.0.0.1:2525", None, Ok("127.0.0.1:2525 None")),
            ("smtp://[::1]:2525", None, Ok("::1:2525 None")),
            (
                "smtp://localhost?tls=required",
                None,
                Ok("localhost:587 StartTls"),
            ),
            (
                "smtp://u:p@localhost",
                None,
                Err("do not belong into the address"),
            ),
            (
                "smtp://u@localhost",
                None,
                Err("do not belong into the address"),
            ),
            (
                "smtp://mail.example.com?tls=none",
                USER,
                Err("never sent without TLS"),
            ),
            (
                "smtp://mail.example.com",
                Some(("u", "")),
                Err("no password"),
            ),
            ("smtp://mail.example.com", Some(("", "p")), Err("no user")),
            (
                "smtp://mail.example.com?tls=maybe",
                None,
                Err("tls is required or none"),
            ),
            ("http://mail.example.com", None, Err("smtps:// or smtp://")),
            ("smtp://", None, Err("no host")),
            ("mail.example.com", None, Err("write it as")),
            ("", None, Err("write it as")),
        ] {
            let found = Server::new(url, login, "help.example.com").map(|s| format!("{s:?}"));
            match (found, read) {
                (Ok(found), Ok(read)) => assert_eq!(found, read, "{url}"),
                (Err(found), Err(read)) => {
                    assert!(found.to_string().contains(read), "{url}: {found}")
                }
                (found, _) => unreachable!("{url}: {found:?}"),
            }
        }
    }

    #[test]
    fn passwords_are_never_shown() {
        let server = Server::new("smtps://mail.example.com", Some(("user", "hush")), "");
        assert!(!format!("{server:?}").contains("hush"));
    }
}
