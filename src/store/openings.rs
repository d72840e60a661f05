//! What do visitors open most? How many visits opened a page, by day, and nothing on which visits.

use super::error::Result;
use super::sql::{Columns, Sql};
use super::tx::{Read, Tx};
use jiff::Timestamp;

/// Milliseconds of a day of UTC: what is counted together.
const DAY_MS: i64 = 86_400_000;

fn day_of(at: Timestamp) -> i64 {
    at.as_millisecond().div_euclid(DAY_MS)
}

impl Tx {
    /// One more visit opened this page, named by its address as in `/a/account/password`.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn count_opening(&mut self, target: &str, at: Timestamp) -> Result<()> {
        let text = "INSERT INTO openings (target, day, visits) VALUES ($1, $2, 1) \
                    ON CONFLICT (target, day) DO UPDATE SET visits = openings.visits + 1";
        let sql = Sql::new(text).bind(target).bind(day_of(at));
        self.run(sql).await.map(drop)
    }
}

impl Read {
    /// The pages that at least `least` visits opened since the day of `since`, the most opened first, at most `limit`.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn most_opened(
        &mut self,
        since: Timestamp,
        least: i64,
        limit: i64,
    ) -> Result<Vec<String>> {
        let text = "SELECT target FROM openings WHERE day >= $1 GROUP BY target HAVING SUM(visits) >= $2 \
                    ORDER BY SUM(visits) DESC, target LIMIT $3";
        let sql = Sql::new(text).bind(day_of(since)).bind(least).bind(limit);
        let rows = self.all(sql).await?;
        rows.iter().map(|row| row.text("target")).collect()
    }
}
