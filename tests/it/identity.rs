//! Is a visitor known by what the company's site says of him, and by nothing else?

use crate::asking::{Kept, letters_to};
use crate::desk::Office;
use crate::harness::{Kb, Response, Server};
use serde_json::json;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A help centre with a public and a customers' article, and a key.
fn kb() -> Kb {
    Kb::new()
        .article("忘记密码怎么办", "在登录页点“忘记密码”。")
        .write(
            "kb/大客户/专线电话.md",
            "+++\ntitle = \"专线电话是多少\"\naudience = \"customer\"\nproducts = [\"pro\"]\n+++\n请拨打 4001。\n",
        )
        .write(
            "kb/内部/降级预案.md",
            "+++\ntitle = \"降级预案在哪里\"\naudience = \"internal\"\n+++\n在保险柜。\n",
        )
        .write("key.txt", SECRET)
        .config(
            "[identity]\nissuer = \"https://www.example.com\"\n\n[[identity.keys]]\nid = \"2026\"\nsecret_file = \"key.txt\"\n",
        )
}

/// The server, once people can sign in.
pub(crate) fn open(kb: &Kb) -> Server {
    let server = kb.serve();
    server.eventually("questions can be asked", |s| {
        s.get("/ask").is(200).then_some(())
    });
    server
}

pub(crate) fn token(kb: &Kb, more: &[&str]) -> String {
    let mut args = vec![
        "token",
        "--sub",
        "u-1",
        "--name",
        "李雷",
        "--email",
        "li.lei@example.com",
    ];
    args.extend(more);
    let token = kb.run(args).code(0).stderr("").out();
    token.trim().to_owned()
}

pub(crate) fn bearer(server: &Server, path: &str, token: &str) -> Response {
    server.get_with(path, &[("authorization", &format!("Bearer {token}"))])
}

/// Signs in by a link and returns the cookie.
pub(crate) fn sign_in(server: &Server, token: &str) -> String {
    let entered = server.get(&format!("/sign-in?token={token}&to=/c"));
    let entered = entered.status(303).has_header("location", "/c");
    let cookie = entered.header("set-cookie").to_owned();
    cookie.split(';').next().unwrap_or_default().to_owned()
}

fn as_customer(server: &Server, path: &str, cookie: &str) -> Response {
    server.get_with(path, &[("cookie", cookie)])
}

#[test]
fn a_token_opens_what_is_for_customers_and_no_more() {
    let kb = kb();
    let server = open(&kb);
    let token = token(&kb, &[]);
    let path = "/api/v1/search?q=电话";
    assert_eq!(server.get(path).status(200).json()["total"], 0);
    let found = bearer(&server, path, &token).status(200);
    let found = found.has_header("cache-control", "private, no-store");
    assert_eq!(found.json()["hits"][0]["title"], "专线电话是多少");
    assert_eq!(
        bearer(&server, "/api/v1/search?q=降级预案", &token).json()["total"],
        0
    );
    let article = "/api/v1/articles/大客户/专线电话";
    bearer(&server, article, &token).status(200);
    server.get(article).status(404);
    // Pages know cookies only: a token in a header of a page is nobody's.
    bearer(&server, "/a/大客户/专线电话", &token).status(404);
}

#[test]
fn a_token_that_is_not_good_is_refused_and_says_why() {
    let kb = kb();
    let server = open(&kb);
    let good = token(&kb, &[]);
    let (signed, _) = good.rsplit_once('.').expect("three parts");
    let long = format!("{good}{}", "x".repeat(5_000));
    for (bad, why) in [
        (format!("{signed}.AAAA"), "signature is wrong"),
        (format!("{good}x"), "signature is wrong"),
        (".a.b".to_owned(), "this is no token"),
        (long, "longer than 4096 bytes"),
    ] {
        let answer = bearer(&server, "/api/v1/search?q=a", &bad).status(401);
        let problem = answer.has_header("cache-control", "no-store").json();
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(why), "{why}: {problem}");
        assert!(problem["help"].is_string());
    }
    kb.run(["token", "--sub", "u", "--audience", "internal"])
        .code(2)
        .stdout("")
        .stderr_has("audience cannot be given");
    kb.run(["token", "--sub", "u", "--valid-for", "2h"])
        .code(2)
        .stderr_has("lives longer than 3600 seconds");
    kb.run(["token", "--sub", "u", "--key", "2020"])
        .code(2)
        .stderr_has("there is no key `2020`");
    let log = server.stop().1;
    assert!(!log.contains(signed), "a token is in the log:\n{log}");
}

#[test]
fn several_keys_are_good_at_once_and_a_removed_one_is_not() {
    let old = kb();
    let by_old = token(&old, &[]);
    old.put(
        "kb.toml",
        "[[identity.keys]]\nid = \"2027\"\nsecret = \"ffffffffffffffffffffffffffffffff\"\n\n[[identity.keys]]\nid = \"2026\"\nsecret_file = \"key.txt\"\n",
    );
    let by_new = token(&old, &[]);
    let server = open(&old);
    for token in [&by_old, &by_new] {
        bearer(&server, "/api/v1/search?q=电话", token).status(200);
    }
    drop(server);
    old.put(
        "kb.toml",
        "[[identity.keys]]\nid = \"2027\"\nsecret = \"ffffffffffffffffffffffffffffffff\"\n",
    );
    let server = open(&old);
    bearer(&server, "/api/v1/search?q=电话", &by_new).status(200);
    let refused = bearer(&server, "/api/v1/search?q=电话", &by_old).status(401);
    assert!(refused.text().contains("not known"), "{}", refused.text());
}

#[test]
fn a_link_signs_in_once_and_leads_within_the_site() {
    let kb = kb();
    let server = open(&kb);
    let link = format!("/sign-in?token={}&to=/a/忘记密码怎么办", token(&kb, &[]));
    // A program that looks whether the link is there does not use it up.
    let looked = format!(
        "HEAD {} HTTP/1.1\r\nhost: kb\r\nconnection: close\r\n\r\n",
        link.replace("忘记密码怎么办", "x")
    );
    assert!(server.raw(looked).starts_with("HTTP/1.1 200"));
    let entered = server.get(&link).status(303);
    let entered = entered
        .has_header("cache-control", "no-store")
        .has_header("referrer-policy", "no-referrer")
        .has_header("clear-site-data", "\"cache\"");
    let cookie = entered.header("set-cookie").to_owned();
    for part in ["kb-visitor=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(
        !cookie.contains("Secure"),
        "the site is not encrypted: {cookie}"
    );
    let again = server.get(&link).status(401);
    assert!(again.header("set-cookie").is_empty());
    assert!(again.text().contains("只能用一次"));
    for to in [
        "https://evil.cn",
        "//evil.cn",
        "/%5Cevil.cn",
        "javascript:alert(1)",
    ] {
        let link = format!("/sign-in?token={}&to={to}", token(&kb, &[]));
        server.get(&link).status(303).has_header("location", "/me");
    }
    let (_, log) = server.stop();
    assert!(!log.contains("eyJ"), "a token is in the log:\n{log}");
}

#[test]
fn the_cookie_is_bound_to_the_host_where_the_site_is_encrypted() {
    let kb = kb().env("KB_BASE_URL", "https://help.example.com");
    let server = open(&kb);
    let entered = server
        .get(&format!("/sign-in?token={}", token(&kb, &[])))
        .status(303);
    let cookie = entered.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-kb-visitor="), "{cookie}");
    assert!(
        cookie.contains("; Secure") && !cookie.contains("Domain"),
        "{cookie}"
    );
}

#[test]
fn a_known_customer_is_greeted_sees_his_questions_and_finds_the_form_filled() {
    let kb = kb();
    let server = open(&kb);
    let cookie = sign_in(
        &server,
        &token(&kb, &["--tier", "gold", "--product", "pro"]),
    );
    let home = as_customer(&server, "/", &cookie).status(200);
    let home = home.has_header("cache-control", "private, no-store");
    assert!(home.header("etag").is_empty());
    assert!(home.text().contains("李雷"), "{}", home.text());
    as_customer(&server, "/a/大客户/专线电话", &cookie).status(200);
    as_customer(&server, "/a/内部/降级预案", &cookie).status(404);
    assert!(!server.get("/").text().contains("李雷"));

    let form = as_customer(&server, "/ask", &cookie).status(200).text();
    for value in ["li.lei@example.com", "李雷"] {
        assert!(form.contains(&format!("value=\"{value}\"")), "{value}");
    }
    let chosen = form
        .split("<option value=\"pro\"")
        .nth(1)
        .unwrap_or_default();
    assert!(chosen.starts_with(" selected"), "{form}");

    let me = as_customer(&server, "/me", &cookie).status(200).text();
    assert!(
        me.contains("李雷，您好") && me.contains("还没有提过问题"),
        "{me}"
    );
    let asked = json!({"text": "专线打不通"});
    let by = format!("Bearer {}", token(&kb, &["--tier", "gold"]));
    let opened = server.post_json("/api/v1/cases", &[("authorization", &by)], &asked);
    let number = opened.status(201).json()["number"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let me = as_customer(&server, "/me", &cookie).text();
    assert!(me.contains(&number) && me.contains("专线打不通"), "{me}");
    let own = [
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    let opened = server
        .send("POST", &format!("/me/cases/{number}"), &own, "")
        .status(303);
    let case = opened.header("location").to_owned();
    assert!(server.get(&case).status(200).text().contains("专线打不通"));

    let other = sign_in(&server, &token_of(&kb, "u-2", "han@example.com"));
    assert!(!as_customer(&server, "/me", &other).text().contains(&number));
    let theirs = [
        ("cookie", other.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    let _ = server
        .send("POST", &format!("/me/cases/{number}"), &theirs, "")
        .status(404);
    let _ = server
        .send("POST", &format!("/me/cases/{number}"), &[], "")
        .status(401);
}

fn token_of(kb: &Kb, sub: &str, email: &str) -> String {
    let token = kb
        .run(["token", "--sub", sub, "--email", email])
        .code(0)
        .out();
    token.trim().to_owned()
}

#[test]
fn the_tier_that_the_site_says_is_the_cases() {
    let kb = kb();
    let server = open(&kb);
    let by = format!("Bearer {}", token(&kb, &["--tier", "gold"]));
    let by = [("authorization", by.as_str())];
    let own = json!({"text": "专线打不通"});
    let opened = server
        .post_json("/api/v1/cases", &by, &own)
        .status(201)
        .json();
    // For another's address the token says nothing.
    let for_other = json!({"text": "同事的问题", "email": "han@example.com"});
    let other = server
        .post_json("/api/v1/cases", &by, &for_other)
        .status(201)
        .json();
    drop(server);
    let office = Office::over(kb, &[("wang", "agent", "support")]);
    let (staff, server) = (office.sit("wang").cookie, &office.server);
    for (case, tier) in [(&opened, "gold"), (&other, "standard")] {
        let number = case["number"].as_str().unwrap_or_default();
        let page = server.get_with(&format!("/desk/cases/{number}"), &[("cookie", &staff)]);
        let page = page.status(200).text();
        assert!(page.contains(&format!("<dd>{tier}</dd>")), "{tier}");
    }
}

#[test]
fn who_is_signed_in_is_asked_before_a_link_makes_him_another() {
    let kb = kb().config(
        "[identity]\nemail = true\n\n[[identity.keys]]\nid = \"2026\"\nsecret_file = \"key.txt\"\n",
    );
    let server = open(&kb);
    let own = token(&kb, &[]);
    let cookie = sign_in(&server, &own);
    let theirs = token_of(&kb, "u-2", "han@example.com");
    let link = format!("/sign-in?token={theirs}&to=/a/忘记密码怎么办");
    let asked = as_customer(&server, &link, &cookie).status(200);
    let asked = asked
        .has_header("cache-control", "no-store")
        .has_header("referrer-policy", "no-referrer")
        .has("李雷")
        .has("换成“han@example.com”")
        .has("action=\"/sign-in/link\"");
    assert!(asked.header("set-cookie").is_empty(), "nothing has changed");
    as_customer(&server, "/", &cookie).has("李雷，您好");
    let agrees = |site: &str| {
        let headers = [
            ("cookie", cookie.as_str()),
            ("sec-fetch-site", site),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let body = format!("token={theirs}&to=/c");
        server.send("POST", "/sign-in/link", &headers, &body)
    };
    let _ = agrees("cross-site").status(403);
    let changed = agrees("same-origin").status(303);
    let changed = changed.has_header("location", "/c");
    let other = changed.header("set-cookie").to_owned();
    let other = other.split(';').next().unwrap_or_default().to_owned();
    as_customer(&server, "/me", &other)
        .status(200)
        .has("han@example.com");
    // The session that he had has ended.
    drop(as_customer(&server, "/", &cookie).lacks("李雷，您好"));
    let _ = agrees("same-origin").status(401);
}

#[test]
fn who_opens_his_link_again_goes_where_it_leads() {
    let kb = kb();
    let server = open(&kb);
    let token = token(&kb, &[]);
    let link = format!("/sign-in?token={token}&to=/c");
    let cookie = sign_in(&server, &token);
    let again = as_customer(&server, &link, &cookie).status(303);
    let again = again.has_header("location", "/c");
    assert!(again.header("set-cookie").is_empty(), "it signs nobody in");
    as_customer(&server, "/", &cookie).has("李雷，您好");
    // To all others it is used up, and who is signed in as another is told so with the way on.
    let _ = server.get(&link).status(401);
    let other = sign_in(&server, &token_of(&kb, "u-2", "han@example.com"));
    let headers = [
        ("cookie", other.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let body = format!("token={token}&to=/c");
    server
        .send("POST", "/sign-in/link", &headers, &body)
        .status(401)
        .has("不能用了")
        .has("继续以“han@example.com”浏览");
}

#[test]
fn what_is_promised_routed_and_told_follows_the_customer() {
    let kb = kb().config(
        "[ask]\nproof = 0\n\n[service.tiers]\ngold = 0.5\n\n[groups.vip]\ntiers = [\"gold\"]\n\n[[identity.keys]]\nid = \"2026\"\nsecret_file = \"key.txt\"\n",
    );
    let server = open(&kb);
    let gold = token(&kb, &["--tier", "gold", "--product", "pro"]);
    let by = format!("Bearer {gold}");
    let by = [("authorization", by.as_str())];
    let promised = |headers: &[(&str, &str)]| {
        let form = server.get_with("/api/v1/cases/form", headers).status(200);
        let form = form.json()["promised"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        form.parse::<jiff::Timestamp>().expect("an instant")
    };
    assert!(promised(&by) < promised(&[]), "gold is answered sooner");
    let own = json!({"text": "专线打不通"});
    let _ = server.post_json("/api/v1/cases", &by, &own).status(201);
    let other = json!({"text": "同事的问题", "email": "han@example.com"});
    let _ = server.post_json("/api/v1/cases", &by, &other).status(201);
    let kept = Kept::of(&server);
    let (case, theirs) = (
        kept.case("li.lei@example.com"),
        kept.case("han@example.com"),
    );
    assert_eq!(case.group.as_str(), "vip");
    assert_eq!(case.product.expect("his one product").as_str(), "pro");
    assert_eq!(theirs.group.as_str(), "support", "the tier is not his");
    assert_eq!(theirs.product, None);
    // The page says the same, and the first of several products that articles are about is chosen.
    let cookie = sign_in(
        &server,
        &token(
            &kb,
            &["--tier", "gold", "--product", "none", "--product", "pro"],
        ),
    );
    let form = as_customer(&server, "/ask", &cookie).status(200).text();
    let chosen = form
        .split("<option value=\"pro\"")
        .nth(1)
        .unwrap_or_default();
    assert!(chosen.starts_with(" selected"), "{form}");
    let home = as_customer(&server, "/", &cookie).status(200);
    home.has("李雷，您好").has("专线打不通").lacks("同事的问题");
    drop(server.get("/").lacks("您好").lacks("专线打不通"));
}

#[test]
fn signing_out_ends_the_session_on_the_server() {
    let kb = kb();
    let server = open(&kb);
    let cookie = sign_in(&server, &token(&kb, &[]));
    let own = [
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    let out = server.send("POST", "/sign-out", &own, "").status(303);
    let taken = out.header("set-cookie").to_owned();
    assert!(taken.contains("Max-Age=0"), "{taken}");
    let page = as_customer(&server, "/", &cookie).status(200);
    assert!(!page.text().contains("李雷"));
    as_customer(&server, "/a/大客户/专线电话", &cookie).status(404);
    // The dead cookie is taken from the browser, and meanwhile nothing is kept.
    let page = page.has_header("cache-control", "private, no-store");
    assert!(page.header("set-cookie").contains("Max-Age=0"));
    // A new sign-in ends the session that the browser had.
    let first = sign_in(&server, &token(&kb, &[]));
    let link = format!("/sign-in?token={}", token(&kb, &[]));
    let _ = server.get_with(&link, &[("cookie", &first)]).status(303);
    assert!(!as_customer(&server, "/", &first).text().contains("李雷"));
}

#[test]
fn another_site_cannot_use_the_session() {
    let kb = kb().config(
        "[embed]\norigins = [\"https://www.example.com\"]\n\n[[identity.keys]]\nid = \"2026\"\nsecret = \"0123456789abcdef0123456789abcdef\"\n",
    );
    let server = open(&kb);
    let cookie = sign_in(&server, &token(&kb, &[]));
    let ask = |headers: &[(&str, &str)]| {
        let mut all = vec![("cookie", cookie.as_str())];
        all.extend(headers);
        server.get_with("/api/v1/search?q=电话", &all).json()["total"].clone()
    };
    assert_eq!(ask(&[("sec-fetch-site", "same-origin")]), 1);
    assert_eq!(ask(&[("sec-fetch-site", "none")]), 1);
    for theirs in [
        &[
            ("sec-fetch-site", "same-site"),
            ("origin", "https://www.example.com"),
        ][..],
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://www.example.com"),
        ],
        &[("origin", "https://www.example.com")],
        &[("origin", "null")],
    ] {
        assert_eq!(ask(theirs), 0, "{theirs:?}");
    }
    let post = |path: &str, site: &str| {
        let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", site)];
        server.send("POST", path, &headers, "")
    };
    let _ = post("/sign-out", "cross-site").status(403);
    let _ = post("/see-as", "same-site").status(403);
    let cross = [
        ("origin", "https://www.example.com"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization"),
    ];
    let permitted = server
        .send("OPTIONS", "/api/v1/search?q=a", &cross, "")
        .status(204);
    let headers = permitted.header("access-control-allow-headers").to_owned();
    assert!(headers.contains("authorization"), "{headers}");
    assert!(
        permitted
            .header("access-control-allow-credentials")
            .is_empty()
    );
}

#[test]
fn what_caches_keep_is_nobodys() {
    let kb = kb();
    let server = open(&kb);
    let cookie = sign_in(&server, &token(&kb, &[]));
    for path in [
        "/",
        "/c",
        "/a/忘记密码怎么办",
        "/search?q=密码",
        "/feed.atom",
        "/sitemap.xml",
        "/llms.txt",
    ] {
        let public = server.get(path).status(200);
        let etag = public.header("etag").to_owned();
        let kept = public.header("cache-control").to_owned();
        assert!(kept.starts_with("public"), "{path}: {kept}");
        let vary = public.header("vary").to_owned();
        assert!(!vary.contains("cookie"), "{path}: {vary}");
        // What a browser kept while it was nobody's is not confirmed to somebody.
        let known = server.get_with(path, &[("cookie", &cookie), ("if-none-match", &etag)]);
        let known = known
            .status(200)
            .has_header("cache-control", "private, no-store");
        assert!(known.header("etag").is_empty(), "{path}");
    }
    let api = server.get("/api/v1/search?q=密码");
    assert!(api.header("vary").contains("authorization"));
    // What is the same for everybody stays everybody's.
    let script = server
        .get_with("/embed/v1/kb-search.js", &[("cookie", &cookie)])
        .status(200);
    assert!(script.header("cache-control").starts_with("public"));
}

#[test]
fn own_products_come_first_among_equals_and_hide_nothing() {
    let article = |name: &str, product: &str| {
        format!("+++\ntitle = \"{name}如何导出报表\"\nproducts = [\"{product}\"]\n+++\n点导出。\n")
    };
    let kb = kb()
        .write("kb/a/一.md", article("甲版", "lite"))
        .write("kb/a/二.md", article("乙版", "pro"))
        .write(
            "kb/a/三.md",
            "+++\ntitle = \"导出报表的快捷键\"\n+++\n按 E。\n",
        );
    let server = open(&kb);
    let token_pro = token(&kb, &["--product", "pro"]);
    let cookie = sign_in(&server, &token_pro);
    let titles = |answer: Response| -> Vec<String> {
        let json = answer.status(200).json();
        let hits = json["hits"].as_array().cloned().unwrap_or_default();
        hits.iter()
            .map(|hit| hit["title"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let path = "/api/v1/search?q=如何导出报表&explain=1";
    let plain = titles(server.get(path));
    let own = titles(bearer(&server, path, &token_pro));
    assert_eq!(own[0], "乙版如何导出报表", "{own:?}");
    let sorted = |mut titles: Vec<String>| {
        titles.sort();
        titles
    };
    assert_eq!(sorted(plain.clone()), sorted(own), "nothing is hidden");
    let explained = bearer(&server, path, &token_pro).text();
    assert!(explained.contains("about a product of yours"));
    assert!(!server.get(path).text().contains("about a product of yours"));
    // What does not answer stays behind what does.
    let exact = titles(bearer(
        &server,
        "/api/v1/search?q=导出报表的快捷键",
        &token_pro,
    ));
    assert_eq!(exact[0], "导出报表的快捷键");
    let listed = as_customer(&server, "/c/a", &cookie).status(200).text();
    let at = |text: &str, name: &str| text.find(name).expect("listed");
    assert!(at(&listed, "乙版") < at(&listed, "甲版"));
    let other = sign_in(&server, &token(&kb, &["--product", "lite"]));
    let listed = as_customer(&server, "/c/a", &other).text();
    assert!(at(&listed, "甲版") < at(&listed, "乙版"));
    let first = |token: &str| {
        let offered = bearer(&server, "/api/v1/suggest?q=&limit=1", token).status(200);
        offered.json()["suggestions"][0]["title"].clone()
    };
    let own = ["专线电话是多少", "乙版如何导出报表"];
    assert!(
        own.iter().any(|own| first(&token_pro) == *own),
        "before anything is typed"
    );
    assert_eq!(
        first(&token(&kb, &["--product", "lite"])),
        "甲版如何导出报表"
    );
    let found = titles(bearer(&server, path, &token(&kb, &["--product", "lite"])));
    assert_eq!(found[0], "甲版如何导出报表", "{found:?}");
}

#[test]
fn colleagues_read_all_and_can_look_as_a_visitor_does() {
    let office = Office::over(kb(), &[("wang", "agent", "support")]);
    let (staff, server) = (office.sit("wang").cookie, &office.server);
    let page = as_customer(server, "/a/内部/降级预案", &staff).status(200);
    let page = page.has_header("cache-control", "private, no-store");
    assert!(page.text().contains("以同事身份"), "{}", page.text());
    let form = [
        ("cookie", staff.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let switched = server
        .send("POST", "/see-as", &form, "as=0&to=/c")
        .status(303);
    let seeing = switched
        .has_header("location", "/c")
        .header("set-cookie")
        .to_owned();
    let seeing = format!("{staff}; {}", seeing.split(';').next().unwrap_or_default());
    as_customer(server, "/a/内部/降级预案", &seeing).status(404);
    let page = as_customer(server, "/", &seeing).status(200);
    let page = page.has_header("cache-control", "private, no-store");
    let page = page.has("恢复同事身份").has("以“客户”身份查看");
    drop(page.lacks("以“访客”身份查看"));
    let as_customer_too = format!("{staff}; kb-see-as=1");
    as_customer(server, "/a/内部/降级预案", &as_customer_too).status(404);
    as_customer(server, "/a/大客户/专线电话", &as_customer_too)
        .status(200)
        .has("您正在以“客户”的身份浏览");
    // Nobody sees more than is his by asking for it, whoever he is.
    for rank in ["2", "255", "x", "-1"] {
        let asks = format!("kb-see-as={rank}");
        as_customer(server, "/a/大客户/专线电话", &asks).status(404);
    }
}

#[test]
fn a_mailed_code_proves_an_address() {
    let kb = kb().config(
        "[identity]\nemail = true\nemail_customers = [\"@example.com\"]\n\n[[identity.keys]]\nid = \"2026\"\nsecret = \"0123456789abcdef0123456789abcdef\"\n",
    );
    let server = open(&kb);
    assert!(
        server.get("/").text().contains("/sign-in?to="),
        "there is a way to sign in"
    );
    let (flow, code) = mailed(&server, "li.lei@example.com");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let fields = |code: &str| {
        [
            ("flow", flow.clone()),
            ("code", code.to_owned()),
            ("to", "/me".to_owned()),
        ]
    };
    let enter = |code: &str| {
        let fields = fields(code);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        server.post("/sign-in/code", &fields)
    };
    let refused = enter(wrong).status(422);
    assert!(refused.text().contains("验证码不对"));
    // Another address, and the same once more, lead back to the same place.
    let sent = [("email", "li.lei@example.com"), ("to", "/c?hl=en")];
    let sent = server.post("/sign-in", &sent).status(200);
    let sent = sent.has("href=\"/sign-in?to=%2Fc%3Fhl%3Den\"");
    drop(
        sent.has("name=\"email\" value=\"li.lei@example.com\"")
            .has("重新发送"),
    );
    server
        .get("/sign-in/code")
        .status(200)
        .has("name=\"email\"");
    let entered = enter(&code).status(303).has_header("location", "/me");
    let cookie = entered.header("set-cookie").to_owned();
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    // Listed as a customer's domain: what is for customers is for him.
    as_customer(&server, "/a/大客户/专线电话", &cookie).status(200);
    // Once.
    let _ = enter(&code).status(422);
    // Others prove who they are, and stay the public.
    let (flow, code) = mailed(&server, "han@elsewhere.cn");
    let entered = server
        .post("/sign-in/code", &[("flow", &flow), ("code", &code)])
        .status(303);
    let cookie = entered.header("set-cookie").to_owned();
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    as_customer(&server, "/a/大客户/专线电话", &cookie).status(404);
    assert!(
        as_customer(&server, "/me", &cookie)
            .text()
            .contains("han@elsewhere.cn")
    );
}

/// Has a code mailed, and returns the secret of the attempt and the code.
fn mailed(server: &Server, email: &str) -> (String, String) {
    let page = server
        .post("/sign-in", &[("email", email)])
        .status(200)
        .text();
    let flow = page
        .split("name=\"flow\" value=\"")
        .nth(1)
        .expect("an attempt");
    let flow = flow.split('"').next().unwrap_or_default().to_owned();
    let mails = letters_to(server, email, 1);
    let subject = mails.last().expect("a mail").read().0;
    (
        flow,
        subject
            .chars()
            .filter(char::is_ascii_digit)
            .take(6)
            .collect(),
    )
}

#[test]
fn a_code_is_tried_five_times_and_by_its_own_browser() {
    let kb = kb().config("[identity]\nemail = true\n");
    let server = open(&kb);
    let (flow, code) = mailed(&server, "li.lei@example.com");
    let enter =
        |flow: &str, code: &str| server.post("/sign-in/code", &[("flow", flow), ("code", code)]);
    // Who did not ask for it cannot use it, nor use it up.
    let strange = "0".repeat(32);
    for _ in 0..10 {
        let _ = enter(&strange, &code).status(422);
    }
    let wrong = if code == "111111" { "222222" } else { "111111" };
    for _ in 0..5 {
        let _ = enter(&flow, wrong).status(422);
    }
    let _ = enter(&flow, &code).status(422);
}

#[test]
fn s23_who_asks_for_a_code_hears_the_same_whether_the_address_is_known() {
    let kb = kb().config("[identity]\nemail = true\n");
    let server = open(&kb);
    let asked = json!({"text": "专线打不通", "email": "known@example.com"});
    let _ = server.post_json("/api/v1/cases", &[], &asked).status(201);
    let said = |email: &str| {
        let answer = server.post("/sign-in", &[("email", email)]).status(200);
        let text = answer.text().replace(email, "EMAIL");
        let flow = text
            .split("name=\"flow\" value=\"")
            .nth(1)
            .expect("an attempt");
        let flow = flow.split('"').next().unwrap_or_default().to_owned();
        text.replace(&flow, "FLOW")
    };
    assert_eq!(said("known@example.com"), said("unknown@example.com"));
    // Beyond five an hour the address gets no more letters, and the answer says nothing of it.
    let before = said("often@example.com");
    for _ in 0..8 {
        assert_eq!(said("often@example.com"), before);
    }
    let last = mailed(&server, "last@example.com");
    assert_eq!(last.1.len(), 6, "whose letter is behind all others");
    assert_eq!(letters_to(&server, "often@example.com", 5).len(), 5);
}

#[test]
fn without_mail_and_keys_nobody_signs_in() {
    let server = Kb::new().article("一", "文").serve();
    assert!(!server.get("/").text().contains("/sign-in"));
    assert!(
        server
            .get("/sign-in")
            .status(200)
            .text()
            .contains("会自动登录")
    );
    let _ = server
        .post("/sign-in", &[("email", "a@example.com")])
        .status(404);
    let refused = bearer(&server, "/api/v1/search?q=a", "a.b.c").status(401);
    assert!(refused.text().contains("no token"), "{}", refused.text());
    server
        .get("/me")
        .status(303)
        .has_header("location", "/sign-in?to=%2Fme");
}

#[test]
fn keys_that_cannot_be_used_are_said_with_what_to_do() {
    for (config, said) in [
        ("[[identity.keys]]\nid = \"a\"\n", "this key has no secret"),
        (
            "[[identity.keys]]\nid = \"a\"\nsecret = \"short\"\n",
            "fewer than 32 characters",
        ),
        (
            "[[identity.keys]]\nalg = \"HS256\"\nsecret = \"0123456789abcdef0123456789abcdef\"\n",
            "this key has no id",
        ),
        (
            "[[identity.keys]]\nid = \"a\"\nalg = \"none\"\nsecret = \"0123456789abcdef0123456789abcdef\"\n",
            "no algorithm for tokens",
        ),
        (
            "[[identity.keys]]\nid = \"a\"\nalg = \"EdDSA\"\n",
            "no public_key_file",
        ),
        (
            "[[identity.keys]]\nid = \"a\"\nalg = \"EdDSA\"\npublic_key_file = \"key.txt\"\n",
            "no Ed25519 public key",
        ),
        (
            "[identity]\nmax_audience = \"vip\"\n\n[[identity.keys]]\nid = \"a\"\nsecret = \"0123456789abcdef0123456789abcdef\"\n",
            "no audience of schema.toml",
        ),
        (
            "[identity]\nemail_customers = [\"example.com\"]\n",
            "neither a mail address nor a domain",
        ),
        ("[identity]\nmax_audiences = \"customer\"\n", "did you mean"),
    ] {
        let kb = kb().config(config);
        kb.run(["search", "a"]).code(2).stderr_has(said);
    }
    let shown = kb().run(["config"]).code(0);
    assert!(!shown.out().contains(SECRET), "{}", shown.out());
}

/// The block of `language` on the page that shows how tokens are signed.
fn sample(language: &str) -> String {
    let page = include_str!("../../kb/developers/identity.md");
    let blocks = page.split("\n```").map(|block| block.split_once('\n'));
    let signs = |text: &&str| text.contains("sign(");
    let of = |(name, text): (&str, &'static str)| (name == language).then_some(text);
    let mut found = blocks.flatten().filter_map(of).filter(signs);
    found.next().expect(language).to_owned()
}

/// Runs the page's sample in its own language with claims, a secret and a `kid`; `None` where that language is not installed.
fn signed_by(language: &str, folder: &std::path::Path) -> Option<String> {
    const CLAIMS: &str = r#"{"sub": "u-1", "name": "李雷", "email": "li.lei@example.com", "iss": "https://www.example.com"}"#;
    let code = sample(language);
    let (program, file, text) = match language {
        "js" => (
            "node",
            "sign.mjs",
            format!("{code}\nconsole.log(sign({CLAIMS}, process.argv[2], process.argv[3]));\n"),
        ),
        "python" => (
            "python3",
            "sign.py",
            format!("{code}\nimport sys\nprint(sign({CLAIMS}, sys.argv[1], sys.argv[2]))\n"),
        ),
        "php" => (
            "php",
            "sign.php",
            format!(
                "<?php\n{code}\necho sign(json_decode('{CLAIMS}', true), $argv[1], $argv[2]);\n"
            ),
        ),
        "go" => {
            let code = code.replacen(
                "import (",
                "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"",
                1,
            );
            let main = format!(
                "func main() {{\n\tvar claims map[string]any\n\t_ = json.Unmarshal([]byte(`{CLAIMS}`), &claims)\n\ttoken, err := sign(claims, os.Args[1], os.Args[2])\n\tif err != nil {{\n\t\tpanic(err)\n\t}}\n\tfmt.Println(token)\n}}\n"
            );
            ("go", "sign.go", format!("{code}\n{main}"))
        }
        _ => {
            let (imports, method) = code.split_once("\n\n").expect("imports, then a method");
            let ends = jiff::Timestamp::now().as_second() + 300;
            let claims = CLAIMS.replace('"', "\\\"");
            let claims = claims.replacen(
                '{',
                &format!("{{\\\"exp\\\": {ends}, \\\"jti\\\": \\\"1\\\", "),
                1,
            );
            let main = format!(
                "public static void main(String[] args) throws Exception {{ System.out.println(sign(\"{claims}\", args[0], args[1])); }}"
            );
            (
                "java",
                "Sign.java",
                format!("{imports}\n\nclass Sign {{\n{method}\n{main}\n}}\n"),
            )
        }
    };
    let path = folder.join(file);
    std::fs::write(&path, text).expect("a file");
    let mut command = std::process::Command::new(program);
    if language == "go" {
        command
            .arg("run")
            .env("GOCACHE", folder.join("go"))
            .env("GOFLAGS", "-mod=mod");
    }
    if language == "java" {
        command.arg("-Dfile.encoding=UTF-8");
    }
    let run = command.arg(&path).args([SECRET, "2026"]).output().ok()?;
    let failed = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{language}: {failed}");
    Some(String::from_utf8_lossy(&run.stdout).trim().to_owned())
}

#[test]
fn what_the_help_centre_shows_for_other_languages_signs_good_tokens() {
    let kb = kb();
    let server = open(&kb);
    let folder = tempfile::tempdir().expect("a folder");
    let mut tried = Vec::new();
    for language in ["js", "python", "php", "go", "java"] {
        let Some(token) = signed_by(language, folder.path()) else {
            continue;
        };
        let form = bearer(&server, "/api/v1/cases/form", &token)
            .status(200)
            .json();
        assert_eq!(form["name"], "李雷", "{language}");
        assert_eq!(form["email"], "li.lei@example.com", "{language}");
        bearer(&server, "/api/v1/articles/大客户/专线电话", &token).status(200);
        // As a link it works once: each names its tokens.
        sign_in(&server, &token);
        tried.push(language);
    }
    assert!(tried.contains(&"python"), "{tried:?}");
}
