//! Does anybody read what is not for him, by any way out? Knowledge bases are generated with a secret word in every place where a
//! word can stand; every address is read as every audience.

use crate::harness::{Kb, Response, Server};
use crate::identity::{open, sign_in};
use crate::questions::question;
use jiff::Timestamp;
use kb::model::question::{Answer, Author, Question, Shown};
use kb::model::{AccountId, AnswerId, Audience};
use kb::store::{Location, Store};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeMap;

/// Every route, with the addresses that are read of it in a generated knowledge base; or why it shows nothing of one.
const ROUTES: &[(&str, Exit)] = &[
    ("/", Exit::At(&["/", "/?hl=en"])),
    (
        "/search",
        Exit::At(&[
            "/search",
            "/search?q=手册",
            "/search?q=手册&level=pro&page=2",
            "/search?q=不存在的东西",
        ]),
    ),
    ("/c", Exit::At(&["/c"])),
    ("/c/", Exit::At(&["/c/"])),
    ("/c/{*path}", Exit::Categories),
    ("/a/{*id}", Exit::Articles),
    ("/files/{*path}", Exit::Files),
    ("/ask", Exit::At(&["/ask?q=手册"])),
    (
        "/solved",
        Exit::Nothing("thanks for a click, and shows nothing"),
    ),
    ("/sign-in", Exit::At(&["/sign-in"])),
    ("/sign-in/code", Exit::At(&["/sign-in/code"])),
    ("/sign-in/link", Exit::At(&["/sign-in/link"])),
    ("/sign-out", Exit::Nothing("a POST that leads on")),
    ("/see-as", Exit::Nothing("a POST that leads on")),
    ("/me", Exit::At(&["/me"])),
    (
        "/me/cases/{number}",
        Exit::Nothing("leads to a case of one's own"),
    ),
    (
        "/questions",
        Exit::At(&["/questions", "/questions?list=open"]),
    ),
    ("/questions/feed.xml", Exit::At(&["/questions/feed.xml"])),
    ("/q/{number}", Exit::Questions),
    (
        "/q/{number}/vote",
        Exit::Nothing("a POST; refused in tests/it/forum.rs where the question is hidden"),
    ),
    (
        "/q/{number}/answers",
        Exit::Nothing("a POST; refused in tests/it/forum.rs where the question is hidden"),
    ),
    ("/feed.atom", Exit::At(&["/feed.atom"])),
    ("/sitemap.xml", Exit::At(&["/sitemap.xml"])),
    ("/robots.txt", Exit::At(&["/robots.txt"])),
    (
        "/.well-known/security.txt",
        Exit::At(&["/.well-known/security.txt"]),
    ),
    ("/llms.txt", Exit::At(&["/llms.txt"])),
    ("/opensearch.xml", Exit::At(&["/opensearch.xml"])),
    ("/embed/demo", Exit::At(&["/embed/demo"])),
    ("/api/v1/openapi.json", Exit::At(&["/api/v1/openapi.json"])),
    ("/api/v1/docs", Exit::At(&["/api/v1/docs"])),
    ("/healthz", Exit::At(&["/healthz"])),
    ("/readyz", Exit::At(&["/readyz"])),
    ("/metrics", Exit::At(&["/metrics"])),
    (
        "/api/v1/search",
        Exit::At(&[
            "/api/v1/search?q=手册&explain=1",
            "/api/v1/search?q=&limit=50",
            "/api/v1/search?q=手册&level=pro",
            "/api/v1/search?q=sc",
        ]),
    ),
    (
        "/api/v1/suggest",
        Exit::At(&[
            "/api/v1/suggest?q=",
            "/api/v1/suggest?q=手册",
            "/api/v1/suggest?q=z",
            "/api/v1/suggest?q=zq",
        ]),
    ),
    (
        "/api/v1/articles",
        Exit::At(&["/api/v1/articles", "/api/v1/articles?limit=50"]),
    ),
    ("/api/v1/articles/{id}", Exit::ApiArticles),
    ("/api/v1/categories", Exit::At(&["/api/v1/categories"])),
    ("/api/v1/questions", Exit::At(&["/api/v1/questions"])),
    ("/api/v1/questions/{number}", Exit::ApiQuestions),
    ("/api/v1/cases/form", Exit::At(&["/api/v1/cases/form"])),
];

/// Routes that show nothing of the knowledge base, by what they begin with, and why.
const OTHERS: &[(&str, &str)] = &[
    ("/desk", "is for colleagues, who may read all"),
    (
        "/case/",
        "shows what was said in one case; its mails and articles are chosen as the requester's",
    ),
    ("/tap/", "names a case by a signed link"),
    ("/me/", "is about the person alone"),
    ("/follow", "is about the person alone"),
    ("/assets/", "is the program's own"),
    ("/embed/v1/", "is the program's own"),
    ("/favicon", "is the program's own"),
    ("/apple-touch-icon", "is the program's own"),
    ("/api/v1/visits/", "notes, and answers nothing"),
    ("/api/v1/cases", "is a case of one's own"),
    (
        "/api/v1/questions/{number}/",
        "are POSTs; refused in tests/it/forum.rs where the question is hidden",
    ),
];

#[derive(Debug, Clone, Copy)]
enum Exit {
    At(&'static [&'static str]),
    Articles,
    ApiArticles,
    Categories,
    Files,
    Questions,
    ApiQuestions,
    #[expect(dead_code, reason = "is there to be read")]
    Nothing(&'static str),
}

#[test]
fn every_route_is_read_or_shows_nothing() {
    let sources = [
        include_str!("../../src/http/router.rs"),
        include_str!("../../src/http/desk/mod.rs"),
    ];
    let mut routes: Vec<String> = Vec::new();
    for source in sources {
        for part in source.split(".route(").skip(1) {
            let path = part.split('"').nth(1).expect("an address");
            routes.push(path.to_owned());
        }
    }
    let document = serde_json::to_value(kb::http::openapi()).expect("a document");
    let paths = document["paths"].as_object().expect("paths");
    routes.extend(paths.keys().cloned());
    assert!(routes.len() > 60, "{routes:?}");
    let is_known = |route: &String| {
        ROUTES.iter().any(|(known, _)| known == route)
            || OTHERS.iter().any(|(room, _)| route.starts_with(room))
    };
    let unknown: Vec<&String> = routes.iter().filter(|route| !is_known(route)).collect();
    assert!(
        unknown.is_empty(),
        "say in tests/it/audiences.rs how these are read, or why they show nothing: {unknown:?}"
    );
}

const NAMES: [&str; 3] = ["public", "customer", "internal"];

/// What is generated: ranks of audiences everywhere.
#[derive(Debug, Clone)]
struct Plan {
    categories: Vec<u8>,
    articles: Vec<ArticlePlan>,
    questions: Vec<u8>,
}

#[derive(Debug, Clone)]
struct ArticlePlan {
    audience: u8,
    category: u8,
    related: u8,
    /// For each block: what it is, and for whom.
    blocks: Vec<(u8, u8)>,
}

fn plans() -> impl Strategy<Value = Plan> {
    let rank = || 0..3_u8;
    let article = (
        rank(),
        0..3_u8,
        any::<u8>(),
        prop::collection::vec((0..8_u8, rank()), 1..6),
    )
        .prop_map(|(audience, category, related, blocks)| ArticlePlan {
            audience,
            category,
            related,
            blocks,
        });
    (
        prop::collection::vec(rank(), 3),
        prop::collection::vec(article, 3..7),
        prop::collection::vec(rank(), 1..4),
    )
        .prop_map(|(categories, articles, questions)| Plan {
            categories,
            articles,
            questions,
        })
}

/// A knowledge base with its secrets.
struct World {
    kb: Kb,
    /// Each word, and the rank that one must have to read it.
    words: BTreeMap<String, u8>,
    /// Where each stands, for who reads a failure.
    places: BTreeMap<String, &'static str>,
    ids: Vec<(String, u8)>,
    aliases: Vec<(String, u8)>,
    files: Vec<String>,
    categories: Vec<(String, u8)>,
    questions: Vec<(u8, String, String)>,
}

const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz";

impl World {
    /// A word that stands nowhere else, for those of this rank.
    fn word(&mut self, rank: u8, place: &'static str) -> String {
        let mut number = (self.words.len() as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut word = "zq".to_owned();
        for _ in 0..8 {
            word.push(char::from(LETTERS[(number % 20) as usize]));
            number /= 20;
        }
        self.words.insert(word.clone(), rank);
        self.places.insert(word.clone(), place);
        word
    }

    fn of(plan: &Plan) -> Self {
        let kb = Kb::new()
            .schema("[fields.level]\ntype = \"text\"\nfacet = true\nfilter = true\n")
            .config("[identity]\nmax_audience = \"internal\"\n\n[[identity.keys]]\nid = \"k\"\nsecret = \"0123456789abcdef0123456789abcdef\"\n");
        let mut world = Self {
            kb,
            words: BTreeMap::new(),
            places: BTreeMap::new(),
            ids: Vec::new(),
            aliases: Vec::new(),
            files: Vec::new(),
            categories: Vec::new(),
            questions: Vec::new(),
        };
        for (i, rank) in plan.categories.iter().enumerate() {
            world.category(i, *rank);
        }
        // What everybody reads, so that no list is empty.
        world.kb.put(
            "kb/hello.md",
            "+++\ntitle = \"公开手册\"\n+++\n人人可读的手册。\n",
        );
        for (i, article) in plan.articles.iter().enumerate() {
            world.article(i, article, plan);
        }
        for rank in &plan.questions {
            let title = world.word(*rank, "question");
            let answer = world.word(*rank, "answer of a question");
            world.questions.push((*rank, title, answer));
        }
        world
    }

    fn category(&mut self, i: usize, rank: u8) {
        let places = [
            (rank, "category"),
            (rank, "category description"),
            (rank, "category text"),
            (2, "category block"),
        ];
        let [title, about, body, block] = places.map(|(rank, place)| self.word(rank, place));
        // A block above its category is for nobody.
        self.words
            .insert(block.clone(), if rank == 2 { 2 } else { 3 });
        let text = format!(
            "+++\ntitle = \"手册{title}\"\ndescription = \"{about}\"\naudience = \"{}\"\n+++\n说明{body}\n\n::: internal\n{block}\n:::\n",
            NAMES[usize::from(rank)]
        );
        self.kb.put(&format!("kb/{}/_index.md", folder(i)), text);
        self.categories.push((folder(i), rank));
    }

    fn article(&mut self, i: usize, plan: &ArticlePlan, all: &Plan) {
        let category = usize::from(plan.category);
        let rank = plan.audience.max(all.categories[category]);
        let id = id_of(i, plan);
        let places = [
            "title", "similar", "tag", "answer", "alias", "field", "pin", "product",
        ];
        let [title, similar, tag, answer, alias, field, pin, product] =
            places.map(|place| self.word(rank, place));
        let other = usize::from(plan.related) % all.articles.len();
        let related = id_of(other, &all.articles[other]);
        let mut text = format!(
            "+++\ntitle = \"手册{title}\"\nsimilar = [\"怎么{similar}\"]\ntags = [\"{tag}\"]\naudience = \"{}\"\nanswer = \"答{answer}\"\n\
             aliases = [\"/old/{alias}\"]\nlevel = \"{field}\"\npinned = [\"{pin}\"]\nproducts = [\"{product}\"]\nrelated = [\"{related}\"]\n+++\n",
            NAMES[usize::from(plan.audience)]
        );
        self.aliases.push((format!("/old/{alias}"), rank));
        for (what, for_whom) in &plan.blocks {
            text.push_str(&self.block(*what, *for_whom, rank, category, &related));
        }
        self.kb.put(&format!("kb/{id}.md"), text);
        self.ids.push((id, rank));
    }

    /// A block of some kind, with its secrets.
    fn block(
        &mut self,
        what: u8,
        for_whom: u8,
        above: u8,
        category: usize,
        related: &str,
    ) -> String {
        let rank = for_whom.max(above);
        let word = self.word(rank, "block");
        let inner = match what {
            0 => format!("一段话{word}。\n"),
            1 => format!("## 标题{word}\n\n文。\n"),
            2 => format!("```sh\necho {word}\n```\n"),
            3 => format!("见脚注[^{word}]。\n\n[^{word}]: 脚注{word}。\n"),
            4 => {
                let file = format!("{word}.png");
                self.files.push(format!("{}/{file}", folder(category)));
                self.kb.put(
                    &format!("kb/{}/{file}", folder(category)),
                    b"\x89PNG\r\n\x1a\n",
                );
                format!("![图{word}]({file})\n")
            }
            5 => format!("[链接{word}](/{related}.md)\n"),
            6 => format!("| 列 |\n|---|\n| {word} |\n"),
            _ => {
                let deeper = self.word(2, "block within a block");
                format!(
                    "::::: details 详情{word}\n内{word}\n\n:::: internal\n深{deeper}\n::::\n:::::\n"
                )
            }
        };
        match for_whom {
            0 => format!("\n{inner}\n"),
            rank => format!("\n:::::: {}\n{inner}\n::::::\n\n", NAMES[usize::from(rank)]),
        }
    }

    /// Puts the questions into the store, beside the server.
    fn ask(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let location = Location::within(&self.kb.path(".kb"));
            let store = Store::open(&location).await.expect("the store opens");
            let now = Timestamp::now();
            for (rank, title, answer) in &self.questions {
                let mut tx = store.begin().await.expect("a transaction");
                let mut question = question_for(*rank, title, now);
                tx.save_question(&mut question).await.expect("a question");
                let answer = Answer {
                    id: AnswerId::generate(now),
                    question: question.id,
                    shown: Shown::Published,
                    author: Author::Staff(AccountId::generate(now)),
                    byline: String::new(),
                    text: format!("回答{answer}"),
                    votes: 0,
                    created_at: now,
                    updated_at: now,
                };
                tx.save_answer(&answer).await.expect("an answer");
                tx.commit().await.expect("kept");
            }
            store.close().await;
        });
    }

    /// Every address of the knowledge base, whether there is something for the reader or not.
    fn addresses(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let numbers = 1..=self.questions.len();
        for (_, exit) in ROUTES {
            match exit {
                Exit::At(paths) => all.extend(paths.iter().map(|&path| path.to_owned())),
                Exit::Articles => {
                    for (id, _) in &self.ids {
                        all.extend(["", ".md", "/"].map(|end| format!("/a/{id}{end}")));
                        all.push(format!("/ask?from=/a/{id}"));
                    }
                    all.extend(self.aliases.iter().map(|(alias, _)| alias.clone()));
                    all.push("/a/nothing/here".to_owned());
                }
                Exit::ApiArticles => {
                    all.extend(
                        self.ids
                            .iter()
                            .map(|(id, _)| format!("/api/v1/articles/{id}")),
                    );
                }
                Exit::Categories => {
                    let lists = self.categories.iter();
                    all.extend(lists.map(|(path, _)| format!("/c/{path}")));
                }
                Exit::Files => all.extend(self.files.iter().map(|file| format!("/files/{file}"))),
                Exit::Questions => all.extend(numbers.clone().map(|n| format!("/q/{n}"))),
                Exit::ApiQuestions => {
                    all.extend(numbers.clone().map(|n| format!("/api/v1/questions/{n}")));
                }
                Exit::Nothing(_) => {}
            }
        }
        all
    }
}

fn folder(i: usize) -> String {
    format!("f{i}")
}

fn id_of(i: usize, plan: &ArticlePlan) -> String {
    format!("{}/note{i}", folder(usize::from(plan.category)))
}

fn question_for(rank: u8, title: &str, now: Timestamp) -> Question {
    Question {
        audience: Audience::from_rank(rank),
        ..question(&format!("手册问题{title}"), "", now)
    }
}

/// One who reads: his rank and what he brings along.
struct Viewer {
    rank: u8,
    cookie: String,
    bearer: String,
}

impl Viewer {
    fn of(rank: u8, kb: &Kb, server: &Server) -> Self {
        let token = || {
            let args = [
                "token",
                "--sub",
                "u",
                "--audience",
                NAMES[usize::from(rank)],
            ];
            kb.run(args).code(0).out().trim().to_owned()
        };
        match rank {
            0 => Self {
                rank,
                cookie: String::new(),
                bearer: String::new(),
            },
            _ => Self {
                rank,
                cookie: sign_in(server, &token()),
                bearer: format!("Bearer {}", token()),
            },
        }
    }

    fn read(&self, server: &Server, path: &str) -> Response {
        let mut headers = Vec::new();
        if self.rank > 0 && path.starts_with("/api/") {
            headers.push(("authorization", self.bearer.as_str()));
        } else if self.rank > 0 {
            headers.push(("cookie", self.cookie.as_str()));
        }
        server.get_with(path, &headers)
    }
}

/// An answer without what differs each time: ids, moments, stamps.
fn steady(answer: &Response) -> String {
    let text = answer.text();
    let id = answer.header("x-request-id");
    let text = text.replace(id, "ID");
    let cut = |text: String, from: &str, to: char| -> String {
        let mut parts = text.split(from);
        let mut kept = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let rest = part.find(to).map_or("", |at| &part[at..]);
            kept.push_str(from);
            kept.push_str(rest);
        }
        kept
    };
    cut(text, "\"took_us\":", ',')
}

fn headers(answer: &Response) -> Vec<(&'static str, String)> {
    [
        "content-type",
        "cache-control",
        "vary",
        "etag",
        "content-language",
        "location",
        "x-robots-tag",
        "content-length",
        "content-security-policy",
        "referrer-policy",
        "set-cookie",
    ]
    .map(|name| (name, answer.header(name).to_owned()))
    .to_vec()
}

/// Reads everything as everybody, and says the first thing that should not be.
fn read_all(plan: &Plan) -> Result<(), String> {
    let world = World::of(plan);
    let server = open(&world.kb);
    world.ask();
    let viewers: Vec<Viewer> = (0..3)
        .map(|rank| Viewer::of(rank, &world.kb, &server))
        .collect();
    server.eventually("the questions are found", |server| {
        let total = viewers[2]
            .read(server, "/api/v1/search?q=手册问题&limit=50")
            .json();
        let hits = total["hits"].as_array().cloned().unwrap_or_default();
        let found = hits.iter().filter(|hit| hit["kind"] == "question").count();
        (found == world.questions.len()).then_some(())
    });
    for viewer in &viewers {
        let mut seen = String::new();
        for path in world.addresses() {
            let answer = viewer.read(&server, &path);
            let own = path.split(['/', '=']).collect::<Vec<_>>();
            let text = format!("{}\n{:?}", answer.text(), headers(&answer));
            for (word, rank) in &world.words {
                // An address says itself what it asks for.
                if *rank > viewer.rank
                    && text.contains(word.as_str())
                    && !own.iter().any(|part| part.contains(word.as_str()))
                {
                    return Err(format!(
                        "{word} ({}) of {rank} is shown to {} at {path}:\n{text}",
                        world.places[word], viewer.rank
                    ));
                }
            }
            let kept = answer.header("cache-control");
            if viewer.rank > 0
                && (kept.contains("public") || kept.contains("max-age"))
                && is_his(&path)
            {
                return Err(format!("{path} of {} may be kept: {kept}", viewer.rank));
            }
            seen.push_str(&text);
        }
        // What is for him he does find: else nothing would be tested. A category without an article for him is not shown.
        for (word, _) in world.words.iter().filter(|(_, rank)| **rank <= viewer.rank) {
            let place = world.places[word];
            if !place.starts_with("category")
                && !seen.contains(word.as_str())
                && !is_for_search_only(word, &world, &server, viewer)
            {
                return Err(format!(
                    "{word} ({place}) is shown nowhere to {}",
                    viewer.rank
                ));
            }
        }
        unknown(&world, &server, viewer)?;
        absent(&world, &server, viewer)?;
    }
    Ok(())
}

fn is_his(path: &str) -> bool {
    let fixed = [
        "/robots",
        "/opensearch",
        "/embed",
        "/api/v1/openapi",
        "/api/v1/docs",
        "/healthz",
        "/readyz",
        "/metrics",
    ];
    !fixed.iter().any(|room| path.starts_with(room))
}

/// What is pinned, and former addresses, are never shown but lead to something.
fn is_for_search_only(word: &str, world: &World, server: &Server, viewer: &Viewer) -> bool {
    let leads = world
        .aliases
        .iter()
        .any(|(alias, _)| alias.contains(word) && viewer.read(server, alias).is(301));
    let found = viewer
        .read(server, &format!("/api/v1/search?q={word}"))
        .json();
    leads
        || found["hits"]
            .as_array()
            .is_some_and(|hits| !hits.is_empty())
}

/// A hidden word is answered as one that nobody ever wrote, by every way of searching.
fn unknown(world: &World, server: &Server, viewer: &Viewer) -> Result<(), String> {
    let nothing = "zqaaaaaaaa";
    let hidden = world.words.iter().filter(|(_, rank)| **rank > viewer.rank);
    for (word, _) in hidden {
        let near = format!("{}y", &word[..9]);
        for (asked, instead) in [
            (word.as_str(), nothing),
            (&near, "zqaaaaaaay"),
            (&word[..6], "zqaaaa"),
        ] {
            for path in [
                "/api/v1/search?explain=1&q=",
                "/api/v1/suggest?q=",
                "/search?q=",
                "/api/v1/search?q=手册 ",
            ] {
                let [one, other] = [asked, instead].map(|q| {
                    let answer = viewer.read(server, &format!("{path}{q}"));
                    steady(&answer).replace(q, "ASKED")
                });
                if one != other {
                    return Err(format!(
                        "{path}{asked} is not answered as {instead} to {}:\n{one}\n---\n{other}",
                        viewer.rank
                    ));
                }
            }
        }
    }
    Ok(())
}

/// What is hidden is not there, in the same words and headers as what never was.
fn absent(world: &World, server: &Server, viewer: &Viewer) -> Result<(), String> {
    let mut hidden: Vec<(String, String)> = Vec::new();
    for (id, _) in world.ids.iter().filter(|(_, rank)| *rank > viewer.rank) {
        for room in ["/a/", "/api/v1/articles/"] {
            hidden.push((
                format!("{room}{id}"),
                format!("{room}{}", id.replace("note", "gone")),
            ));
        }
        hidden.push((
            format!("/a/{id}.md"),
            format!("/a/{}.md", id.replace("note", "gone")),
        ));
    }
    for (alias, _) in world.aliases.iter().filter(|(_, rank)| *rank > viewer.rank) {
        hidden.push((alias.clone(), "/old/zqaaaaaaaa".to_owned()));
    }
    for (number, (rank, ..)) in (1..).zip(&world.questions) {
        if *rank > viewer.rank {
            hidden.push((format!("/q/{number}"), format!("/q/{}", number + 5)));
            hidden.push((
                format!("/api/v1/questions/{number}"),
                format!("/api/v1/questions/{}", number + 5),
            ));
        }
    }
    for (there, nowhere) in hidden {
        let [one, other] = [&there, &nowhere].map(|path| {
            let answer = viewer.read(server, path);
            let last = path.rsplit('/').next().unwrap_or_default();
            let stem = last.trim_end_matches(".md");
            let stem = if stem.len() > 1 {
                stem.to_owned()
            } else {
                format!("q {stem}")
            };
            let body = steady(&answer)
                .replace(path.as_str(), "PATH")
                .replace(&stem, "LAST");
            (answer.status_code(), body, headers(&answer))
        });
        if one != other || one.0 != 404 {
            return Err(format!(
                "{there} is told from {nowhere} by {}:\n{one:?}\n---\n{other:?}",
                viewer.rank
            ));
        }
    }
    Ok(())
}

#[test]
fn s13_no_secret_of_a_higher_audience_comes_out_by_any_exit() {
    let cases = std::env::var("KB_TEST_WORLDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(4);
    let config = Config {
        cases,
        max_shrink_iters: 30,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&plans(), |plan| {
        read_all(&plan).map_err(TestCaseError::fail)
    });
    assert!(outcome.is_ok(), "{}", outcome.expect_err("just checked"));
}

/// What anybody is answered, and by which tags, where nothing is to change.
fn answers(server: &Server) -> Vec<(String, String, String)> {
    let paths = [
        "/",
        "/c",
        "/c/f0",
        "/a/f0/甲",
        "/feed.atom",
        "/sitemap.xml",
        "/llms.txt",
        "/search?q=导出报表",
        "/api/v1/search?q=导出报表&explain=1",
        "/api/v1/search?q=报表&explain=1&limit=50",
        "/api/v1/search?q=怎么导出&explain=1",
        "/api/v1/suggest?q=",
        "/api/v1/suggest?q=报表",
        "/api/v1/suggest?q=bb",
        "/api/v1/articles",
        "/api/v1/categories",
    ];
    let read = |path: &str| {
        let answer = server.get(path).status(200);
        (
            path.to_owned(),
            answer.header("etag").to_owned(),
            steady(&answer),
        )
    };
    paths.iter().map(|path| read(path)).collect()
}

#[test]
fn s13_what_is_hidden_moves_no_score_no_count_and_no_tag() {
    let article = |audience: &str, title: &str, body: &str| {
        format!(
            "+++\ntitle = \"{title}\"\naudience = \"{audience}\"\ntags = [\"报表\"]\nlevel = \"pro\"\n+++\n{body}\n"
        )
    };
    let kb = Kb::new()
        .schema("[fields.level]\ntype = \"text\"\nfacet = true\nfilter = true\n")
        .config("[identity]\nmax_audience = \"internal\"\n\n[[identity.keys]]\nid = \"k\"\nsecret = \"0123456789abcdef0123456789abcdef\"\n")
        .write("kb/f0/甲.md", article("public", "怎么导出报表", "点导出，报表就下载了。"))
        .write("kb/f0/乙.md", article("public", "报表打不开", "换一个浏览器再导出。"))
        .write("kb/f1/丙.md", article("public", "怎么改密码", "在设置里改。报表不受影响。"));
    let server = open(&kb);
    let staff = Viewer::of(2, &kb, &server);
    let before = answers(&server);
    for i in 0..6 {
        let body = "导出报表导出报表，内部说明。".repeat(i + 1);
        kb.put(
            &format!("kb/f0/秘{i}.md"),
            article("internal", &format!("怎么导出报表{i}"), &body),
        );
    }
    kb.put(
        "kb/密/_index.md",
        "+++\ntitle = \"密件\"\naudience = \"internal\"\n+++\n",
    );
    kb.put("kb/密/一.md", article("public", "报表的密钥", "导出报表。"));
    server.eventually("the hidden articles are indexed", |server| {
        let found = staff.read(server, "/api/v1/search?q=报表").json();
        (found["total"].as_u64() >= Some(10)).then_some(())
    });
    assert_eq!(answers(&server), before);
    kb.put(
        "kb/f1/丁.md",
        article("public", "报表存在哪里", "在下载里。"),
    );
    server.eventually("what is public is told", |server| {
        (answers(server) != before).then_some(())
    });
}

#[test]
fn s13_what_stands_in_hidden_blocks_moves_no_score() {
    let body = |block: &str| format!("点导出，报表就下载了。\n\n{block}\n\n在下载里找它。");
    let hidden = "::: internal\n导出报表导出报表，怎么导出报表？\n\n## 怎么导出报表\n\n内部。\n:::";
    let site = |block: &str| {
        let kb = Kb::new()
            .article("导出", &body(block))
            .article("报表打不开", "换一个浏览器再导出。")
            .article("怎么改密码", "在设置里改。");
        let server = kb.serve();
        let ask = |q: &str| {
            let answer = server.get(&format!("/api/v1/search?q={q}&explain=1"));
            steady(&answer.status(200))
        };
        ["导出报表", "怎么导出报表", "报表", "内部", "下载"].map(ask)
    };
    assert_eq!(site(hidden), site(""));
}
