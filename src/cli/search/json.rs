//! How does a program read hits? As the API answers, without what only a server knows.

use crate::model::Kind;
use crate::search::{Explanation, Hit, Results, TextPart};
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// Writes the results as one JSON document; `meaning`: whether search was by meaning too, where that is set up.
pub(super) fn write(
    to: &mut dyn Write,
    results: &Results,
    meaning: Option<bool>,
) -> io::Result<()> {
    let answer = results.answer.as_ref().map(
        |answer| json!({ "id": answer.id.as_str(), "title": answer.title, "text": answer.text }),
    );
    let facets = results.facets.iter().map(|(name, counts)| {
        let counts = counts
            .iter()
            .map(|c| json!({ "value": c.value, "label": c.label, "count": c.count }));
        (name.clone(), counts.collect::<Value>())
    });
    let mut document = json!({
        "query": results.query,
        "total": results.total,
        "confident": results.confident,
        "answer": answer,
        "hits": results.hits.iter().map(hit).collect::<Vec<_>>(),
        "did_you_mean": results.did_you_mean,
        "facets": facets.collect::<Map<_, _>>(),
    });
    if let Some(used) = meaning {
        document["meaning"] = if used { "used" } else { "unavailable" }.into();
    }
    serde_json::to_writer_pretty(&mut *to, &document)?;
    writeln!(to)
}

fn hit(hit: &Hit) -> Value {
    let kind = match hit.kind {
        Kind::Article => "article",
        Kind::Question => "question",
    };
    let heading = hit
        .heading
        .as_ref()
        .map(|(text, anchor)| json!({ "text": text, "anchor": anchor }));
    let mut value = json!({
        "id": hit.id.as_str(),
        "kind": kind,
        "title": hit.title,
        "category": hit.category,
        "score": hit.score,
        "title_parts": parts(&hit.title_parts),
        "snippet_parts": parts(&hit.snippet_parts),
        "heading": heading,
        "similar": hit.similar,
        "pinned": hit.pinned,
        "near": hit.near,
    });
    if let Some(explanation) = &hit.explanation {
        value["explanation"] = contributions(explanation);
    }
    value
}

fn parts(parts: &[TextPart]) -> Value {
    parts
        .iter()
        .map(|part| json!({ "text": part.text, "hit": part.hit }))
        .collect()
}

fn contributions(explanation: &Explanation) -> Value {
    let all = explanation.contributions.iter();
    all.map(|c| json!({ "term": c.term, "fields": c.fields, "score": c.score }))
        .collect()
}
