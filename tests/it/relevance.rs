//! Does the shipped help centre answer the questions in its own golden list?

use crate::harness::Kb;
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
    assert!(figure("recall_at_1") >= 0.92, "{report:#}");
    assert!(figure("recall_at_10") >= 0.97, "{report:#}");
    assert!(figure("confident_unanswerable") <= 0.3, "{report:#}");
}
