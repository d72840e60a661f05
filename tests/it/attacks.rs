//! Does `attacks.md` tell the truth? Every row of attacks and faults has tests that bear its name, or says why not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Attacks are S01 to S58, faults F01 to F28.
const LAST: [(char, usize); 2] = [('S', 58), ('F', 28)];

/// Where tests are.
const FOLDERS: [&str; 3] = ["src", "tests", "fuzz"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

struct Row {
    name: String,
    tests: Vec<(String, String)>,
    outcome: String,
}

/// `| S01 | what is tried | `file::test`, … | outcome |`
fn rows(table: &str) -> Vec<Row> {
    let lines = table.lines().filter(|line| {
        let name = line.trim_start_matches("| ").as_bytes();
        name.len() > 3 && matches!(name[0], b'S' | b'F') && name[1].is_ascii_digit()
    });
    lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            assert_eq!(cells.len(), 4, "a row has four cells: {line}");
            let (name, tests, outcome) = (cells[0], cells[2], cells[3]);
            let quoted = tests.split('`').skip(1).step_by(2);
            let pair = |test: &str| {
                let (file, test) = test.split_once("::").expect(line);
                (file.to_owned(), test.to_owned())
            };
            Row {
                name: name.to_owned(),
                tests: quoted.map(pair).collect(),
                outcome: outcome.to_owned(),
            }
        })
        .collect()
}

/// The rows that the name of a test begins with: `s06_s07_bytes_decide` is of S06 and S07.
fn rows_of(test: &str) -> Vec<String> {
    let parts = test.split(['_', ' ']);
    let is_row = |part: &&str| {
        let mut chars = part.chars();
        matches!(chars.next(), Some('s' | 'f' | 'S' | 'F'))
            && part.len() == 3
            && chars.all(|c| c.is_ascii_digit())
    };
    parts.take_while(is_row).map(str::to_uppercase).collect()
}

/// All tests of the tree that are named after a row, by file.
fn named(folder: &Path, found: &mut BTreeMap<String, BTreeSet<String>>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .and_then(|n| n.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            if !matches!(name, "node_modules" | "target" | "corpus") {
                named(&path, found);
            }
        } else if name.ends_with(".rs") || name.ends_with(".test.mjs") {
            let file = path.strip_prefix(root()).expect("below the root");
            let text = std::fs::read_to_string(&path).expect("a source");
            let tests = text
                .lines()
                .filter_map(test_of)
                .filter(|t| !rows_of(t).is_empty());
            found
                .entry(file.display().to_string())
                .or_default()
                .extend(tests.map(str::to_owned));
        }
    }
}

/// The name of the test that begins on this line: `fn name(`, `test('name',`, `it('name',`.
fn test_of(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("async ").unwrap_or(line);
    if let Some(rest) = line.strip_prefix("fn ") {
        return rest.split_once('(').map(|(name, _)| name);
    }
    let quoted = ["test('", "it('", "test(\"", "it(\""];
    let rest = quoted.iter().find_map(|begin| line.strip_prefix(begin))?;
    rest.split_once(['\'', '"']).map(|(name, _)| name)
}

#[test]
fn every_row_has_a_test_of_its_name_or_a_reason() {
    let table = std::fs::read_to_string(root().join("tests/attacks.md")).expect("attacks.md");
    let rows = rows(&table);
    let mut tests = BTreeMap::new();
    for folder in FOLDERS {
        let folder = root().join(folder);
        if folder.is_dir() {
            named(&folder, &mut tests);
        }
    }
    let mut wrong = Vec::new();
    let expected = LAST
        .iter()
        .flat_map(|(kind, last)| (1..=*last).map(move |n| format!("{kind}{n:02}")));
    let listed: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    if !expected.eq(listed.iter().copied()) {
        wrong.push(format!(
            "rows are missing, double or out of order: {listed:?}"
        ));
    }
    for row in &rows {
        if row.tests.is_empty() && row.outcome.chars().count() < 40 {
            wrong.push(format!("{} has neither a test nor a reason", row.name));
        }
        for (file, test) in &row.tests {
            let exists = tests.get(file).is_some_and(|of| of.contains(test));
            if !exists || !rows_of(test).contains(&row.name) {
                wrong.push(format!(
                    "{}: there is no such test of this row: {file}::{test}",
                    row.name
                ));
            }
        }
    }
    for (file, of) in &tests {
        for test in of {
            for name in rows_of(test) {
                let row = rows.iter().find(|row| row.name == name);
                if !row.is_some_and(|row| row.tests.contains(&(file.clone(), test.clone()))) {
                    wrong.push(format!("{name} does not list {file}::{test}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "tests/attacks.md:\n{}", wrong.join("\n"));
}
