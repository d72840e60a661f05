//! What happens when more is asked than can be answered? Readers, more and more of them at once, each with a network of its own; beside
//! them somebody who asks whether the server is well, and somebody at the desk. Nothing is asked of any machine but this one.
//!
//! `--load` goes up to saturation and prints a line for each number of readers; `--soak N` asks N times and prints how memory, files
//! and mappings stand at intervals. `KB_BENCH_PROGRAM` names another program to measure than the one that was built for this.

use crate::client::Times;
use crate::corpus::{self, Words};
use crate::server::Server;
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many articles are served.
const ARTICLES: usize = 2_000;
/// How often the server's size is looked at during a soak.
const LOOKS: u64 = 20;

/// What readers do, and how often of a hundred times.
const MIX: [(&str, usize); 4] = [("search", 30), ("suggest", 40), ("page", 29), ("case", 1)];

/// What came of many requests.
#[derive(Debug, Default)]
struct Outcome {
    good: Vec<Duration>,
    /// How long new cases took, of those that were opened.
    cases: Vec<Duration>,
    refused: Vec<Duration>,
    bare_refusals: u64,
    failed: u64,
}

/// What came of one request.
#[derive(Debug, Clone, Copy)]
struct Answer {
    status: u16,
    says_when: bool,
    is_case: bool,
}

impl Outcome {
    fn note(&mut self, answer: Answer, took: Duration) {
        match answer.status {
            200..=399 if answer.is_case => self.cases.push(took),
            200..=399 => self.good.push(took),
            429 | 503 => {
                self.refused.push(took);
                self.bare_refusals += u64::from(!answer.says_when);
            }
            _ => self.failed += 1,
        }
    }
}

/// One reader: a connection, and a network that a proxy on this machine vouches for.
struct Reader {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
    network: String,
    number: usize,
    turn: usize,
}

impl Reader {
    fn open(address: SocketAddr, number: usize) -> Result<Self> {
        let (a, b) = (number / 250, number % 250 + 1);
        Ok(Self {
            stream: connect(address)?,
            address,
            network: format!("198.18.{a}.{b}"),
            number,
            turn: number * 7,
        })
    }

    /// Asks for something of the mix.
    fn ask(&mut self, words: &[String]) -> Result<Answer> {
        self.turn += 1;
        let word = &words[self.turn % words.len()];
        let mut share = self.turn * 37 % 100;
        let what = MIX.iter().find(|(_, of)| {
            let found = share < *of;
            share = share.saturating_sub(*of);
            found
        });
        let what = what.map(|(what, _)| *what);
        let (status, says_when) = match what {
            Some("search") => self.send("GET", &format!("/api/v1/search?q={word}"), ""),
            Some("suggest") => self.send("GET", &format!("/api/v1/suggest?q={word}"), ""),
            Some("page") => self.send("GET", &format!("/search?q={word}"), ""),
            _ => {
                let body = format!(
                    "{{\"email\":\"r{}-{}@example.com\",\"text\":\"question number {}\"}}",
                    self.number, self.turn, self.turn
                );
                self.send("POST", "/api/v1/cases", &body)
            }
        }?;
        Ok(Answer {
            status,
            says_when,
            is_case: what == Some("case"),
        })
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Result<(u16, bool)> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: bench\r\nx-forwarded-for: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.network,
            body.len()
        );
        let answer = exchange(&mut self.stream, &request);
        if answer.is_err() {
            self.stream = connect(self.address)?;
        }
        answer
    }
}

fn connect(address: SocketAddr) -> Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(BufReader::new(stream))
}

/// Sends a request and reads its answer to the end.
fn exchange(stream: &mut BufReader<TcpStream>, request: &str) -> Result<(u16, bool)> {
    stream.get_mut().write_all(request.as_bytes())?;
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status: u16 = line
        .split(' ')
        .nth(1)
        .context("no status")?
        .parse()
        .context("no status")?;
    let (mut length, mut says_when) = (0_u64, false);
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse()?;
        }
        says_when |= name.eq_ignore_ascii_case("retry-after");
    }
    let read = std::io::copy(&mut stream.take(length), &mut std::io::sink())?;
    ensure!(read == length, "the answer was cut off");
    Ok((status, says_when))
}

/// `readers` ask for `time`, or `requests` times in all.
fn run(
    address: SocketAddr,
    words: &[String],
    readers: usize,
    time: Duration,
    requests: u64,
    asked: &AtomicU64,
) -> Result<Outcome> {
    let until = Instant::now() + time;
    let one = |number: usize| -> Result<Outcome> {
        let mut reader = Reader::open(address, number)?;
        let mut outcome = Outcome::default();
        while Instant::now() < until && asked.fetch_add(1, Ordering::Relaxed) < requests {
            let began = Instant::now();
            match reader.ask(words) {
                Ok(answer) => outcome.note(answer, began.elapsed()),
                Err(_) => outcome.failed += 1,
            }
        }
        Ok(outcome)
    };
    std::thread::scope(|scope| {
        let begin = |number| {
            let thread = std::thread::Builder::new().stack_size(256 * 1024);
            thread.spawn_scoped(scope, move || one(number))
        };
        let running: Vec<_> = (0..readers).map(begin).collect();
        let mut all = Outcome::default();
        for thread in running {
            let outcome = thread?.join().ok().context("a reader's thread died")??;
            all.good.extend(outcome.good);
            all.cases.extend(outcome.cases);
            all.refused.extend(outcome.refused);
            all.bare_refusals += outcome.bare_refusals;
            all.failed += outcome.failed;
        }
        Ok(all)
    })
}

/// Asks for one path every 20 ms until told to end.
fn watch(address: SocketAddr, path: &str, ends: &AtomicBool) -> Result<(Times, usize)> {
    let mut stream = connect(address)?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n");
    let (mut times, mut failed) = (Vec::new(), 0);
    while !ends.load(Ordering::Relaxed) {
        let began = Instant::now();
        match exchange(&mut stream, &request) {
            Ok((200, _)) => times.push(began.elapsed()),
            Ok(_) => failed += 1,
            Err(_) => {
                failed += 1;
                stream = connect(address)?;
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok((Times::of(times), failed))
}

fn begin(words: &Words, folder: &Path) -> Result<(Server, Vec<String>)> {
    corpus::write(words, &folder.join("kb"), ARTICLES)?;
    // Each reader is a network of its own, and asks no more than the machine can answer.
    let config = "[server]\ntrusted_proxies = [\"127.0.0.0/8\"]\n[limits]\nsearches_per_minute = 0\npages_per_minute = 0\n\
                  [ask]\nper_hour = 100000\nunproved_per_hour = 100000\nper_address_hour = 100000\nper_mail_day = 100000\nmin_seconds = 0\n";
    std::fs::write(folder.join("kb.toml"), config)?;
    let queries = [
        "忘记密码",
        "退款",
        "怎么开发票",
        "手机",
        "account",
        "如何",
        "wangji",
        "订单 物流",
        "无法登录",
        "发票 抬头",
    ];
    let queries = queries.map(|query| {
        percent_encoding::utf8_percent_encode(query, percent_encoding::NON_ALPHANUMERIC).to_string()
    });
    Ok((Server::start(folder)?, queries.to_vec()))
}

/// Readers, more and more, until the machine is saturated far beyond.
pub(crate) fn measure(
    words: &Words,
    seconds: u64,
    steps: &[usize],
    out: &mut impl Write,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (server, queries) = begin(words, folder.path())?;
    writeln!(
        out,
        "\n## Load: {ARTICLES} articles; searches, suggestions, result pages and 1 % new cases; {seconds} s each\n"
    )?;
    writeln!(
        out,
        "| readers | answered/s | p50 ms | p99 ms | worst ms | cases/s | case p50 ms | case p99 ms | 429, 503 | refused in p99 ms | without Retry-After | failed | /healthz p99 ms | desk p99 ms |"
    )?;
    writeln!(
        out,
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    )?;
    for &readers in steps {
        let ends = AtomicBool::new(false);
        let time = Duration::from_secs(seconds);
        let (outcome, health, desk) = std::thread::scope(|scope| -> Result<_> {
            let health = scope.spawn(|| watch(server.address, "/healthz", &ends));
            let desk = scope.spawn(|| watch(server.address, "/desk/sign-in", &ends));
            let outcome = run(
                server.address,
                &queries,
                readers,
                time,
                u64::MAX,
                &AtomicU64::new(0),
            );
            ends.store(true, Ordering::Relaxed);
            let died = "a watcher's thread died";
            Ok((
                outcome?,
                health.join().ok().context(died)??,
                desk.join().ok().context(died)??,
            ))
        })?;
        let all = outcome.good.len() + outcome.cases.len() + outcome.refused.len();
        let worst = outcome.good.iter().max().copied().unwrap_or_default();
        let (answered, refused) = (outcome.good.len(), outcome.refused.len());
        let opened = outcome.cases.len() as f64 / seconds as f64;
        let (good, bad) = (Times::of(outcome.good), Times::of(outcome.refused));
        let cases = Times::of(outcome.cases);
        writeln!(
            out,
            "| {readers} | {:.0} | {:.1} | {:.1} | {:.0} | {opened:.0} | {:.1} | {:.1} | {:.1} % | {:.1} | {} | {} | {:.1} | {:.1} |",
            answered as f64 / seconds as f64,
            good.p50,
            good.p99,
            worst.as_secs_f64() * 1e3,
            cases.p50,
            cases.p99,
            refused as f64 * 100.0 / all.max(1) as f64,
            bad.p99,
            outcome.bare_refusals,
            outcome.failed + (health.1 + desk.1) as u64,
            health.0.p99,
            desk.0.p99,
        )?;
        out.flush()?;
    }
    Ok(())
}

/// A day's worth of requests in one run.
pub(crate) fn soak(words: &Words, requests: u64, out: &mut impl Write) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (server, queries) = begin(words, folder.path())?;
    writeln!(out, "\n## Soak: {requests} requests by 8 readers\n")?;
    writeln!(
        out,
        "| requests | answered/s | p99 ms | refused | failed | resident MB | files | mappings |\n|---:|---:|---:|---:|---:|---:|---:|---:|"
    )?;
    for look in 1..=LOOKS {
        let (asked, began) = (AtomicU64::new(0), Instant::now());
        let share = (requests / LOOKS).max(1);
        let outcome = run(
            server.address,
            &queries,
            8,
            Duration::from_secs(3_600),
            share,
            &asked,
        )?;
        let took = began.elapsed().as_secs_f64();
        writeln!(
            out,
            "| {} | {:.0} | {:.1} | {} | {} | {:.0} | {} | {} |",
            share * look,
            outcome.good.len() as f64 / took,
            Times::of(outcome.good.clone()).p99,
            outcome.refused.len(),
            outcome.failed,
            server.resident_mb()?,
            server.count("fd")?,
            server.count("map_files")?,
        )?;
        out.flush()?;
    }
    Ok(())
}
