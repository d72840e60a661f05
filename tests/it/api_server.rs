//! The server itself: what can be slow, too many, or at its end.

use crate::harness::Kb;
use crate::site::{Open, Site};
use kb::config::Settings;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long a fact is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The size of a picture that does not fit into the buffers of a connection.
const PICTURE_BYTES: usize = 32 << 20;

const REQUEST: &str = "GET /healthz HTTP/1.1\r\nhost: kb\r\n\r\n";

/// A server over a real socket, within the test.
struct Running {
    address: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    ended: std::sync::mpsc::Receiver<()>,
    /// Kept for as long as the server reads from it.
    _folder: crate::sync::Folder,
}

impl Running {
    fn start(change: impl FnOnce(&mut Settings)) -> Self {
        let site = Site::usual().set(change);
        site.folder
            .write("account/login.png", vec![0; PICTURE_BYTES]);
        let Open { state, folder, .. } = site.open();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (end, ended) = std::sync::mpsc::channel();
        let (told, address) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
                    .await
                    .expect("a port");
                told.send(listener.local_addr().expect("an address"))
                    .expect("somebody listens");
                let stopped = async { drop(stopped.await) };
                kb::http::serve(listener, state, stopped)
                    .await
                    .expect("it ends well");
                end.send(()).expect("somebody listens");
            });
            runtime.shutdown_background();
        });
        Self {
            address: address.recv_timeout(PATIENCE).expect("it starts"),
            stop: Some(stop),
            ended,
            _folder: folder,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it accepts");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a time limit");
        stream
    }

    /// Sends bytes and reads all until the server closes.
    fn exchange(&self, bytes: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes.as_bytes()).expect("it takes bytes");
        read_all(&mut stream)
    }

    fn stop(&mut self) {
        self.stop.take().expect("once").send(()).expect("it runs");
    }
}

/// All that comes until the server closes, also when it does so roughly.
fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut piece = [0; 65536];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(n) => bytes.extend_from_slice(&piece[..n]),
            Err(e) => {
                let closed = e.kind() == ErrorKind::ConnectionReset;
                assert!(closed, "the server did not close: {e}");
                break;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One answer of a connection that stays open.
fn read_one(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut piece = [0; 4096];
    while !text.ends_with("ok\n") {
        let n = stream.read(&mut piece).expect("an answer");
        assert!(n > 0, "closed after {text:?}");
        text.push_str(&String::from_utf8_lossy(&piece[..n]));
    }
    text
}

#[test]
fn s47_a_head_that_dribbles_in_is_cut_off_and_others_are_served_meanwhile() {
    let server = Running::start(|s| s.server.header_timeout_ms = 300);
    let slow: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = server.connect();
            stream
                .write_all(b"GET / HTTP/1.1\r\nhost: k")
                .expect("it takes bytes");
            stream
        })
        .collect();
    let begun = Instant::now();
    assert!(
        read_one(&mut {
            let mut s = server.connect();
            s.write_all(REQUEST.as_bytes()).expect("bytes");
            s
        })
        .starts_with("HTTP/1.1 200")
    );
    assert!(begun.elapsed() < Duration::from_secs(5));
    for mut stream in slow {
        let answer = read_all(&mut stream);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
            "{answer}"
        );
    }
}

#[test]
fn s47_an_idle_connection_is_closed_and_an_active_one_kept() {
    let server = Running::start(|s| s.server.header_timeout_ms = 400);
    let mut stream = server.connect();
    for _ in 0..3 {
        stream.write_all(REQUEST.as_bytes()).expect("it stays open");
        assert!(read_one(&mut stream).starts_with("HTTP/1.1 200"));
    }
    assert_eq!(read_all(&mut stream), "");
}

#[test]
fn s47_a_client_that_does_not_take_its_answer_is_given_up() {
    let server = Running::start(|s| s.server.request_timeout_ms = 300);
    let mut stream = server.connect();
    let many = "GET /api/v1/openapi.json HTTP/1.1\r\nhost: kb\r\n\r\n".repeat(400);
    stream
        .set_write_timeout(Some(PATIENCE))
        .expect("a time limit");
    // The answers are far more than fit into the buffers of both sides, and none is read: the server must stop.
    let _ = stream.write_all(many.as_bytes());
    let begun = Instant::now();
    let gave_up =
        |e: &std::io::Error| matches!(e.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe);
    while !stream.write(b"GET").is_err_and(|e| gave_up(&e)) {
        assert!(begun.elapsed() < PATIENCE, "still open");
        std::thread::yield_now();
    }
}

#[test]
fn connections_beyond_the_limit_wait_their_turn() {
    let server = Running::start(|s| s.server.max_connections = 2);
    let mut first = server.connect();
    let mut second = server.connect();
    for stream in [&mut first, &mut second] {
        stream.write_all(REQUEST.as_bytes()).expect("bytes");
        read_one(stream);
    }
    let mut third = server.connect();
    third
        .write_all(REQUEST.as_bytes())
        .expect("the system takes it");
    third
        .set_read_timeout(Some(Duration::from_millis(300)))
        .expect("a time limit");
    assert!(third.read(&mut [0; 1]).is_err(), "it waits");
    drop(first);
    third
        .set_read_timeout(Some(PATIENCE))
        .expect("a time limit");
    assert!(read_one(&mut third).starts_with("HTTP/1.1 200"));
}

#[test]
fn s41_an_address_of_a_megabyte_is_refused() {
    let server = Running::start(|_| ());
    for (bytes, statuses) in [
        (20_000, vec!["414"]),
        (100_000, vec!["414"]),
        (1_000_000, vec!["414", "431"]),
    ] {
        let request = format!(
            "GET /api/v1/search?q={} HTTP/1.1\r\nhost: kb\r\nconnection: close\r\n\r\n",
            "a".repeat(bytes)
        );
        let mut stream = server.connect();
        let _ = stream.write_all(request.as_bytes());
        let answer = read_all(&mut stream);
        let refused = statuses
            .iter()
            .any(|status| answer.starts_with(&format!("HTTP/1.1 {status}")));
        assert!(
            refused || answer.is_empty(),
            "{bytes}: {}",
            answer.chars().take(200).collect::<String>()
        );
    }
    assert!(
        server
            .exchange("GET /healthz HTTP/1.1\r\nhost: kb\r\nconnection: close\r\n\r\n")
            .starts_with("HTTP/1.1 200")
    );
}

#[test]
fn what_is_no_http_is_refused() {
    let server = Running::start(|_| ());
    for bytes in [
        "\0\0\0\0\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\u{16}\u{3}\u{1}hello tls\r\n\r\n",
        "GET / HTTP/1.1\r\nhost : a\r\n\r\n",
        "GET http://[ HTTP/1.1\r\n\r\n",
    ] {
        let answer = server.exchange(bytes);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
            "{bytes:?}: {answer}"
        );
    }
    let smuggled = "GET /healthz HTTP/1.1\r\nhost: kb\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n";
    let answer = server.exchange(smuggled);
    assert!(!answer.contains("/x"), "{answer}");
}

#[test]
fn f22_at_the_end_requests_under_way_are_finished_and_idle_connections_closed() {
    let mut server = Running::start(|_| ());
    let mut idle = server.connect();
    idle.write_all(REQUEST.as_bytes()).expect("bytes");
    read_one(&mut idle);
    let mut under_way = server.connect();
    under_way
        .write_all(b"GET /files/account/login.png HTTP/1.1\r\nhost: kb\r\n\r\n")
        .expect("bytes");
    let mut begun = [0; 4096];
    let read = under_way.read(&mut begun).expect("the answer begins");
    server.stop();
    assert_eq!(read_all(&mut idle), "");
    assert!(
        server.ended.try_recv().is_err(),
        "a picture is still being sent"
    );
    let mut rest = Vec::new();
    under_way
        .read_to_end(&mut rest)
        .expect("the answer goes on");
    assert!(read + rest.len() > PICTURE_BYTES, "it came whole");
    assert!(
        server.ended.recv_timeout(PATIENCE).is_ok(),
        "it ends by itself"
    );
    assert!(
        TcpStream::connect(server.address).is_err(),
        "nothing is accepted any more"
    );
}

#[test]
fn f22_the_end_has_a_deadline() {
    let mut server = Running::start(|s| s.server.shutdown_timeout_ms = 200);
    let stuck = server.connect();
    let many = "GET /api/v1/openapi.json HTTP/1.1\r\nhost: kb\r\n\r\n".repeat(400);
    let mut writer = stuck.try_clone().expect("a second handle");
    std::thread::spawn(move || drop(writer.write_all(many.as_bytes())));
    let mut other = server.connect();
    other.write_all(REQUEST.as_bytes()).expect("bytes");
    read_one(&mut other);
    server.stop();
    assert!(
        server.ended.recv_timeout(Duration::from_secs(5)).is_ok(),
        "it ends although a client takes nothing"
    );
    drop(stuck);
}

#[test]
fn s37_a_line_of_the_log_is_one_line_and_names_nobody() {
    let server = Kb::new().article("退款", "三天").serve();
    let query = "a%0Ainjected%1B%5B31m 13800138000 li%40example.com";
    let _ = server.get(&format!("/api/v1/search?q={query}"));
    let line = server.eventually("the request is in the log", |s| {
        s.log()
            .lines()
            .find(|line| line.contains("injected"))
            .map(str::to_owned)
    });
    let line: serde_json::Value = serde_json::from_str(&line).expect("one JSON object a line");
    assert_eq!(line["path"], "/api/v1/search");
    assert_eq!(line["status"], 200);
    assert!(
        line["request_id"].as_str().is_some_and(|id| id.len() == 36) && line["took_us"].is_u64()
    );
    let text = line.to_string();
    assert!(
        !text.contains("138001") && !text.contains("example.com") && !text.contains("127.0.0.1"),
        "{text}"
    );
}

#[test]
fn s47_a_body_that_never_comes_holds_nothing_up() {
    let server = Running::start(|s| s.server.header_timeout_ms = 300);
    let answer = server
        .exchange("POST /api/v1/search HTTP/1.1\r\nhost: kb\r\ncontent-length: 1000\r\n\r\n{");
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    let answer = server
        .exchange("GET /healthz HTTP/1.1\r\nhost: kb\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[cfg(unix)]
#[test]
fn f24_without_file_descriptors_the_server_waits_instead_of_spinning() {
    let kb = Kb::new().article("退款", "三天");
    let server = kb.serve_limited("ulimit -n 64");
    let held: Vec<TcpStream> = (0..100)
        .map(|_| {
            TcpStream::connect(server.url().trim_start_matches("http://"))
                .expect("the system takes it")
        })
        .collect();
    server.eventually("it says that it cannot take more", |s| {
        s.log().contains("cannot take connections").then_some(())
    });
    let complaints = server.log().matches("cannot take connections").count();
    assert!(complaints <= 2, "once in a while is enough: {complaints}");
    drop(held);
    server.eventually("it takes connections again", |s| {
        s.probe("/healthz").then_some(())
    });
}

#[cfg(unix)]
#[test]
fn f22_told_to_end_the_process_ends_well_and_told_twice_at_once() {
    let (code, _) = Kb::new().article("退款", "三天").serve().stop();
    assert_eq!(code, Some(0));
    let kb = Kb::new()
        .article("退款", "三天")
        .write("kb/a.md", "+++\ntitle = \"图\"\n+++\n![图](big.png)\n");
    let server = kb.write("kb/big.png", vec![0; PICTURE_BYTES]).serve();
    let mut stuck =
        TcpStream::connect(server.url().trim_start_matches("http://")).expect("it accepts");
    stuck
        .write_all(b"GET /files/big.png HTTP/1.1\r\nhost: kb\r\n\r\n")
        .expect("bytes");
    stuck.read_exact(&mut [0; 100]).expect("the answer begins");
    server.signal("TERM");
    server.eventually("it has heard", |s| {
        s.log().contains("told to end").then_some(())
    });
    let begun = Instant::now();
    let (_, log) = server.stop();
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "the second signal does not wait\n{log}"
    );
}

#[test]
fn an_answer_that_comes_before_the_body_was_read_reaches_its_client() {
    let server = Kb::new().article("退款", "在订单页申请").serve();
    server.eventually("questions can be asked", |s| {
        s.get("/ask").is(200).then_some(())
    });
    let body = "x".repeat(200_000);
    let length = body.len();
    let refused = format!(
        "POST /desk/bulk HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    let next = "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let answers = server.raw(format!("{refused}{next}"));
    assert!(answers.starts_with("HTTP/1.1 401"), "{answers}");
    assert!(
        answers.contains("HTTP/1.1 200"),
        "the connection goes on: {answers}"
    );
}
