//! Can it be operated? New settings without a restart, figures for those who may see them, and limits that say when to come back.

use crate::harness::{Kb, Server};
use std::collections::BTreeSet;
use std::path::Path;

fn hang_up(server: &Server) {
    server.signal("HUP");
}

fn counted(server: &Server, outcome: &str) -> u64 {
    let name = format!("kb_config_reloads_total{{outcome=\"{outcome}\"}} ");
    let figures = server.get("/metrics").text();
    let line = figures.lines().find_map(|line| line.strip_prefix(&name));
    line.map_or(0, |count| count.parse().expect("a number"))
}

const OLD: &str =
    "[site.name]\nzh-CN = \"旧名字\"\n[ask]\nmin_seconds = 0\nper_address_hour = 1000\n";

#[test]
fn new_settings_are_in_effect_after_a_hangup_and_what_needs_a_restart_is_named() {
    let kb = Kb::new().article("退款", "七天内可以退。").config(OLD);
    let server = kb.serve();
    let old = server.get("/a/退款");
    assert!(old.text().contains("旧名字"));
    kb.put(
        "kb.toml",
        "[site]\ncontact = \"help@example.com\"\n[site.name]\nzh-CN = \"新名字\"\n[server]\nmax_connections = 77\n\
         [limits]\npage_hits = 3\n[embed]\norigins = [\"https://www.example.com\"]\n[ask]\nmin_seconds = 0\ntext_chars = 100\n",
    );
    hang_up(&server);
    server.eventually("the settings are in effect", |s| {
        (counted(s, "applied") == 1).then_some(())
    });
    let new = server.get("/a/退款");
    assert!(new.text().contains("新名字") && !new.text().contains("旧名字"));
    assert_ne!(
        new.header("etag"),
        old.header("etag"),
        "what was kept is old"
    );
    let _ = server.get("/api/v1/search?q=x&limit=4").status(400);
    let origin = [("origin", "https://www.example.com")];
    let search = server
        .get_with("/api/v1/search?q=退款", &origin)
        .status(200);
    assert_eq!(
        search.header("access-control-allow-origin"),
        "https://www.example.com"
    );
    let long = serde_json::json!({ "email": "a@b.cn", "text": "长".repeat(101) });
    server.eventually("the use cases have them too", |s| {
        s.post_json("/api/v1/cases", &[], &long)
            .is(400)
            .then_some(())
    });
    let log = server.log();
    assert!(
        log.contains("server.max_connections") && log.contains("needs a restart"),
        "{log}"
    );
    assert!(log.contains("is in effect"), "{log}");
}

#[test]
fn a_file_that_cannot_be_used_changes_nothing() {
    let kb = Kb::new().article("退款", "七天内可以退。").config(OLD);
    let server = kb.serve();
    kb.put("kb.toml", "[site]\nbase_url = 7\nnaem = \"x\"\n");
    hang_up(&server);
    server.eventually("it is refused", |s| {
        (counted(s, "refused") == 1).then_some(())
    });
    assert!(server.get("/").text().contains("旧名字"));
    let log = server.log();
    assert!(
        log.contains("the former settings stay") && log.contains("naem"),
        "{log}"
    );
    kb.put("kb.toml", OLD.replace("旧", "好"));
    hang_up(&server);
    server.eventually("the mended one is in effect", |s| {
        s.get("/").text().contains("好名字").then_some(())
    });
    assert_eq!(
        (counted(&server, "applied"), counted(&server, "refused")),
        (1, 1)
    );
}

#[test]
fn letters_leave_by_the_new_settings() {
    let kb = Kb::new()
        .article("退款", "x")
        .config("[ask]\nmin_seconds = 0\n[mail]\nfrom = \"a@example.com\"\ndir = \"one\"\n");
    let server = kb.serve();
    let ask = |from: &str| {
        let body = serde_json::json!({ "email": from, "text": "忘记密码怎么办" });
        server.eventually("questions can be asked", |s| {
            s.post_json("/api/v1/cases", &[], &body)
                .is(201)
                .then_some(())
        });
    };
    let letters = |folder: &str| std::fs::read_dir(kb.path(folder)).map_or(0, Iterator::count);
    ask("li@example.com");
    server.eventually("the first is written", |_| {
        (letters("one") > 0).then_some(())
    });
    let before = letters("one");
    kb.put(
        "kb.toml",
        "[ask]\nmin_seconds = 0\n[mail]\nfrom = \"a@example.com\"\ndir = \"two\"\n",
    );
    hang_up(&server);
    server.eventually("the settings are in effect", |s| {
        (counted(s, "applied") == 1).then_some(())
    });
    ask("wang@example.com");
    server.eventually("the second is elsewhere", |_| {
        (letters("two") > 0).then_some(())
    });
    assert_eq!(letters("one"), before);
}

#[test]
fn figures_are_for_this_machine_unless_somebody_else_is_named() {
    let kb = Kb::new().article("退款", "x");
    let server = kb.serve();
    let _ = server.get("/metrics").status(200);
    for name in ["x-forwarded-for", "forwarded", "via"] {
        let _ = server
            .get_with("/metrics", &[(name, "192.0.2.1")])
            .status(404);
    }
    let kb = Kb::new()
        .article("退款", "x")
        .config("[metrics]\ntoken = \"0123456789abcdef\"\n");
    let server = kb.serve();
    let _ = server.get("/metrics").status(404);
    let _ = server
        .get_with("/metrics", &[("authorization", "Bearer 0123456789abcdeX")])
        .status(404);
    let known = [
        ("authorization", "Bearer 0123456789abcdef"),
        ("x-forwarded-for", "192.0.2.1"),
    ];
    let figures = server.get_with("/metrics", &known).status(200);
    assert!(figures.text().contains("kb_build_info"));
    let _ = Kb::new()
        .article("退款", "x")
        .config("[metrics]\ntoken = \"short\"\n")
        .run(["serve"])
        .code(2)
        .stderr_has("metrics.token");
}

#[test]
fn figures_can_have_an_address_of_their_own() {
    let kb = Kb::new()
        .article("退款", "x")
        .config("[metrics]\nlisten = \"127.0.0.1:0\"\n");
    let server = kb.serve();
    let _ = server.get("/metrics").status(404);
    let log = server.log();
    let line = log
        .lines()
        .find(|line| line.contains("figures for Prometheus"));
    let line: serde_json::Value =
        serde_json::from_str(line.expect("it is said where")).expect("JSON");
    let address = format!("http://{}", line["address"].as_str().expect("an address"));
    let ask = |path: &str| {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut answer = agent
            .get(format!("{address}{path}"))
            .call()
            .expect("an answer");
        (
            answer.status().as_u16(),
            answer.body_mut().read_to_string().expect("text"),
        )
    };
    let (status, figures) = ask("/metrics");
    assert!(
        status == 200 && figures.contains("kb_build_info"),
        "{figures}"
    );
    assert_eq!(ask("/healthz").0, 200);
    assert_eq!(ask("/search?q=x").0, 404, "nothing else is there");
}

#[test]
fn s48_who_reads_too_much_is_told_when_to_come_back_and_others_are_served() {
    let kb = Kb::new().article("退款", "七天内可以退。").config(
        "[server]\ntrusted_proxies = [\"127.0.0.0/8\"]\n[limits]\nsearches_per_minute = 6\npages_per_minute = 4\n",
    );
    let server = kb.serve();
    let ask = |path: &str, from: &str| server.get_with(path, &[("x-forwarded-for", from)]);
    for _ in 0..6 {
        let _ = ask("/api/v1/search?q=退款", "192.0.2.1").status(200);
    }
    let busy = ask("/api/v1/suggest?q=退", "192.0.2.1").status(429);
    let seconds: u64 = busy.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert!(
        busy.header("content-type")
            .starts_with("application/problem+json")
    );
    assert_eq!(busy.header("cache-control"), "no-store");
    let page = ask("/search?q=退款", "192.0.2.1").status(429);
    assert!(page.header("content-type").starts_with("text/html"));
    let _ = ask("/api/v1/search?q=退款", "192.0.2.2").status(200);
    // What a client writes itself stands behind what the proxy says.
    let _ = ask("/api/v1/search?q=退款", "203.0.113.9, 192.0.2.1").status(429);
    for _ in 0..4 {
        let _ = ask("/", "192.0.2.1").status(200);
    }
    let _ = ask("/", "192.0.2.1").status(429);
    for path in ["/healthz", "/readyz", "/assets/app.css", "/desk/sign-in"] {
        assert_ne!(ask(path, "192.0.2.1").status_code(), 429, "{path}");
    }
    let figures = server.get("/metrics").text();
    assert!(
        figures.contains("kb_http_limited_total{class=\"search\"} 3"),
        "{figures}"
    );
}

/// The names of metrics in a text: `kb_` and lower-case words.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()));
    let is_name = |word: &&str| word.starts_with("kb_") && word.len() > 5;
    words.filter(is_name).map(str::to_owned).collect()
}

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(path).expect("the file")
}

#[test]
fn every_figure_is_documented_and_on_the_dashboard_nothing_else() {
    let source = file("src/http/metrics.rs");
    let (table, code) = source
        .split_once("use super::state")
        .expect("a table, then code");
    let code = code.split("#[cfg(test)]").next().expect("code");
    let served = names(code);
    assert_eq!(names(table), served, "the table of http/metrics.rs");
    let manual = file("kb/operations/metrics.md");
    let rows: String = manual
        .lines()
        .filter(|line| line.starts_with("| `kb_"))
        .collect();
    assert_eq!(names(&rows), served, "kb/operations/metrics.md");
    let board = file("packaging/grafana.json");
    let board: serde_json::Value = serde_json::from_str(&board).expect("JSON");
    let mut shown = BTreeSet::new();
    for panel in board["panels"].as_array().expect("panels") {
        for target in panel["targets"].as_array().into_iter().flatten() {
            shown.extend(names(target["expr"].as_str().expect("an expression")));
        }
    }
    let base = |name: &String| {
        let base = ["_bucket", "_count", "_sum"]
            .iter()
            .find_map(|end| name.strip_suffix(end));
        base.filter(|base| served.contains(*base))
            .unwrap_or(name)
            .to_owned()
    };
    let shown: BTreeSet<String> = shown.iter().map(base).collect();
    let unknown: Vec<_> = shown.difference(&served).collect();
    assert!(
        unknown.is_empty(),
        "the dashboard shows what nobody serves: {unknown:?}"
    );
    assert!(shown.len() > 12, "{shown:?}");
    // And the other way round: what is served has a description.
    let kb = Kb::new().article("退款", "x");
    let text = kb.serve().get("/metrics").text();
    let live: BTreeSet<String> = names(&text).iter().map(base).collect();
    let undocumented: Vec<_> = live.difference(&served).collect();
    assert!(undocumented.is_empty(), "{undocumented:?}");
}
