//! What can be done with a connection? Reads, and transactions, which become durable as a whole or not at all.

use super::audit::{self, Deed};
use super::changes::{self, Topic};
use super::crowd::Place;
use super::error::Result;
use super::open::{Backend, Store, within_limit};
use super::sql::Sql;
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use sqlx::any::{Any, AnyRow};
use sqlx::pool::PoolConnection;
use sqlx::{Database, Transaction};
use std::ops::{Deref, DerefMut};

/// Something that can be read from: a connection, or a transaction, which sees its own writes.
pub struct Read {
    pub(super) link: Link,
    pub(super) backend: Backend,
    /// Whether statements stay prepared on a connection. Behind a pooler the next use of it is another's.
    pub(super) keeps_statements: bool,
    /// Where a visitor waited for it; given back with it.
    pub(super) _place: Place,
}

pub(super) enum Link {
    Connection(PoolConnection<Any>),
    Transaction(Transaction<'static, Any>),
}

impl Read {
    fn connection(&mut self) -> &mut <Any as Database>::Connection {
        match &mut self.link {
            Link::Connection(connection) => connection,
            Link::Transaction(transaction) => transaction,
        }
    }

    /// All rows.
    pub(super) async fn all(&mut self, sql: Sql) -> Result<Vec<AnyRow>> {
        let (text, values) = sql.into_parts()?;
        let query = sqlx::query_with(text, values).persistent(self.keeps_statements);
        Ok(within_limit(query.fetch_all(self.connection())).await?)
    }

    /// The first row.
    pub(super) async fn one(&mut self, sql: Sql) -> Result<Option<AnyRow>> {
        let (text, values) = sql.into_parts()?;
        let query = sqlx::query_with(text, values).persistent(self.keeps_statements);
        Ok(within_limit(query.fetch_optional(self.connection())).await?)
    }

    /// How many rows were changed. For [`Tx`] only.
    pub(super) async fn run(&mut self, sql: Sql) -> Result<u64> {
        let (text, values) = sql.into_parts()?;
        let query = sqlx::query_with(text, values).persistent(self.keeps_statements);
        Ok(within_limit(query.execute(self.connection()))
            .await?
            .rows_affected())
    }

    /// Like [`Self::run`], for what may take long.
    pub(super) async fn run_long(&mut self, sql: Sql) -> Result<u64> {
        let (text, values) = sql.into_parts()?;
        let query = sqlx::query_with(text, values).persistent(self.keeps_statements);
        Ok(query.execute(self.connection()).await?.rows_affected())
    }

    /// All rows, one after the other, without holding them all.
    pub(super) fn stream(&mut self, sql: Sql) -> Result<Rows<'_>> {
        let (text, values) = sql.into_parts()?;
        let query = sqlx::query_with(text, values).persistent(self.keeps_statements);
        Ok(Rows(query.fetch(self.connection())))
    }

    /// Runs a script of the program's own, which may take long.
    pub(super) async fn script(&mut self, text: String) -> Result<()> {
        let script = sqlx::raw_sql(sqlx::AssertSqlSafe(text));
        script.execute(self.connection()).await?;
        Ok(())
    }
}

/// Rows as they come.
pub(super) struct Rows<'r>(BoxStream<'r, Result<AnyRow, sqlx::Error>>);

impl Rows<'_> {
    /// The next row.
    pub(super) async fn next(&mut self) -> Result<Option<AnyRow>> {
        Ok(self.0.try_next().await?)
    }
}

/// A transaction: all of it becomes durable at [`Tx::commit`], or nothing. It reads like [`Read`], its own writes included.
#[must_use = "a transaction that is not committed changes nothing"]
pub struct Tx {
    pub(super) read: Read,
    pub(super) changes: Vec<(Topic, String)>,
    pub(super) deeds: Vec<Deed>,
    pub(super) store: Store,
}

impl Tx {
    /// Others are to hear at the commit that `subject` changed.
    pub(super) fn changed(&mut self, topic: Topic, subject: impl ToString) {
        let change = (topic, subject.to_string());
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    pub(super) async fn without_limits(mut self) -> Result<Self> {
        if self.backend == Backend::Postgres {
            let limits = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
            self.script(limits.to_owned()).await?;
        }
        Ok(self)
    }

    /// Makes all of it durable.
    ///
    /// # Errors
    /// As the database has it; nothing is changed then, but when the connection broke off just here one cannot know: whoever
    /// tries again needs an idempotency key.
    pub async fn commit(mut self) -> Result<()> {
        let deeds = std::mem::take(&mut self.deeds);
        audit::write(&mut self, &deeds).await?;
        let changes = std::mem::take(&mut self.changes);
        // Last of all, since all writers of changes wait for each other from here on.
        let last = changes::note(&mut self, &changes).await?;
        let Link::Transaction(transaction) = self.read.link else {
            return Ok(());
        };
        within_limit(transaction.commit()).await?;
        self.store.tell(last);
        Ok(())
    }

    /// Undoes all of it, and waits until that is done. Dropping does the same without waiting.
    ///
    /// # Errors
    /// When the connection is lost; then it is undone as well.
    pub async fn roll_back(self) -> Result<()> {
        let Link::Transaction(transaction) = self.read.link else {
            return Ok(());
        };
        Ok(within_limit(transaction.rollback()).await?)
    }
}

impl Deref for Tx {
    type Target = Read;

    fn deref(&self) -> &Read {
        &self.read
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Read {
        &mut self.read
    }
}
