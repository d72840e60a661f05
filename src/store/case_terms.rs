//! Which cases speak of this? Terms of 64 bits that others made of texts; the rarer a term, the more it counts.

use super::case_list::{CaseFilter, narrow};
use super::case_rows::{CASE_COLUMNS, read_case};
use super::error::{Error, Result};
use super::sql::{Columns, Sql};
use super::tx::{Read, Tx};
use crate::model::CaseId;
use crate::model::case::Case;
use std::collections::BTreeSet;

/// The most terms that are kept of one case.
const MAX_TERMS: usize = 4_000;
/// The most terms of a query that are looked at: the rarest.
const MAX_QUERY_TERMS: usize = 24;
/// How many cases a term is looked up in: the latest. Terms of more cases say little.
const MAX_POSTINGS: i64 = 3_000;
/// How many terms one statement writes.
const BATCH: usize = 400;

/// A case that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseMatch {
    /// The case.
    pub case: Case,
    /// How well it fits: the sum of what the terms in it count, as a share of what all terms of the query count, 0 to 1.
    pub score: f64,
}

impl Tx {
    /// Adds terms to those that a case is found by; at most 4,000 a call are kept.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn add_terms(&mut self, case: CaseId, terms: &BTreeSet<u64>) -> Result<()> {
        let doc = self
            .one(Sql::new("SELECT doc FROM cases WHERE id = $1").bind(case.to_string()))
            .await?;
        let Some(doc) = doc.map(|row| row.int("doc")).transpose()? else {
            return Err(Error::row("no case to find by terms"));
        };
        let terms: Vec<i64> = terms
            .iter()
            .take(MAX_TERMS)
            .map(|term| term.cast_signed())
            .collect();
        for batch in terms.chunks(BATCH) {
            let mut sql = Sql::new("INSERT INTO case_terms (term, doc) VALUES ");
            let mut before = "(";
            for term in batch {
                sql.push(before)
                    .push_value(*term)
                    .push(", ")
                    .push_value(doc)
                    .push(")");
                before = ", (";
            }
            sql.push(" ON CONFLICT DO NOTHING");
            self.run(sql).await?;
        }
        Ok(())
    }

    /// Forgets what a case is found by, as before its terms are made anew.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn remove_terms(&mut self, case: CaseId) -> Result<()> {
        let sql =
            Sql::new("DELETE FROM case_terms WHERE doc = (SELECT doc FROM cases WHERE id = $1)");
        self.run(sql.bind(case.to_string())).await.map(drop)
    }
}

impl Read {
    /// The cases with most of these terms, rare ones counting more, that pass the filter: at most `limit`, and never more than
    /// 200, the best first.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn find_cases(
        &mut self,
        terms: &BTreeSet<u64>,
        filter: &CaseFilter,
        limit: u32,
    ) -> Result<Vec<CaseMatch>> {
        let weighed = self.weigh(terms).await?;
        if weighed.is_empty() {
            return Ok(Vec::new());
        }
        let whole: f64 = weighed.iter().map(|(_, weight)| weight).sum();
        let mut sql = Sql::new(concat!(
            "SELECT ",
            CASE_COLUMNS!(),
            ", found.score FROM (SELECT doc, SUM(weight) AS score FROM ("
        ));
        let mut before = "";
        for (term, weight) in &weighed {
            sql.push(before)
                .push("SELECT doc, weight FROM (SELECT doc, ")
                .push("CAST(")
                .push_value(*weight);
            sql.push(" AS DOUBLE PRECISION) AS weight FROM case_terms WHERE term = ")
                .push_value(*term);
            sql.push(" ORDER BY doc DESC LIMIT ")
                .push_value(MAX_POSTINGS)
                .push(") AS one_term");
            before = " UNION ALL ";
        }
        sql.push(
            ") AS postings GROUP BY doc) AS found JOIN cases ON cases.doc = found.doc WHERE 1 = 1",
        );
        narrow(&mut sql, filter);
        sql.push(" ORDER BY found.score DESC, cases.doc DESC LIMIT ")
            .push_value(i64::from(limit.clamp(1, 200)));
        let rows = self.all(sql).await?;
        let read = rows.iter().map(|row| {
            Ok(CaseMatch {
                case: read_case(row)?,
                score: row.real("score")? / whole,
            })
        });
        read.collect()
    }

    /// The rarest of these terms that occur at all, each with what it counts.
    async fn weigh(&mut self, terms: &BTreeSet<u64>) -> Result<Vec<(i64, f64)>> {
        let cases = self
            .one(Sql::new("SELECT value FROM counters WHERE name = 'case'"))
            .await?;
        let cases = cases.map(|row| row.int("value")).transpose()?.unwrap_or(0);
        let mut counted = Vec::new();
        let terms: Vec<i64> = terms
            .iter()
            .take(MAX_TERMS)
            .map(|term| term.cast_signed())
            .collect();
        for batch in terms.chunks(BATCH / 4) {
            let mut sql = Sql::new("");
            let mut before = "";
            for term in batch {
                sql.push(before)
                    .push("SELECT CAST(")
                    .push_value(*term)
                    .push(" AS BIGINT) AS term, COUNT(*) AS n FROM ");
                sql.push("(SELECT 1 AS one FROM case_terms WHERE term = ")
                    .push_value(*term);
                sql.push(" LIMIT ")
                    .push_value(MAX_POSTINGS)
                    .push(") AS counted");
                before = " UNION ALL ";
            }
            for row in self.all(sql).await? {
                counted.push((row.int("term")?, row.int("n")?));
            }
        }
        counted.retain(|(_, n)| *n > 0);
        counted.sort_by_key(|(term, n)| (*n, *term));
        counted.truncate(MAX_QUERY_TERMS);
        let weight = |n: i64| (1.0 + real(cases) / real(n)).ln();
        Ok(counted
            .into_iter()
            .map(|(term, n)| (term, weight(n)))
            .collect())
    }
}

/// A count as a number with a fraction.
fn real(count: i64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
