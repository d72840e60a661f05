//! Which cases wait, found how quickly, changed how many at once, and taken out how safely?

use super::desk::Office;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

const TWO: [(&str, &str, &str); 2] = [
    ("mei", "agent", "support"),
    ("zhuan", "specialist", "experts"),
];

#[test]
fn each_queue_has_its_cases_and_filters_narrow_them() {
    let office = Office::of(&TWO);
    let mine = office.case("li@example.cn", "我的问题");
    let waiting = office.case("li@example.cn", "等待的问题");
    let solved = office.case("li@example.cn", "解决的问题");
    let fresh = office.case("han@example.cn", "新的问题");
    let urgent = office.case("han@example.cn", "网站宕机了，全部无法使用");
    let mei = office.sit("mei");
    office.answer(&mei, &mine, "reply", "在看").status(303);
    office
        .answer(&mei, &waiting, "ask_back", "哪个订单")
        .status(303);
    office.answer(&mei, &solved, "solve", "好了").status(303);
    for (query, there) in [
        ("view=mine", &[&mine][..]),
        ("view=unassigned", &[&fresh, &urgent]),
        ("view=open", &[&mine, &fresh, &urgent]),
        ("view=waiting", &[&waiting]),
        ("view=solved", &[&solved]),
        ("view=due", &[&urgent]),
        ("view=group:support", &[&mine, &waiting, &fresh, &urgent]),
        ("view=all", &[&mine, &waiting, &solved, &fresh, &urgent]),
        ("view=all&priority=P1", &[&urgent]),
        ("view=all&state=waiting", &[&waiting]),
        ("view=open&state=waiting", &[]),
        ("view=all&assignee=none", &[&fresh, &urgent]),
        ("view=all&kind=suggestion", &[]),
        ("view=all&tag=none", &[]),
        ("view=all&lang=en", &[]),
        ("view=all&q=han@example.cn", &[&fresh, &urgent]),
        ("view=all&q=全部无法使用", &[&urgent]),
        (&format!("view=all&q={}", solved.to_lowercase()), &[&solved]),
        ("view=all&q=zzzz", &[]),
        ("view=nothing-such&priority=P9&after=x", &[&mine]),
    ] {
        let page = office
            .get(&mei, &format!("/desk?{query}"))
            .status(200)
            .text();
        for number in [&mine, &waiting, &solved, &fresh, &urgent] {
            let shown = page.contains(&format!("href=\"/desk/cases/{number}\""));
            assert_eq!(shown, there.contains(&number), "{query}: {number}");
        }
    }
    let page = office.server.eventually("counts follow", |_| {
        let page = office.get(&mei, "/desk").text();
        page.contains("data-count=\"unassigned\">2<")
            .then_some(page)
    });
    assert!(page.contains("[P1×1]"), "the title calls");
}

#[test]
fn many_cases_change_at_once_and_back() {
    let office = Office::of(&TWO);
    let numbers: Vec<String> = (0..3)
        .map(|i| office.case("li@example.cn", &format!("问题 {i}")))
        .collect();
    let ids: Vec<String> = numbers
        .iter()
        .map(|number| office.read(number).id.to_string())
        .collect();
    let mei = office.sit("mei");
    let chosen = || {
        ids.iter()
            .map(|id| ("case", id.as_str()))
            .collect::<Vec<_>>()
    };
    let bulk = |extra: &[(&str, &str)]| {
        let mut fields = chosen();
        fields.extend(extra);
        fields.push(("here", "/desk?view=all"));
        office.post(&mei, "/desk/bulk", &fields).status(303);
        office.get(&mei, "/desk?view=all").status(200).text()
    };
    let page = bulk(&[("do", "priority"), ("priority", "P2")]);
    assert!(page.contains("已处理 3 个工单"));
    assert!(
        numbers
            .iter()
            .all(|number| office.read(number).priority.as_str() == "P2")
    );
    // One is changed meanwhile: that one is not undone.
    office
        .answer(&mei, &numbers[0], "note", "看过了")
        .status(303);
    let undo: Vec<&str> = page
        .split("name=\"undo\" value=\"")
        .skip(1)
        .filter_map(|part| part.split('"').next())
        .collect();
    assert_eq!(undo.len(), 3);
    let fields: Vec<(&str, &str)> = undo.iter().map(|value| ("undo", *value)).collect();
    office.post(&mei, "/desk/undo", &fields).status(303);
    let page = office.get(&mei, "/desk?view=all").text();
    assert!(page.contains("已撤销 2 个工单的更改") && page.contains(&numbers[0]));
    let priorities: Vec<String> = numbers
        .iter()
        .map(|number| office.read(number).priority.to_string())
        .collect();
    assert_eq!(priorities, ["P2", "P3", "P3"]);
    bulk(&[("do", "tag"), ("tag", "批量")]);
    bulk(&[("do", "close")]);
    assert!(
        numbers
            .iter()
            .all(|number| office.read(number).state.as_str() == "closed")
    );
    assert!(bulk(&[("do", "tag"), ("tag", "a/b")]).contains("flash-failed"));
    office
        .post(
            &mei,
            "/desk/bulk",
            &[("do", "close"), ("here", "https://evil.example")],
        )
        .status(303)
        .has_header("location", "/desk");
}

#[test]
fn s11_a_list_leaves_as_a_file_without_formulas() {
    let office = Office::of(&TWO);
    let text = "=HYPERLINK(\"http://evil.example\",\"点我\")";
    let number = office.case_like("li@example.cn", text, |new| new.steps.clear());
    let mei = office.sit("mei");
    let file = office.get(&mei, "/desk/cases.csv?view=all").status(200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.header("content-disposition").starts_with("attachment"));
    let text = file.text();
    let line = text
        .lines()
        .find(|line| line.contains(&number))
        .expect("the case");
    assert!(line.contains("\"'=HYPERLINK(\"\"http"), "{line}");
    assert!(
        text.starts_with('\u{feff}')
            && text
                .lines()
                .next()
                .is_some_and(|head| head.contains("\"number\""))
    );
}

#[test]
fn a_live_page_hears_of_a_new_case_and_a_new_message_and_ends_with_the_session() {
    let office = Office::of(&TWO);
    let number = office.case("li@example.cn", "登录不了");
    let (mei, zhuan) = (office.sit("mei"), office.sit("zhuan"));
    let address = office.server.url().trim_start_matches("http://").to_owned();
    let mut line = TcpStream::connect(&address).expect("a connection");
    line.set_read_timeout(Some(Duration::from_secs(60)))
        .expect("a limit");
    let request = format!(
        "GET /desk/live?case={number} HTTP/1.1\r\nhost: {address}\r\ncookie: {}\r\naccept-encoding: gzip\r\n\r\n",
        mei.cookie
    );
    line.write_all(request.as_bytes()).expect("sent");
    let mut lines = BufReader::new(line).lines().map_while(Result::ok);
    let mut until = |what: &str| lines.find(|line| line.contains(what));
    assert!(
        until("\"events\":1").is_some(),
        "the present state comes first, uncompressed"
    );
    office.answer(&zhuan, &number, "note", "我看看").status(303);
    assert!(until("\"events\":2").is_some(), "a new event is heard of");
    office.case("han@example.cn", "又一个问题");
    assert!(until("\"unassigned\":2").is_some(), "a new case is counted");
    office
        .server
        .kb()
        .run(["user", "disable", "mei@example.com"])
        .code(0);
    assert!(until("never").is_none(), "the line ends with the account");
}

#[test]
fn two_hundred_live_pages_take_little_memory() {
    let office = Office::of(&TWO);
    let number = office.case("li@example.cn", "登录不了");
    let mei = office.sit("mei");
    let address = office.server.url().trim_start_matches("http://").to_owned();
    let resident_kib = || -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", office.server.pid()))
            .unwrap_or_default();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap_or_default()
            .to_owned();
        line.split_whitespace()
            .nth(1)
            .and_then(|kib| kib.parse().ok())
            .unwrap_or(0)
    };
    let open = || {
        let mut line = TcpStream::connect(&address).expect("a connection");
        line.set_read_timeout(Some(Duration::from_secs(60)))
            .expect("a limit");
        let request = format!(
            "GET /desk/live?case={number} HTTP/1.1\r\nhost: {address}\r\ncookie: {}\r\n\r\n",
            mei.cookie
        );
        line.write_all(request.as_bytes()).expect("sent");
        let mut reader = BufReader::new(line);
        let mut read = String::new();
        while !read.contains("data:") {
            read.clear();
            assert!(
                reader.read_line(&mut read).expect("an answer") > 0,
                "the line stands"
            );
        }
        reader
    };
    let warm: Vec<_> = (0..5).map(|_| open()).collect();
    drop(warm);
    let before = resident_kib();
    let lines: Vec<_> = (0..200).map(|_| open()).collect();
    let taken_mib = resident_kib().saturating_sub(before) / 1024;
    assert_eq!(lines.len(), 200);
    assert!(taken_mib <= 50, "200 live pages take {taken_mib} MiB");
}
