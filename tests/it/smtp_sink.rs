//! A mail server for tests: strict about the protocol, and as ill-behaved towards us as it is told to be.
//!
//! It runs on threads of its own, so it can be used from blocking and async tests. Whatever breaks the protocol is collected and
//! fails the test when the sink is dropped.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// How long a test waits for a mail.
const PATIENCE: Duration = Duration::from_secs(20);

/// How the server behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Takes everything.
    Accept,
    /// `451` to every receiver: greylisting.
    Later,
    /// `550` to this receiver only.
    Unknown(String),
    /// `554` after the mail.
    Spam,
    /// `535` to every login, which it asks for.
    WrongPassword,
    /// `530` to mails of those who did not sign in.
    SignInFirst,
    /// `554` instead of a greeting.
    Closed,
    /// Takes the mail and never answers.
    HangAfterData,
    /// Takes the mail, keeps it, and hangs up without an answer.
    DropAfterData,
    /// Waits that long before each answer.
    Slow(Duration),
    /// Answers with control characters and more than anybody wants to know.
    Chatty,
}

/// A mail as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Received {
    /// Of `MAIL FROM`.
    pub(crate) from: String,
    /// Of `RCPT TO`, in order.
    pub(crate) to: Vec<String>,
    /// Head and body, without the dots that the protocol adds.
    pub(crate) data: String,
}

impl Received {
    /// The value of a header, unfolded; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> String {
        let head = self.data.split("\r\n\r\n").next().unwrap_or_default();
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let value = head.split("\r\n").find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        });
        value.unwrap_or_default()
    }

    /// Subject and both bodies, decoded.
    pub(crate) fn read(&self) -> (String, String, String) {
        let mail = kb::mail::read(self.data.as_bytes(), &kb::mail::Limits::default());
        let mail = mail.expect("a readable mail");
        let html = html_of(&self.data);
        (mail.subject, mail.text, html)
    }
}

fn html_of(data: &str) -> String {
    let Some((_, part)) = data.split_once("Content-Type: text/html; charset=utf-8\r\n") else {
        return String::new();
    };
    let (head, body) = part.split_once("\r\n\r\n").unwrap_or_default();
    let body = body.split("\r\n--").next().unwrap_or_default();
    let alone = format!(
        "From: a@example.com\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment\r\n{head}\r\n\r\n{body}"
    );
    let mail = kb::mail::read(alone.as_bytes(), &kb::mail::Limits::default()).expect("a mail");
    String::from_utf8(mail.attachments[0].bytes.clone()).expect("UTF-8")
}

#[derive(Default)]
struct Shared {
    received: Mutex<Vec<Received>>,
    arrived: Condvar,
    violations: Mutex<Vec<String>>,
    connections: AtomicUsize,
    ends: AtomicBool,
    mode: Mutex<Option<Mode>>,
}

/// A running mail server on a free port of this machine.
pub(crate) struct Sink {
    port: u16,
    shared: Arc<Shared>,
}

impl Sink {
    /// Starts a server that behaves like `mode`.
    pub(crate) fn start(mode: Mode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared::default());
        *shared.mode.lock().expect("a mode") = Some(mode);
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.ends.load(Ordering::Relaxed) {
                    break;
                }
                let (stream, shared) = (stream.expect("a connection"), Arc::clone(&serving));
                std::thread::spawn(move || {
                    shared.connections.fetch_add(1, Ordering::Relaxed);
                    // The client may hang up at any time.
                    drop(serve(&stream, &shared));
                });
            }
        });
        Self { port, shared }
    }

    /// The address for `mail.smtp`.
    pub(crate) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Behaves like `mode` from now on.
    pub(crate) fn set(&self, mode: Mode) {
        *self.shared.mode.lock().expect("a mode") = Some(mode);
    }

    /// What has arrived so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.received.lock().expect("the mails").clone()
    }

    /// Waits until `count` mails have arrived.
    #[track_caller]
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Received> {
        let until = Instant::now() + PATIENCE;
        let mut received = self.shared.received.lock().expect("the mails");
        while received.len() < count {
            let left = until
                .checked_duration_since(Instant::now())
                .unwrap_or_else(|| unreachable!("{} of {count} mails arrived", received.len()));
            (received, _) = self
                .shared
                .arrived
                .wait_timeout(received, left)
                .expect("the mails");
        }
        received.clone()
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::Relaxed);
        // Wakes the listener.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        if !std::thread::panicking() {
            let violations = self.shared.violations.lock().expect("the violations");
            assert_eq!(*violations, [] as [String; 0], "against the protocol");
        }
    }
}

fn mode(shared: &Shared) -> Mode {
    shared
        .mode
        .lock()
        .expect("a mode")
        .clone()
        .unwrap_or(Mode::Accept)
}

fn serve(stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let say = |text: &str| {
        if let Mode::Slow(pause) = mode(shared) {
            std::thread::sleep(pause);
        }
        (&mut &*stream).write_all(format!("{text}\r\n").as_bytes())
    };
    if mode(shared) == Mode::Closed {
        return say("554 not today");
    }
    say("220 sink.example.com ESMTP")?;
    let mut session = Session::default();
    while let Some(line) = read_line(&mut reader, shared)? {
        let verb = line
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => session.hello(&line, shared),
            "AUTH" => session.auth(shared),
            "MAIL" => session.mail(&line, shared),
            "RCPT" => session.receiver(&line, shared),
            "DATA" if session.to.is_empty() => "503 whom to?".to_owned(),
            "DATA" => {
                say("354 go on")?;
                let data = read_data(&mut reader, shared)?;
                match session.keep(data, shared) {
                    Some(answer) => answer,
                    None => return Ok(()),
                }
            }
            "RSET" => {
                session.reset();
                "250 forgotten".to_owned()
            }
            "NOOP" => "250 yes".to_owned(),
            "QUIT" => return say("221 bye"),
            _ => {
                complain(shared, format!("no command: {line}"));
                "500 what?".to_owned()
            }
        };
        say(&answer)?;
    }
    Ok(())
}

#[derive(Default)]
struct Session {
    greeted: bool,
    signed_in: bool,
    from: Option<String>,
    to: Vec<String>,
}

impl Session {
    fn reset(&mut self) {
        (self.from, self.to) = (None, Vec::new());
    }

    fn hello(&mut self, line: &str, shared: &Shared) -> String {
        self.greeted = true;
        if line.trim().len() <= 5 {
            complain(shared, "EHLO without a name".to_owned());
        }
        "250-sink.example.com\r\n250-8BITMIME\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 10000000"
            .to_owned()
    }

    fn auth(&mut self, shared: &Shared) -> String {
        if mode(shared) == Mode::WrongPassword {
            return "535 5.7.8 wrong password".to_owned();
        }
        self.signed_in = true;
        "235 welcome".to_owned()
    }

    fn mail(&mut self, line: &str, shared: &Shared) -> String {
        if !self.greeted || self.from.is_some() {
            complain(shared, format!("out of order: {line}"));
        }
        if mode(shared) == Mode::SignInFirst && !self.signed_in {
            return "530 5.7.0 sign in first".to_owned();
        }
        self.from = address(line, "MAIL FROM:", shared);
        "250 fine".to_owned()
    }

    fn receiver(&mut self, line: &str, shared: &Shared) -> String {
        if self.from.is_none() {
            complain(shared, format!("out of order: {line}"));
        }
        let to = address(line, "RCPT TO:", shared).unwrap_or_default();
        match mode(shared) {
            Mode::Later => "451 4.7.1 greylisted, come back later".to_owned(),
            Mode::Unknown(unknown) if unknown == to => "550 5.1.1 no such user".to_owned(),
            Mode::Chatty => format!("550-\u{1b}[31mno\t{}\r\n550 really", "x".repeat(900)),
            _ => {
                self.to.push(to);
                "250 fine".to_owned()
            }
        }
    }

    /// The answer to the mail; `None`: hang up.
    fn keep(&mut self, data: String, shared: &Shared) -> Option<String> {
        let received = Received {
            from: self.from.clone().unwrap_or_default(),
            to: std::mem::take(&mut self.to),
            data,
        };
        self.reset();
        match mode(shared) {
            Mode::Spam => return Some("554 5.7.1 this looks like spam".to_owned()),
            Mode::HangAfterData => {
                while !shared.ends.load(Ordering::Relaxed) {
                    std::thread::park_timeout(Duration::from_millis(20));
                }
                return None;
            }
            _ => {}
        }
        shared.received.lock().expect("the mails").push(received);
        shared.arrived.notify_all();
        (mode(shared) != Mode::DropAfterData).then(|| "250 2.0.0 kept as 1".to_owned())
    }
}

fn address(line: &str, command: &str, shared: &Shared) -> Option<String> {
    let read = line
        .get(..command.len())
        .filter(|c| c.eq_ignore_ascii_case(command))
        .and_then(|_| {
            let rest = line[command.len()..].strip_prefix('<')?;
            Some(rest.split_once('>')?.0.to_owned())
        });
    if read
        .as_deref()
        .is_none_or(|a| a.contains(['<', ' ', '\t', ',']) || !a.is_ascii())
    {
        complain(shared, format!("no address: {line}"));
    }
    read
}

fn complain(shared: &Shared, what: String) {
    shared.violations.lock().expect("the violations").push(what);
}

/// A line without its end; `None` at the end of the stream.
fn read_line(reader: &mut impl BufRead, shared: &Shared) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    reader.read_until(b'\n', &mut bytes)?;
    // Who is killed leaves half a line, or none.
    if !bytes.ends_with(b"\n") {
        return Ok(None);
    }
    let line = bytes.strip_suffix(b"\r\n").unwrap_or_else(|| {
        complain(shared, "a line does not end in CR LF".to_owned());
        &bytes
    });
    if line.len() > 998 || line.contains(&b'\r') || line.contains(&0) || !line.is_ascii() {
        complain(
            shared,
            format!("no line of a mail: {:?}", String::from_utf8_lossy(line)),
        );
    }
    Ok(Some(String::from_utf8_lossy(line).into_owned()))
}

fn read_data(reader: &mut impl BufRead, shared: &Shared) -> std::io::Result<String> {
    let mut data = String::new();
    while let Some(line) = read_line(reader, shared)? {
        if line == "." {
            return Ok(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
        data.push_str("\r\n");
    }
    // What does not end was never sent.
    Err(std::io::ErrorKind::UnexpectedEof.into())
}
