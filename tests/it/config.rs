//! Settings: where they come from, who wins, and what is said about those that make no sense.

use crate::harness::Kb;

/// A settings file, what is wrong with it, and where.
type Case = (&'static str, &'static str, &'static str);

#[test]
fn a_bad_kb_toml_is_refused_with_its_place_and_help() {
    let cases: [Case; 24] = [
        ("data_dri = 1", "kb.toml:1:1", "did you mean `data_dir`?"),
        (
            "[sevrer]\nlisten = \"x\"",
            "kb.toml:1:2",
            "did you mean `server`?",
        ),
        (
            "listen = \"127.0.0.1:1\"",
            "kb.toml:1:1",
            "did you mean `server.listen`?",
        ),
        (
            "[server]\nlisten = \"localhost\"",
            "kb.toml:2:10",
            "expected an address with a port",
        ),
        ("[server]\nlisten = 8080", "kb.toml:2:10", "found 8080"),
        (
            "[server]\nmax_connections = 0",
            "kb.toml:2:19",
            "use 1 to 1000000",
        ),
        ("[server]\nmax_connections = -1", "kb.toml:2:19", "found -1"),
        (
            "[server]\nmax_connections = 1.5",
            "kb.toml:2:19",
            "found 1.5",
        ),
        (
            "[server]\nheader_timeout_ms = \"10s\"",
            "kb.toml:2:21",
            "found \"10s\"",
        ),
        (
            "server = 1",
            "kb.toml:1:1",
            "write it as a section: `[server]`",
        ),
        (
            "\"server.listen\" = 1",
            "kb.toml:1:1",
            "there is no setting",
        ),
        (
            "[embed]\norigins = [\"https://a.cn/x\"]",
            "kb.toml:2:12",
            "write it as \"https://a.cn\"",
        ),
        (
            "[embed]\norigins = [\"https://*.a.cn\"]",
            "kb.toml:2:12",
            "wildcard",
        ),
        ("[embed]\norigins = [\"*\"]", "kb.toml:2:12", "wildcard"),
        (
            "[embed]\norigins = \"https://a.cn\"",
            "kb.toml:2:11",
            "expected a list of texts",
        ),
        ("[embed]\norigins = [1]", "kb.toml:2:12", "found 1"),
        (
            "[site]\nbase_url = \"https://a.cn/\"",
            "kb.toml:2:12",
            "ends in a slash",
        ),
        (
            "[site]\nbase_url = \"ftp://a.cn\"",
            "kb.toml:2:12",
            "no http or https address",
        ),
        (
            "[site]\ncontact = \"javascript:alert(1)\"",
            "kb.toml:2:11",
            "neither a mail address nor an https address",
        ),
        (
            "[site]\ndefault_lang = \"fr\"",
            "kb.toml:2:16",
            "\"zh-CN\", \"zh-TW\" or \"en\"",
        ),
        ("[site]\nlogo = \"no.svg\"", "kb.toml:2:8", "cannot be read"),
        (
            "[site.colours]\naccent = \"red\"",
            "kb.toml:2:10",
            "#rrggbb",
        ),
        (
            "[log]\nformat = \"xml\"",
            "kb.toml:2:10",
            "\"auto\", \"text\" or \"json\"",
        ),
        ("[log]\nfilter = \"kb=\"\n[log]", "kb.toml:3:", "not TOML"),
    ];
    for (toml, place, what) in cases {
        let run = Kb::new().config(toml).run(["config"]).code(2);
        run.stderr_has(place)
            .stderr_has(what)
            .stderr_has("error: the settings cannot be used: ");
    }
}

#[test]
fn a_bad_schema_toml_is_refused_with_its_place_and_help() {
    let cases: [Case; 18] = [
        (
            "[weights]\ntitel = 1",
            "schema.toml:2:1",
            "did you mean `title`?",
        ),
        (
            "[weights]\ntitle = \"3\"",
            "schema.toml:2:9",
            "expected a number, found \"3\"",
        ),
        ("[weights]\ntitle = -1", "schema.toml:2:9", "use 0 to 100"),
        (
            "[weights]\ntitle = nan",
            "schema.toml:2:9",
            "expected a number",
        ),
        (
            "[analysis]\npinyin = \"yes\"",
            "schema.toml:2:10",
            "`true` or `false`",
        ),
        ("[ranking]\nb = 1.5", "schema.toml:2:5", "use 0 to 1"),
        ("audiences = []", "schema.toml:1:13", "1 to 16 audiences"),
        (
            "audiences = [\"a\", \"a\"]",
            "schema.toml:1:13",
            "listed twice",
        ),
        (
            "audiences = [\"a b\"]",
            "schema.toml:1:13",
            "no name for an audience",
        ),
        (
            "[limits]\narticle_bytes = 1",
            "schema.toml:2:17",
            "use 1024 to",
        ),
        (
            "[lexicon]\ndictionary = [\"no.txt\"]",
            "schema.toml:2:15",
            "paths start at the folder of this settings file",
        ),
        (
            "[lexicon]\ndictionary = \"a.txt\"",
            "schema.toml:2:14",
            "expected a list",
        ),
        (
            "[fields.title]\ntype = \"text\"",
            "schema.toml:1:9",
            "articles have a field `title` already",
        ),
        (
            "[fields.\"a b\"]\ntype = \"text\"",
            "schema.toml:1:9",
            "no name for a field",
        ),
        (
            "[fields.level]",
            "schema.toml:1:9",
            "add as in `type = \"text\"`",
        ),
        (
            "[fields.level]\ntype = \"colour\"",
            "schema.toml:2:8",
            "\"integer\", \"boolean\" or \"date\"",
        ),
        (
            "[fields.level]\ntype = \"text\"\nfacett = true",
            "schema.toml:3:1",
            "did you mean `facet`?",
        ),
        (
            "[server]\nlisten = \"x\"",
            "schema.toml:1:2",
            "there is no setting `server`",
        ),
    ];
    for (toml, place, what) in cases {
        let run = Kb::new().schema(toml).run(["config"]).code(2);
        run.stderr_has(place)
            .stderr_has(what)
            .stderr_has("error: the settings cannot be used: ");
    }
}

#[test]
fn everything_wrong_is_said_at_once() {
    let kb = Kb::new()
        .schema("x = 1\n[weights]\ny = 2")
        .config("z = 3")
        .env("KB_LISTEN", "abc")
        .env("KB_LISTN", "abc");
    let run = kb.run(["serve"]).code(2).stdout("");
    for what in [
        "setting `x`",
        "`weights.y`",
        "setting `z`",
        "variable KB_LISTEN is `abc`",
        "did you mean `KB_LISTEN`?",
        "4 errors",
    ] {
        assert!(run.err().contains(what), "{what}\n{}", run.err());
    }
    // What is not TOML hides nothing that is.
    Kb::new()
        .config("data_dri = 1\nx = = 2\n")
        .run(["config"])
        .code(2)
        .stderr_has("kb.toml:1:1")
        .stderr_has("kb.toml:2:5");
}

#[test]
fn options_win_over_variables_over_files_over_defaults() {
    let kb = Kb::new().config(
        "[server]\nlisten = \"127.0.0.1:1\"\nmax_connections = 7\n[site]\ncontact = \"a@b.c\"\n",
    );
    let kb = kb
        .env("KB_LISTEN", "127.0.0.1:2")
        .env("KB_SITE_NAME_ZH_CN", "某某")
        .env("KB_EMBED_ORIGINS", "https://a.cn, https://b.cn");
    let settings = kb
        .run(["config", "--format", "json", "--data-dir", "/d"])
        .code(0)
        .stderr("")
        .json();
    for (key, value, origin) in [
        (
            "server.listen",
            serde_json::json!("127.0.0.1:2"),
            "KB_LISTEN",
        ),
        ("server.max_connections", 7.into(), "kb.toml:3"),
        ("server.header_timeout_ms", 10000.into(), "default"),
        ("site.contact", "a@b.c".into(), "kb.toml:5"),
        ("site.name.zh-CN", "某某".into(), "KB_SITE_NAME_ZH_CN"),
        ("site.base_url", serde_json::Value::Null, "default"),
        (
            "embed.origins",
            serde_json::json!(["https://a.cn", "https://b.cn"]),
            "KB_EMBED_ORIGINS",
        ),
        ("data_dir", "/d".into(), "--data-dir"),
    ] {
        let expected = serde_json::json!({ "value": value, "origin": origin });
        assert_eq!(settings["settings"][key], expected, "{key}");
    }
    let regular = kb
        .env("KB_SERVER_LISTEN", "127.0.0.1:3")
        .run(["config"])
        .code(0);
    regular
        .stdout_has("server.listen = \"127.0.0.1:3\"")
        .stdout_has("# KB_SERVER_LISTEN");
}

#[test]
fn what_is_printed_can_be_a_settings_file() {
    let printed = Kb::new().run(["config"]).code(0).out();
    let section = printed
        .split("# kb.toml: how it runs")
        .nth(1)
        .expect("a section");
    let section = section.split("# schema.toml:").next().expect("a section");
    Kb::new().config(section).run(["config"]).code(0).stderr("");
}

#[test]
fn files_are_found_beside_the_articles_or_where_somebody_says() {
    let kb = Kb::bare()
        .write("help/docs/a.md", "# a\n")
        .write("help/schema.toml", "[weights]\ntitle = 9\n")
        .write("help/kb.toml", "data_dir = \"data\"\n");
    let run = kb.run(["config", "--kb", "help/docs"]).code(0).stderr("");
    run.stdout_has("weights.title = 9.0")
        .stdout_has("# help/schema.toml:2")
        .stdout_has("data_dir = \"help/data\"");
    kb.delete("help/kb.toml");
    kb.run(["config", "--kb", "help/docs"])
        .code(0)
        .stdout_has("data_dir = \"help/.docs\"");
    kb.run(["config"]).code(0).stdout_has("data_dir = \".kb\"");
    let by_variables = kb
        .clone()
        .env("KB_DIR", "help/docs")
        .env("KB_SCHEMA", "other.toml");
    by_variables
        .run(["config"])
        .code(2)
        .stderr_has("other.toml does not exist")
        .stderr_has("KB904");
    for option in ["--schema", "--config"] {
        kb.run(["config", option, "none.toml"])
            .code(2)
            .stderr_has("none.toml does not exist");
    }
}

#[test]
fn files_that_are_no_text_are_refused() {
    let gbk = b"# \xb2\xe2\xca\xd4\n[weights]\n";
    Kb::new()
        .write("schema.toml", gbk)
        .run(["config"])
        .code(2)
        .stderr_has("schema.toml is not UTF-8 (line 1)");
    let huge = "#".repeat(1024 * 1024 + 1);
    Kb::new()
        .write("kb.toml", huge)
        .run(["config"])
        .code(2)
        .stderr_has("kb.toml is larger than 1 MiB");
    let marked = "\u{feff}[weights]\ntitle = 9\n";
    Kb::new()
        .schema(marked)
        .run(["config"])
        .code(0)
        .stdout_has("weights.title = 9.0");
    let deep = format!("x = {}", "[".repeat(100_000));
    Kb::new()
        .config(&deep)
        .run(["config"])
        .code(2)
        .stderr_has("kb.toml:1:");
    let nul = "[site]\ncontact = \"a\u{0}\"";
    Kb::new()
        .config(nul)
        .run(["config"])
        .code(2)
        .stderr_has("kb.toml:2:");
}

#[test]
fn a_logo_is_a_picture_beside_the_file_that_names_it() {
    let kb = Kb::bare()
        .write("help/kb/a.md", "# a\n")
        .write("help/logo.svg", "<svg/>")
        .write("help/kb.toml", "[site]\nlogo = \"logo.svg\"\n");
    let run = kb.run(["config", "--kb", "help/kb"]).code(0);
    run.stdout_has("site.logo = \"help/logo.svg\"");
    let by_variable = kb.clone().env("KB_SITE_LOGO", "help/logo.svg");
    by_variable.run(["config", "--kb", "help/kb"]).code(0);
    let wrong = kb.env("KB_SITE_LOGO", "logo.exe");
    let run = wrong.run(["config", "--kb", "help/kb"]).code(2);
    run.stderr_has("variable KB_SITE_LOGO is `logo.exe`: logo.exe is no picture");
}

#[test]
fn a_variable_of_kubernetes_is_no_mistake() {
    let kb = Kb::new()
        .env("KB_PORT", "tcp://10.0.0.1:80")
        .env("KB_SERVICE_HOST", "10.0.0.1")
        .env("KB_LISTEN", "");
    kb.run(["config"]).code(0).stderr("");
    let slip = Kb::new().env("KB_LISEN", "x").run(["config"]).code(0);
    slip.stderr_has("warning[KB905]")
        .stderr_has("did you mean `KB_LISTEN`?");
    let _ = Kb::new()
        .env("KB_LISEN", "x")
        .run(["config", "-q"])
        .code(0)
        .stderr("");
}
