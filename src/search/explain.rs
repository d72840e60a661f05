//! Why was this found? What each term and each feature of the ranking added to a hit's score.

use super::find::Search;
use super::meaning::added;
use super::rank::{saturate, zone_weight};
use super::rerank::Ranked;
use super::results::{Contribution, Explanation};
use crate::error::Result;
use crate::index::Zone;

/// What adds less is not shown.
const SHOWN: f32 = 0.001;

/// What made up the score of one hit. Reads the lists again: for looking into single answers, not for every search.
pub(super) fn explain(search: &Search<'_>, ranked: &Ranked) -> Result<Explanation> {
    let (mut contributions, mut sum) = (Vec::new(), 0.0);
    for (term, rarity) in search.query.terms.iter().zip(&search.matches.rarity) {
        let (frequency, fields) = occurrences(search, &term.text, ranked.ordinal)?;
        if frequency > 0.0 {
            let score =
                term.weight * rarity * saturate(frequency, search.engine.schema().ranking.k1);
            sum += score;
            contributions.push(Contribution {
                term: term.text.clone(),
                fields,
                score,
            });
        }
    }
    let by_words = ranked.score - ranked.parts_sum() - added(ranked.meaning);
    for contribution in &mut contributions {
        contribution.score *= by_words / f32::max(sum, f32::MIN_POSITIVE);
    }
    let (zone, parts) = (ranked.question.0.name(), ranked.parts);
    let features = [
        ("(nearly this question)", zone, parts.likeness),
        ("(the same question)", zone, parts.exactness),
        ("(the title is like it)", "title", parts.title),
        (
            "(both ask how, why, where…)",
            zone,
            parts.question_words.max(0.0),
        ),
        (
            "(one asks how, the other why…)",
            zone,
            parts.question_words.min(0.0),
        ),
        (
            "(one of them asks what does not work)",
            zone,
            parts.negation,
        ),
        ("(much of the query is in the article)", "", parts.coverage),
        ("(close together in the text)", "body", parts.proximity),
        ("(means the same)", "", added(ranked.meaning)),
        ("(about a product of yours)", "", parts.own),
    ];
    let counted = features
        .into_iter()
        .filter(|(_, _, score)| score.abs() >= SHOWN);
    contributions.extend(counted.map(|(name, field, score)| {
        Contribution {
            term: name.to_owned(),
            fields: Some(field)
                .filter(|f| !f.is_empty())
                .map(str::to_owned)
                .into_iter()
                .collect(),
            score,
        }
    }));
    contributions.sort_by(|a, b| b.score.total_cmp(&a.score));
    Ok(Explanation { contributions })
}

/// The weighted frequency of a term in one article, and the zones that it stands in.
fn occurrences(search: &Search<'_>, term: &str, ordinal: u32) -> Result<(f32, Vec<String>)> {
    let schema = search.engine.schema();
    let means = search.view.mean_lengths();
    let (mut frequency, mut fields) = (0.0, Vec::new());
    for zone in Zone::ALL {
        let weight = zone_weight(schema, zone);
        search.view.for_each_posting(zone, term, |posting| {
            if posting.ordinal == ordinal && weight > 0.0 {
                let b = schema.ranking.b;
                let length = 1.0 - b + b * posting.length as f32 / means[zone as usize];
                frequency += weight * posting.frequency as f32 / length;
                fields.push(zone.name().to_owned());
            }
        })?;
    }
    Ok((frequency, fields))
}
