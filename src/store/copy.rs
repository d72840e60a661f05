//! What are all the rows? Copies tables from one database into another of either kind, row by row, and takes a digest of them.

use super::error::{Error, Result};
use super::sql::Sql;
use super::tx::{Read, Tx};
use sqlx::any::{Any, AnyRow, AnyTypeInfoKind};
use sqlx::{Column, Database, Row};

/// Every table but that of migrations, those that others refer to first, and the columns that put its rows in order.
pub(super) const TABLES: &[(&str, &str)] = &[
    ("secrets", "1"),
    ("counters", "1"),
    ("people", "1"),
    ("customer_sessions", "1"),
    ("sign_in_codes", "1"),
    ("visits", "1"),
    ("accounts", "1"),
    ("account_groups", "1, 2"),
    ("sessions", "1"),
    ("throttle", "1"),
    ("invitations", "1"),
    ("password_links", "1"),
    ("second_factors", "1"),
    ("recovery_codes", "1, 2"),
    ("identities", "1, 2"),
    ("departures", "1"),
    ("api_keys", "1"),
    ("cases", "1"),
    ("case_tags", "1, 2"),
    ("case_links", "1"),
    ("events", "1, 2"),
    ("attachments", "1"),
    ("attachment_bytes", "1"),
    ("case_terms", "1, 2"),
    ("drafts", "1, 2"),
    ("presence", "1, 2"),
    ("canned", "1"),
    ("questions", "1"),
    ("answers", "1"),
    ("votes", "1, 2"),
    ("ledger", "1, 2, 3"),
    ("outbox", "1"),
    ("idempotency", "1"),
    ("seen", "1"),
    ("jobs", "1"),
    ("changes", "1"),
    ("audit", "1"),
    ("openings", "1, 2"),
    ("tombstones", "1"),
    ("follows", "1"),
    ("readings", "1, 2"),
    ("unrecorded", "1"),
];

/// How many values one statement writes at most.
const MAX_VALUES: usize = 600;
/// How many bytes are held before they are written.
const MAX_HELD: usize = 4 << 20;

/// A value of a row.
enum Cell {
    Text(Option<String>),
    Int(Option<i64>),
    Bytes(Option<Vec<u8>>),
}

/// Copies all rows of all tables. Returns how many.
pub(super) async fn copy_all(from: &mut Read, to: &mut Tx) -> Result<u64> {
    let mut rows = 0;
    for (table, _) in TABLES {
        rows += copy_table(from, to, table).await?;
    }
    Ok(rows)
}

/// Removes all rows of all tables.
pub(super) async fn clear_all(tx: &mut Tx) -> Result<()> {
    // Whoever replaces everything replaces the audit log too; its guard is told so, and is as before with what comes.
    tx.permit_removal(i64::MAX).await?;
    let names: Vec<&'static str> = TABLES.iter().map(|(table, _)| *table).collect();
    for table in names.into_iter().rev() {
        let mut sql = Sql::new("DELETE FROM ");
        sql.push(table);
        tx.run_long(sql).await?;
    }
    Ok(())
}

/// The number of rows, and a digest that any change of any value changes.
pub(super) async fn digest(read: &mut Read) -> Result<(u64, String)> {
    let mut hasher = blake3::Hasher::new();
    let mut rows = 0;
    for (table, order) in TABLES {
        hasher.update(table.as_bytes());
        let mut sql = Sql::new("SELECT * FROM ");
        sql.push(table).push(" ORDER BY ").push(order);
        let mut stream = read.stream(sql)?;
        while let Some(row) = stream.next().await? {
            rows += 1;
            for cell in cells(&row)? {
                cell.add_to(&mut hasher);
            }
        }
    }
    Ok((rows, hasher.finalize().to_hex().to_string()))
}

async fn copy_table(from: &mut Read, to: &mut Tx, table: &'static str) -> Result<u64> {
    let mut sql = Sql::new("SELECT * FROM ");
    sql.push(table);
    let mut stream = from.stream(sql)?;
    let (mut held, mut values, mut bytes, mut rows) = (Vec::new(), 0, 0, 0);
    while let Some(row) = stream.next().await? {
        let cells = cells(&row)?;
        values += cells.len();
        bytes += cells.iter().map(Cell::len).sum::<usize>();
        held.push(cells);
        rows += 1;
        if values >= MAX_VALUES || bytes >= MAX_HELD {
            insert(to, table, std::mem::take(&mut held)).await?;
            (values, bytes) = (0, 0);
        }
    }
    insert(to, table, held).await?;
    Ok(rows)
}

async fn insert(to: &mut Tx, table: &'static str, rows: Vec<Vec<Cell>>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("INSERT INTO ");
    sql.push(table).push(" VALUES ");
    let mut before = "(";
    for row in rows {
        for cell in row {
            sql.push(before);
            match cell {
                Cell::Text(value) => sql.push_value(value),
                Cell::Int(value) => sql.push_value(value),
                Cell::Bytes(value) => sql.push_value(value),
            };
            before = ", ";
        }
        before = "), (";
    }
    sql.push(")");
    to.run_long(sql).await.map(drop)
}

fn cells(row: &AnyRow) -> Result<Vec<Cell>> {
    let cell = |(i, column): (usize, &<Any as Database>::Column)| {
        Ok(match column.type_info().kind() {
            AnyTypeInfoKind::Text => Cell::Text(row.try_get(i)?),
            AnyTypeInfoKind::BigInt | AnyTypeInfoKind::Integer => Cell::Int(row.try_get(i)?),
            AnyTypeInfoKind::Blob => Cell::Bytes(row.try_get(i)?),
            other => {
                return Err(Error::row(format!(
                    "a column {} of kind {other:?}",
                    column.name()
                )));
            }
        })
    };
    row.columns().iter().enumerate().map(cell).collect()
}

impl Cell {
    fn len(&self) -> usize {
        match self {
            Self::Text(value) => value.as_ref().map_or(0, String::len),
            Self::Int(_) => 8,
            Self::Bytes(value) => value.as_ref().map_or(0, Vec::len),
        }
    }

    /// Kind and length first, so that no two rows look alike.
    fn add_to(&self, hasher: &mut blake3::Hasher) {
        let mut add = |kind: &[u8], bytes: &[u8]| {
            hasher.update(kind);
            hasher.update(&bytes.len().to_le_bytes());
            hasher.update(bytes);
        };
        match self {
            Self::Text(Some(text)) => add(b"t", text.as_bytes()),
            Self::Int(Some(number)) => add(b"i", &number.to_le_bytes()),
            Self::Bytes(Some(bytes)) => add(b"b", bytes),
            Self::Text(None) | Self::Int(None) | Self::Bytes(None) => add(b"n", b""),
        }
    }
}
