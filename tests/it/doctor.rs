//! Does `kb doctor` find what is wrong, say what to do, and leave everything as it was?

use crate::harness::Kb;
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn finding<'a>(report: &'a Value, what: &str, state: &str) -> Option<&'a Value> {
    let findings = report["findings"].as_array().expect("findings");
    findings
        .iter()
        .find(|one| one["what"] == what && one["state"] == state)
}

#[track_caller]
fn says(report: &Value, what: &str, state: &str, text: &str) {
    let found = finding(report, what, state);
    let said = found.map(|one| one["says"].as_str().expect("words"));
    assert!(
        said.is_some_and(|said| said.contains(text)),
        "no {what} {state} with {text:?} in {report:#}"
    );
    if state != "ok" {
        assert!(
            found.is_some_and(|one| one["help"].is_string()),
            "{report:#}"
        );
    }
}

/// Path, size and bytes of every file below a folder.
fn everything(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let bytes = std::fs::read(&path).expect("a file");
                    found.insert(path.display().to_string(), bytes);
                }
            }
        }
    }
    found
}

#[test]
fn a_fresh_site_is_well_and_nothing_is_made() {
    let kb = Kb::new().article("退款", "七天内可以退。");
    let before = everything(kb.root());
    let report = kb.run(["doctor", "--format", "json"]).code(0).json();
    assert_eq!(report["failures"], 0);
    says(&report, "articles", "ok", "1 files");
    says(&report, "index", "warn", "none has been built");
    says(&report, "database", "ok", "is not there yet");
    says(&report, "mail", "warn", "mails become files");
    assert_eq!(everything(kb.root()), before, "it only looks");
}

#[test]
fn beside_a_running_server_all_is_well() {
    let kb = Kb::new().article("退款", "七天内可以退。");
    let server = kb.serve();
    server.eventually("the database is open", |s| {
        s.get("/metrics")
            .text()
            .contains("kb_questions_open 1")
            .then_some(())
    });
    let report = kb.run(["doctor", "--format", "json"]).code(0).json();
    says(&report, "index", "ok", "is whole");
    says(&report, "database", "ok", "is whole, version");
    says(&report, "clock", "ok", "it is 2");
    let data = kb.path(".kb");
    let mode = |path: &Path| {
        std::fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(&data), 0o700, "what kb makes is private");
    assert_eq!(mode(&data.join("kb.sqlite")), 0o600);
    assert!(finding(&report, "data", "warn").is_none(), "{report:#}");
    let people = kb.run(["doctor"]).code(0);
    let people = people.stdout_has("ok    index").stdout_has(" failing");
    let _ = people;
    let _ = kb.run(["doctor", "--quiet"]).code(0).stdout_lacks("ok  ");
}

#[test]
fn a_damaged_index_is_named_and_mended_only_when_asked() {
    let kb = Kb::new().article("退款", "七天内可以退。");
    let _ = kb.run(["reindex"]).code(0);
    let current = kb.read(".kb/index/CURRENT");
    let manifest = format!(".kb/index/{}/manifest.json", current.trim());
    let text = kb.read(&manifest);
    kb.put(
        &manifest,
        text.replace("退款", "退歀").replacen('1', "2", 1),
    );
    let before = everything(kb.root());
    let report = kb.run(["doctor", "--format", "json"]).code(1).json();
    says(&report, "index", "fail", "it is damaged");
    assert_eq!(everything(kb.root()), before, "it only looks");
    let report = kb
        .run(["doctor", "--repair", "--format", "json"])
        .code(0)
        .json();
    says(&report, "index", "warn", "it is damaged");
    says(&report, "index", "ok", "built anew");
    let report = kb.run(["doctor", "--format", "json"]).code(0).json();
    says(&report, "index", "ok", "is whole");
    let _ = kb.run(["search", "退款"]).code(0).stdout_has("退款");
}

#[test]
fn f09_a_damaged_database_is_named_with_the_way_back() {
    let kb = Kb::new()
        .article("退款", "x")
        .write(".kb/kb.sqlite", "this is no database".repeat(400));
    let report = kb.run(["doctor", "--format", "json"]).code(1).json();
    says(&report, "database", "fail", "damaged");
    let help = finding(&report, "database", "fail").expect("it")["help"].clone();
    assert!(
        help.as_str()
            .is_some_and(|help| help.contains("kb restore")),
        "{help}"
    );
}

#[test]
fn secrets_that_others_may_read_fail() {
    let kb = Kb::new()
        .article("退款", "x")
        .write("secret", "sk-12345678")
        .config(
            "[embeddings]\nurl = \"http://127.0.0.1:9/v1/embeddings\"\nkey_file = \"secret\"\n",
        );
    let set = |mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(kb.path("secret"), permissions).expect("it is ours");
    };
    set(0o644);
    let report = kb.run(["doctor", "--format", "json"]).code(1).json();
    says(&report, "secrets", "fail", "embeddings.key_file");
    assert!(!report.to_string().contains("sk-12345678"), "{report:#}");
    says(&report, "embeddings", "fail", "");
    set(0o600);
    let report = kb.run(["doctor", "--format", "json"]).code(1).json();
    says(&report, "secrets", "ok", "this user alone");
}

#[test]
fn ways_out_that_lead_nowhere_fail_and_nothing_is_sent() {
    let kb = Kb::new().article("退款", "x").config(
        "[mail]\nfrom = \"help@example.com\"\nsmtp_url = \"smtp://127.0.0.1:9\"\n\
         [[hooks]]\nname = \"away\"\nform = \"feishu\"\nurl = \"http://127.0.0.1:9/hook/secret-part\"\nallow_private = true\n",
    );
    let report = kb.run(["doctor", "--format", "json"]).code(1).json();
    says(&report, "mail", "fail", "connecting");
    says(
        &report,
        "hook",
        "fail",
        "away: the receiver cannot be reached",
    );
    assert!(!report.to_string().contains("secret-part"), "{report:#}");
}

#[test]
fn settings_that_cannot_be_used_are_findings_and_the_rest_is_looked_at() {
    let kb = Kb::new()
        .article("退款", "x")
        .config("[server]\nlisten = 8080\n[sitee]\nname = 1\n");
    let report = kb.run(["doctor", "--format", "json"]).code(1).json();
    says(&report, "kb.toml", "fail", "kb.toml:2");
    says(&report, "articles", "ok", "1 files");
}
