//! Do web hooks arrive, and nowhere that they should not? Against a real receiver on this machine, with a table in place of the
//! world's names.

use jiff::Timestamp;
use kb::hooks::{Hooks, Line, Lookup, Notice, Preset, SigningKey, Target, verify};
use kb::model::Outcome;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What a receiver got.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

/// A receiver that answers everything with the same bytes.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    pub(crate) requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<AtomicUsize>,
}

impl Receiver {
    pub(crate) fn answering(answer: &str) -> Self {
        let answer = answer.to_owned();
        Self::serving(move |stream| drop((&mut &*stream).write_all(answer.as_bytes())))
    }

    /// A receiver that reads a request and then does what `answer` does.
    pub(crate) fn serving(answer: impl Fn(&TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (requests, connections) = (Arc::default(), Arc::new(AtomicUsize::new(0)));
        let (kept, counted): (Arc<Mutex<Vec<Request>>>, _) =
            (Arc::clone(&requests), Arc::clone(&connections));
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                counted.fetch_add(1, Ordering::Relaxed);
                let (stream, kept, answer) = (
                    stream.expect("a connection"),
                    Arc::clone(&kept),
                    Arc::clone(&answer),
                );
                std::thread::spawn(move || {
                    if let Some(request) = read_request(&stream) {
                        kept.lock().expect("the requests").push(request);
                        answer(&stream);
                    }
                });
            }
        });
        Self {
            address,
            requests,
            connections,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook?key=geheim", self.address)
    }

    fn request(&self) -> Request {
        let requests = self.requests.lock().expect("the requests");
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests[0].clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut request = Request::default();
    reader.read_line(&mut request.line).ok()?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        request
            .headers
            .insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = request.headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).ok()?;
    Some(request)
}

pub(crate) fn answer(status: &str, head: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{head}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn notice() -> Notice {
    Notice {
        event: "case.paged".into(),
        at: Timestamp::UNIX_EPOCH,
        title: "P1 紧急问题".into(),
        lines: vec![Line::new("问题", "全部无法登录")],
        link: Some(Line::new("打开", "https://help.example.com/desk/1")),
        data: serde_json::json!({ "number": "KB-2611-0042" }),
    }
}

fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().expect("a time")
}

fn inside(preset: Preset, url: &str) -> Target {
    let secret = if preset == Preset::Standard {
        SECRET
    } else {
        ""
    };
    Target::new(preset, url, secret, true).expect("a target")
}

async fn deliver(target: &Target) -> Outcome {
    let hooks = Hooks::with(Lookup::System, Duration::from_secs(10)).expect("hooks");
    hooks.deliver(target, "msg_1", &notice(), now()).await
}

#[tokio::test]
async fn a_receiver_can_verify_what_it_got() {
    let receiver = Receiver::answering(&answer("204 No Content", "", ""));
    let outcome = deliver(&inside(Preset::Standard, &receiver.url())).await;
    assert_eq!(outcome, Outcome::Sent("204".into()));
    let got = receiver.request();
    assert_eq!(got.line.trim(), "POST /hook?key=geheim HTTP/1.1");
    let key = SigningKey::parse(SECRET).expect("a key");
    let second = got.headers["webhook-timestamp"].parse().expect("a second");
    assert_eq!(second, now().as_second());
    assert_eq!(got.headers["webhook-id"], "msg_1");
    assert!(verify(
        &key,
        "msg_1",
        second,
        &got.body,
        &got.headers["webhook-signature"]
    ));
    let body: serde_json::Value = serde_json::from_str(&got.body).expect("JSON");
    assert_eq!(body["type"], "case.paged");
    assert_eq!(body["data"]["number"], "KB-2611-0042");
    assert!(
        !got.headers.contains_key("accept-encoding"),
        "nothing compressed is asked for"
    );
}

#[tokio::test]
async fn robots_get_a_message_and_their_answer_counts() {
    for (preset, said, expected) in [
        (
            Preset::WeCom,
            r#"{"errcode":0,"errmsg":"ok"}"#,
            Outcome::Sent("0".into()),
        ),
        (
            Preset::DingTalk,
            r#"{"errcode":310000,"errmsg":"sign not match"}"#,
            Outcome::Refused("the robot answered 310000: sign not match".into()),
        ),
        (
            Preset::Feishu,
            r#"{"code":0,"msg":"success"}"#,
            Outcome::Sent("0".into()),
        ),
    ] {
        let receiver = Receiver::answering(&answer("200 OK", "", said));
        assert_eq!(
            deliver(&inside(preset, &receiver.url())).await,
            expected,
            "{preset:?}"
        );
        let body = receiver.request().body;
        assert!(
            body.contains("P1 紧急问题") && body.contains("全部无法登录"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn failures_say_whether_to_come_back() {
    for (status, head, expected) in [
        (
            "500 Oops",
            "",
            "retry 500 Internal Server Error: words None",
        ),
        (
            "429 Slow Down",
            "Retry-After: 120\r\n",
            "retry 429 Too Many Requests: words Some(120s)",
        ),
        (
            "503 Later",
            "Retry-After: Sun, 22 Nov 2026 10:05:00 GMT\r\n",
            "retry 503 Service Unavailable: words Some(300s)",
        ),
        (
            "503 Later",
            "Retry-After: 99999999999\r\n",
            "retry 503 Service Unavailable: words Some(86400s)",
        ),
        ("404 Gone Fishing", "", "retry 404 Not Found: words None"),
        ("410 Gone", "", "refused 410 Gone: words"),
        ("400 Bad", "", "refused 400 Bad Request: words"),
    ] {
        let receiver = Receiver::answering(&answer(status, head, "words"));
        let said = match deliver(&inside(Preset::Standard, &receiver.url())).await {
            Outcome::Sent(said) => format!("sent {said}"),
            Outcome::Retry { why, after } => format!("retry {why} {after:?}"),
            Outcome::Refused(why) => format!("refused {why}"),
        };
        assert_eq!(said, expected, "{status}");
    }
}

#[tokio::test]
async fn s34_no_name_and_no_number_leads_inside() {
    let receiver = Receiver::answering(&answer("200 OK", "", ""));
    let port = receiver.address.port();
    let table = HashMap::from([
        ("rebound.example.com".to_owned(), vec![receiver.address]),
        (
            "mixed.example.com".to_owned(),
            vec!["8.8.8.8:0".parse().expect("an address"), receiver.address],
        ),
        (
            "mapped.example.com".to_owned(),
            vec!["[::ffff:127.0.0.1]:0".parse().expect("an address")],
        ),
        (
            "metadata.example.com".to_owned(),
            vec!["169.254.169.254:0".parse().expect("an address")],
        ),
    ]);
    let hooks =
        Hooks::with(Lookup::Table(Arc::new(table)), Duration::from_secs(10)).expect("hooks");
    for name in ["rebound", "mixed", "mapped", "metadata"] {
        let url = format!("https://{name}.example.com:{port}/");
        let target = Target::new(Preset::Standard, &url, SECRET, false).expect("a target");
        let outcome = hooks.deliver(&target, "msg_1", &notice(), now()).await;
        assert!(
            matches!(&outcome, Outcome::Refused(why) if why.contains("private network")),
            "{name}: {outcome:?}"
        );
    }
    for host in [
        "127.0.0.1",
        "[::1]",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "[::ffff:7f00:1]",
        "localhost",
    ] {
        let url = format!("https://{host}:{port}/");
        if let Ok(target) = Target::new(Preset::Standard, &url, SECRET, false) {
            let outcome = deliver(&target).await;
            assert!(
                matches!(outcome, Outcome::Refused(_)),
                "{host}: {outcome:?}"
            );
        }
    }
    assert_eq!(receiver.connections(), 0, "nothing was connected to");
    let unknown = Target::new(
        Preset::Standard,
        "https://unknown.example.com/",
        SECRET,
        false,
    )
    .expect("a target");
    let outcome = hooks.deliver(&unknown, "msg_1", &notice(), now()).await;
    assert!(
        matches!(outcome, Outcome::Retry { .. }),
        "a name may be found tomorrow: {outcome:?}"
    );
}

#[tokio::test]
async fn s35_redirects_are_not_followed() {
    let inner = Receiver::answering(&answer("200 OK", "", ""));
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let head = format!("Location: {}\r\n", inner.url());
        let receiver = Receiver::answering(&answer(status, &head, ""));
        let outcome = deliver(&inside(Preset::Standard, &receiver.url())).await;
        assert!(
            matches!(outcome, Outcome::Refused(_)),
            "{status}: {outcome:?}"
        );
    }
    assert_eq!(inner.connections(), 0);
}

#[tokio::test]
async fn s35_slow_and_endless_receivers_cost_little() {
    let silent = Receiver::serving(|_| std::thread::sleep(Duration::from_secs(60)));
    let hooks = Hooks::with(Lookup::System, Duration::from_millis(300)).expect("hooks");
    let started = Instant::now();
    let outcome = hooks
        .deliver(
            &inside(Preset::Standard, &silent.url()),
            "1",
            &notice(),
            now(),
        )
        .await;
    assert_eq!(outcome, Outcome::retry("the receiver took too long"));
    assert!(started.elapsed() < Duration::from_secs(10));

    let endless = Receiver::serving(|stream| {
        let mut stream = stream;
        drop(stream.write_all(b"HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n"));
        while stream
            .write_all(format!("1000\r\n{}\r\n", "x".repeat(0x1000)).as_bytes())
            .is_ok()
        {}
    });
    let outcome = deliver(&inside(Preset::Standard, &endless.url())).await;
    assert!(
        matches!(&outcome, Outcome::Retry { why, .. } if why.chars().count() <= 301),
        "{outcome:?}"
    );

    let zipped = answer("500 x", "Content-Encoding: gzip\r\n", "no gzip at all");
    let receiver = Receiver::answering(&zipped);
    let outcome = deliver(&inside(Preset::Standard, &receiver.url())).await;
    assert_eq!(
        outcome,
        Outcome::retry("500 Internal Server Error: no gzip at all")
    );
}

#[tokio::test]
async fn s35_no_failure_tells_a_secret() {
    let receiver = Receiver::answering("nonsense\r\n\r\n");
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        format!(
            "http://{}/send?key=geheim",
            listener.local_addr().expect("an address")
        )
    };
    for url in [
        receiver.url(),
        closed,
        "http://no-such-host.invalid/send?key=geheim".to_owned(),
    ] {
        let target = inside(Preset::WeCom, &url);
        let outcome = deliver(&target).await;
        let said = format!("{outcome:?} {target:?}");
        assert!(matches!(outcome, Outcome::Retry { .. }), "{said}");
        assert!(
            !said.contains("geheim") && !said.contains("/send"),
            "{said}"
        );
    }
    let huge = Notice {
        data: "x".repeat(300_000).into(),
        ..notice()
    };
    let hooks = Hooks::new().expect("hooks");
    let outcome = hooks
        .deliver(
            &inside(Preset::Standard, &receiver.url()),
            "1",
            &huge,
            now(),
        )
        .await;
    assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
}
