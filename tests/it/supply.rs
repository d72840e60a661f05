//! What is in the program, and what do its rules for owners allow? Dependencies from one place under known licences, and no
//! patterns that somebody could make explode.

use crate::harness::Kb;
use std::path::Path;

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(path).expect("the file")
}

#[test]
fn s55_everything_comes_from_one_registry_and_is_checked() {
    for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
        let lock: toml::Table = toml::from_str(&file(lock)).expect("TOML");
        let packages = lock["package"].as_array().expect("packages");
        assert!(packages.len() > 100);
        for package in packages {
            let name = package["name"].as_str().expect("a name");
            match package.get("source").and_then(toml::Value::as_str) {
                Some(source) => {
                    let registry = "registry+https://github.com/rust-lang/crates.io-index";
                    assert_eq!(source, registry, "{name}");
                    assert!(package.get("checksum").is_some(), "{name} has a checksum");
                }
                None => assert!(
                    ["kb", "kb-fuzz"].contains(&name),
                    "{name} comes from nowhere"
                ),
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(
        !root.join("build.rs").exists(),
        "nothing runs while it is built"
    );
    let rules: toml::Table = toml::from_str(&file("deny.toml")).expect("TOML");
    assert_eq!(rules["sources"]["unknown-git"].as_str(), Some("deny"));
    assert_eq!(rules["sources"]["unknown-registry"].as_str(), Some("deny"));
    assert_eq!(rules["bans"]["wildcards"].as_str(), Some("deny"));
    let checks = file("scripts/test");
    assert!(checks.contains("check --hide-inclusion-graph bans licenses sources"));
    assert!(checks.contains("part \"advisories\" advisories"));
    for command in checks
        .lines()
        .filter(|line| line.contains("cargo build") || line.contains("cargo test"))
    {
        assert!(command.contains("--locked"), "{command}");
    }
}

#[test]
fn s55_the_bill_of_materials_has_every_crate_of_the_program() {
    let bill = || {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let made = std::process::Command::new(root.join("scripts/sbom")).output();
        let made = made.expect("python3 runs");
        let said = String::from_utf8_lossy(&made.stderr).into_owned();
        assert!(made.status.success(), "{said}");
        made.stdout
    };
    let text = bill();
    assert_eq!(text, bill(), "the same lock, the same bill");
    let bill: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    assert_eq!(bill["specVersion"], "1.5");
    let parts = bill["components"].as_array().expect("components");
    for part in parts {
        assert!(part["hashes"][0]["content"].is_string(), "{part}");
        assert!(part["licenses"][0]["expression"].is_string(), "{part}");
    }
    let manifest: toml::Table = toml::from_str(&file("Cargo.toml")).expect("TOML");
    let own = manifest["dependencies"].as_table().expect("dependencies");
    for name in own.keys() {
        let part = parts.iter().find(|part| part["name"] == name.as_str());
        assert!(part.is_some(), "{name} is not in the bill");
    }
    let tested = manifest["dev-dependencies"].as_table().expect("more");
    let only = tested.keys().find(|name| *name == "proptest").expect("it");
    assert!(!parts.iter().any(|part| part["name"] == only.as_str()));
}

#[test]
fn s51_words_of_the_owner_are_words_and_no_patterns() {
    let words = ["(a+)+$", ".*", "[", "\\", "(?:x{9999}){9999}"];
    let list: Vec<String> = words
        .iter()
        .map(|word| toml::Value::from(*word).to_string())
        .collect();
    let kb = Kb::new().article("退款", "七天内可以退。").config(&format!(
        "[ask]\nmin_seconds = 0\n[cases]\np1_words = [{0}]\n[groups.a]\nwords = [{0}]\n",
        list.join(", ")
    ));
    let server = kb.serve();
    server.eventually("questions can be asked", |s| {
        let body = serde_json::json!({ "email": "a@b.cn", "text": "a".repeat(5_000) });
        let begun = std::time::Instant::now();
        let answer = s.post_json("/api/v1/cases", &[], &body);
        assert!(begun.elapsed().as_secs() < 5, "words cost what words cost");
        answer.is(201).then_some(())
    });
    for source in ["src/cases", "src/config", "src/search", "src/text"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
        for entry in std::fs::read_dir(folder).expect("a room") {
            let path = entry.expect("an entry").path();
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                !text.contains("regex::") && !text.contains("Regex::"),
                "{}",
                path.display()
            );
        }
    }
}
