//! What if thousands hold on and never finish? Heads that dribble, bodies that do not come, answers that nobody takes, on 2,000
//! connections at once: others are served meanwhile, all of those end by themselves, and nothing of them is left.

use crate::harness::{Kb, Server};
use crate::help_centre::{finds, help_centre};
use crate::tools::{figure, get};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

/// How many hold on.
const CROWD: usize = 2_000;
/// What each of both processes may open: the connections, and all else.
const DESCRIPTORS: usize = 8_192;
/// How many are served meanwhile.
const OTHERS: usize = 200;
/// How long a client may take. Longer than the crowd needs to come and the others to be served, also on a slow machine.
const LIMIT_MS: u64 = 30_000;

/// Lets this process open as many as it needs, too.
fn may_open_many() {
    let limit = format!("--nofile={DESCRIPTORS}:");
    let pid = std::process::id().to_string();
    let set = Command::new("prlimit")
        .args(["--pid", &pid, &limit])
        .output();
    let set = set.expect("there is no prlimit\nhelp: apt-get install util-linux");
    let said = String::from_utf8_lossy(&set.stderr).into_owned();
    assert!(
        set.status.success(),
        "{said}\nhelp: ulimit -Hn {DESCRIPTORS}"
    );
}

/// One of those who never finish.
fn hold_on(server: &Server, n: usize) -> TcpStream {
    let begun = match n % 20 {
        // Far more answers than fit into the buffers between both.
        0 => "GET /api/v1/openapi.json HTTP/1.1\r\nhost: kb\r\n\r\n".repeat(100),
        n if n % 2 == 0 => "GET /search?q=1 HTTP/1.1\r\nhost: k".to_owned(),
        _ => "POST /api/v1/cases HTTP/1.1\r\nhost: kb\r\ncontent-type: application/json\r\n\
              content-length: 1000\r\n\r\n{"
            .to_owned(),
    };
    let address = server.url().replace("http://", "");
    let mut stream = TcpStream::connect(address).expect("it accepts");
    stream.set_nonblocking(true).expect("a mode");
    // Whoever does not read cannot send all of it either.
    let _ = stream.write(begun.as_bytes());
    stream
}

/// How many connections are open, as the figures say; asked on one more.
fn open(server: &Server) -> usize {
    let text = get(&format!("{}/metrics", server.url()))
        .expect("figures")
        .body;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("kb_http_connections "));
    line.and_then(|number| number.trim().parse().ok())
        .expect("a number")
}

/// Whether the server has closed it. What came before that is taken.
fn is_closed(stream: &mut TcpStream) -> bool {
    let mut piece = [0; 65_536];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() != ErrorKind::WouldBlock,
        }
    }
}

#[test]
fn s47_two_thousand_who_never_finish_keep_nobody_else_from_being_served() {
    may_open_many();
    let limits =
        format!("[server]\nheader_timeout_ms = {LIMIT_MS}\nrequest_timeout_ms = {LIMIT_MS}\n");
    let kb: Kb = help_centre(&limits);
    let server = kb.serve_limited(&format!("ulimit -n {DESCRIPTORS}"));
    let files = || {
        std::fs::read_dir(format!("/proc/{}/fd", server.pid()))
            .expect("it runs")
            .count()
    };
    let before = files();
    let began = Instant::now();
    let mut crowd: Vec<TcpStream> = (0..CROWD).map(|n| hold_on(&server, n)).collect();
    server.eventually("all are in", |s| (open(s) > CROWD).then_some(()));
    for n in 0..OTHERS {
        assert!(finds(&server.url()), "the {n}th of the others");
    }
    assert!(
        open(&server) > CROWD,
        "they were served beside the crowd, and not after it"
    );
    let served = began.elapsed();
    // Those who do not take their answers are found out as well, though they never read: the rest of what was sent is refused.
    server.eventually("all were given up", |s| {
        let left = open(s);
        std::thread::sleep(Duration::from_millis(200));
        (left < 10).then_some(())
    });
    let gone = crowd.iter_mut().filter_map(|s| is_closed(s).then_some(()));
    assert_eq!(gone.count(), CROWD, "each of them knows");
    drop(crowd);
    assert!(finds(&server.url()));
    server.eventually("nothing of them is left", |_| {
        (files() <= before + 8).then_some(())
    });
    figure(
        "S47",
        &format!(
            "{CROWD} connections that never finish: {OTHERS} of {OTHERS} others were served meanwhile ({served:?} in all), then all were closed"
        ),
    );
}
