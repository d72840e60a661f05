//! What does reading and checking articles find? Every kind of bad file, through the library and through `kb check`.

use crate::harness::Kb;
use jiff::Timestamp;
use kb::config::{ExtraField, FieldType, Schema};
use kb::content::{
    Library, check_library, codes, list_files, load_library, read_article, read_category,
};
use kb::model::{Article, Audience, Problem, Status, Value};

fn now() -> Timestamp {
    "2026-11-22T00:00:00Z".parse().expect("an instant")
}

fn load(kb: &Kb) -> Library {
    load_library(&kb.path("kb"), &Schema::default())
}

/// Code, line, column and length of each problem; zeros where the file as a whole is meant.
fn found(kb: &Kb) -> Vec<(&'static str, usize, usize, usize)> {
    let problems = check_library(&kb.path("kb"), &load(kb), &Schema::default(), now());
    problems.iter().map(place).collect()
}

fn place(problem: &Problem) -> (&'static str, usize, usize, usize) {
    let place = problem.place.as_ref();
    place.map_or((problem.code, 0, 0, 0), |p| {
        (problem.code, p.line, p.column, p.length)
    })
}

#[track_caller]
fn read(text: &str) -> (Option<Article>, Vec<Problem>) {
    let kb = Kb::new().write("kb/a.md", text);
    let loaded = read_article(&kb.path("kb"), "a.md", &Schema::default());
    (loaded.article, loaded.problems)
}

#[track_caller]
fn one(text: &str) -> Problem {
    let (_, problems) = read(text);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.into_iter().next().expect("one")
}

#[test]
fn every_key_of_an_article_is_read() {
    let text = r#"+++
title = "忘记密码怎么办？"
id = "account/forgot"
similar = ["密码忘了", "怎么找回密码"]
tags = ["账号"]
audience = "customer"
answer = "在登录页点“忘记密码”。"
lang = "zh-TW"
products = ["app"]
pinned = ["密码"]
related = ["account/change-phone"]
owner = "accounts@example.com"
review_by = 2027-06-01
publish_at = 2026-12-01T09:00:00+08:00
expire_at = 2027-12-31
status = "archived"
aliases = ["/old/path"]
order = 3
updated = 2026-01-02
+++
在登录页……
"#;
    let (article, problems) = read(text);
    assert!(problems.is_empty(), "{problems:?}");
    let article = article.expect("an article");
    assert_eq!(
        (article.id.as_str(), article.title.as_str()),
        ("account/forgot", "忘记密码怎么办？")
    );
    assert_eq!(article.similar, ["密码忘了", "怎么找回密码"]);
    assert_eq!(article.audience.rank(), 1);
    assert_eq!(article.lang.tag(), "zh-TW");
    assert_eq!(article.owner.as_deref(), Some("accounts@example.com"));
    assert_eq!(article.publish_at, "2026-12-01T01:00:00Z".parse().ok());
    // Shown until the end of its last day.
    assert_eq!(article.expire_at, "2028-01-01T00:00:00Z".parse().ok());
    assert_eq!(article.review_by, "2027-06-01".parse().ok());
    assert_eq!(article.status, Status::Archived);
    assert_eq!(
        (article.order, article.aliases),
        (Some(3), vec!["/old/path".to_owned()])
    );
    assert_eq!(
        article.updated,
        "2026-01-02T00:00:00Z"
            .parse::<Timestamp>()
            .expect("an instant")
    );
    assert_eq!(article.parts[0].markdown, "在登录页……\n");
}

#[test]
fn yaml_of_other_tools_is_read() {
    let text = "---\ntitle: 用 EXPLAIN 查看\nsummary: 介绍概况。\naliases: ['/docs/a/','/docs/b/']\ntags:\n- 甲\n- 乙\ndraft: true\nweight: 7\ndate: 07/20/2015\n---\n\n# 用 EXPLAIN 查看\n\n正文\n";
    let (article, problems) = read(text);
    assert!(problems.is_empty(), "{problems:?}");
    let article = article.expect("an article");
    assert_eq!(article.answer.as_deref(), Some("介绍概况。"));
    assert_eq!(
        (article.aliases.len(), article.tags.len(), article.order),
        (2, 2, Some(7))
    );
    assert_eq!(article.status, Status::Draft);
    assert_eq!(article.updated.to_string(), "2015-07-20T00:00:00Z");
    assert_eq!(
        article.markdown().trim(),
        "正文",
        "the title is not repeated"
    );
}

#[test]
fn without_front_matter_the_first_heading_is_the_title() {
    for (text, title, markdown) in [
        ("# 如何退款？\n\n点这里。\n", "如何退款？", "\n点这里。\n"),
        (
            "前言\n\n## 如何退款？\n",
            "如何退款？",
            "前言\n\n## 如何退款？\n",
        ),
        ("---\n\n# 横线之后\n", "横线之后", "---\n\n# 横线之后\n"),
        ("+++\ntitle = \"A\"\n+++\n# B\n", "A", "# B\n"),
        (
            "+++\ntitle = \"A b\"\n+++\n# a B <span>since 8</span>\n",
            "A b",
            "# a B <span>since 8</span>\n",
        ),
        (
            "+++\ntitle = \"A b\"\n+++\n# A b <span>since 8</span>\n",
            "A b",
            "<span>since 8</span>\n",
        ),
    ] {
        let (article, problems) = read(text);
        let article = article.expect("an article");
        assert_eq!(
            (article.title.as_str(), article.markdown().as_str()),
            (title, markdown),
            "{text}"
        );
        assert!(problems.is_empty(), "{problems:?}");
    }
    assert_eq!(place(&one("没有标题\n")), ("KB015", 0, 0, 0));
}

#[test]
fn the_language_is_seen_from_the_text() {
    for (text, tag) in [
        ("# 如何重設密碼\n\n點這裡。\n", "zh-TW"),
        ("# 如何重设密码\n", "zh-CN"),
        ("# How do I reset it?\n\nClick.\n", "en"),
        (
            "# 用 EXPLAIN 查看\n\n```\nSELECT something FROM somewhere WHERE a = b\n```\n",
            "zh-CN",
        ),
    ] {
        assert_eq!(read(text).0.map(|a| a.lang.tag()), Some(tag), "{text}");
    }
}

#[test]
fn every_wrong_key_is_found_at_its_place() {
    let text = "+++\ntitle = 5\nsimlar = [\"x\"]\ntags = [\"a\", 2]\nlang = \"fr\"\nreview_by = \"soon\"\nowner = \"nobody\"\norder = \"1\"\n+++\n# 标题\n\n正文\n";
    let (article, problems) = read(text);
    assert!(article.is_some(), "the article is shown without them");
    let mut places: Vec<_> = problems.iter().map(place).collect();
    places.sort_by_key(|place| place.1);
    assert_eq!(
        places,
        [
            ("KB014", 2, 9, 1),
            ("KB013", 3, 1, 6),
            ("KB014", 4, 14, 1),
            ("KB012", 5, 8, 4),
            ("KB017", 6, 13, 6),
            ("KB012", 7, 9, 8),
            ("KB014", 8, 9, 3),
        ]
    );
    let unknown = problems
        .iter()
        .find(|p| p.code == "KB013")
        .expect("unknown key");
    assert_eq!(unknown.help.as_deref(), Some("did you mean `similar`?"));
}

#[test]
fn a_guard_that_cannot_be_understood_hides_the_article() {
    for key in [
        "audience = \"intern\"",
        "audience = 3",
        "status = \"已发布\"",
        "publish_at = \"later\"",
        "expire_at = []",
    ] {
        let (article, problems) = read(&format!("+++\ntitle = \"A\"\n{key}\n+++\nsecret\n"));
        assert!(
            article.is_none() && problems.len() == 1,
            "{key}: {problems:?}"
        );
    }
    let problem = one("+++\ntitle = \"A\"\nstatus = \"publised\"\n+++\n");
    assert_eq!(problem.help.as_deref(), Some("did you mean `published`?"));
    assert_eq!(place(&problem), ("KB012", 3, 10, 10));
}

#[test]
fn broken_front_matter_is_shown_at_its_place() {
    for (text, expected) in [
        ("+++\ntitle = \"A\"\n", ("KB010", 1, 1, 3)),
        ("---\ntitle: A\nbody\n", ("KB010", 1, 1, 3)),
        ("+++\ntitle = “A”\n+++\n", ("KB011", 2, 9, 1)),
        (
            "+++\ntitle = \"A\"\ntitle = \"B\"\n+++\n",
            ("KB011", 3, 1, 5),
        ),
        ("---\ntitle: A\ntitle: B\n---\n", ("KB011", 3, 1, 5)),
        ("---\ntitle: [A\n---\n", ("KB011", 2, 8, 1)),
        ("---\na: &x [1]\ntitle: *x\n---\n", ("KB011", 3, 8, 2)),
        ("---\n- a\n---\n", ("KB011", 2, 1, 1)),
    ] {
        let (article, problems) = read(text);
        assert!(article.is_none(), "{text}");
        let places: Vec<_> = problems.iter().map(place).collect();
        assert_eq!(
            places.first().map(|p| (p.0, p.1)),
            Some((expected.0, expected.1)),
            "{text}: {problems:?}"
        );
    }
}

#[test]
fn s44_bombs_in_front_matter_are_refused_at_once() {
    let laughs: String = (0..30)
        .map(|i| format!("a{}: &a{} [*a{i},*a{i},*a{i}]\n", i + 1, i + 1))
        .collect();
    for text in [
        format!("+++\na = {}\n+++\n", "[".repeat(60_000)),
        format!("+++\n{} = 1\n+++\n", vec!["a"; 30_000].join(".")),
        format!("+++\n{}\n+++\n", "x = 1\n".repeat(200_000)),
        format!("---\na0: &a0 x\n{laughs}---\n"),
        format!("---\na: {}\n---\n", "[".repeat(60_000)),
        format!("---\na: {}\n---\n", "{a: ".repeat(15_000)),
        format!("---\n{}\n---\n", "? ".repeat(30_000)),
        format!("---\n{}\n---\n", "- ".repeat(30_000)),
    ] {
        let begun = std::time::Instant::now();
        let (article, problems) = read(&text);
        assert!(article.is_none() && !problems.is_empty(), "{}", &text[..20]);
        assert!(
            begun.elapsed().as_secs() < 5,
            "{} took {:?}",
            &text[..20],
            begun.elapsed()
        );
    }
}

#[test]
fn fields_of_the_schema_are_typed() {
    let mut schema = Schema::default();
    for (name, kind, values) in [
        (
            "region",
            FieldType::Text,
            vec!["cn".to_owned(), "tw".to_owned()],
        ),
        ("versions", FieldType::Texts, vec![]),
        ("level", FieldType::Integer, vec![]),
        ("vip", FieldType::Boolean, vec![]),
        ("since", FieldType::Date, vec![]),
    ] {
        let field = ExtraField {
            kind,
            facet: false,
            filter: false,
            values,
        };
        schema.fields.insert(name.to_owned(), field);
    }
    let read = |keys: &str| {
        let kb = Kb::new().write("kb/a.md", format!("+++\ntitle = \"A\"\n{keys}\n+++\nx\n"));
        read_article(&kb.path("kb"), "a.md", &schema)
    };
    let loaded =
        read("region = \"cn\"\nversions = [\"1\"]\nlevel = 3\nvip = true\nsince = 2026-01-01");
    let extra = loaded.article.expect("an article").extra;
    assert_eq!(extra.get("level"), Some(&Value::Integer(3)));
    assert_eq!(extra.len(), 5, "{:?}", loaded.problems);
    let loaded = read("region = \"us\"\nversions = 1\nlevel = \"x\"\nvip = 1\nsince = true");
    assert_eq!(
        loaded
            .problems
            .iter()
            .filter(|p| p.code == "KB012" || p.code == "KB014")
            .count(),
        5
    );
    let loaded = read("verions = []");
    assert_eq!(
        loaded.problems[0].help.as_deref(),
        Some("did you mean `versions`?")
    );
}

#[test]
fn f13_encodings_are_read_or_refused() {
    let text = "# 忘记密码怎么办\n\n请在登录页点忘记密码，用手机验证码重设。\n";
    let (gbk, _, _) = encoding_rs::GBK.encode(text);
    let kb = Kb::new()
        .write("kb/gbk.md", &gbk)
        .write("kb/bom.md", format!("\u{feff}{text}"))
        .write(
            "kb/crlf.md",
            text.replace('\n', "\r\n").replace("忘记密码怎么办", "换行"),
        )
        .write("kb/broken.md", [text.as_bytes(), b"\xff\xfe"].concat())
        .write("kb/nul.md", "# 空\0白\n\nx\n");
    let library = load(&kb);
    let codes: Vec<_> = library
        .problems
        .iter()
        .map(|p| (p.path.as_str(), p.code))
        .collect();
    assert_eq!(
        codes,
        [
            ("bom.md", "KB004"),
            ("broken.md", "KB002"),
            ("gbk.md", "KB003"),
            ("nul.md", "KB007")
        ]
    );
    let titles: Vec<_> = library.articles.iter().map(|a| a.title.as_str()).collect();
    assert_eq!(titles, ["忘记密码怎么办", "换行", "忘记密码怎么办", "空白"]);
    let broken = library
        .problems
        .iter()
        .find(|p| p.code == "KB002")
        .map(place);
    assert_eq!(broken, Some(("KB002", 4, 1, 1)));
}

#[test]
fn f14_a_file_over_the_limit_is_not_read() {
    let kb = Kb::new().article("好", "x");
    let big = std::fs::File::create(kb.path("kb/big.md")).expect("a file");
    big.set_len(50 * 1024 * 1024 * 1024).expect("a sparse file");
    let library = load(&kb);
    assert_eq!(
        library.problems.iter().map(|p| p.code).collect::<Vec<_>>(),
        ["KB005"]
    );
    assert_eq!(library.articles.len(), 1);
}

#[cfg(unix)]
#[test]
fn f12_what_is_no_file_is_never_opened() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let kb = Kb::new()
        .article("好", "x")
        .write("kb/d/in.md", "# 内\n\nx\n")
        .write("out.md", "# 外\n");
    let at = |name: &str| kb.path(&format!("kb/{name}"));
    symlink(kb.path("out.md"), at("out.md")).expect("a link");
    symlink("../../etc/passwd", at("passwd.md")).expect("a link");
    symlink("nowhere", at("dangling.md")).expect("a link");
    symlink("loop.md", at("loop.md")).expect("a link");
    symlink("..", at("d/up")).expect("a link");
    symlink("d/in.md", at("inside.md")).expect("a link");
    std::fs::write(at(&format!("{}.md", "x".repeat(252))), "# 长\n\nx\n").expect("a long name");
    std::fs::write(
        kb.path("kb").join(std::ffi::OsStr::from_bytes(b"\xff.md")),
        "# 乱\n",
    )
    .expect("a name");
    std::fs::create_dir(at("folder.md")).expect("a folder");
    let pipe = std::process::Command::new("mkfifo")
        .arg(at("pipe.md"))
        .status();
    assert!(pipe.is_ok_and(|status| status.success()), "mkfifo");
    std::fs::write(at("secret.md"), "# 锁\n").expect("a file");
    std::fs::set_permissions(at("secret.md"), std::fs::Permissions::from_mode(0o0))
        .expect("a mode");
    let library = load(&kb);
    let has = |path: &str, code: &str| {
        library
            .problems
            .iter()
            .any(|p| p.path == path && p.code == code)
    };
    for path in [
        "out.md",
        "passwd.md",
        "dangling.md",
        "loop.md",
        "d/up",
        "pipe.md",
    ] {
        assert!(has(path, "KB006"), "{path}: {:?}", library.problems);
    }
    assert!(library.problems.iter().any(|p| p.code == "KB008"));
    // Root may read everything.
    assert!(has("secret.md", "KB001") || std::fs::read(at("secret.md")).is_ok());
    let titles: Vec<_> = library.articles.iter().map(|a| a.title.as_str()).collect();
    assert!(titles.contains(&"好") && titles.contains(&"内") && !titles.contains(&"外"));
    assert!(
        !list_files(&kb.path("kb"))
            .files
            .iter()
            .any(|p| p == "out.md" || p == "pipe.md")
    );
    for path in [
        "../out.md",
        "/etc/passwd",
        "d/../../out.md",
        "pipe.md",
        "out.md",
        "a\0b.md",
        "",
    ] {
        let loaded = read_article(&kb.path("kb"), path, &Schema::default());
        assert!(
            loaded.article.is_none() && !loaded.problems.is_empty(),
            "{path}"
        );
    }
}

#[test]
fn no_folder_is_a_problem_and_no_panic() {
    let kb = Kb::bare();
    assert_eq!(
        load(&kb)
            .problems
            .iter()
            .map(|p| p.code)
            .collect::<Vec<_>>(),
        ["KB001"]
    );
}

#[test]
fn ids_stay_within_the_knowledge_base() {
    for id in ["../x", "/x", "a//b", "a%2e", "c:x", "x\\u0000", ""] {
        let problem = one(&format!("+++\ntitle = \"A\"\nid = \"{id}\"\n+++\nx\n"));
        assert_eq!(problem.code, "KB016", "{id}");
    }
    let kb = Kb::new().write("kb/a%2e.md", "# A\n\nx\n");
    assert_eq!(found(&kb), [("KB008", 0, 0, 0)]);
}

#[test]
fn the_first_of_two_articles_with_one_id_is_kept() {
    let kb = Kb::new()
        .write("kb/a.md", "# A\n\nx\n")
        .write("kb/b.md", "+++\ntitle = \"B\"\nid = \"a\"\n+++\nx\n");
    let library = load(&kb);
    assert_eq!(
        library
            .articles
            .iter()
            .map(|a| a.title.as_str())
            .collect::<Vec<_>>(),
        ["A"]
    );
    assert_eq!(found(&kb), [("KB030", 0, 0, 0)]);
}

#[test]
fn folders_are_categories_and_their_audience_is_inherited() {
    let kb = Kb::new()
        .write("kb/_index.md", "+++\ntitle = \"首页\"\n+++\n")
        .write(
            "kb/客服/_index.md",
            "+++\ntitle = \"客服手册\"\naudience = \"internal\"\norder = 2\n+++\n说明\n",
        )
        .write("kb/客服/深/a.md", "# A\n\nx\n")
        .write("kb/坏/_index.md", "+++\ntitle = \n+++\n")
        .write("kb/坏/b.md", "# B\n\nx\n")
        .write("kb/c.md", "# C\n\nx\n");
    let library = load(&kb);
    let categories: Vec<_> = library
        .categories
        .iter()
        .map(|c| (c.path.as_str(), c.title.as_str(), c.audience.rank()))
        .collect();
    assert_eq!(
        categories,
        [
            ("", "首页", 0),
            ("坏", "坏", 2),
            ("客服", "客服手册", 2),
            ("客服/深", "深", 0)
        ]
    );
    let audiences: Vec<_> = library
        .articles
        .iter()
        .map(|a| (a.title.as_str(), a.audience.rank()))
        .collect();
    assert_eq!(audiences, [("C", 0), ("B", 2), ("A", 2)]);
    let single = read_article(&kb.path("kb"), "客服/深/a.md", &Schema::default());
    assert_eq!(single.article.map(|a| a.audience.rank()), Some(2));
    let category = read_category(&kb.path("kb"), "客服", &Schema::default())
        .category
        .expect("a category");
    assert_eq!(
        (category.order, category.body.as_str()),
        (Some(2), "说明\n")
    );
}

#[test]
fn links_are_followed_and_the_dead_ones_found() {
    let kb = Kb::new()
        .write("kb/a/b.md", "# B\n\n## 第一步\n\n## Second\n\n<a name=\"old\"></a>\n\nx\n")
        .write("kb/a/pic.png", b"png")
        .write("kb/draft.md", "+++\ntitle = \"D\"\nstatus = \"draft\"\n+++\nx\n")
        .write("kb/inside.md", "+++\ntitle = \"I\"\naudience = \"internal\"\n+++\nx\n")
        .write(
            "kb/a/good.md",
            "# G\n\n[b](b.md) [b](/a/b.md#di-yi-bu) [c](b.md#第一步) [d](b.md#old) [e](../a/) [f](https://example.com) \
             ![图](pic.png) [g](#here) [h](mailto:a@example.com) <img src=\"pic.png\" alt=\"\">\n\n## Here\n",
        )
        .write(
            "kb/bad.md",
            "# Bad\n\n[x](a/bb.md)\n[x](b.md)\n[x](a/b.md#secnd)\n[x](../../etc/passwd)\n[x](javascript:alert(1))\n\
             [x](draft.md)\n[x](inside.md)\n![图](a/no.png)\n![](a/pic.png)\n[x](#none)\n[x](a/b)\n`[x](nowhere.md)`\n",
        );
    assert_eq!(
        found(&kb),
        [
            ("KB040", 3, 5, 7),
            ("KB040", 4, 5, 4),
            ("KB041", 5, 5, 12),
            ("KB043", 6, 5, 16),
            ("KB044", 7, 5, 19),
            ("KB046", 8, 5, 8),
            ("KB046", 9, 5, 9),
            ("KB042", 10, 6, 8),
            ("KB045", 11, 1, 14),
            ("KB041", 12, 5, 5),
            ("KB042", 13, 5, 3),
        ]
    );
    let problems = check_library(&kb.path("kb"), &load(&kb), &Schema::default(), now());
    let help: Vec<_> = problems
        .iter()
        .take(3)
        .filter_map(|p| p.help.as_deref())
        .collect();
    assert_eq!(
        help,
        [
            "did you mean `/a/b.md`?",
            "did you mean `/a/b.md`?",
            "did you mean `#second`?"
        ]
    );
}

#[test]
fn articles_that_claim_the_same_are_named() {
    let kb = Kb::new()
        .write("kb/a.md", "+++\ntitle = \"如何退款？\"\nsimilar = [\"退款\", \"怎么退款\"]\npinned = [\"退\"]\naliases = [\"/x\"]\n+++\nx\n")
        .write("kb/b.md", "+++\ntitle = \"如何退款\"\nsimilar = [\"退 款！\"]\npinned = [\"退\"]\naliases = [\"/x/\", \"/a/a\", \"/search\"]\n+++\nx\n")
        .write("kb/c.md", "+++\ntitle = \"丙\"\nsimilar = [\"如何退款\", \"丙！\"]\nrelated = [\"aa/b\"]\n+++\nx\n")
        .write("kb/d.md", "+++\ntitle = \"如何退款\"\nstatus = \"draft\"\n+++\nx\n")
        .write("kb/e.md", "+++\ntitle = \"如何退款\"\nlang = \"zh-TW\"\n+++\nx\n");
    assert_eq!(
        found(&kb),
        [
            ("KB031", 2, 9, 6),
            ("KB032", 3, 12, 6),
            ("KB035", 4, 11, 3),
            ("KB033", 5, 12, 5),
            ("KB033", 5, 19, 6),
            ("KB033", 5, 27, 9),
            ("KB032", 3, 12, 6),
            ("KB036", 3, 20, 4),
            ("KB034", 4, 12, 6),
        ]
    );
}

#[test]
fn what_is_stale_or_hard_to_read_is_found() {
    let long = "长".repeat(61);
    let kb = Kb::new()
        .write("kb/a.md", format!("+++\ntitle = \"{long}\"\n+++\nx\n"))
        .write("kb/b.md", "+++\ntitle = \"B\"\n+++\n\n## 只有标题\n")
        .write(
            "kb/c.md",
            "+++\ntitle = \"C\"\nexpire_at = 2026-01-01\nreview_by = 2026-01-01\n+++\nx\n",
        )
        .write(
            "kb/d.md",
            "+++\ntitle = \"D\"\npublish_at = 2028-01-01\nexpire_at = 2027-01-01\n+++\nx\n",
        )
        .write("kb/e.md", "# E\n\n请登录,然后`a,b`点“好”\n")
        .write("kb/f/_index.md", "+++\ntitle = \"F\"\n+++\n")
        .write("kb/g.md", "# G\n\n```\nx\n")
        .write(
            "kb/h.md",
            "+++\ntitle = \"H\"\nexpire_at = 2026-01-01\nstatus = \"archived\"\n+++\n",
        )
        .write("kb/i.md", format!("# I\n\n{}x\n", "> ".repeat(50)));
    assert_eq!(
        found(&kb),
        [
            ("KB051", 2, 9, 63),
            ("KB050", 2, 9, 3),
            ("KB052", 3, 13, 10),
            ("KB053", 4, 13, 10),
            ("KB054", 4, 13, 10),
            ("KB055", 3, 4, 1),
            ("KB056", 0, 0, 0),
            ("KB023", 3, 1, 3),
            ("KB024", 3, 65, 1),
        ]
    );
}

#[test]
fn a_clean_knowledge_base_is_quiet() {
    let kb = Kb::new()
        .article(
            "如何退款？",
            "在订单页点“退款”。见[换货](如何换货？.md)。\n\n::: tip 小心\n三天内\n:::",
        )
        .article(
            "如何换货？",
            "在订单页点“换货”。\n\n::: internal\n查系统。\n:::",
        );
    assert_eq!(found(&kb), []);
}

#[test]
fn many_problems_of_one_kind_are_counted() {
    let kb = Kb::new().article("A", &"[x](no.md)\n".repeat(1_000));
    let problems = check_library(&kb.path("kb"), &load(&kb), &Schema::default(), now());
    assert_eq!(problems.len(), 20);
    assert!(
        problems[19]
            .message
            .ends_with("(and 980 more of this kind in this file)")
    );
}

#[test]
fn every_code_that_is_reported_is_explained() {
    assert!(codes().len() > 40);
    assert!(
        codes().iter().all(|info| info.explanation.len() > 40),
        "explanations"
    );
}

#[test]
fn blocks_for_few_are_cut_out() {
    let (article, problems) =
        read("# A\n\n前\n::: internal\n密\n:::\n后\n\n::: customer\n客\n:::\n");
    assert!(problems.is_empty(), "{problems:?}");
    let article = article.expect("an article");
    let seen: Vec<_> = kb::model::Audiences::default()
        .all()
        .filter_map(|viewer| article.seen_by(viewer).map(|a| a.markdown()))
        .collect();
    assert_eq!(
        seen,
        [
            "\n前\n\n后\n\n",
            "\n前\n\n后\n\n客\n",
            "\n前\n\n密\n\n后\n\n客\n"
        ]
    );
    assert_eq!(article.highest_audience().rank(), 2);
}

#[test]
fn whatever_is_unclear_goes_to_the_fewer() {
    for (body, codes) in [
        ("::: internal\nSECRET\n", vec!["KB020"]),
        ("::: intrenal\nSECRET\n:::\n", vec!["KB021"]),
        ("::: Internal\nSECRET\n:::\n", vec![]),
        ("：：： internal\nSECRET\n：：：\n", vec![]),
        (":::internal\nSECRET\n:::\n", vec![]),
        ("    ::: internal\n    SECRET\n    :::\n", vec![]),
        ("> ::: internal\n> SECRET\n> :::\n", vec![]),
        ("- a\n  - ::: internal\n    SECRET\n    :::\n- b\n", vec![]),
        ("1. ::: internal\n   SECRET\n   :::\n", vec![]),
        ("::: tip\n::: internal\nSECRET\n:::\n:::\n", vec![]),
        ("::: internal\n::: customer\nx\n:::\nSECRET\n:::\n", vec![]),
        ("::: internal\n::: public\nSECRET\n:::\n:::\n", vec![]),
        (":::: internal\n:::\nSECRET\n::::\n", vec!["KB022"]),
        ("::: internal\n```\n:::\n```\nSECRET\n:::\n", vec![]),
        ("::: internal\n```\nx\n:::\nSECRET\n```\n", vec!["KB020"]),
        ("```\nopen\n::: internal\nSECRET\n:::\n", vec![]),
        ("- ```\n  x\n\n::: internal\nSECRET\n:::\n", vec![]),
        ("<div>\n::: internal\nSECRET\n:::\n</div>\n", vec![]),
        ("| a |\n|---|\n::: internal\n| SECRET |\n:::\n", vec![]),
    ] {
        let (article, problems) = read(&format!("# A\n\nx\n\n{body}"));
        let article = article
            .expect("an article")
            .seen_by(Audience::PUBLIC)
            .expect("public");
        assert!(!article.markdown().contains("SECRET"), "{body}");
        assert_eq!(
            problems.iter().map(|p| p.code).collect::<Vec<_>>(),
            codes,
            "{body}"
        );
    }
    let (article, problems) = read("# A\n\n```\n::: internal\nnot secret\n:::\n```\n:::\n");
    assert!(
        article.is_some_and(|a| a.parts.len() == 1),
        "fences in code are text"
    );
    assert_eq!(
        problems.iter().map(place).collect::<Vec<_>>(),
        [("KB022", 8, 1, 3)]
    );
}

#[test]
fn a_heading_for_few_never_becomes_the_title() {
    let (article, _) = read("::: internal\n# 秘密计划\n:::\n\n# 公开\n\nx\n");
    assert_eq!(article.map(|a| a.title).as_deref(), Some("公开"));
}

#[test]
fn a_block_in_the_answer_is_never_shown() {
    for front_matter in [
        "+++\ntitle = \"T\"\nanswer = \"\"\"\n公开\n::: internal\n机密\n:::\n\"\"\"\n+++\n",
        "+++\ntitle = \"T\"\nsummary = \"公开\\n  :::internal\\n机密\\n:::\"\n+++\n",
        "---\ntitle: T\nanswer: \"公开\n  ::: internal\n  机密\n  :::\"\n---\n",
        "---\ntitle: T\nanswer: |\n  公开\n  ：：：internal\n  机密\n---\n",
    ] {
        let (article, problems) = read(&format!("{front_matter}正文\n"));
        let codes: Vec<_> = problems.iter().map(|p| p.code).collect();
        assert_eq!(codes, ["KB025"], "{front_matter}");
        assert_eq!(article.expect("shown").answer, None, "{front_matter}");
    }
    let (article, problems) = read("+++\ntitle = \"T\"\nanswer = \"a ::: b\"\n+++\n正文\n");
    assert!(problems.is_empty(), "{problems:?}");
    assert!(article.expect("shown").answer.is_some());
}

#[test]
fn a_question_repeated_word_for_word_is_found() {
    let text = "+++\ntitle = \"T\"\nsimilar = [\"q1\", \"q1\", \"q 2\", \"q  2\"]\n+++\nx\n";
    let kb = Kb::new().write("kb/a.md", text);
    assert_eq!(found(&kb), [("KB036", 3, 18, 4), ("KB036", 3, 31, 6)]);
    let (article, _) = read(text);
    assert_eq!(article.expect("shown").similar, ["q1", "q 2"]);
}

#[test]
fn a_published_address_is_answered_with_the_file() {
    let kb = Kb::new()
        .write("kb/sec/x.md", "# X\n\nx\n")
        .write("kb/y.md", "# Y\n\n[x](/a/sec/x)\n");
    let problems = check_library(&kb.path("kb"), &load(&kb), &Schema::default(), now());
    let found: Vec<_> = problems
        .iter()
        .map(|p| (p.code, p.help.as_deref()))
        .collect();
    assert_eq!(found, [("KB042", Some("write `/sec/x.md`"))]);
}

#[test]
fn help_fits_what_is_wrong() {
    assert_eq!(one("+++\ntitle = 3\n+++\nx\n").code, "KB014");
    let twice = one("+++\ntitle = \"a\"\ntitle = \"b\"\n+++\nx\n");
    assert!(twice.help.expect("help").starts_with("a key stands once"));
}

#[test]
fn a_folder_within_the_knowledge_base_does_not_lead_out() {
    let kb = Kb::new()
        .write("kb/sub/pic.png", b"png")
        .write("kb/a.md", "# A\n\n[h](sub/)\n[o](out)\n");
    std::os::unix::fs::symlink("/", kb.path("kb/out")).expect("a link");
    let found = found(&kb);
    assert!(found.contains(&("KB042", 3, 5, 4)), "{found:?}");
    assert!(found.contains(&("KB043", 4, 5, 3)), "{found:?}");
}

#[test]
fn questions_that_differ_little_are_noted_once_for_two_articles() {
    let kb = Kb::new()
        .write("kb/a.md", "+++\ntitle = \"忘记了登录密码应该怎么办理重置\"\nsimilar = [\"怎么把登录密码重新设置成新的密码\"]\n+++\n文\n")
        .write("kb/b.md", "+++\ntitle = \"忘记了登录密码应该怎么办理重置呢\"\nsimilar = [\"怎么把登录密码重新设置成新的密码呀\"]\n+++\n文\n")
        .write("kb/c.md", "# 出现错误代码 1001 的时候应该怎么处理\n\n文\n")
        .write("kb/d.md", "# 出现错误代码 1002 的时候应该怎么处理\n\n文\n")
        .write("kb/e.md", "# 怎么换手机号\n\n文\n")
        .write("kb/f.md", "# 怎么换手机\n\n文\n");
    assert_eq!(found(&kb), [("KB037", 2, 9, 18)]);
}

#[test]
fn what_nests_too_deeply_is_shown_where_it_does() {
    let deep = format!("# 题\n\n文\n\n{} 深\n", ">".repeat(200));
    let kb = Kb::new().write("kb/a.md", deep);
    let place = found(&kb).into_iter().find(|found| found.0 == "KB024");
    assert_eq!(place.map(|(_, line, ..)| line), Some(5));
}

#[test]
fn what_is_said_over_and_over_is_folded_for_people_only() {
    let mut kb = Kb::new();
    for n in 0..12 {
        let text = format!("+++\ntitle = \"第 {n} 题\"\nkeywords = 1\n+++\n文\n");
        kb = kb.write(&format!("kb/{n}.md"), text);
    }
    let count = |args: &[&str]| kb.run(args).out().matches("unknown key").count();
    assert_eq!(count(&["check"]), 5);
    kb.run(["check"])
        .stdout_has("… and 7 more of the same; `kb check --verbose` shows all");
    assert_eq!(count(&["check", "--verbose"]), 12);
    assert_eq!(count(&["check", "--format", "json"]), 12);
}
