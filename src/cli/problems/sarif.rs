//! What does code scanning read? SARIF 2.1.0: the rules, and a result for each problem.

use super::{all_codes, word};
use crate::model::{Place, Problem};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::io::{self, Write};

/// What stays as it is in the path of a URI.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'.')
    .remove(b'-')
    .remove(b'_')
    .remove(b'~');

/// Writes all problems as one SARIF log.
pub(in crate::cli) fn write_sarif(to: &mut dyn Write, problems: &[Problem]) -> io::Result<()> {
    let codes = all_codes();
    let rules = codes.iter().map(|info| {
        json!({
            "id": info.code,
            "shortDescription": { "text": info.title },
            "fullDescription": { "text": info.explanation },
        })
    });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "kb",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": problems.iter().map(result).collect::<Vec<_>>(),
        }],
    });
    serde_json::to_writer_pretty(&mut *to, &log)?;
    writeln!(to)
}

fn result(problem: &Problem) -> Value {
    let help = problem.help.iter().map(|help| format!("\n{help}"));
    let uri = utf8_percent_encode(&problem.path, IN_PATH).to_string();
    let mut location = json!({ "artifactLocation": { "uri": uri } });
    if let Some(place) = &problem.place {
        location["region"] = region(place);
    }
    json!({
        "ruleId": problem.code,
        "level": word(problem.severity),
        "message": { "text": format!("{}{}", problem.message, help.collect::<String>()) },
        "locations": [{ "physicalLocation": location }],
    })
}

fn region(place: &Place) -> Value {
    json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endColumn": place.column + place.length,
    })
}
