//! What did visitors try? A document a visit, of which only the newest state is kept.

use super::case_rows::lang;
use super::error::{Error, Result};
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::visit::{Reading, Search, Visit};
use crate::model::{CaseId, VisitId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

#[derive(Serialize, Deserialize)]
struct Body {
    searches: Vec<SearchBody>,
    readings: Vec<ReadingBody>,
}

#[derive(Serialize, Deserialize)]
struct SearchBody {
    query: String,
    at: i64,
    results: u32,
    confident: bool,
    clicks: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct ReadingBody {
    target: String,
    at: i64,
    solved: bool,
}

impl Tx {
    /// Keeps the newest state of a visit.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn save_visit(&mut self, visit: &Visit) -> Result<()> {
        let text = "INSERT INTO visits (id, started_at, seen_at, lang, case_id, solved, body) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, lang = excluded.lang, \
                    case_id = COALESCE(excluded.case_id, visits.case_id), solved = excluded.solved, body = excluded.body";
        let sql = Sql::new(text)
            .bind(visit.id.to_string())
            .bind(ms(visit.started_at))
            .bind(ms(visit.seen_at))
            .bind(visit.lang.tag())
            .bind(visit.case.map(|case| case.to_string()))
            .bind(i64::from(visit.is_solved()))
            .bind(body(visit));
        self.run(sql).await.map(drop)
    }
}

impl Read {
    /// A visit.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn visit(&mut self, id: VisitId) -> Result<Option<Visit>> {
        let sql = Sql::new(
            "SELECT id, started_at, seen_at, lang, case_id, body FROM visits WHERE id = $1",
        );
        self.one(sql.bind(id.to_string()))
            .await?
            .as_ref()
            .map(read_visit)
            .transpose()
    }
}

fn body(visit: &Visit) -> String {
    let search = |s: &Search| SearchBody {
        query: s.query.clone(),
        at: ms(s.at),
        results: s.results,
        confident: s.confident,
        clicks: s.clicks.clone(),
    };
    let reading = |r: &Reading| ReadingBody {
        target: r.target.clone(),
        at: ms(r.at),
        solved: r.solved,
    };
    let body = Body {
        searches: visit.searches.iter().map(search).collect(),
        readings: visit.readings.iter().map(reading).collect(),
    };
    serde_json::json!(body).to_string()
}

fn read_visit(row: &AnyRow) -> Result<Visit> {
    let body: Body = row.read("body", |text| serde_json::from_str(text))?;
    let instant = |ms: i64| Timestamp::from_millisecond(ms).map_err(Error::row);
    let search = |s: SearchBody| {
        Ok(Search {
            query: s.query,
            at: instant(s.at)?,
            results: s.results,
            confident: s.confident,
            clicks: s.clicks,
        })
    };
    let reading = |r: ReadingBody| {
        Ok(Reading {
            target: r.target,
            at: instant(r.at)?,
            solved: r.solved,
        })
    };
    Ok(Visit {
        id: row.read("id", VisitId::parse)?,
        started_at: row.time("started_at")?,
        seen_at: row.time("seen_at")?,
        lang: row.read("lang", lang)?,
        searches: body
            .searches
            .into_iter()
            .map(search)
            .collect::<Result<_>>()?,
        readings: body
            .readings
            .into_iter()
            .map(reading)
            .collect::<Result<_>>()?,
        case: row.read_or_none("case_id", CaseId::parse)?,
    })
}
