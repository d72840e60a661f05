//! Does the shipped help centre answer the questions in its own golden list?

use crate::harness::Kb;
use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;
use std::path::Path;

#[test]
fn the_golden_queries_of_the_shipped_help_centre_are_answered() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("kb");
    let data = Kb::bare();
    let run = data.run([
        "eval".as_ref(),
        "--format".as_ref(),
        "json".as_ref(),
        "--kb".as_ref(),
        shipped.as_os_str(),
        "--data-dir".as_ref(),
        data.path("data").as_os_str(),
    ]);
    let report = run.code(0).json();
    let figure = |name: &str| report[name].as_f64().expect(name);
    assert!(figure("queries") >= 100.0, "{report:#}");
    assert!(figure("recall_at_1") >= 0.95, "{report:#}");
    assert!(figure("recall_at_10") >= 0.97, "{report:#}");
    assert_eq!(figure("confident_unanswerable"), 0.0, "{report:#}");
}

#[test]
fn queries_in_traditional_script_are_answered_as_well_as_in_simplified() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("kb");
    let golden = std::fs::read_to_string(shipped.join("golden.toml")).expect("it is shipped");
    let golden = golden.parse::<toml::Table>().expect("it is well formed");
    let queries = golden["query"].as_array().expect("it has queries");
    let data = Kb::bare();
    let (mut plain, mut judged) = (String::new(), String::new());
    for (number, query) in queries.iter().enumerate() {
        let text = query["text"].as_str().expect("a text");
        plain += &format!("{number}\t{text}\n");
        for id in query
            .get("articles")
            .and_then(|ids| ids.as_array())
            .into_iter()
            .flatten()
        {
            judged += &format!("{number}\t{}\t1\n", id.as_str().expect("an id"));
        }
    }
    data.put("qrels.tsv", judged);
    let [simplified, traditional] = [BuiltinConfig::T2s, BuiltinConfig::S2t].map(|config| {
        let converter = OpenCC::from_config(config).expect("it is built in");
        data.put("queries.tsv", converter.convert(&plain));
        let run = data.run([
            "eval".as_ref(),
            "--format".as_ref(),
            "json".as_ref(),
            "--kb".as_ref(),
            shipped.as_os_str(),
            "--data-dir".as_ref(),
            data.path("data").as_os_str(),
            "--queries".as_ref(),
            "queries.tsv".as_ref(),
            "--qrels".as_ref(),
            "qrels.tsv".as_ref(),
        ]);
        run.code(0).json()["mrr_at_10"].as_f64().expect("a figure")
    });
    assert!(
        (simplified - traditional).abs() <= 0.01,
        "{simplified} and {traditional}"
    );
}
