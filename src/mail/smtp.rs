//! How does a mail get to a mail server? Step by step, since it matters at which step a server says no: what it says of the
//! receiver or the mail is final, what it says of us is somebody's mistake that can be mended while the mail waits.

use super::message::{Mail, envelope};
use super::server::{Security, Server};
use crate::model::Outcome;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use std::error::Error as _;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(20);
/// How many unused connections are kept.
const MAX_IDLE: usize = 2;
/// The mechanisms by which we sign in, the first that the server knows.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// A mail server, with connections that are used again.
///
/// A connection on which anything went wrong or took too long is closed and never used again: a late answer to one mail would be
/// taken for the answer to the next.
pub struct Smtp {
    server: Server,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({:?})", self.server)
    }
}

impl Smtp {
    /// Mails go to `server`; nothing is connected to before the first one.
    pub fn new(server: Server) -> Self {
        Self {
            server,
            idle: Mutex::default(),
        }
    }

    /// Connects, greets, encrypts and signs in as for a mail, and sends none.
    ///
    /// # Errors
    /// Says at which step it failed, in the server's own words.
    pub async fn try_out(&self) -> Result<(), String> {
        match tokio::time::timeout(self.server.timeout, self.connect()).await {
            Ok(Ok(mut connection)) => {
                // Whether it takes the farewell does not matter.
                let _ = connection.quit().await;
                Ok(())
            }
            Ok(Err(error)) => Err(said("connecting", &error)),
            Err(_) => Err(format!(
                "the mail server did not answer within {} seconds",
                self.server.timeout.as_secs()
            )),
        }
    }

    /// Makes one attempt within the time limit of the server.
    pub(super) async fn send(&self, mail: &Mail, bytes: &[u8]) -> Outcome {
        let attempt = self.attempt(mail, bytes);
        match tokio::time::timeout(self.server.timeout, attempt).await {
            Ok(Ok(said)) => Outcome::sent(said),
            Ok(Err(failure)) => failure.into_outcome(),
            Err(_) => Outcome::retry(format!(
                "the mail server did not answer within {} seconds",
                self.server.timeout.as_secs()
            )),
        }
    }

    async fn attempt(&self, mail: &Mail, bytes: &[u8]) -> Result<String, Failure> {
        let address = |address| envelope(address).map_err(|why| Failure::Mail(why.to_string()));
        let (from, to) = (address(&mail.from.address)?, address(&mail.to)?);
        let mut connection = self.connection().await?;
        connection
            .command(MailFrom::new(Some(from), Vec::new()))
            .await
            .map_err(|error| Failure::of_us("MAIL FROM", &error))?;
        if let Err(error) = connection.command(Rcpt::new(to, Vec::new())).await {
            let failure = Failure::of_mail("RCPT TO", &error);
            self.keep_after_refusal(connection, &error).await;
            return Err(failure);
        }
        let data = connection.command(Data).await;
        data.map_err(|error| Failure::of_mail("DATA", &error))?;
        let taken = connection.message(bytes).await;
        let taken = taken.map_err(|error| Failure::of_mail("the mail", &error))?;
        self.keep(connection);
        Ok(taken.message().collect::<Vec<_>>().join(" "))
    }

    /// A server that said no to one receiver will take the next, after a reset.
    async fn keep_after_refusal(&self, mut connection: AsyncSmtpConnection, error: &Error) {
        if error.status().is_some() && connection.command(Rset).await.is_ok() {
            self.keep(connection);
        }
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push((connection, Instant::now()));
        }
    }

    fn kept(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < IDLE);
        idle.pop().map(|(connection, _)| connection)
    }

    async fn connection(&self) -> Result<AsyncSmtpConnection, Failure> {
        while let Some(mut connection) = self.kept() {
            if connection.test_connected().await {
                return Ok(connection);
            }
        }
        self.connect()
            .await
            .map_err(|error| Failure::of_us("connecting", &error))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let server = &self.server;
        let name = ClientId::Domain(server.own_name.clone());
        let tls = || TlsParameters::new(server.host.clone());
        let wrapped = (server.security == Security::Tls).then(tls).transpose()?;
        let at = (server.host.as_str(), server.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(at, Some(server.timeout), &name, wrapped, None)
                .await?;
        if server.security == Security::StartTls {
            connection.starttls(tls()?, &name).await?;
        }
        if let Some((user, password)) = &server.login {
            let credentials = Credentials::new(user.clone(), password.clone());
            connection.auth(&MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }
}

/// Why an attempt failed.
enum Failure {
    /// The receiver or the mail will never be taken.
    Mail(String),
    /// The next attempt may succeed.
    Now(String),
}

impl Failure {
    /// The server refused us, not the mail: a wrong password or address of ours, or it is not our server.
    fn of_us(step: &str, error: &Error) -> Self {
        Self::Now(said(step, error))
    }

    /// The server refused the receiver or the mail: for good if it says so, unless it means that we must sign in first.
    fn of_mail(step: &str, error: &Error) -> Self {
        let code = error.status().map(u16::from);
        let is_about_us = matches!(code, Some(530 | 534 | 535 | 538));
        if error.is_permanent() && !is_about_us {
            Self::Mail(said(step, error))
        } else {
            Self::Now(said(step, error))
        }
    }

    fn into_outcome(self) -> Outcome {
        match self {
            Self::Mail(why) => Outcome::refused(why),
            Self::Now(why) => Outcome::retry(why),
        }
    }
}

/// The server's own words, with the step at which it said them.
fn said(step: &str, error: &Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}"));
    let code = error.status().map(|code| format!("{code} "));
    match (code, cause) {
        (Some(code), cause) => {
            format!(
                "{step}: {code}{}",
                cause.unwrap_or_default().trim_start_matches(": ")
            )
        }
        (None, cause) => format!(
            "{step}: {error}{}",
            cause
                .filter(|c| !error.to_string().contains(c.as_str()))
                .unwrap_or_default()
        ),
    }
}
