//! How long does an answer take? Connections that are kept, as browsers and proxies keep them, without a library between.

use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection that is kept.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Connects.
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    /// Asks for `path`; the status and the body.
    pub(crate) fn get(&mut self, path: &str) -> Result<(u16, Vec<u8>)> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n");
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut length = None;
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            let header = line.split_once(':');
            if let Some((_, value)) =
                header.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            {
                length = value.trim().parse().ok();
            }
        }
        let mut body = vec![0; length.context("an answer of unknown length")?];
        self.stream.read_exact(&mut body)?;
        Ok((status.context("no status")?, body))
    }

    /// Asks for `path`, which must be answered with 200; the body.
    pub(crate) fn fetch(&mut self, path: &str) -> Result<Vec<u8>> {
        let (status, body) = self.get(path)?;
        ensure!(
            status == 200,
            "{path}: {status} {}",
            String::from_utf8_lossy(&body)
        );
        Ok(body)
    }
}

/// Times of many requests, in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Times {
    /// The time that half of them stayed below.
    pub(crate) p50: f64,
    /// The time that 99 of 100 stayed below.
    pub(crate) p99: f64,
}

impl Times {
    /// Of these.
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |share: usize| {
            let place = (times.len() * share / 100).min(times.len().saturating_sub(1));
            times
                .get(place)
                .map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        Self {
            p50: at(50),
            p99: at(99),
        }
    }
}

/// Asks for `paths` in turn, `requests` times in all, over so many connections at once.
pub(crate) fn load(
    address: SocketAddr,
    paths: &[String],
    connections: usize,
    requests: usize,
) -> Result<Times> {
    let share = requests.div_ceil(connections);
    let one = |first: usize| -> Result<Vec<Duration>> {
        let mut connection = Connection::open(address)?;
        let mut times = Vec::with_capacity(share);
        for path in paths
            .iter()
            .cycle()
            .skip(first * share % paths.len())
            .take(share)
        {
            let began = Instant::now();
            connection.fetch(path)?;
            times.push(began.elapsed());
        }
        Ok(times)
    };
    let times: Vec<Duration> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..connections)
            .map(|first| scope.spawn(move || one(first)))
            .collect();
        let ended = running
            .into_iter()
            .map(|thread| thread.join().ok().context("a connection's thread died")?);
        ended.collect::<Result<Vec<_>>>()
    })?
    .concat();
    Ok(Times::of(times))
}
