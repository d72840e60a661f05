//! What does a query made to explode cost? Counted in steps, not in seconds.

use kb::clock::Clock;
use kb::config::Schema;
use kb::index::Generations;
use kb::search::{Engine, Request, Work};
use kb::sync::{Sources, reindex};
use std::fmt::Write as _;
use std::sync::Arc;

const ARTICLES: usize = 300;

/// An engine over articles that share nearly all their characters.
fn engine(folder: &std::path::Path) -> Engine {
    let kb = folder.join("kb");
    std::fs::create_dir(&kb).expect("a folder");
    for n in 0..ARTICLES {
        let text =
            format!("+++\ntitle = \"怎么重置密码和账号 a yi {n}\"\n+++\n打开设置，重置密码。\n");
        std::fs::write(kb.join(format!("{n}.md")), text).expect("a file");
    }
    let schema = Arc::new(Schema::default());
    let sources = Sources::new(&kb, Arc::clone(&schema)).expect("good sources");
    let generations = Generations::new(&folder.join("data"));
    let opened = reindex(&sources, &generations, &Clock::System, &mut |_| ()).expect("it builds");
    Engine::new(opened.snapshot, schema, Arc::clone(sources.lexicon()))
}

fn work(engine: &Engine, query: &str) -> Work {
    let request = Request {
        query: query.to_owned(),
        limit: 10,
        ..Request::default()
    };
    engine.search(&request).expect("an answer").work
}

#[test]
fn no_query_makes_more_work_than_a_few_hundred_terms() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = engine(folder.path());
    let mut different = String::new();
    for n in 0..10_000_u32 {
        let c = char::from_u32(0x4e00 + n).unwrap_or('一');
        write!(different, "{c}").expect("memory");
    }
    let alternating: String = "密a碼b重1".repeat(2_000);
    for query in [
        "a".to_owned(),
        "yi".to_owned(),
        "\"".repeat(10_000),
        "“".repeat(10_000),
        "\"密码\"".repeat(3_000),
        "-密码 ".repeat(5_000),
        "密码 -账号".repeat(2_000),
        "tag:a ".repeat(2_000),
        alternating,
        different,
        "密".repeat(10_000),
        "yi".repeat(5_000),
        "退款 退钱 账号 登录 密码 手机 忘记 发票 ".repeat(500),
        "浙大".repeat(3_000),
    ] {
        let work = work(&engine, &query);
        let shown: String = query.chars().take(20).collect();
        // As typed, four times with other words, spelt out, mended.
        assert!(work.readings <= 7, "{shown}: {work:?}");
        assert!(work.terms <= 7 * 128, "{shown}: {work:?}");
        // Each term is read once in each of the six zones, of each article at most once.
        assert!(
            work.postings <= (work.terms * 6 * ARTICLES) as u64,
            "{shown}: {work:?}"
        );
    }
}

#[test]
fn an_everyday_query_is_read_a_few_times_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = engine(folder.path());
    assert_eq!(work(&engine, "怎么重置密码和账号 a yi 7").readings, 1);
    assert!(work(&engine, "重置密码").readings <= 5);
}

#[test]
fn word_lists_of_any_size_and_shape_are_taken_or_refused_and_bounded() {
    let folder = tempfile::tempdir().expect("a folder");
    let kb = folder.path().join("kb");
    std::fs::create_dir(&kb).expect("a folder");
    let list = folder.path().join("list.txt");
    let read = |text: &str, dictionary: bool| {
        std::fs::write(&list, text).expect("a file");
        let mut schema = Schema::default();
        match dictionary {
            true => schema.lexicon.dictionary.push(list.clone()),
            false => schema.lexicon.synonyms.push(list.clone()),
        }
        Sources::new(&kb, Arc::new(schema)).map_err(|why| why.to_string())
    };
    let mut many = String::new();
    for n in 0..100_000 {
        writeln!(many, "词{n}, 语{}", n + 1).expect("memory");
    }
    assert!(read(&many, false).is_ok());
    let loops = "甲乙 => 丙丁\n丙丁 => 甲乙\n".repeat(20_000);
    assert!(read(&loops, false).is_ok());
    let one_line = vec!["词"; 100_000].join(",");
    let why = read(&one_line, false).expect_err("a line too long");
    assert!(
        why.contains("list.txt:1:1: a line has at most 64 words"),
        "{why}"
    );
    let why = read(&"only one\n".repeat(1_000), false).expect_err("bad lines");
    assert_eq!(why.lines().count(), 20);
    for (garbage, place) in [
        ("小程序\n??? 3\n", "list.txt:2:1"),
        ("小程序\n小程序 许多\n", "list.txt:2:5"),
        (&format!("{}\n", "长".repeat(40)), "list.txt:1:1"),
    ] {
        let why = read(garbage, true).expect_err("garbage");
        assert!(why.contains(place), "{why}");
    }
    assert!(read("小程序 500 n\n七天无理由\t3\n# 注\n\u{feff}\nC++\n", true).is_ok());
}
